"""The writes of presence: a beat while a session is open on a visible page, and forgetting."""

from datetime import timedelta

from django.db.models import Case, F, When
from django.db.models.functions import Now

from labeling.models import Presence, User
from sessions_app.models import Session
from sessions_app.scope import Scope

SAME_VISIT = timedelta(minutes=5)
KEPT = timedelta(days=1)


def note_presence(*, session_id: int, by: User, scope: Scope) -> None:
    """This will say that a person has the session open; beats less than five minutes apart are one visit. Raises Session.DoesNotExist."""
    session = Session.objects.visible_to(scope).filter(pk=session_id)
    since = Case(When(seen_at__gt=Now() - SAME_VISIT, then=F("since")), default=Now())
    renewed = Presence.objects.filter(session__in=session, user=by).update(since=since, seen_at=Now())
    if not renewed:
        # Two tabs may both be the first; one row is enough.
        Presence.objects.bulk_create([Presence(session=session.get(), user=by)], ignore_conflicts=True)


def clear_presences() -> int:
    """This will forget who was where. The nightly task."""
    return Presence.objects.filter(seen_at__lt=Now() - KEPT).delete()[0]
