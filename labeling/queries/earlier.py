"""What came before a session: in its conversation, and from its caller. Gated as lines of the list are."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import ngettext

from labeling.clock import Shown, show
from labeling.models import User
from labeling.policies import judgments_shown
from labeling.queries.scopes import get_scope
from labeling.queries.session_lines import length_of
from sessions_app.codes import EndedBy
from sessions_app.models import Session
from sessions_app.queries.conversation import Around, get_caller_history, get_conversation


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """`label_code` is None also where it is hidden."""

    pk: int
    started: Shown
    label_code: str | None
    length: str
    ended: str
    is_test: bool


@dataclass(frozen=True, slots=True)
class Earlier:
    """`query` filters the list to all of them, this session included; "" where an address would name somebody."""

    lines: list[EarlierLine]
    count_words: str
    place_words: str
    query: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    conversation: Earlier
    caller: Earlier


def get_surroundings(session: Session, *, viewer: User, is_telling: bool) -> Surroundings:
    """This will find what came before, with the same few queries however much there is.

    `is_telling` says that the conversation is named after its caller, and no address of ours may hold that.
    """
    scope = get_scope(viewer)
    conversation = get_conversation(session, scope=scope)
    caller = get_caller_history(session, scope=scope)
    labeled = [one.pk for one in (*conversation.earlier, *caller.earlier) if one.label_code is not None]
    shown = judgments_shown(viewer, labeled) if labeled else None
    opened = frozenset(labeled) if shown is None else shown
    return Surroundings(
        conversation=_earlier(
            conversation, viewer, opened, query="" if is_telling else urlencode({"conversation": session.conversation_id or "", "test": "on"})
        ),
        caller=_earlier(caller, viewer, opened, query=urlencode({"caller": session.pk, "test": "on"})),
    )


def _earlier(around: Around, viewer: User, opened: frozenset[int], *, query: str) -> Earlier:
    return Earlier(
        lines=[_line(one, viewer, is_open=one.pk in opened) for one in around.earlier],
        count_words=around.count_words,
        place_words=_place_words(around),
        query=query,
    )


def _line(session: Session, viewer: User, *, is_open: bool) -> EarlierLine:
    return EarlierLine(
        pk=session.pk,
        started=show(session.timestamp, agent_zone=session.agent_timezone, viewer=viewer),
        label_code=session.label_code if is_open else None,
        length=length_of(session.duration),
        ended=_ended(session),
        is_test=bool(session.is_test),
    )


def _place_words(around: Around) -> str:
    if around.count < 2:
        return ""
    if around.is_more:
        return ngettext("%(count)s session", "%(count)s sessions", around.count) % {"count": around.count_words}
    words = ngettext("%(place)d of %(count)d session", "%(place)d of %(count)d sessions", around.count)
    return words % {"place": around.place, "count": around.count}


def _ended(session: Session) -> str:
    words = EndedBy(session.ended_by).label if session.ended_by else ""
    return words[:1].lower() + words[1:]
