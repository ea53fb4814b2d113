"""What a reviewer did lately."""

from dataclasses import dataclass

from django.utils import timezone

from labeling.clock import Shown, show, zone
from labeling.codes import LabelType
from labeling.models import CurrentLabel, Label, User
from sessions_app.models import Session
from sessions_app.scope import Scope

RECENT = 10


@dataclass(frozen=True, slots=True)
class RecentLabel:
    label: Label
    agent: str
    started: Shown
    made: Shown


def get_recent_labels(person: User, *, scope: Scope) -> list[RecentLabel]:
    """This will return the person's latest labels that stand, on sessions they may still see."""
    rows = (
        CurrentLabel.objects.filter(rater__user=person, type=LabelType.HUMAN, session__in=Session.objects.visible_to(scope))
        .select_related("label", "session")
        .prefetch_related("label__issues")
        .order_by("-label__made_at", "-label")[:RECENT]
    )
    return [
        RecentLabel(
            label=row.label,
            agent=row.session.agent_name or "No agent",
            started=show(row.session.timestamp, agent_zone=row.session.agent_timezone, viewer=person),
            made=show(row.label.made_at, agent_zone=person.time_zone, viewer=person),
        )
        for row in rows
    ]


def get_today_count(person: User) -> int:
    """This will count the sessions the person labeled since their own midnight."""
    midnight = timezone.now().astimezone(zone(person.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    return CurrentLabel.objects.filter(rater__user=person, type=LabelType.HUMAN, label__made_at__gte=midnight).count()
