"""Setting the target of the summary, and taking it back."""

from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Now

from labeling.models import Target, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from sessions_app.models import Agent


@transaction.atomic
def set_target(*, agent: Agent | None, bad_percent: Decimal | None, by: User) -> Target | None:
    """This will set the BAD rate to stay below, of an agent or the workspace; None takes it back. What it was stands in the audit."""
    before = Target.objects.select_for_update().filter(agent=agent).first()
    after = None
    if bad_percent is None:
        Target.objects.filter(agent=agent).delete()
    else:
        after, _ = Target.objects.update_or_create(agent=agent, defaults={"bad_percent": bad_percent, "set_by": by, "set_at": Now()})
    said_before, said_after = (f"{target.bad_percent:.1f}" if target else "" for target in (before, after))
    if said_before != said_after:
        record_event(kind=EventKind.SETTING_CHANGED, by=by, subject_kind="target", subject=agent.pk if agent else None, before=said_before, after=said_after)
    return after
