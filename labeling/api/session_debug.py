"""A session as who looks for a fault in it reads it."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from labeling.api.access import ApiRequest, SyllableApiKey, asked_by
from labeling.api.seeing import Sight
from labeling.api.transcripts import read_words, words_of
from labeling.models.api_key import KeyScope
from labeling.operations.api_reading import note_number_searches
from sessions_app.api.debug import session_data, tool_result
from sessions_app.api.documented import numbered
from sessions_app.api.finding import NO_SESSION, find_numbered_session
from sessions_app.api.problems import Refused
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_ONE, SessionData, ToolResult
from sessions_app.api.sessions import columns_of, wire_session
from sessions_app.models import Session

router = Router(tags=["session_debug"])
reading = SyllableApiKey(KeyScope.SESSIONS_READ)
NUMBERED = numbered("session_id")


@router.get(
    "/session_id/{session_id}",
    auth=reading,
    response={200: SessionData, **OF_ONE},
    openapi_extra=NUMBERED,
    url_name="session_data",
    summary="Messages of a session",
)
def session_data_by_id(request: HttpRequest, session_id: str) -> HttpResponse:
    """Messages with their tool calls, by the session's id."""
    who = asked_by(request)
    return _data(who, find_numbered_session(who.scope, session_id))


@router.get(
    "/sid/{channel_manager_service}/{channel_manager_sid}",
    auth=reading,
    response={200: SessionData, **OF_ONE},
    url_name="session_data_by_sid",
    summary="Messages of a session, by its sid",
)
def session_data_by_sid(request: HttpRequest, channel_manager_service: str, channel_manager_sid: str) -> HttpResponse:
    """The same by the id that the channel manager gave it; the newest, should it have given one twice."""
    who = asked_by(request)
    if "\0" in channel_manager_service + channel_manager_sid:
        raise Refused(404, NO_SESSION)
    # A chat platform's visitor id can be a caller's number: it is found whole, or not at all, and not by trying.
    if Sight(who).is_masked:
        note_number_searches(key=who.api_key, searches=[("channel_manager_sid", channel_manager_sid)])
    named = Session.objects.visible_to(who.scope).filter(channel_manager_sid=channel_manager_sid, channel_manager_service=channel_manager_service)
    session = named.newest_first().first()
    if session is None:
        raise Refused(404, NO_SESSION)
    return _data(who, session)


@router.get(
    "/tool_result/{session_id}/{tool_call_id}",
    auth=reading,
    response={200: ToolResult, **OF_ONE},
    openapi_extra=NUMBERED,
    url_name="tool_result",
    summary="A tool's result",
)
def tool_result_by_id(request: HttpRequest, session_id: str, tool_call_id: str) -> HttpResponse:
    """What one tool call answered."""
    who = asked_by(request)
    session = find_numbered_session(who.scope, session_id)
    told = tool_result(read_words(who, session, words_of(who, session)).tools, tool_call_id)
    if told is None:
        raise Refused(404, "There is no such tool call in this session.")
    return answer(told)


def _data(who: ApiRequest, session: Session) -> HttpResponse:
    held = read_words(who, session, words_of(who, session))
    return answer(session_data(held.sight.session(wire_session(columns_of(session))), held.turns, held.tools))
