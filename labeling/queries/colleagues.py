"""Who else may see a session: those an admin named for incidents, and those who can give a second opinion."""

from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When

from labeling.codes import LabelType
from labeling.models import CurrentLabel, SecondOpinion, User
from labeling.policies import may_see_judgments
from labeling.roles import PERMISSIONS, Permission, Role
from sessions_app.compiled import compiled
from sessions_app.models import Session
from sessions_app.reading_order import ByName

LABELING_ROLES = [role for role, permissions in PERMISSIONS.items() if Permission.LABEL in permissions]


def covering(agent: Any) -> QuerySet[User]:
    """This will return the people whose scope covers an agent, by its id or an expression: what `get_scope` says of one person."""
    listed = User.agents.through.objects.filter(user=OuterRef("pk"), agent=agent)
    return User.objects.filter(Q(all_agents=True) | Q(role=Role.ADMIN) | Q(Exists(listed)), is_active=True)


def get_incident_takers(session: Session, *, raised_by: User) -> list[User]:
    """This will return who is told of an incident at once; where it is nobody, the admins find it on their page."""
    return _takers.all(session.seen_agent_id, raised_by.pk)


@compiled
def _takers(agent: Any, raised_by: Any) -> QuerySet[User]:
    return covering(agent).filter(takes_incidents=True).exclude(pk=raised_by).order_by(ByName("name"), "email", "pk")


def colleagues_for(session: Session, *, asker: User) -> QuerySet[User]:
    """This will keep those who may label the session, without the one who asks."""
    return (
        covering(session.seen_agent_id).filter(role__in=LABELING_ROLES, may_read_transcripts=True).exclude(pk=asker.pk).order_by(ByName("name"), "email", "pk")
    )


def get_proposed_peer(session: Session, *, asker: User) -> User | None:
    """This will name whom to ask where nobody in particular is meant: a reviewer before others, of those the one with the fewest open requests.

    Never who was asked already, nor who does not judge in the session's language. Who has judged is left out only for an asker who
    may know that.
    """
    speaks = Q(languages=[]) | Q(languages__contains=[session.language]) if session.language else Q()
    asked = SecondOpinion.objects.filter(session=session, asked_by=asker, asked_of=OuterRef("pk"))
    peers = colleagues_for(session, asker=asker).filter(speaks, ~Exists(asked))
    if may_see_judgments(asker, session):
        peers = peers.exclude(Exists(CurrentLabel.objects.filter(session=session, type=LabelType.HUMAN, rater__user=OuterRef("pk"))))
    rank = Case(When(role=Role.REVIEWER, then=Value(0)), default=Value(1))
    waiting = dict(SecondOpinion.objects.filter(closed_at=None).order_by().values_list("asked_of").annotate(n=Count("pk")))
    found = list(peers.annotate(rank=rank))
    return min(found, key=lambda peer: (peer.rank, waiting.get(peer.pk, 0), str(peer), peer.pk), default=None)
