"""How much there is to read, as far as the database knows without counting."""

from django.db import connection

from sessions_app.models import Session

# Below this every filter is quick over everything.
MANY = 100_000


def are_many() -> bool:
    return estimated_size() > MANY


def estimated_size() -> int:
    """This will ask for PostgreSQL's own estimate, which it renews as rows come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [Session._meta.db_table])
        return int(cursor.fetchone()[0])
