"""The sessions around one session: the same conversation, the same caller. Only those in scope."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q, QuerySet

from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session, SessionQuerySet
from sessions_app.scope import Scope

EARLIER = 5
# A visitor who never comes to an end: counted no further, and said so.
MOST_COUNTED = 100
MOST_SHOWN = 20
# Of an earlier one: what its line says.
SHOWN = ("timestamp", "agent_timezone", "label_code", "duration", "ended_by", "is_test")


@dataclass(frozen=True, slots=True)
class Around:
    """The latest earlier ones first, with no more of them than SHOWN names. `place` is this session's own among all, from one, as far as they were counted."""

    earlier: list[Session]
    count: int
    place: int

    @property
    def is_more(self) -> bool:
        return self.count > MOST_COUNTED

    @property
    def count_words(self) -> str:
        return f"{MOST_COUNTED}+" if self.is_more else str(self.count)


NOTHING_AROUND = Around(earlier=[], count=0, place=0)


def get_conversation(session: Session, *, scope: Scope) -> Around:
    """This will find the other sessions of its conversation; a session without one is alone."""
    if not session.conversation_id:
        return NOTHING_AROUND
    keys = _of_conversation.all(session.conversation_id, list(scope.agents), all_agents=scope.all_agents)
    return _around(session, of_conversation(session, scope=scope), keys)


def get_caller_history(session: Session, *, scope: Scope) -> Around:
    """This will find what else the same caller called about, leaving out of the earlier ones those of the same conversation."""
    if not session.source:
        return NOTHING_AROUND
    keys = _of_caller.all(session.source, list(scope.agents), all_agents=scope.all_agents)
    same = Session.objects.visible_to(scope).filter(source=session.source)
    return _around(session, same, keys, apart_from=session.conversation_id or None)


def of_conversation(session: Session, *, scope: Scope) -> SessionQuerySet:
    return Session.objects.visible_to(scope).filter(conversation_id=session.conversation_id)


@compiled
def _of_conversation(conversation: Any, agents: Any, *, all_agents: bool) -> QuerySet[Session, Any]:
    return _keys(Session.objects.filter(conversation_id=conversation), agents, all_agents)


@compiled
def _rows(pks: Any) -> QuerySet[Session]:
    return Session.objects.filter(AnyOf(F("pk"), pks)).only(*SHOWN).newest_first()


@compiled
def _of_caller(caller: Any, agents: Any, *, all_agents: bool) -> QuerySet[Session, Any]:
    return _keys(Session.objects.filter(source=caller), agents, all_agents)


def _keys(same: SessionQuerySet, agents: Any, all_agents: bool) -> QuerySet[Session, Any]:
    """Ids and times of all of them, for the place and the count; rows are asked for only of the few that are shown."""
    seen = same if all_agents else same.filter(AnyOf(F("seen_agent"), agents))
    return seen.newest_first().values_list("timestamp", "pk", "conversation_id")[: MOST_COUNTED + 1]


def _around(session: Session, same: SessionQuerySet, keys: Sequence[Any], *, apart_from: str | None = None) -> Around:
    own = (session.timestamp, session.pk)
    before = [pk for moment, pk, conversation in keys if (moment, pk) < own and (apart_from is None or conversation != apart_from)]
    if len(before) < EARLIER and len(keys) > MOST_COUNTED:
        # Those that were counted are newer, nearly all of them.
        older = same.filter(Q(timestamp__lt=session.timestamp) | Q(pk__lt=session.pk), timestamp__lte=session.timestamp)
        before = list((older.exclude(conversation_id=apart_from) if apart_from else older).newest_first().values_list("pk", flat=True)[:EARLIER])
    # In scope, as their keys were.
    rows = _rows.all(before[:EARLIER]) if before else []
    place = sum(1 for moment, pk, _ in keys if (moment, pk) <= own)
    return Around(earlier=rows, count=len(keys), place=place)
