"""Recounting: what deltas add up to is held against the sessions, and further deltas make up the difference. The nightly check."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from zlib import crc32

from django.db import connection, transaction
from django.db.models import Case, DateTimeField, F, Func, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from sessions_app.alone import alone
from sessions_app.models import Session, SessionDelta, SessionKey
from sessions_app.operations.folding import MEASURES, MOST

WINDOW = timedelta(days=7)
RECOUNT_LOCK = 0xF01E
# Weights are fractions, which add up a little differently in another order.
CLOSE = 1e-6

# What session_key() is, for the database.
KEY: dict[str, Combinable] = {
    "bucket": Func(F("timestamp"), template="date_bin('15 minutes', %(expressions)s, 'epoch')", output_field=DateTimeField()),
    "agent_id": F("seen_agent_id"),
    "prompt_id": F("seen_prompt_id"),
    "channel": F("channel"),
    "language": F("language"),
    "direction": Case(When(is_outbound=True, then=Value("out")), When(is_outbound=False, then=Value("in")), default=Value("")),
    "is_test": Coalesce(F("is_test"), Value(False)),
    "n": Value(1),
}
# Which sessions count, and what they count as besides their key.
Counted = tuple[Q, Mapping[str, Combinable]]

# Of one moment, and a session and its delta are written together: so whoever writes meanwhile is neither waited for nor held up.
SIDE = "SELECT * FROM ({sql}) AS side ({names})"
DIFFERENCE = """
SELECT {keys}, {sums} FROM (
    {counted}
    UNION ALL
    SELECT {keys}, {negated} FROM {table} WHERE bucket >= %s AND bucket < %s
) AS both_sides GROUP BY {keys} HAVING {any}
"""


def recount_sessions() -> int:
    """This will put right what the deltas of sessions add up to, and return under how many keys it was wrong."""
    return recount(SessionDelta, [(Q(), {})])


def recount(model: type[SessionKey], counted: Sequence[Counted]) -> int:
    """This will hold a family of deltas against what sessions count as, a week of them a transaction.

    One at a time; a second one does nothing.
    """
    wrong = 0
    with alone(RECOUNT_LOCK, crc32(model._meta.db_table.encode())) as is_alone:
        for start in _weeks(model) if is_alone else ():
            wrong += _recount(model, counted, start, start + WINDOW)
    return wrong


def _weeks(model: type[SessionKey]) -> Iterator[datetime]:
    """The weeks that have a session or a delta. They begin with a quarter of an hour, as buckets do."""
    deltas = model._default_manager.order_by("bucket").values_list("bucket", flat=True)
    sessions = Session.objects.order_by("timestamp").values_list(KEY["bucket"], flat=True)
    after = Q(), Q()
    while True:
        first = min((moment for moment in (deltas.filter(after[0]).first(), sessions.filter(after[1]).first()) if moment is not None), default=None)
        if first is None:
            return
        yield first
        after = Q(bucket__gte=first + WINDOW), Q(timestamp__gte=first + WINDOW)


@transaction.atomic
def _recount(model: type[SessionKey], counted: Sequence[Counted], start: datetime, end: datetime) -> int:
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    keys, measures = [name for name in columns if name not in MEASURES], [name for name in columns if name in MEASURES]
    rows = Session.objects.filter(timestamp__gte=start, timestamp__lt=end).order_by()
    sides = [rows.filter(which).values_list(*({**KEY, **more}[name] for name in (*keys, *measures))).query.sql_with_params() for which, more in counted]
    statement = DIFFERENCE.format(
        keys=", ".join(keys),
        counted=" UNION ALL ".join(SIDE.format(sql=sql, names=", ".join([*keys, *measures])) for sql, _ in sides),
        table=model._meta.db_table,
        sums=", ".join(f"sum({measure})" for measure in measures),
        negated=", ".join(f"-{measure}" for measure in measures),
        any=" OR ".join(f"abs(sum({measure})) > {CLOSE}" for measure in measures),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*(value for _, values in sides for value in values), start, end])
        found = [(dict(zip(keys, row, strict=False)), dict(zip(measures, row[len(keys) :], strict=True))) for row in cursor.fetchall()]
    model._default_manager.bulk_create([row for key, difference in found for row in _rows(model, key, **difference)], batch_size=1_000)
    return len(found)


def _rows(model: type[SessionKey], key: dict[str, Any], *, n: int, **weights: float) -> Iterator[SessionKey]:
    """Deltas that are not saved; the first has the weights. One has to count something, so where only a weight is wrong there are two."""
    left = int(n)
    parts = [1, -1] if not left else []
    while left:
        parts.append(max(min(left, MOST), -MOST))
        left -= parts[-1]
    for place, part in enumerate(parts):
        values = key | {"n": part} | {name: 0.0 if place else weight for name, weight in weights.items()}
        yield model(**values)
