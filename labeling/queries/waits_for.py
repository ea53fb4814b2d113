"""Which queues wait for a person, in one statement: the top bar of every page asks it."""

from datetime import timedelta

from django.db.models import BigIntegerField, Func, Value

from labeling.models import User
from sessions_app.scope import Scope


class WaitsFor(Func):
    """What `takeable` and `holding` say, written out: it costs a page little to write and to plan. A test compares the three.

    A limit keeps the planner from reading all places of all queues at once, or all that somebody ever labeled.
    """

    template = """(
    SELECT queue.id FROM labeling_queue queue
    JOIN (
        SELECT id::bigint, all_agents::boolean, statement_timestamp() + soon::interval AS soon,
            string_to_array(languages, ',') AS languages, string_to_array(agents, ',')::bigint[] AS agents
        FROM (VALUES (%(expressions)s)) AS given (id, languages, all_agents, agents, soon)
    ) AS me ON true
    LEFT JOIN labeling_rater rater ON rater.user_id = me.id
    WHERE queue.state = 'active' AND (queue.due_at <= me.soon OR EXISTS (
        SELECT FROM labeling_assignment place WHERE place.assigned_to_id = me.id AND place.queue_id = queue.id AND place.state IN ('open', 'claimed')
    )) AND (
        SELECT true FROM labeling_assignment place JOIN sessions_app_session session ON session.id = place.session_id
        WHERE place.queue_id = queue.id AND place.state IN ('open', 'claimed')
            AND (place.assigned_to_id = me.id OR (queue.due_at <= me.soon AND (place.assigned_to_id IS NULL OR place.person_id = me.id)))
            AND session.erased_at IS NULL AND (me.all_agents OR session.seen_agent_id = ANY (me.agents))
            AND (NOT queue.by_language OR session.language = ANY (me.languages))
            AND CASE
                WHEN place.state = 'claimed' AND place.person_id = me.id THEN true
                WHEN place.state = 'claimed' AND place.lease_until > statement_timestamp() THEN false
                ELSE NOT EXISTS (
                    SELECT FROM labeling_assignment mine
                    WHERE mine.queue_id = queue.id AND mine.session_id = place.session_id AND mine.person_id = me.id AND mine.state IN ('claimed', 'done')
                ) AND NOT EXISTS (
                    SELECT FROM labeling_pass pass WHERE pass.queue_id = queue.id AND pass.session_id = place.session_id AND pass.person_id = me.id
                        AND (pass.until IS NULL OR pass.until > statement_timestamp())
                ) AND (
                    SELECT true FROM labeling_currentlabel label
                    WHERE label.session_id = place.session_id AND label.rater_id = rater.id AND label.type = 'human-rating' LIMIT 1
                ) IS NULL AND (NOT queue.is_independent OR (
                    SELECT true FROM labeling_label label
                    WHERE label.session_id = place.session_id AND label.rater_id = rater.id AND label.type = 'human-rating' LIMIT 1
                ) IS NULL AND (
                    SELECT true FROM labeling_exposure shown WHERE shown.session_id = place.session_id AND shown.user_id = me.id LIMIT 1
                ) IS NULL)
            END
        LIMIT 1
    )
    )"""
    output_field = BigIntegerField()

    def __init__(self, person: User, scope: Scope, *, soon: timedelta) -> None:
        agents = ",".join(str(agent) for agent in scope.agents)
        super().__init__(Value(person.pk), Value(",".join(person.languages)), Value(scope.all_agents), Value(agents), Value(soon))
