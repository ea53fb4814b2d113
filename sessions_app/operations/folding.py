"""Folding: many deltas of one key become one. What they add up to stays the same at every moment."""

from datetime import timedelta

from django.db import connection, transaction

from sessions_app.models.session_delta import SessionKey

WINDOW = timedelta(days=7)
MEASURES = ("n", "weight", "squares")
# What a small integer holds; a key with more keeps several rows.
MOST = 32_767

FOLD = """
WITH folded AS (
    SELECT {keys}, {sums}, array_agg(id) AS ids FROM {table} WHERE bucket >= %s AND bucket < %s
    GROUP BY {keys} HAVING count(*) > 1 AND abs(sum(n)) <= {most}
), gone AS (
    DELETE FROM {table} USING (SELECT unnest(ids) AS id FROM folded) AS old WHERE {table}.id = old.id RETURNING 1
), came AS (
    INSERT INTO {table} ({keys}, {measures}) SELECT {keys}, {measures} FROM folded WHERE n <> 0 RETURNING 1
)
SELECT (SELECT count(*) FROM gone) - (SELECT count(*) FROM came)
"""


def fold_deltas(model: type[SessionKey]) -> int:
    """This will fold a family of deltas, a week of sessions a transaction, and return how many rows fewer there are.

    Deltas that come meanwhile are not in its snapshot and stay as they are. One fold of a family at a time.
    """
    buckets = model._default_manager.order_by("bucket").values_list("bucket", flat=True)
    fewer, first = 0, buckets.first()
    while first is not None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [model._meta.db_table])
            cursor.execute(_statement(model), [first, first + WINDOW])
            fewer += cursor.fetchone()[0]
        first = buckets.filter(bucket__gte=first + WINDOW).first()
    return fewer


def _statement(model: type[SessionKey]) -> str:
    columns = [str(field.column) for field in model._meta.concrete_fields if not field.primary_key]
    measures = [column for column in columns if column in MEASURES]
    keys = [column for column in columns if column not in MEASURES]
    return FOLD.format(
        table=model._meta.db_table,
        keys=", ".join(keys),
        measures=", ".join(measures),
        sums=", ".join(f"sum({column}) AS {column}" for column in measures),
        most=MOST,
    )
