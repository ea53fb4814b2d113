"""One session, and what one person has of it: asked for at each step of a review."""

from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from labeling.codes import LabelType
from labeling.models import CurrentLabel, Draft, Label, User
from labeling.queries.session_lines import with_lines
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session, SessionQuerySet
from sessions_app.scope import Scope


def get_session(pk: int, *, scope: Scope) -> Session | None:
    """This will return a session in scope, with what its line and its facts name."""
    session = _session.first(pk)
    return session if session and scope.covers(session.seen_agent_id) else None


def get_revision(pk: int, *, scope: Scope) -> int | None:
    """This will be the revision of the transcript of a session in scope, 0 where it has none."""
    revision: int | None = _revision.first(pk, list(scope.agents), all_agents=scope.all_agents)
    return revision


def get_own_label(session: Session, person: User) -> Label | None:
    """This will be the person's current label of the session."""
    current = _current.first(session.pk, person.pk)
    return current.label if current else None


def get_draft(session: Session, person: User) -> Draft | None:
    return _draft.first(session.pk, person.pk)


@compiled
def _session(pk: Any) -> SessionQuerySet:
    return with_lines(Session.objects.filter(pk=pk)).select_related("data_source")


@compiled
def _revision(pk: Any, agents: Any, *, all_agents: bool) -> QuerySet[Session, Any]:
    reached = Q() if all_agents else AnyOf(F("seen_agent"), agents)
    return Session.objects.filter(reached, pk=pk).values_list(Coalesce("transcript__revision", 0), flat=True)


@compiled
def _current(session: Any, person: Any) -> QuerySet[CurrentLabel]:
    return CurrentLabel.objects.filter(session=session, rater__user=person, type=LabelType.HUMAN).select_related("label")


@compiled
def _draft(session: Any, person: Any) -> QuerySet[Draft]:
    return Draft.objects.filter(session=session, user=person)
