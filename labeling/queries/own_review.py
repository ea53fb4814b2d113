"""A person's own judging, for them alone: whether it drifts, how far others agree with it, and where they do not."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from labeling.codes import Code, LabelType, Via
from labeling.models import Label, Rater, SessionIssue, User
from labeling.queries.independent_labels import shared_by
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.intervals import Axis, Interval
from labeling.queries.summary.judged_twice import Agreed, get_agreed, get_judged_twice
from labeling.queries.summary.period import Period, last_weeks
from labeling.statistics import Change, Share, change
from sessions_app.models import Session
from sessions_app.scope import Scope

DRIFT_WEEKS = 12
# What is "now": these weeks with the one that is running, against those before them.
NOW_WEEKS = 4
AGREEMENT_WEEKS = 26
MOST_PLACES = 5
RATED = (Code.GOOD, Code.OK, Code.BAD)
AXIS = Axis(0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Week:
    """`shares` are GOOD, OK and BAD of what was rated, then N/A of all."""

    first: date
    n: int
    shares: list[Share]
    is_running: bool


@dataclass(frozen=True, slots=True)
class Drift:
    """One code now against before. `change` is None where there are too few to compare."""

    code: str
    now: Share
    before: Share
    interval: Interval | None
    change: Change | None

    @property
    def is_more(self) -> bool:
        return self.change is not None and self.change.difference > 0


@dataclass(frozen=True, slots=True)
class Where:
    """An agent or an issue category, and the sessions there about which the person and others differ."""

    name: str
    differ: Figure


@dataclass(frozen=True, slots=True)
class Pairs:
    """Sessions that the person and others judged independently, and the pairs that makes."""

    shared: Figure
    differ: Figure
    agreed: Agreed
    interval: Interval | None
    # Of the pairs in which one of the two said BAD first named: so often the other did too.
    mine_bad: Share
    theirs_bad: Share
    agents: list[Where]
    issues: list[Where]


@dataclass(frozen=True, slots=True)
class OwnReview:
    weeks: list[Week]
    drifts: list[Drift]
    pairs: Pairs

    @property
    def is_empty(self) -> bool:
        return not any(week.n for week in self.weeks) and not self.pairs.shared.n

    @property
    def has_changed(self) -> bool:
        return any(drift.change and drift.change.is_clear for drift in self.drifts)


def get_own_review(person: User, *, scope: Scope) -> OwnReview:
    """This will gather it from the person's current labels, and for agreement from their first independent ones."""
    weeks = _weeks(person, last_weeks(DRIFT_WEEKS))
    return OwnReview(weeks=[_week(first, codes, is_running) for first, codes, is_running in weeks], drifts=_drifts(weeks), pairs=_pairs(person, scope))


def _weeks(person: User, period: Period) -> list[tuple[date, Counter[str], bool]]:
    """What they said by the week in which they said it. What was marked in bulk or settles is no judgment of its own."""
    rater = Rater.objects.filter(user=person).values("pk")[:1]
    labels = Label.objects.filter(rater=rater, type=LabelType.HUMAN, current__isnull=False, is_settlement=False, made_at__gte=period.start).exclude(
        via=Via.BULK
    )
    starts = [step.start for step in period.steps]
    counted: list[Counter[str]] = [Counter() for _ in starts]
    for made_at, code in labels.values_list("made_at", "code"):
        counted[bisect_right(starts, made_at) - 1][code] += 1
    return [(step.first, codes, step.is_running) for step, codes in zip(period.steps, counted, strict=True)]


def _week(first: date, codes: Counter[str], is_running: bool) -> Week:
    return Week(first, codes.total(), _shares(codes), is_running)


def _shares(codes: Mapping[str, int]) -> list[Share]:
    rated, all_of_them = sum(codes.get(code, 0) for code in RATED), sum(codes.values())
    return [*(Share(codes.get(code, 0), rated) for code in RATED), Share(codes.get(Code.NOT_APPLICABLE, 0), all_of_them)]


def _drifts(weeks: Sequence[tuple[date, Counter[str], bool]]) -> list[Drift]:
    before, now = (sum((codes for _, codes, _ in part), Counter[str]()) for part in (weeks[:-NOW_WEEKS], weeks[-NOW_WEEKS:]))
    return [
        Drift(code, share, past, AXIS.interval(share, past.rate, is_hot=bool((found := change(share, past)) and found.is_clear)), change(share, past))
        for code, share, past in zip((*RATED, Code.NOT_APPLICABLE), _shares(now), _shares(before), strict=True)
    ]


def _pairs(person: User, scope: Scope) -> Pairs:
    frame = Frame(viewer=person, scope=scope, period=last_weeks(AGREEMENT_WEEKS))
    rater = Rater.objects.filter(user=person).values_list("pk", flat=True).first() or 0
    from_me = {"rater": [rater]}
    said = get_judged_twice(frame, by=shared_by_rater(rater))
    sessions: Counter[tuple[int, int]] = Counter()
    bad: Counter[tuple[bool, bool]] = Counter()
    differing = []
    for session, codes in said.items():
        mine, others = codes[rater], [code for who, code in codes.items() if who != rater]
        sessions[len(others), others.count(mine)] += 1
        bad.update((mine == Code.BAD, code == Code.BAD) for code in others)
        if others.count(mine) < len(others):
            differing.append(session)
    agreed = get_agreed(sessions)
    return Pairs(
        shared=frame.figure(sessions.total(), **from_me, agreement=["any"]),
        differ=frame.figure(len(differing), **from_me, agreement=["differ"]),
        agreed=agreed,
        interval=AXIS.interval(agreed, None, is_hot=False),
        mine_bad=Share(bad[True, True], bad[True, True] + bad[True, False]),
        theirs_bad=Share(bad[True, True], bad[True, True] + bad[False, True]),
        agents=_by_agent(frame, rater, differing),
        issues=_by_issue(frame, rater, differing),
    )


def shared_by_rater(rater: int) -> Q:
    return shared_by(Q(rater=rater), Q())


def _by_agent(frame: Frame, rater: int, sessions: Sequence[int]) -> list[Where]:
    rows = Session.objects.filter(pk__in=sessions).order_by().values_list("seen_agent", "seen_agent__name").annotate(n=Count("pk")).order_by("-n", "seen_agent")
    return [Where(name or _("No agent"), frame.figure(n, agent=[agent], rater=[rater], agreement=["differ"])) for agent, name, n in rows[:MOST_PLACES]]


def _by_issue(frame: Frame, rater: int, sessions: Sequence[int]) -> list[Where]:
    """While a merge is running, some sessions have the old category, and some both."""
    named = SessionIssue.objects.filter(session__in=sessions).annotate(root=Coalesce("category__merged_into", "category"))
    named = named.annotate(name=Coalesce("category__merged_into__name", "category__name")).order_by()
    rows = named.values_list("root", "name").annotate(n=Count("session", distinct=True)).order_by("-n", "name", "root")
    return [Where(name, frame.figure(n, issue=[root], rater=[rater], agreement=["differ"])) for root, name, n in rows[:MOST_PLACES]]
