"""Exact counts for groups of choices, from the deltas and their totals: no session is looked at but those of a quarter hour that a period cuts."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Count, F, IntegerField, Max, Q, QuerySet, Sum, Value
from django.db.models.functions import Coalesce

from labeling.filters.measured_filter import NONE
from labeling.filters.review_filter import LABEL_KEY, ReviewFilter
from labeling.gate import drawn_for
from labeling.models import VerdictDelta
from labeling.policies import needs_own_label_first
from labeling.queries.summary.tallies import OF_SESSION
from sessions_app.filters.choices import UNKNOWN
from sessions_app.models import Session, SessionDelta, SessionKey

KEYED = ("agent", "prompt", "channel", "language", "direction")
JUDGED = ("label", "auto")
SAYABLE = frozenset({key for name in (*KEYED, *JUDGED) for key in (name, f"not_{name}")} | {"differs", "since", "start", "end", "test", "sort"})
# A day is a day in the zone of each session, which no delta says.
DAYS = frozenset({"today", "yesterday"})
EPOCH, QUARTER = datetime(1970, 1, 1, tzinfo=UTC), timedelta(minutes=15)
# Read in a tenth of a second. Of ten million sessions that is half a year, or where nothing asks for judgments, a whole one.
MOST_DELTAS = 300_000
NOT_JUDGED = ("", "")
# The value of what a person may not know of a session.
HIDDEN = "hidden"
OF_VERDICTS = ("label", "not_label", "auto", "not_auto", "differs")
# What the list calls a value for which a delta has none.
CALLED: dict[str, dict[Any, str]] = {"prompt": {None: NONE}, "language": {"": UNKNOWN}, "direction": {"": UNKNOWN}}
MEANT = {name: {word: value for value, word in called.items()} for name, called in CALLED.items()}
KNOWN = {"language": ~Q(language=""), "direction": ~Q(direction="")}


def groups_in_deltas(filtered: ReviewFilter) -> frozenset[str]:
    """This will name the groups that deltas say under a filter: what a session is, and unless the person has to label first, what it was judged."""
    active = filtered.active
    if set(active) - SAYABLE or active.get("since") in DAYS or filtered.order.column == "labeled_at":
        return frozenset()
    if needs_own_label_first(filtered.viewer):
        return frozenset() if filtered.names_verdicts else frozenset(KEYED)
    return frozenset((*KEYED, *JUDGED))


def are_more_than(n: int) -> bool:
    """This will ask PostgreSQL how many sessions it expects, which it knows without counting."""
    return _expected(Session.objects.order_by()) > n


def count_deltas(filtered: ReviewFilter, groups: Sequence[str]) -> tuple[int, dict[str, Counter[str]]] | None:
    """This will count the sessions in all and by the values of each group, in one statement; None where there is too much to read."""
    names = [name for name in KEYED if name in groups]
    families = _families(filtered, groups)
    read = {family: _rows_of(family, filtered) for family in families}
    if sum(_expected(rows) for parts in read.values() for rows in parts) > MOST_DELTAS:
        return None
    pairs = set(filtered.verdicts)
    counted: Counter[tuple[Any, ...]] = Counter()
    for is_verdict, label, auto, *keys, n in _read(filtered, read, names):
        if is_verdict and NOT_JUDGED in pairs:
            # What was judged is among the sessions as well, where nothing says so.
            counted[(*NOT_JUDGED, *keys)] -= n
        if (label, auto) in pairs:
            counted[(label, auto, *keys)] += n
    for label, auto, *keys, n in _kept_back(filtered, names):
        if (label, auto) in pairs:
            counted[(label, auto, *keys)] -= n
            if not filtered.names_verdicts or not filtered.tells(label):
                counted[(HIDDEN if label else "", HIDDEN, *keys)] += n
    found: dict[str, Counter[str]] = {group: Counter() for group in groups}
    for place, group in enumerate([*JUDGED, *names]):
        if group in found:
            called = CALLED.get(group, {})
            for values, n in counted.items():
                found[group][called.get(values[place], str(values[place]))] += n
    return counted.total(), {group: +values for group, values in found.items()}


def _families(filtered: ReviewFilter, groups: Sequence[str]) -> list[type[SessionKey]]:
    """What has to be read: sessions, unless only judged ones are asked for; verdicts, where anything asks for them."""
    families: list[type[SessionKey]] = [SessionDelta] if NOT_JUDGED in filtered.verdicts else []
    return [*families, VerdictDelta] if filtered.names_verdicts or set(JUDGED) & set(groups) else families


def _rows_of(family: type[SessionKey], filtered: ReviewFilter) -> list[QuerySet[Any]]:
    """The rows that a family has for a period; without one, its totals and what has come since they were added up."""
    deltas = family._default_manager.order_by()
    start, end = filtered.earliest, filtered.active.get("end")
    if start or end:
        return [_of_quarters(deltas, start, end)]
    totals = family.totals._default_manager.order_by()
    mark = Coalesce(totals.aggregate(mark=Max("until"))["mark"], Value(0))
    # The number, from which PostgreSQL sees how few they are; and what it is when this is read, by when they may be added up anew.
    now = totals.values(nothing=Value(1)).annotate(mark=Max("until")).values("mark")
    return [totals, deltas.filter(pk__gt=mark).filter(pk__gt=Coalesce(now, Value(0)))]


def _read(filtered: ReviewFilter, read: Mapping[type[SessionKey], Sequence[QuerySet[Any]]], names: Sequence[str]) -> list[tuple[Any, ...]]:
    """Rows of: whether it is a count of verdicts, label, auto-rating, the keys, how many."""
    keys: list[Any] = [F(name) for name in names]
    parts: list[QuerySet[Any, Any]] = []
    for rows in read.get(SessionDelta, ()):
        parts.append(_in_filter(rows, filtered).values_list(Value(False), Value(""), Value(""), *keys).annotate(total=Sum("n")))
    for rows in read.get(VerdictDelta, ()):
        verdicts = _in_filter(rows.filter(basis=""), filtered)
        if NOT_JUDGED not in filtered.verdicts:
            labels, codes = ({pair[place] for pair in filtered.verdicts} for place in (0, 1))
            verdicts = verdicts.filter(code__in=labels, auto_code__in=codes)
        # Where all verdicts are let through, they only say which of the sessions are judged.
        its = keys if filtered.names_verdicts else [Value(None, output_field=IntegerField())] * len(keys)
        parts.append(verdicts.values_list(Value(True), F("code"), F("auto_code"), *its).annotate(total=Sum("n")))
    for start, end in _cut(filtered):
        rest = filtered.without(*OF_VERDICTS).qs.filter(timestamp__gte=start, timestamp__lt=end).order_by()
        parts.append(rest.values_list(Value(False), LABEL_KEY, OF_SESSION["auto_code"], *(OF_SESSION[name] for name in names)).annotate(total=Count("pk")))
    # A sum of no rows at all is one row without a number.
    return [row for row in parts[0].union(*parts[1:], all=True) if row[-1]]


def _kept_back(filtered: ReviewFilter, names: Sequence[str]) -> Iterable[tuple[Any, ...]]:
    """Sessions that the person is asked to judge unseen, as rows of: label, auto-rating, the keys, how many."""
    drawn = drawn_for(filtered.viewer)
    if drawn is None:
        return []
    rows: QuerySet[Any, Any] = filtered.without(*OF_VERDICTS).qs.filter(pk__in=drawn).order_by()
    found: Iterable[tuple[Any, ...]] = rows.values_list(LABEL_KEY, OF_SESSION["auto_code"], *(OF_SESSION[name] for name in names)).annotate(total=Count("pk"))
    return found


def _in_filter(rows: QuerySet[Any], filtered: ReviewFilter) -> QuerySet[Any]:
    """The conditions of the list, said of deltas."""
    active, scope = filtered.active, filtered.request.scope
    if active.get("test") != "on":
        rows = rows.filter(is_test="test" in active)
    if not scope.all_agents:
        rows = rows.filter(agent__in=scope.agents)
    for name in KEYED:
        if name in active:
            rows = rows.filter(_one_of(name, active[name]))
        if f"not_{name}" in active:
            rows = rows.filter(KNOWN.get(name, Q()), ~_one_of(name, active[f"not_{name}"]))
    return rows


def _of_quarters(rows: QuerySet[Any], start: datetime | None, end: datetime | None) -> QuerySet[Any]:
    """The deltas of the quarter hours that lie wholly in the period."""
    if start:
        rows = rows.filter(bucket__gte=_quarter_from(start))
    if end:
        rows = rows.filter(bucket__lt=_quarter_of(end))
    return rows


def _cut(filtered: ReviewFilter) -> list[tuple[datetime, datetime]]:
    """What of the period lies in quarter hours that lie in it only partly."""
    start, end = filtered.earliest, filtered.active.get("end")
    if start and end and _quarter_of(end) < _quarter_from(start):
        return [(start, end)]
    pieces = [(start, _quarter_from(start))] if start else []
    pieces += [(_quarter_of(end), end)] if end else []
    return [(since, until) for since, until in pieces if since < until]


def _quarter_of(moment: datetime) -> datetime:
    return moment - (moment - EPOCH) % QUARTER


def _quarter_from(moment: datetime) -> datetime:
    return moment + (EPOCH - moment) % QUARTER


def _one_of(name: str, values: Sequence[Any]) -> Q:
    meant = [MEANT.get(name, {}).get(value, value) for value in values]
    chosen = Q((f"{name}__in", [value for value in meant if value is not None]))
    return chosen | Q((name, None)) if None in meant else chosen


def _expected(rows: QuerySet[Any]) -> int:
    """How many rows PostgreSQL expects of a question, without asking it."""
    return int(json.loads(rows.explain(format="json"))[0]["Plan"]["Plan Rows"])
