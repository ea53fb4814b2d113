"""What labels say and no category is known by: put into the inbox in the label's own transaction."""

from collections.abc import Collection

from django.db import connection


def remember_unmapped(*, raws: Collection[str]) -> None:
    """This will put strings into the inbox, each once, however often they come."""
    if not raws:
        return
    with connection.cursor() as cursor:
        # In one order, so that two imports with the same strings wait for each other in one direction only.
        cursor.execute(
            "INSERT INTO labeling_incomingissue (text) SELECT given FROM unnest(%s::text[]) AS given"
            " WHERE NOT EXISTS (SELECT FROM labeling_incomingissue AS known WHERE upper(known.text) = upper(given))"
            " ORDER BY upper(given), given ON CONFLICT DO NOTHING",
            [list(raws)],
        )
