"""The one clock of an installation: machines whose own clocks are wrong still write the same times."""

from datetime import datetime

from django.db import connection


def database_now() -> datetime:
    """This will ask the database what time it is. Where a statement can say Now() itself, let it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        now: datetime = cursor.fetchone()[0]
    return now
