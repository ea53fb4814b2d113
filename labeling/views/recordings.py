"""The recording of a session: what is to be had of it, and the sound itself under an address that lasts minutes."""

import hashlib
import secrets
from collections.abc import Iterator
from typing import BinaryIO

from django.core import signing
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from labeling.access import requires
from labeling.exports.handing_out import TooManyDownloads, open_download
from labeling.models import User
from labeling.operations.recordings import ask_for_recordings, note_hearing
from labeling.policies import why_not_hear
from labeling.queries.transcripts import get_transcript
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.codes import Channel, RecordingState
from sessions_app.models import Recording, Session
from sessions_app.queries.database_clock import database_now
from sessions_app.queries.recordings import get_recordings, recordings_in
from sessions_app.recording_operations import release_recording
from sessions_app.recordings import folder
from sessions_app.recordings.ranges import MOST_AT_ONCE, NotInFile, read_range

LINK_SECONDS = 300
SALT = "labeling.recording"
CHUNK_BYTES = 65_536


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.READ)
def recording_detail(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """Asking is what has a recording fetched; a POST gives a failed one another try. The tape is a fragment, and an address typed in plays."""
    session = Session.objects.visible_to(request.scope).filter(pk=pk).first()
    if session is None or why_not_hear(request.user):
        raise Http404
    parts = list(recordings_in(request.scope).filter(session=session).order_by("place")) if session.channel == Channel.VOICE else []
    if request.htmx:
        return _tape(request, session)
    for part in parts:
        if part.state == RecordingState.HELD and not folder.holds(part.file):
            release_recording(recording=part)
    ask_for_recordings(recordings=parts, at=database_now(), again=request.method == "POST")
    if request.accepts("text/html") and "application/json" not in request.headers.get("Accept", ""):
        held = next((part for part in parts if part.state == RecordingState.HELD), None)
        return redirect(_address(held, request.user)) if held else redirect("labeling:session_detail", pk)
    return JsonResponse({"state": _state(parts), "parts": [_told(part, request.user) for part in parts]})


@require_safe
@requires(Permission.READ)
def recording_file(request: SignedInRequest, token: str) -> HttpResponseBase:
    """The link says who may use it and how long; whether they still may is asked each time."""
    try:
        told = signing.loads(token, salt=SALT, max_age=LINK_SECONDS)
    except signing.SignatureExpired:
        return HttpResponse(status=410)
    except signing.BadSignature:
        raise Http404 from None
    recording = recordings_in(request.scope).filter(pk=told["recording"]).first()
    if told["user"] != request.user.pk or recording is None or why_not_hear(request.user):
        raise Http404
    file = folder.open_file(recording.file) if recording.state == RecordingState.HELD else None
    if file is None:
        release_recording(recording=recording)
        return HttpResponse(status=410)
    if request.method == "GET":
        note_hearing(recording=recording, by=request.user, link=told["link"])
    return stream_recording(request, recording, file)


def _tape(request: SignedInRequest, session: Session) -> HttpResponse:
    recordings = get_recordings(session, get_transcript(session, viewer=request.user))
    if recordings is None or recordings.tape is None:
        raise Http404
    return render(request, "labeling/_recording_tape.html", {"recordings": recordings})


def _address(recording: Recording, person: User) -> str:
    return reverse("labeling:recording_file", args=[sign_recording(recording, person)])


def sign_recording(recording: Recording, person: User, *, salt: str = SALT) -> str:
    """This will say in a word of ours which recording a link is for, and for whom."""
    return signing.dumps({"recording": recording.pk, "user": person.pk, "link": secrets.token_urlsafe(9)}, salt=salt)


def _told(part: Recording, person: User) -> dict[str, str | float | None]:
    return {
        "state": part.state,
        "from": part.starts_ms / 1000,
        "seconds": part.duration_ms / 1000 if part.duration_ms else None,
        "address": _address(part, person) if part.state == RecordingState.HELD else "",
    }


def _state(parts: list[Recording]) -> str:
    """While something is still to come that is what counts; then whatever can be played."""
    states = [part.state for part in parts]
    order = (RecordingState.PENDING, RecordingState.HELD, RecordingState.FAILED, RecordingState.GONE)
    return str(next((state for state in order if state in states), "none"))


def stream_recording(request: HttpRequest, recording: Recording, file: BinaryIO) -> HttpResponseBase:
    """This will answer with the file or the part of it that was asked for, and close it."""
    size = file.seek(0, 2)
    tag = f'"{hashlib.sha256(recording.file.encode()).hexdigest()[:20]}"'
    wanted = request.headers.get("Range", "") if request.headers.get("If-Range", tag) == tag else ""
    headers = {"Content-Type": recording.media_type, "Content-Disposition": "inline", "Accept-Ranges": "bytes", "ETag": tag}
    try:
        part = read_range(wanted, size)
    except NotInFile:
        file.close()
        return HttpResponse(status=416, headers={"Accept-Ranges": "bytes", "Content-Range": f"bytes */{size}"})
    if part is None and size > MOST_AT_ONCE and request.method == "GET":
        # No player asks like this. Whoever does may read as slowly as they like, so it counts as a download.
        file.close()
        try:
            file = open_download(folder.path_of(recording.file), by=request.user)  # type: ignore[arg-type]
        except (TooManyDownloads, FileNotFoundError):
            return HttpResponse(status=503, headers={"Retry-After": "30"})
    first, last = part or (0, size - 1)
    headers["Content-Length"] = str(last - first + 1)
    if part:
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    if request.method == "HEAD":
        file.close()
        return HttpResponse(status=206 if part else 200, headers=headers)
    return StreamingHttpResponse(_Chunks(file, first, last - first + 1), status=206 if part else 200, headers=headers)


class _Chunks:
    """A part of a file, piece by piece. The file is closed also where nobody reads it to its end."""

    def __init__(self, file: BinaryIO, first: int, length: int) -> None:
        self._file = file
        self._left = length
        file.seek(first)

    def __iter__(self) -> Iterator[bytes]:
        # A listener may take minutes, and the pool has few connections. Whatever still needed one has been done by now.
        if not connection.in_atomic_block:
            connection.close()
        while self._left > 0 and (data := self._file.read(min(CHUNK_BYTES, self._left))):
            self._left -= len(data)
            yield data

    def close(self) -> None:
        self._file.close()
