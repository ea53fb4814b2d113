"""The label a person gave last, which the undo key takes back."""

from datetime import timedelta

from django.utils import timezone

from labeling.codes import LabelType, Via
from labeling.models import Label, User
from sessions_app.models import Session
from sessions_app.scope import Scope

UNDO_FOR = timedelta(hours=12)


def get_last_label(person: User, *, scope: Scope) -> Label | None:
    """This will return the person's latest label on a page today, if it still stands and its session may still be seen."""
    seen = Session.objects.visible_to(scope)
    last = (
        Label.objects.filter(rater__user=person, type=LabelType.HUMAN, made_at__gte=timezone.now() - UNDO_FOR, session__in=seen)
        .select_related("session", "current")
        .newest_first()[:5]
    )
    return next((label for label in last if label.via == Via.PAGE and not label.is_settlement and hasattr(label, "current")), None)
