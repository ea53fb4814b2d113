"""Folding: what deltas add up to is put down, and many of one key become one. The sums stay the same at every moment."""

import time
from collections.abc import Sequence
from datetime import timedelta
from zlib import crc32

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max
from django.db.models.functions import Coalesce

from sessions_app.alone import alone
from sessions_app.models.session_delta import DayMark, SessionKey

WINDOW = timedelta(days=7)
MEASURES = ("n", "weight", "squares")
# What a small integer holds; a key with more keeps several rows.
MOST = 32_767
MARK_WAIT, MARK_PAUSE = 30, 0.05
FOLD_LOCK = 0xF01D

# In place, and of rows up to the mark only: so nothing moves from behind the mark to before it.
FOLD = """
WITH folded AS (
    SELECT min(id) AS id, {sums}, array_agg(id) AS ids FROM {table} WHERE bucket >= %s AND bucket < %s AND id <= %s
    GROUP BY {keys} HAVING count(*) > 1 AND abs(sum(n)) <= {most}
), gone AS (
    DELETE FROM {table} USING (SELECT unnest(ids) AS one, id AS kept, n FROM folded) AS old
    WHERE {table}.id = old.one AND (old.one <> old.kept OR old.n = 0) RETURNING 1
), kept AS (
    UPDATE {table} SET {assigned} FROM folded WHERE {table}.id = folded.id AND folded.n <> 0 RETURNING 1
)
SELECT count(*) FROM gone
"""
TOTAL = "INSERT INTO {totals} ({keys}, n, until) SELECT {keys}, sum(n), %s FROM {table} WHERE id <= %s GROUP BY {keys} HAVING sum(n) <> 0"

DAYS = """
INSERT INTO {days} (bucket, {keys}, {measures})
SELECT date_trunc('day', bucket, %s) AS day, {keys}, {sums} FROM {table} WHERE id > %s AND id <= %s GROUP BY day, {keys} HAVING {any} ORDER BY day
"""
# Who writes locks the table before an id is given, until the transaction ends.
WRITERS = """
SELECT virtualtransaction FROM pg_locks WHERE relation = %s::regclass AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
AND mode = 'RowExclusiveLock' AND granted AND pid IS DISTINCT FROM pg_backend_pid()
"""


class StillWritten(Exception):
    """Somebody writes deltas all the time, such as a long import in one transaction."""


def fold_deltas(model: type[SessionKey]) -> int:
    """This will add up a family of deltas anew and fold it, a week of sessions a transaction, and return how many rows fewer there are.

    Deltas that come meanwhile stay as they are. One fold of a family at a time; a second one does nothing. Raises StillWritten.
    """
    with alone(FOLD_LOCK, crc32(model._meta.db_table.encode())) as is_alone:
        if not is_alone:
            return 0
        mark = _mark(model)
        _add_up(model, mark)
        _count_days(model, mark, anew=True)
        buckets = model._default_manager.order_by("bucket").values_list("bucket", flat=True)
        fewer, first = 0, buckets.first()
        while first is not None:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(_statement(model), [first, first + WINDOW, mark])
                fewer += cursor.fetchone()[0]
            first = buckets.filter(bucket__gte=first + WINDOW).first()
        return fewer


def count_days(model: type[SessionKey]) -> None:
    """This will add the deltas that came since the last time to their days; while the family is folded it does nothing. Raises StillWritten."""
    with alone(FOLD_LOCK, crc32(model._meta.db_table.encode())) as is_alone:
        if is_alone:
            _count_days(model, _mark(model))


def _mark(model: type[SessionKey]) -> int:
    """The last id, when everybody has ended who was writing as it was given: from then on none comes before it. Holds nobody up.

    Raises StillWritten where somebody writes for longer than this waits.
    """
    family = model._meta.db_table
    mark = int(model._default_manager.aggregate(last=Coalesce(Max("pk"), 0))["last"])
    ends_at, writing = time.monotonic() + MARK_WAIT, _writers(family)
    while writing:
        if time.monotonic() > ends_at:
            raise StillWritten(f"Somebody has been writing to {family} for more than {MARK_WAIT} seconds.")
        time.sleep(MARK_PAUSE)
        writing &= _writers(family)
    return mark


def _writers(family: str) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(WRITERS, [family])
        return {transaction_id for (transaction_id,) in cursor.fetchall()}


@transaction.atomic
def _add_up(model: type[SessionKey], mark: int) -> None:
    totals = model.totals
    keys = [str(field.column) for field in totals._meta.concrete_fields if field.column not in ("id", "n", "until")]
    totals._default_manager.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(TOTAL.format(totals=totals._meta.db_table, table=model._meta.db_table, keys=", ".join(keys)), [mark, mark])


@transaction.atomic
def _count_days(model: type[SessionKey], until: int, *, anew: bool = False) -> None:
    family, zone = model._meta.db_table, settings.REPORTING_TIME_ZONE
    mark = None if anew else DayMark.objects.filter(family=family, zone=zone).first()
    if mark is None:
        model.days._default_manager.all().delete()
    columns, measures = _columns(model)
    keys = ", ".join(column for column in columns if column != "bucket")
    statement = DAYS.format(
        days=model.days._meta.db_table,
        table=family,
        keys=keys,
        measures=", ".join(measures),
        sums=_sums(measures),
        any=" OR ".join(f"sum({measure}) <> 0" for measure in measures),
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [zone, mark.until if mark else 0, until])
    DayMark.objects.update_or_create(family=family, defaults={"zone": zone, "until": until})


def _statement(model: type[SessionKey]) -> str:
    keys, measures = _columns(model)
    return FOLD.format(
        table=model._meta.db_table,
        keys=", ".join(keys),
        assigned=", ".join(f"{column} = folded.{column}" for column in measures),
        sums=_sums(measures),
        most=MOST,
    )


def _columns(model: type[SessionKey]) -> tuple[list[str], list[str]]:
    """What a delta is counted under, and what it counts."""
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    return [column for column in columns if column not in MEASURES], [column for column in columns if column in MEASURES]


def _sums(measures: Sequence[str]) -> str:
    return ", ".join(f"sum({column}) AS {column}" for column in measures)
