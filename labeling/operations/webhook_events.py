"""What webhooks are to be told, put down in the transaction of the labels it tells of."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.models import Label, LabelWithdrawal, WebhookAnswer, WebhookDelivery, WebhookEvent
from labeling.models.webhook import WebhookKind
from sessions_app.queries.database_clock import database_now

# A label that is older when it comes to us is history that is being brought over, and nothing that happened.
HISTORY = timedelta(days=1)
KEPT = timedelta(days=90)
BATCH = 1_000
# By name: a task is above an operation.
TASK = "labeling.tasks.send_webhooks"
# At every submit, mostly for nothing: through the ORM it took twice as long.
ASKED = "SELECT DISTINCT unnest(kinds) FROM labeling_webhook WHERE is_active"
# Deliveries in the order in which it happened: a webhook is told in the order of their ids.
NOTE = """
    WITH asking AS (SELECT id, kinds FROM labeling_webhook WHERE is_active),
    happened AS MATERIALIZED (
        SELECT gen_random_uuid() AS id, told.* FROM unnest(%s::text[], %s::bigint[], %s::bigint[]) WITH ORDINALITY AS told (kind, session, label, place)
        WHERE EXISTS (SELECT FROM asking WHERE told.kind = ANY (asking.kinds))
    ),
    noted AS (INSERT INTO labeling_webhookevent (id, kind, session, label) SELECT id, kind, session, label FROM happened)
    INSERT INTO labeling_webhookdelivery (webhook_id, event_id, state, attempts)
    SELECT asking.id, happened.id, 'waiting', 0 FROM happened JOIN asking ON happened.kind = ANY (asking.kinds) ORDER BY place, asking.id
"""


def note_labels(*, given: Sequence[Label], withdrawn: Sequence[LabelWithdrawal]) -> None:
    """This will put down what happened for the webhooks that ask for it, and have it sent when it is certain."""
    happened = [(_kind(label), label.session_id, label.pk) for label in given if not _is_history(label)]
    happened += [(WebhookKind.WITHDRAWN, withdrawal.session_id, withdrawal.label_id) for withdrawal in withdrawn]
    if not happened:
        return
    with connection.cursor() as cursor:
        cursor.execute(ASKED)
        asked = {kind for (kind,) in cursor.fetchall()}
        told = [one for one in happened if one[0] in asked]
        if not told:
            return
        cursor.execute(NOTE, [list(column) for column in zip(*told, strict=True)])
    transaction.on_commit(ask_for_sending, robust=True)


def ask_for_sending(*, after: timedelta | None = None) -> None:
    """This will have the worker send what is due, now or after a while. What nobody asked for is found within a minute.

    Where a job waits already another is not needed. A lock on it would do no better, and stand in the way of jobs that are taken up again.
    """
    if after:
        app.configure_task(TASK, schedule_in={"seconds": int(after.total_seconds())}).defer()
    elif not ProcrastinateJob.objects.filter(task_name=TASK, status="todo", scheduled_at=None).exists():
        app.configure_task(TASK).defer()


def clear_webhook_events() -> int:
    """This will forget what was told, and what could not be, three months ago, and return how many events went."""
    before, n = database_now() - KEPT, 0
    while batch := list(WebhookEvent.objects.filter(at__lt=before).values_list("pk", flat=True)[:BATCH]):
        with transaction.atomic():
            WebhookAnswer.objects.filter(delivery__event__in=batch).delete()
            WebhookDelivery.objects.filter(event__in=batch).delete()
            n += WebhookEvent.objects.filter(pk__in=batch).delete()[0]
    return n


def _kind(label: Label) -> str:
    if label.is_settlement:
        return WebhookKind.SETTLED
    return WebhookKind.CHANGED if label.replaces_id else WebhookKind.CREATED


def _is_history(label: Label) -> bool:
    """Where nobody claimed a time, it is the database's now."""
    return isinstance(label.made_at, datetime) and label.made_at < timezone.now() - HISTORY
