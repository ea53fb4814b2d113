"""The recording of a session: our own addresses, which last minutes, and the sound under them."""

from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from ninja import Router

from labeling.api.access import ApiRequest, SyllableApiKey, asked_by
from labeling.models.api_key import KeyScope
from labeling.operations.recordings import ask_for_recordings, note_hearing
from labeling.policies import why_not_hear
from labeling.views.recordings import LINK_SECONDS, sign_recording, stream_recording
from sessions_app.api.finding import find_session
from sessions_app.api.problems import Refused
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_ONE, SessionRecordings
from sessions_app.codes import Channel, RecordingState
from sessions_app.models import Recording
from sessions_app.queries.database_clock import database_now
from sessions_app.queries.recordings import recordings_in
from sessions_app.recording_operations import release_recording
from sessions_app.recordings import folder

router = Router(tags=["sessions"])
reading = SyllableApiKey(KeyScope.SESSIONS_READ)
SALT = "labeling.api.recording"
SOUND = "application/octet-stream"
AGAIN_IN = {"Retry-After": "5"}
STREAM = {
    "parameters": [{"in": "query", "name": "token", "required": True, "schema": {"type": "string"}, "description": "As it stands in the address."}],
    "responses": {
        200: {"description": "The sound", "content": {SOUND: {"schema": {"type": "string", "format": "binary"}}}},
        206: {"description": "A part of it", "content": {SOUND: {"schema": {"type": "string", "format": "binary"}}}},
        416: {"description": "There is no such part"},
    },
}


@router.api_operation(["GET", "HEAD"], "/stream", auth=reading, response=OF_ONE, openapi_extra=STREAM, url_name="recording_stream", summary="The sound")
def recording_stream(request: HttpRequest) -> HttpResponseBase:
    """Whole, or the range that is asked for."""
    who = asked_by(request)
    _refuse_the_deaf(who)
    told = _read_token(who, request.GET.get("token", ""))
    recording = recordings_in(who.scope).filter(pk=told["recording"]).first()
    if recording is None:
        raise Refused(404, "There is no such recording, or this key does not see it.")
    file = folder.open_file(recording.file) if recording.state == RecordingState.HELD else None
    if file is None:
        release_recording(recording=recording)
        raise Refused(404, "The recording is not here any more. Ask for its addresses again.")
    if request.method == "GET":
        note_hearing(recording=recording, by=who.user, link=told["link"], key=who.api_key)
    response = stream_recording(who, recording, file)
    # The vendor's SDK takes the sound under this name only.
    if SOUND in request.headers.get("Accept", "") and response.status_code in (200, 206):
        response["Content-Type"] = SOUND
    return response


@router.post("/{session_id}", auth=reading, response={200: SessionRecordings, **OF_ONE}, url_name="session_recordings", summary="Addresses of its recording")
def session_recordings(request: HttpRequest, session_id: str) -> HttpResponse:
    """Addresses that work for five minutes, with the same key. Asking is what has a recording fetched: 404 says that it is on its way."""
    who = asked_by(request)
    session = find_session(who.scope, session_id)
    _refuse_the_deaf(who)
    parts = list(recordings_in(who.scope).filter(session=session).order_by("place")) if session.channel == Channel.VOICE else []
    for part in parts:
        if part.state == RecordingState.HELD and not folder.holds(part.file):
            release_recording(recording=part)
    ask_for_recordings(recordings=parts, at=database_now())
    held = [part for part in parts if part.state == RecordingState.HELD]
    if any(part.state == RecordingState.PENDING for part in parts):
        raise Refused(404, "The recording is being fetched. Ask again in a few seconds.", AGAIN_IN)
    if not held:
        raise Refused(404, "There is no recording of this session.")
    return answer({"session_id": str(session.pk), "recordings": [_address(who, part) for part in held]})


def _refuse_the_deaf(who: ApiRequest) -> None:
    if why_not := why_not_hear(who.user):
        raise Refused(403, why_not)


def _address(who: ApiRequest, part: Recording) -> str:
    token = sign_recording(part, who.user, salt=SALT)
    return who.build_absolute_uri(f"{reverse('api:recording_stream')}?{urlencode({'token': token})}")


def _read_token(who: ApiRequest, token: str) -> dict[str, Any]:
    """Raises Refused."""
    try:
        told: dict[str, Any] = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.SignatureExpired:
        raise Refused(404, "This address has expired. Ask for the addresses again.") from None
    except signing.BadSignature:
        raise Refused(404, "This is no address of a recording.") from None
    if told["user"] != who.user.pk:
        raise Refused(404, "This is no address of a recording.")
    return told
