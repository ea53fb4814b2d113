"""Counts by whatever a summary groups by, read from the deltas: no session and no label is looked at.

Who has to label first is counted for from their own sessions instead, which are few. And what somebody else is asked to judge
unseen, in an independent queue, is taken off again: those sessions are few beside all.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Count, DateTimeField, F, Func, IntegerField, Q, QuerySet, Sum, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from labeling.codes import Basis
from labeling.models import VerdictDelta
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.sources import get_sources
from labeling.queries.summary.tally import Drawn, Tally
from sessions_app.models import SessionDelta, SessionQuerySet

N = TypeVar("N", int, Drawn)
# What a page groups judged sessions by, besides agents and their prompts.
OF_A_PAGE = ("step", "code", "auto_code", "blind_code", "was_reviewed", "pairs", "agreeing_pairs")
OF_A_DRAW = ("agent", "prompt", "step", "code")
# A grouping, and the session's column of it.
OF_SESSION: dict[str, Combinable] = {
    "agent": F("seen_agent_id"),
    "prompt": F("seen_prompt_id"),
    "channel": F("channel"),
    "language": F("language"),
    "direction": Case(When(is_outbound=True, then=Value("out")), When(is_outbound=False, then=Value("in")), default=Value("")),
    "auto_code": Coalesce(F("auto_code"), Value("")),
    "blind_code": Coalesce(F("blind_code"), Value("")),
    "was_reviewed": F("was_reviewed"),
    "pairs": F("pairs"),
    "agreeing_pairs": F("agreeing_pairs"),
}


def count_sessions(frame: Frame, *by: str) -> dict[tuple[Any, ...], int]:
    """This will count sessions, grouped by any of agent, prompt, channel, language, direction and step (its place in the period)."""
    return _counted_once(frame, "sessions", by, lambda names: _count(frame, get_sources(frame, SessionDelta), names))


def count_sessions_by_day(frame: Frame, *by: str, days_before: int) -> dict[tuple[Any, ...], int]:
    """This will count sessions by the groupings and, last, the day of the period from 0 on; below 0 are days before it."""
    earlier = replace(frame, period=frame.period.with_days_before(days_before))
    day = _place("bucket", earlier.period.midnights) - Value(days_before)
    found = _added([rows.annotate(day=day).order_by().values_list(*by, "day") for rows in get_sources(earlier, SessionDelta)], len(by) + 1)
    # Which is a finer count of the period itself.
    _counted_once(frame, "sessions", by, lambda _: _summed({key: n for key, n in found.items() if key[-1] >= 0}, range(len(by))))
    return found


def count_ahead(frame: Frame) -> None:
    """This will count what the panels of a page ask for one by one, in as few looks at the deltas as there can be."""
    count_verdicts(frame.of_all_labels, *OF_A_PAGE)
    if frame.basis:
        weigh_verdicts(frame, *OF_A_DRAW)


def count_verdicts(frame: Frame, *by: str) -> dict[tuple[Any, ...], int]:
    """This will count judged sessions; besides the groupings of sessions there are code, auto_code, blind_code, was_reviewed, pairs and agreeing_pairs."""
    if frame.is_gated:
        return _counted_once(frame, "verdicts", by, lambda names: _count_own(frame, names))
    return _counted_once(frame, "verdicts", by, lambda names: _count_judged(frame, names))


def weigh_verdicts(frame: Frame, *by: str) -> dict[tuple[Any, ...], Drawn]:
    """This will count what was drawn at random, with its weights, by the groupings of count_verdicts."""
    count = _weigh_own if frame.is_gated else _weigh_judged
    return _counted_once(frame, "drawn", by, lambda names: count(frame, names))


def get_tallies(frame: Frame, *by: str) -> dict[tuple[Any, ...], Tally]:
    """This will count the labels of each group; groups without any are left out."""
    if frame.basis:
        drawn: dict[tuple[Any, ...], dict[str, Drawn]] = defaultdict(dict)
        for (*key, code), one in weigh_verdicts(frame, *by, "code").items():
            drawn[tuple(key)][code] = one
        return {key: Tally({code: one.n for code, one in codes.items()}, codes) for key, codes in drawn.items()}
    found: dict[tuple[Any, ...], dict[str, int]] = defaultdict(dict)
    for (*key, code), n in count_verdicts(frame, *by, "code").items():
        if code:
            found[tuple(key)][code] = n
    return {key: Tally(codes) for key, codes in found.items()}


def get_tally(frame: Frame) -> Tally:
    return get_tallies(frame).get((), Tally())


def count_kept_back(frame: Frame, *by: str) -> dict[tuple[Any, ...], int]:
    """This will count the sessions that people judged and that the viewer is asked to judge unseen: no list tells of them."""
    drawn = frame.drawn()
    return {} if drawn is None else _count_rows(frame, drawn.filter(Q(label_code__isnull=False) | Q(was_reviewed=True)), by)


def has_sample(frame: Frame) -> bool:
    """This will say whether anything that was drawn at random was judged in the period."""
    if frame.is_gated:
        return frame.judged().exclude(sample_code=None).exists()
    return bool(weigh_verdicts(frame, *OF_A_DRAW))


def _counted_once(frame: Frame, family: str, by: tuple[str, ...], count: Callable[[tuple[str, ...]], dict[tuple[Any, ...], N]]) -> dict[tuple[Any, ...], N]:
    """What was counted for the page in the same groups, or in finer ones, is not counted again."""
    if frame.counted is None:
        return count(by)
    known: dict[tuple[str, ...], dict[tuple[Any, ...], N]] = frame.counted.setdefault((frame, family), {})
    if by not in known:
        finer = next((names for names in known if set(by) <= set(names)), None)
        known[by] = _summed(known[finer], [finer.index(name) for name in by]) if finer else count(by)
    return known[by]


def _count(frame: Frame, sources: Sequence[QuerySet[Any]], by: tuple[str, ...]) -> dict[tuple[Any, ...], int]:
    return _added([_grouped(rows, frame, by) for rows in sources], len(by))


def _added(parts: Sequence[QuerySet[Any, Any]], keys: int) -> dict[tuple[Any, ...], int]:
    """In one statement, so of one moment."""
    counted: Counter[tuple[Any, ...]] = Counter()
    for *group, n in _together([rows.annotate(total=Sum("n")) for rows in parts]):
        # A sum of no rows at all is one row without a number.
        counted[tuple(group[:keys])] += n or 0
    return {group: n for group, n in counted.items() if n}


def _together(parts: Sequence[QuerySet[Any, Any]]) -> QuerySet[Any, Any]:
    return parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]


def _count_judged(frame: Frame, by: tuple[str, ...]) -> dict[tuple[Any, ...], int]:
    counted = Counter(_count(frame, get_sources(frame, VerdictDelta, Q(basis=frame.basis)), by))
    drawn = frame.drawn()
    if drawn is not None:
        counted.subtract(_count_rows(frame, _as_counted(frame, drawn), by))
    return {group: n for group, n in counted.items() if n > 0}


def _weigh_judged(frame: Frame, by: tuple[str, ...]) -> dict[tuple[Any, ...], Drawn]:
    counted, drawn = _weigh(frame, by), frame.drawn()
    if drawn is None:
        return counted
    for group, less in _weigh_rows(frame, drawn.exclude(sample_code=None), by).items():
        if group in counted:
            counted[group] -= less
    return {group: one for group, one in counted.items() if one.n > 0}


def _as_counted(frame: Frame, sessions: SessionQuerySet) -> SessionQuerySet:
    """Those of some sessions that the deltas of a basis count."""
    return sessions.exclude(sample_code=None) if frame.basis else sessions.filter(Q(label_code__isnull=False) | Q(auto_code__isnull=False))


def _weigh(frame: Frame, by: tuple[str, ...]) -> dict[tuple[Any, ...], Drawn]:
    sources = [_grouped(rows, frame, by) for rows in get_sources(frame, VerdictDelta, Q(basis=Basis.RANDOM))]
    found: dict[tuple[Any, ...], Drawn] = defaultdict(Drawn)
    for *group, n, weight, squares in _together([rows.annotate(total=Sum("n"), weights=Sum("weight"), square=Sum("squares")) for rows in sources]):
        found[tuple(group[: len(by)])] += Drawn(n or 0, weight or 0.0, squares or 0.0)
    return {group: one for group, one in found.items() if one}


def _summed(counted: Mapping[tuple[Any, ...], N], places: Sequence[int]) -> dict[tuple[Any, ...], N]:
    found: dict[tuple[Any, ...], N] = {}
    for group, n in counted.items():
        key = tuple(group[place] for place in places)
        found[key] = found[key] + n if key in found else n
    return {group: n for group, n in found.items() if n}


def _grouped(rows: QuerySet[Any], frame: Frame, by: Iterable[str]) -> QuerySet[Any, Any]:
    names = list(by)
    if "step" in names:
        rows = rows.annotate(step=_step("bucket", frame))
    # Without a grouping it is one sum, which values_list() needs something constant for.
    return rows.order_by().values_list(*names) if names else rows.order_by().annotate(all=Value(0)).values_list("all")


def _step(column: str, frame: Frame) -> Func:
    """The place of the step that an instant falls into, from 0 on. Steps differ in length where clocks change."""
    return _place(column, [step.start for step in frame.period.steps])


def _place(column: str, starts: Sequence[datetime]) -> Func:
    """The place of the last start that an instant has reached, -1 for what was before all of them."""
    several = Value(list(starts), output_field=ArrayField(DateTimeField()))
    return Func(F(column), several, template="(width_bucket(%(expressions)s) - 1)", output_field=IntegerField())


def _count_own(frame: Frame, by: tuple[str, ...]) -> dict[tuple[Any, ...], int]:
    return _count_rows(frame, _own(frame), by)


def _count_rows(frame: Frame, rows: SessionQuerySet, by: tuple[str, ...]) -> dict[tuple[Any, ...], int]:
    counted = rows.order_by().values_list(*_of_rows(frame, by)).annotate(total=Count("pk")) if by else [(rows.count(),)]
    return {tuple(key): n for *key, n in counted if n}


def _weigh_own(frame: Frame, by: tuple[str, ...]) -> dict[tuple[Any, ...], Drawn]:
    return _weigh_rows(frame, _own(frame), by)


def _weigh_rows(frame: Frame, rows: SessionQuerySet, by: tuple[str, ...]) -> dict[tuple[Any, ...], Drawn]:
    groups = rows.order_by().annotate(all=Value(0)).values_list(*(_of_rows(frame, by) or [F("all")]))
    found = groups.annotate(total=Count("pk"), weights=Sum("sample_weight"), square=Sum(F("sample_weight") * F("sample_weight")))
    return {tuple(group[: len(by)]): Drawn(n, weight, squares) for *group, n, weight, squares in found if n}


def _own(frame: Frame) -> SessionQuerySet:
    return frame.judged().exclude(sample_code=None) if frame.basis else frame.judged()


def _of_rows(frame: Frame, by: tuple[str, ...]) -> list[Combinable]:
    of_session: dict[str, Combinable] = {
        **OF_SESSION,
        "code": F("sample_code") if frame.basis else Coalesce(F("label_code"), Value("")),
        "step": _step("timestamp", frame),
    }
    return [of_session[name] for name in by]
