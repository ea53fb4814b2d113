"""Drawing sessions: how many there are in each group, and which of them a seed picks."""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.db.models import BigIntegerField, Case, CharField, Count, Exists, F, Func, OuterRef, Q, TextField, Value, When
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Cast, Coalesce, TruncDate
from django.db.models.lookups import In, LessThan

from labeling.codes import Code
from labeling.models.queue import MOST_IN_QUEUE, QueueOrder, Reason, Stratum
from labeling.queries.sampling import Key, Plan, share_to_read
from sessions_app.models import Session, SessionQuerySet
from sessions_app.queries.size import estimated_size
from sessions_app.signals import LONG_SILENCE_MS

# More would be a list nobody reads, and a sample of ones.
MOST_GROUPS = 2_000
# So many times as many as are drawn, so that the groups differ as much as they may.
READ_PER_DRAWN = 3
MOST_BY_COLUMN = 50
# Further than any moment in microseconds, so that each reason comes after all of the one before it.
APART = 2**53
REPEATS_WITHIN = timedelta(hours=24)
COLUMNS: dict[str, Any] = {
    Stratum.AGENT: F("seen_agent"),
    Stratum.PROMPT: F("seen_prompt"),
    Stratum.CHANNEL: F("channel"),
    Stratum.DAY: TruncDate("timestamp", tzinfo=UTC),
}


# The sessions of each group whose hashes are low, with these.
Low = dict[Key, list[tuple[int, int]]]
LOWEST, HASHES = -(2**63), 2**64


class DrawHash(Func):
    """Who has the lowest is drawn. PostgreSQL's own hash of whole numbers is the same on every machine, and costs a tenth of md5.

    It knows one half of a number by the other, so the upper half goes into the seed too.
    """

    function = "hashint8extended"
    output_field = BigIntegerField()

    def __init__(self, seed: int) -> None:
        upper_half = Func(F("pk"), template="(%(expressions)s >> 32)", output_field=BigIntegerField())
        super().__init__(F("pk"), CombinedExpression(Value(seed), "+", upper_half, output_field=BigIntegerField()))


