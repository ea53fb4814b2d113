"""What was said, by itself: a transcript, one payload of a tool call, the transcripts of a whole conversation."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from django.views.decorators.vary import vary_on_headers

from labeling.operations.reading import note_reading
from labeling.queries.transcripts import get_conversation_page, get_reading, read_payload_of
from labeling.requests import SignedInRequest
from labeling.views.showing import find_session


@require_safe
@vary_on_headers("HX-Request")
def transcript_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whatever asks for it has read it: a browser that only says that it looks ahead has the words all the same."""
    session = find_session(request, pk)
    reading = get_reading(session, viewer=request.user)
    if reading.timeline:
        note_reading(session=session, by=request.user, judgments=[], has_transcript=True)
    template = "labeling/_turns.html" if request.htmx else "labeling/transcript_detail.html"
    context = {"section": "sessions", "reading": reading, "timeline": reading.timeline, "transcript_words": reading.transcript_words}
    return render(request, template, context)


@require_safe
@vary_on_headers("HX-Request")
def payload_detail(request: SignedInRequest, pk: int, number: int, name: str) -> HttpResponse:
    session = find_session(request, pk)
    payload = read_payload_of(session, number=number, name=name, viewer=request.user)
    if payload is None:
        raise Http404
    note_reading(session=session, by=request.user, judgments=[], has_transcript=True)
    template = "labeling/_payload.html" if request.htmx else "labeling/payload_detail.html"
    return render(request, template, {"section": "sessions", "session": session, "number": number, "anchor": f"tool-{number}", "payload": payload})


@require_safe
def conversation_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    session = find_session(request, pk)
    conversation = get_conversation_page(session, viewer=request.user, scope=request.scope)
    for reading in conversation.readings:
        note_reading(session=reading.session, by=request.user, judgments=[], has_transcript=reading.timeline is not None)
    return render(request, "labeling/conversation_detail.html", {"section": "sessions", "session": session, "conversation": conversation})
