"""Whether sessions of a period were rated by a machine at all."""

from collections.abc import Sequence
from datetime import datetime

from django.db import connection

from sessions_app.codes import Verdict

# By the verdict index, one probe for each pair of label and code. The expressions are the index's own.
PROBE = """
    SELECT EXISTS (
        SELECT FROM unnest(%(labels)s::text[]) AS label, unnest(%(codes)s::text[]) AS code, LATERAL (
            SELECT FROM sessions_app_session
            WHERE COALESCE(label_code, '') = label AND COALESCE(auto_code, '') = code
              AND timestamp >= COALESCE(%(start)s, '-infinity'::timestamptz) AND timestamp < COALESCE(%(end)s, 'infinity'::timestamptz)
            LIMIT 1
        ) AS found
    )
"""


def has_auto_ratings(codes: Sequence[str], *, start: datetime | None, end: datetime | None) -> bool:
    """This will look for one, whoever may see it: that a workspace rates by machine is no secret."""
    with connection.cursor() as cursor:
        cursor.execute(PROBE, {"labels": ["", *Verdict.values], "codes": list(codes), "start": start, "end": end})
        return bool(cursor.fetchone()[0])