@dataclass(frozen=True, slots=True)
class Picked:
    session: int
    # Of the plan's groups.
    group: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A session with its place in the order of work, and why it has it."""

    session: int
    position: int
    reason: str


def count_groups(frame: SessionQuerySet, strata: Sequence[str]) -> dict[Key, int]:
    """This will count the sessions of each group."""
    if not strata:
        n = frame.order_by().count()
        return {(): n} if n else {}
    counted = frame.order_by().values_list(*_columns(strata)).annotate(n=Count("*"))
    return {_key(row[:-1]): row[-1] for row in counted}


def read_frame(frame: SessionQuerySet, strata: Sequence[str], *, seed: int, part: float) -> tuple[dict[Key, int], Low]:
    """This will count the sessions of each group, and find those with low hashes on the way: reading ten million once takes long enough.

    `part` says how low: the share of all sessions that is found.
    """
    hash_ = DrawHash(seed)
    is_low = Q(LessThan(hash_, Value(_bound(part))))
    low, low_hash = (Case(When(is_low, then=one), output_field=BigIntegerField()) if part < 1 else one for one in (F("pk"), hash_))
    rows = frame.order_by().values_list(*_columns(strata), low, low_hash).annotate(n=Count("*"))
    counts: dict[Key, int] = defaultdict(int)
    found: Low = defaultdict(list)
    for *values, pk, drawn_by, n in rows:
        key = _key(values)
        counts[key] += n
        if pk is not None:
            found[key].append((drawn_by, pk))
    return dict(counts), found


def pick(frame: SessionQuerySet, plan: Plan, low: Low, *, strata: Sequence[str], seed: int) -> list[Picked]:
    """This will be the sessions with the lowest hashes of each group, in the order of their hashes.

    `low` is what read_frame found; where that is too little of a group, more of it is read.
    """
    found: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for key, hashed in low.items():
        found[plan.group_of[key]] += hashed
    for is_last in (False, True):
        short = {number for number, group in enumerate(plan.groups) if len(found[number]) < group.drawn}
        if short:
            part = 1.0 if is_last else max(share_to_read(plan.groups[number]) for number in short)
            found |= _read_more(frame, plan, short, strata=strata, seed=seed, part=part)
    lowest = [(one, number) for number, group in enumerate(plan.groups) for one in sorted(found[number])[: group.drawn]]
    return [Picked(pk, number) for (_hash, pk), number in sorted(lowest)]


def part_to_read(size: int | None, percent: float | None) -> float:
    """This will be how low a hash has to be to be looked at, before anybody knows how many qualify."""
    n = estimated_size()
    if n <= MOST_IN_QUEUE:
        return 1
    of_all = size / n if size is not None else (percent or 0) / 100
    # More than a queue holds are not drawn anyway, and reading them would fill the memory.
    return min(READ_PER_DRAWN * min(of_all, MOST_IN_QUEUE / n), 1)


def in_order(sessions: Iterable[int], placed_at: Mapping[int, tuple[datetime, str]], *, order: str, reasons: Sequence[str], draw: int) -> list[Placed]:
    """This will give sessions, in the order they were found, their places in the order of work."""
    placed = []
    for number, session in enumerate(sessions):
        moment, reason = placed_at[session]
        micros = int(moment.timestamp() * 1_000_000)
        if order == QueueOrder.NEWEST:
            position = -micros
        elif order == QueueOrder.OLDEST:
            position = micros
        elif order == QueueOrder.PRIORITY:
            rank = reasons.index(reason) if reason in reasons else len(reasons)
            position = rank * APART - micros
        else:
            position = drawn_position(draw, number)
        placed.append(Placed(session, position, reason))
    return placed


def drawn_position(draw: int, number: int) -> int:
    """This will be where a session stands that was drawn as that one of a draw."""
    return draw * 2**32 + number


def read_reasons(sessions: SessionQuerySet, reasons: Sequence[str], otherwise: str) -> dict[int, tuple[datetime, str]]:
    """This will tell when each session was, and the first of the reasons that is true of it."""
    cases = [When(condition, then=Value(reason)) for reason in reasons if (condition := _condition(reason))]
    why = Case(*cases, default=Value(otherwise), output_field=CharField()) if cases else Value(otherwise, output_field=CharField())
    return {pk: (moment, reason) for pk, moment, reason in sessions.order_by().annotate(why=why).values_list("pk", "timestamp", "why")}


def get_more(sessions: Sequence[int], *, percent: int, seed: int) -> set[int]:
    """This will be the sessions that get more labels: so many percent, by hashes that tell nothing of the order they were drawn in."""
    n = round(len(sessions) * percent / 100)
    return set(sorted(sessions, key=lambda pk: (hashlib.md5(f"{seed}:more:{pk}".encode(), usedforsecurity=False).hexdigest(), pk))[:n])


def _condition(reason: str) -> Q | None:
    codes = list(Code.values)
    earlier = Session.objects.filter(source=OuterRef("source"), timestamp__lt=OuterRef("timestamp"), timestamp__gte=OuterRef("timestamp") - REPEATS_WITHIN)
    conditions: dict[str, Q] = {
        Reason.AUTO_LOW: Q(auto_code__in=(Code.BAD, Code.OK)),
        Reason.TOOL_ERROR: Q(tool_errors__gt=0),
        Reason.SILENCE: Q(longest_silence_ms__gte=LONG_SILENCE_MS),
        Reason.REPEAT_CALLER: Q(Exists(earlier)),
        Reason.DIFFERS: Q(auto_code__in=codes, label_code__in=codes) & ~Q(label_code=F("auto_code")),
    }
    return conditions.get(reason)


def _columns(strata: Sequence[str]) -> list[Any]:
    return [COLUMNS[name] for name in strata]


def _key(values: Iterable[Any]) -> Key:
    return tuple("" if value is None else str(value) for value in values)


def _bound(part: float) -> int:
    return LOWEST + int(part * HASHES)


def _read_more(frame: SessionQuerySet, plan: Plan, short: set[int], *, strata: Sequence[str], seed: int, part: float) -> dict[int, list[tuple[int, int]]]:
    found: dict[int, list[tuple[int, int]]] = {number: [] for number in short}
    sessions = frame.order_by().annotate(hash=DrawHash(seed))
    if part < 1:
        sessions = sessions.filter(hash__lt=_bound(part))
    if strata:
        sessions = sessions.filter(_in_groups([key for key, number in plan.group_of.items() if number in short], strata))
    for drawn_by, pk, *values in sessions.values_list("hash", "pk", *_columns(strata)):
        found[plan.group_of[_key(values)]].append((drawn_by, pk))
    return found


def _in_groups(keys: Sequence[Key], strata: Sequence[str]) -> Q:
    """A few by their columns, which an index may lead to; many by what they are written as, which is looked up in one go."""
    if len(keys) > MOST_BY_COLUMN:
        words = [Coalesce(Cast(COLUMNS[name], TextField()), Value("")) for name in strata]
        joined = Func(Value("|"), *words, function="concat_ws", output_field=TextField())
        return Q(In(joined, [Value("|".join(key)) for key in keys]))
    chosen = Q(pk__in=())
    for key in keys:
        chosen |= Q(*[_is(name, value) for name, value in zip(strata, key, strict=True)])
    return chosen


def _is(name: str, value: str) -> Q:
    if name == Stratum.AGENT:
        return Q(seen_agent=int(value))
    if name == Stratum.PROMPT:
        return Q(seen_prompt=int(value)) if value else Q(seen_prompt=None)
    if name == Stratum.CHANNEL:
        return Q(channel=value)
    begin = datetime.combine(date.fromisoformat(value), time(), UTC)
    return Q(timestamp__gte=begin, timestamp__lt=begin + timedelta(days=1))
