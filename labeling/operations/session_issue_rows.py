"""The rows of sessions' issues, written in SQL for many sessions at once: from what labels say, or from one category to another."""

from collections.abc import Sequence
from typing import Any

from django.db import connection

from labeling.queries.issues import SPACES, get_roots

REWRITE = """
WITH word AS MATERIALIZED (
    SELECT upper(name) AS word, id AS category_id FROM labeling_issuecategory
    UNION ALL
    SELECT upper(alias.text), alias.category_id FROM labeling_issuealias AS alias
    WHERE NOT EXISTS (SELECT FROM labeling_issuecategory AS named WHERE upper(named.name) = upper(alias.text))
), said AS MATERIALIZED (
    SELECT issue.session_id, issue.raw
    FROM sessions_app_session AS session
    JOIN labeling_currentlabel AS current ON current.session_id = session.id AND current.type = 'human-rating'
    JOIN labeling_labelissue AS issue ON issue.label_id = current.label_id
    WHERE session.id = ANY(%(sessions)s) AND NOT session.label_is_settled
    UNION ALL
    SELECT issue.session_id, issue.raw
    FROM sessions_app_session AS session
    JOIN labeling_labelissue AS issue ON issue.label_id = session.session_label_id
    WHERE session.id = ANY(%(sessions)s) AND session.label_is_settled
), meant AS (
    SELECT spoken.raw, coalesce(exact.category_id, spaced.category_id) AS category_id
    FROM (SELECT DISTINCT raw FROM said) AS spoken
    LEFT JOIN word AS exact ON exact.word = upper(spoken.raw)
    LEFT JOIN word AS spaced ON spaced.word = btrim(regexp_replace(upper(spoken.raw), %(spaces)s, ' ', 'g'))
), wanted AS MATERIALIZED (
    SELECT DISTINCT said.session_id, coalesce(ended.root, meant.category_id) AS category_id
    FROM said
    JOIN meant ON meant.raw = said.raw AND meant.category_id IS NOT NULL
    LEFT JOIN unnest(%(merged)s::bigint[], %(roots)s::bigint[]) AS ended (merged, root) ON ended.merged = meant.category_id
), gone AS (
    DELETE FROM labeling_sessionissue AS held
    WHERE held.session_id = ANY(%(sessions)s)
    AND NOT EXISTS (SELECT FROM wanted WHERE wanted.session_id = held.session_id AND wanted.category_id = held.category_id)
)
INSERT INTO labeling_sessionissue (session_id, category_id)
SELECT wanted.session_id, wanted.category_id FROM wanted
WHERE NOT EXISTS (
    SELECT FROM labeling_sessionissue AS held
    WHERE held.session_id = ANY(%(sessions)s) AND held.session_id = wanted.session_id AND held.category_id = wanted.category_id
)
ON CONFLICT DO NOTHING
"""


def rewrite_issues(*, sessions: Sequence[int]) -> None:
    """This will make the issues of sessions what their labels say by the categories of now. Called under the sessions' locks."""
    roots = get_roots()
    values: dict[str, Any] = {"sessions": list(sessions), "spaces": SPACES, "merged": list(roots), "roots": list(roots.values())}
    with connection.cursor() as cursor:
        cursor.execute(REWRITE, values)


def move_issues(*, category: int, into: int, after: int, limit: int) -> list[int]:
    """This will give the next rows of a merged category the other one, and return their sessions. Called in a transaction.

    It asks no label, and takes three times less than working them out. It holds no session's lock: a label that is
    written at the same time deletes a row by its id, whichever category it has by then. Rows that such a label holds
    are passed over, so that neither waits for the other.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, session_id FROM labeling_sessionissue WHERE category_id = %s AND session_id > %s ORDER BY session_id LIMIT %s FOR UPDATE SKIP LOCKED",
            [category, after, limit],
        )
        rows = cursor.fetchall()
        # Asked apart: together with the update, a planner that takes the target for a rare category compares every row with every other.
        cursor.execute("SELECT session_id FROM labeling_sessionissue WHERE session_id = ANY(%s) AND category_id = %s", [[row[1] for row in rows], into])
        there = {session for (session,) in cursor.fetchall()}
        moved, doubled = [pk for pk, session in rows if session not in there], [pk for pk, session in rows if session in there]
        cursor.execute("UPDATE labeling_sessionissue SET category_id = %s WHERE id = ANY(%s)", [into, moved])
        cursor.execute("DELETE FROM labeling_sessionissue WHERE id = ANY(%s)", [doubled])
    return [session for _, session in rows]
