"""Which records of a source are here already."""

from collections.abc import Iterable

from django.db import connection

from sessions_app.bulk import array_text
from sessions_app.models import Source

# One look into the index for each. Asked for all at once, PostgreSQL holds each against the most common ids of the column before it
# begins, or reads all that the source has.
KNOWN = """
    SELECT given.external_id, session.id FROM unnest(%s::text[]) AS given(external_id)
    CROSS JOIN LATERAL (SELECT id FROM sessions_app_session WHERE data_source_id = %s AND external_id = given.external_id LIMIT 1) AS session
"""


def known_records(data_source: Source, external_ids: Iterable[str]) -> dict[str, int]:
    """This will be the sessions of those records that are here, by the record's id at its source."""
    with connection.cursor() as cursor:
        cursor.execute(KNOWN, [array_text(external_ids), data_source.pk])
        return dict(cursor.fetchall())
