"""Who else may see a session: those an admin named for incidents, and those who can give a second opinion."""

from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from labeling.models import User
from labeling.roles import PERMISSIONS, Permission, Role
from sessions_app.models import Session

LABELING_ROLES = [role for role, permissions in PERMISSIONS.items() if Permission.LABEL in permissions]


def covering(agent: Any) -> QuerySet[User]:
    """This will return the people whose scope covers an agent, by its id or an expression: what `get_scope` says of one person."""
    listed = User.agents.through.objects.filter(user=OuterRef("pk"), agent=agent)
    return User.objects.filter(Q(all_agents=True) | Q(role=Role.ADMIN) | Q(Exists(listed)), is_active=True)


def get_incident_takers(session: Session, *, raised_by: User) -> list[User]:
    """This will return who is told of an incident at once; where it is nobody, the admins find it on their page."""
    return list(covering(session.seen_agent_id).filter(takes_incidents=True).exclude(pk=raised_by.pk).order_by("name", "email", "pk"))


def colleagues_for(session: Session, *, asker: User) -> QuerySet[User]:
    """This will keep those who may label the session, without the one who asks."""
    return covering(session.seen_agent_id).filter(role__in=LABELING_ROLES, may_read_transcripts=True).exclude(pk=asker.pk).order_by("name", "email", "pk")
