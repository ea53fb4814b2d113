"""What was said and done in a session, and the AI summary of it. Each reading is written down."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from labeling.api.access import ApiRequest, SyllableApiKey, asked_by
from labeling.api.seeing import Sight
from labeling.codes import Judgment
from labeling.models.api_key import KeyScope
from labeling.operations.api_reading import note_api_reading
from labeling.policies import may_see_judgments, why_not_read
from labeling.queries.transcripts import NO_TRANSCRIPT
from sessions_app.api.finding import find_session
from sessions_app.api.problems import Refused
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_ONE, InspectLatency, SessionSummary, SessionTimeline, SessionTranscription
from sessions_app.api.words import latency, timeline, transcription
from sessions_app.codes import TranscriptState
from sessions_app.models import Session, Transcript

router = Router(tags=["sessions"])
reading = SyllableApiKey(KeyScope.SESSIONS_READ)
OWN_LABEL_FIRST = "What others think of this session is shown after a label of your own."


@dataclass(frozen=True, slots=True)
class Held:
    """What there is to read of one session, for one key, with its masks on."""

    session: Session
    transcript: Transcript
    sight: Sight
    turns: list[dict[str, Any]]
    tools: list[dict[str, Any]]


@router.get("/transcript/{session_id}", auth=reading, response={200: SessionTranscription, **OF_ONE}, url_name="session_transcript", summary="Its transcript")
def session_transcript(request: HttpRequest, session_id: str) -> HttpResponse:
    """Turns and tool calls in order of time."""
    return _words(asked_by(request), session_id, lambda held: transcription(held.session.pk, held.turns, held.tools))


@router.get("/timeline/{session_id}", auth=reading, response={200: SessionTimeline, **OF_ONE}, url_name="session_timeline", summary="Its timeline")
def session_timeline(request: HttpRequest, session_id: str) -> HttpResponse:
    """Turns, tool calls and latencies in one order."""

    def told(held: Held) -> dict[str, Any]:
        return timeline(held.session.pk, held.session.timestamp, held.turns, held.tools, held.sight.events(held.transcript.latencies))

    return _words(asked_by(request), session_id, told)


@router.get("/latency/{session_id}", auth=reading, response={200: InspectLatency, **OF_ONE}, url_name="session_latency", summary="Its latencies")
def session_latency(request: HttpRequest, session_id: str) -> HttpResponse:
    """How long each step took, and each kind of step together. No word of what was said is in it."""
    who = asked_by(request)
    session, transcript = find_words(who, session_id)
    if not transcript.latencies:
        raise Refused(404, "No latencies were measured in this session.")
    return answer(latency(session.pk, session.timestamp, Sight(who).events(transcript.latencies)))


@router.get("/full-summary/{session_id}", auth=reading, response={200: SessionSummary, **OF_ONE}, url_name="session_summary", summary="Its AI summary")
def session_summary(request: HttpRequest, session_id: str) -> HttpResponse:
    """The AI summary, and the rating within it."""
    who = asked_by(request)
    session, transcript = find_words(who, session_id)
    if not may_see_judgments(who.user, session):
        raise Refused(403, OWN_LABEL_FIRST)
    if not transcript.summary and not transcript.summary_rating:
        raise Refused(404, "This session has no AI summary.")
    sight = Sight(who)
    note_api_reading(key=who.api_key, session=session.pk, judgments=[Judgment.SUMMARY], is_unmasked=not sight.is_masked)
    return answer({"summary": sight.hide(transcript.summary) or None, "rating": sight.hide(transcript.summary_rating) or None})


def read_words(who: ApiRequest, session: Session, transcript: Transcript) -> Held:
    """This will put the masks on what a session's transcript holds, and write down that it was read."""
    sight = Sight(who)
    note_api_reading(key=who.api_key, session=session.pk, is_unmasked=not sight.is_masked)
    return Held(session, transcript, sight, sight.turns(transcript.turns), sight.tools(transcript.tools))


def find_words(who: ApiRequest, session_id: str) -> tuple[Session, Transcript]:
    """This will return a session in scope and what is held of its words. Raises Refused."""
    session = find_session(who.scope, session_id)
    return session, words_of(who, session)


def words_of(who: ApiRequest, session: Session) -> Transcript:
    """Raises Refused."""
    if why_not := why_not_read(who.user):
        raise Refused(403, why_not)
    transcript = Transcript.objects.filter(pk=session.pk).first()
    if transcript is None:
        raise Refused(404, str(NO_TRANSCRIPT.get(TranscriptState(session.transcript_state), NO_TRANSCRIPT[TranscriptState.NONE])))
    return transcript


def _words(who: ApiRequest, session_id: str, told: Callable[[Held], dict[str, Any]]) -> HttpResponse:
    return answer(told(read_words(who, *find_words(who, session_id))))
