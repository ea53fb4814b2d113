"""What a person could be handed in queues, and which of these wait for them: each in one statement, however many places there are.

They say what `claimable` and `held` say, written out: home and the top bar of every page ask for many queues at once. A test compares them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import BigIntegerField, Func, Value
from psycopg import sql

from labeling.models import User
from sessions_app.scope import Scope

# So many are counted, and so few are looked at to say whether there is any.
MOST_COUNTED, MOST_TRIED = 100, 25
PERSON = sql.SQL("""
    SELECT id::bigint, all_agents::boolean, statement_timestamp() + soon::interval AS soon,
        string_to_array(languages, ',') AS languages, string_to_array(agents, ',')::bigint[] AS agents
    FROM (VALUES ({values})) AS given (id, languages, all_agents, agents, soon)
""")
# Those given to the person, those they are at, and those that are nobody's, of which `{nobodys}` says where they are asked for: of these
# some from where the person was last, and as many from the beginning. Who has done a whole queue of several labels a session, or may
# take none of it, would pass over all of it.
LOOKED_AT = sql.SQL("""
    (SELECT *, 1 AS part FROM labeling_assignment
        WHERE assigned_to_id = me.id AND queue_id = queue.id AND state IN ('open', 'claimed') LIMIT {most})
    UNION ALL (SELECT *, 2 FROM labeling_assignment
        WHERE {nobodys} AND person_id = me.id AND queue_id = queue.id AND state = 'claimed' LIMIT {most})
    UNION ALL (SELECT *, 3 FROM labeling_assignment
        WHERE {nobodys} AND queue_id = queue.id AND state IN ('open', 'claimed') AND assigned_to_id IS NULL AND position > (
            SELECT position FROM labeling_assignment last WHERE last.person_id = me.id AND last.queue_id = queue.id AND last.claimed_at IS NOT NULL
            ORDER BY claimed_at DESC LIMIT 1
        ) ORDER BY position, slot LIMIT {most})
    UNION ALL (SELECT *, 4 FROM labeling_assignment
        WHERE {nobodys} AND queue_id = queue.id AND state IN ('open', 'claimed') AND assigned_to_id IS NULL ORDER BY position, slot LIMIT {most})
""")
# A look for each place, and no join: the planner thinks that there are many places, and would read every session.
IS_FREE = sql.SQL("""
    CASE
        WHEN place.state = 'claimed' AND place.lease_until > statement_timestamp() AND place.person_id <> me.id THEN false
        WHEN (place.state = 'open' OR place.person_id <> me.id) AND (EXISTS (
            SELECT FROM labeling_assignment mine
            WHERE mine.queue_id = queue.id AND mine.session_id = place.session_id AND mine.person_id = me.id AND mine.state IN ('claimed', 'done')
        ) OR EXISTS (
            SELECT FROM labeling_pass pass WHERE pass.queue_id = queue.id AND pass.session_id = place.session_id AND pass.person_id = me.id
                AND (pass.until IS NULL OR pass.until > statement_timestamp())
        ) OR (
            SELECT true FROM labeling_currentlabel label
            WHERE label.session_id = place.session_id AND label.rater_id = rater.id AND label.type = 'human-rating' LIMIT 1
        ) OR (queue.is_independent AND ((
            SELECT true FROM labeling_label label
            WHERE label.session_id = place.session_id AND label.rater_id = rater.id AND label.type = 'human-rating' LIMIT 1
        ) OR (
            SELECT true FROM labeling_exposure shown WHERE shown.session_id = place.session_id AND shown.user_id = me.id LIMIT 1
        )))) THEN false
        ELSE (
            SELECT session.erased_at IS NULL AND (me.all_agents OR session.seen_agent_id = ANY (me.agents))
                AND (NOT queue.by_language OR session.language = ANY (me.languages))
            FROM sessions_app_session session WHERE session.id = place.session_id
        )
    END
""")
LEFT = sql.SQL("""
    SELECT queue.id, looked.* FROM ({person}) AS me
    JOIN labeling_queue queue ON queue.id = ANY (%s)
    LEFT JOIN labeling_rater rater ON rater.user_id = me.id
    CROSS JOIN LATERAL (
        SELECT count(DISTINCT found.session_id) FILTER (WHERE is_free) AS n,
            count(DISTINCT found.session_id) FILTER (WHERE is_free AND found.assigned_to_id = me.id) AS given,
            min(found.timestamp) FILTER (WHERE is_free) AS oldest,
            greatest(count(*) FILTER (WHERE part = 1), count(*) FILTER (WHERE part = 3), count(*) FILTER (WHERE part = 4)) >= {most} AS is_cut
        FROM (
            SELECT place.*, {is_free} AS is_free
            FROM ({looked_at}) AS place OFFSET 0
        ) AS found
    ) AS looked
""").format(
    person=PERSON.format(values=sql.SQL("%s, %s, %s, %s, %s")),
    is_free=IS_FREE,
    most=MOST_COUNTED,
    looked_at=LOOKED_AT.format(nobodys=sql.SQL("true"), most=MOST_COUNTED),
)
WAITING = sql.SQL("""(
    SELECT queue.id FROM labeling_queue queue
    JOIN ({person}) AS me ON true
    LEFT JOIN labeling_rater rater ON rater.user_id = me.id
    WHERE queue.state = 'active' AND (queue.due_at <= me.soon OR EXISTS (
        SELECT FROM labeling_assignment place WHERE place.assigned_to_id = me.id AND place.queue_id = queue.id AND place.state IN ('open', 'claimed')
    )) AND (
        SELECT true FROM ({looked_at}) AS place
        WHERE {is_free} LIMIT 1
    )
    )""").format(
    person=PERSON.format(values=sql.SQL("%(expressions)s")),
    is_free=IS_FREE,
    looked_at=LOOKED_AT.format(nobodys=sql.SQL("queue.due_at <= me.soon"), most=MOST_TRIED),
)


@dataclass(frozen=True, slots=True)
class Left:
    """Sessions that a person could be handed now, `given` of them to them, and the oldest of them. Of one that is cut there may be more."""

    n: int
    given: int
    oldest: datetime | None
    is_cut: bool


def get_left(queues: Sequence[int], person: User, scope: Scope) -> dict[int, Left]:
    """This will count what is left of queues for a person."""
    if not queues:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(LEFT, [*who(person, scope, timedelta()), list(queues)])
        return {pk: Left(*counted) for pk, *counted in cursor.fetchall()}


class WaitsFor(Func):
    """The queues that wait for a person: with places given to them, or due soon with places left for them. As the value of an IN."""

    template = WAITING.as_string()
    output_field = BigIntegerField()


def waits_for(person: User, scope: Scope, *, soon: timedelta) -> WaitsFor:
    return WaitsFor(*map(Value, who(person, scope, soon)))


def who(person: User, scope: Scope, soon: timedelta) -> list[Any]:
    """This will be what WaitsFor asks for."""
    return [person.pk, ",".join(person.languages), scope.all_agents, ",".join(str(agent) for agent in scope.agents), soon]
