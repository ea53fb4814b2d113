"""Share links as a page lists them, and the redacted session that one shows."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from labeling.clock import Shown, show, zone
from labeling.masking import DOTS, mask_text
from labeling.models import ShareLink, User
from labeling.policies import why_not_share_session
from labeling.queries.scopes import get_scope
from labeling.queries.session_lines import channel_words
from sessions_app.models import Session, Transcript
from sessions_app.queries.payloads import PAYLOADS, Payload, read_payload
from sessions_app.queries.timeline import get_timeline
from sessions_app.queries.timeline_events import Silence, ToolCall, Turn

# A key that is a name in a program. Any other may be a value: a payload by phone number, say.
KEY = re.compile(r"[A-Za-z_][A-Za-z_-]{0,40}[0-9]{0,2}")
# What kind of error it was, in words that hold nothing of a caller.
KINDS = re.compile(
    r"(?<![^\W_])(?:[45]\d\d|time(?:d )?out|unavailable|not found|forbidden|unauthori[sz]ed|denied|refused|rate limit|invalid|conflict)(?![^\W_])", re.I
)
LONGEST_READ, DEEPEST, MOST_ITEMS = 50_000, 12, 20
SHORTEST_CALLER = 4


@dataclass(frozen=True, slots=True)
class ShareLine:
    link: ShareLink
    made: Shown
    expires: Shown
    purpose: str
    # "open", "revoked" or "over": past its time, or its maker or its session no longer has what it takes.
    state: str


@dataclass(frozen=True, slots=True)
class RedactedTool:
    at: str
    name: str
    error: str
    payloads: list[Payload]
    kind: str = "tool"


@dataclass(frozen=True, slots=True)
class RedactedSession:
    agent: str
    channel_words: str
    day: date
    events: list[Turn | RedactedTool | Silence]


def get_share_lines(session: Session, *, viewer: User, at: datetime) -> list[ShareLine]:
    """This will list the links of a session, newest first."""
    links = ShareLink.objects.filter(session=session).select_related("created_by", "revoked_by").order_by("-pk")[:50]
    return [_line(link, session, viewer, at) for link in links]


def find_open_link(token_hash: str, *, at: datetime) -> ShareLink | None:
    """This will return the link with that hash while it opens; None for any reason that it does not."""
    found = ShareLink.objects.select_related("session__seen_agent", "session__seen_prompt", "created_by")
    link = found.filter(token_hash=token_hash, revoked_at=None, expires_at__gt=at).first()
    return link if link and _stands(link, link.session) else None


def get_redacted_session(link: ShareLink) -> RedactedSession | None:
    """This will gather what a link shows: the words with every pattern masked, and of tools their names, keys and kinds of error."""
    session = link.session
    transcript = Transcript.objects.filter(pk=session.pk).first()
    if transcript is None:
        return None
    timeline = get_timeline(session, transcript, hide=_redactor(session, link.created_by))
    return RedactedSession(
        agent=session.agent_name or _("No agent"),
        channel_words=channel_words(session),
        day=session.timestamp.astimezone(zone(session.agent_timezone)).date(),
        events=[_tool(event, transcript) if isinstance(event, ToolCall) else event for event in timeline.events],
    )


def _line(link: ShareLink, session: Session, viewer: User, at: datetime) -> ShareLine:
    state = "revoked" if link.revoked_at else "open" if link.expires_at > at and _stands(link, session) else "over"
    made, expires = (show(moment, agent_zone=viewer.time_zone, viewer=viewer) for moment in (link.created_at, link.expires_at))
    return ShareLine(link, made, expires, mask_text(link.purpose, viewer), state)


def _stands(link: ShareLink, session: Session) -> bool:
    """A link shows no more than its maker could still share today."""
    maker = link.created_by
    return not why_not_share_session(maker, session) and Session.objects.visible_to(get_scope(maker)).filter(pk=session.pk).exists()


def _redactor(session: Session, viewer: User) -> Callable[[str], str]:
    """Every pattern, and the caller's own number, address or name as the session has it."""
    callers = [value for value in (session.source, session.target if session.is_outbound else "") if value and len(value) >= SHORTEST_CALLER]
    own = re.compile("|".join(re.escape(value) for value in callers), re.IGNORECASE) if callers else None
    return lambda text: mask_text(own.sub(DOTS, text) if own else text, viewer)


def _tool(call: ToolCall, transcript: Transcript) -> RedactedTool:
    item = transcript.tools[call.number - 1]
    read = [read_payload(name, _outline(item.get(key), 0), hide=str, whole=True) for name, key in PAYLOADS.items() if name != "error"]
    kinds = dict.fromkeys(found.lower() for found in KINDS.findall(str(item.get("tool_error") or "")[:LONGEST_READ]))
    return RedactedTool(call.at, call.name, (", ".join(kinds) or "error") if item.get("tool_error") else "", [payload for payload in read if payload])


def _outline(value: Any, depth: int) -> Any:
    """The same keys, with dots for every value; of a list only its first items, which look like the others."""
    if isinstance(value, str) and depth == 0 and value[:1] in ("{", "[") and len(value) <= LONGEST_READ:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return DOTS
    if value in (None, "") or depth > DEEPEST:
        return None if value in (None, "") else DOTS
    if isinstance(value, dict):
        return {key if KEY.fullmatch(key) else DOTS: _outline(item, depth + 1) or DOTS for key, item in list(value.items())[:MOST_ITEMS]}
    if isinstance(value, list):
        return [_outline(item, depth + 1) or DOTS for item in value[:1]]
    return DOTS
