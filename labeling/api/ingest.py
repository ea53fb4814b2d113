"""Sessions that come in through the API, from platforms that are not the vendor's."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel, ConfigDict, Field

from labeling.api.access import SyllableApiKey, asked_by
from labeling.api.answers import refuse_encoded
from labeling.models.api_key import KeyScope
from labeling.operations.ingesting import MOST_SOURCES, NotForIngest, TooManySources, ingest_sessions
from sessions_app.api.problems import Refused, Unprocessable, problem, unprocessable
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import PROBLEMS, Problem, Session, ValidationProblem
from sessions_app.api.strict_json import read_json
from sessions_app.records import clean

router = Router(tags=["ingest"])
writing = SyllableApiKey(KeyScope.SESSIONS_WRITE)
MOST_SESSIONS = 1_000
MOST_BYTES = 16 * 2**20
# A thousand sessions with all that was said in them have half of that. Beyond it a body is slow to read and means nothing.
MOST_VALUES = 1_000_000
LONGEST_NAME = 200
TOO_LARGE = f"The body is larger than {MOST_BYTES // 2**20} MB. Send fewer sessions at a time."


class Turn(BaseModel):
    """One thing that was said. `source` is agent or user."""

    model_config = ConfigDict(extra="allow")

    timestamp: str
    source: str | None = None
    text: str
    lang: str | None = None


class ToolCall(BaseModel):
    """One call of a tool. Requests and results are JSON, or JSON as text."""

    model_config = ConfigDict(extra="allow")

    timestamp: str
    tool_call_id: str | None = None
    tool_name: str | None = None
    tool_request: Any = None
    tool_result: Any = None
    tool_error: str | None = None
    duration_ms: float | None = None


class Transcript(BaseModel):
    transcription: list[Turn] = []
    actions: list[ToolCall] = []


class LatencyEvent(BaseModel):
    """A stage of a reply that was measured: `value` in milliseconds."""

    model_config = ConfigDict(extra="allow")

    timestamp: str
    category: str | None = None
    value: float | None = None


class Latency(BaseModel):
    timeline: list[LatencyEvent] = []


class Summary(BaseModel):
    summary: str | None = None
    rating: str | None = None


class SessionSent(Session):
    """A session, in the fields that the list of sessions gives. Only `timestamp` has to be there.

    It is known again by `session_id`, which is your platform's and may be any text; without one, by service and SID, else by
    time, agent, source, target and conversation.
    """

    transcript: Transcript | None = None
    latency: Latency | None = None
    summary: Summary | None = None


class Batch(BaseModel):
    source: str = Field(min_length=1, max_length=LONGEST_NAME, description="Where the sessions come from. The first batch that names it makes it.")
    sessions: list[SessionSent] = Field(min_length=1, max_length=MOST_SESSIONS)


class Taken(BaseModel):
    """How many sessions are new here, how many were here and differ now, how many were here as they are, and those that were refused."""

    created: int
    changed: int
    unchanged: int
    refused: list[ValidationProblem]


BODY = {
    "requestBody": {"required": True, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Batch"}}}},
    "parameters": [
        {
            "in": "header",
            "name": "Idempotency-Key",
            "required": False,
            "schema": {"type": "string"},
            "description": "May be sent, and is not needed: sessions are known again, so the same batch again changes nothing.",
        }
    ],
}


@router.post(
    "sessions",
    auth=writing,
    response={200: Taken, **PROBLEMS, 400: Problem, 409: Problem, 413: Problem},
    openapi_extra=BODY,
    url_name="ingest",
    summary="Take in sessions",
)
def session_batch_create(request: HttpRequest) -> HttpResponse:
    """Up to 1,000 sessions with their transcripts. What is wrong with one of them stops none of the others: it is listed as refused, by its place.

    Where all of them are wrong the answer is 422 and names each.
    """
    who = asked_by(request)
    name, sessions = _read_batch(read_json(read_body(request)))
    try:
        taken = ingest_sessions(source=name, records=sessions, key=who.api_key)
    except NotForIngest:
        raise Refused(409, "This source is filled by a connection or by files. Choose another name.") from None
    except TooManySources:
        raise Refused(409, f"There are {MOST_SOURCES} sources already. Send sessions under the name of one of them.") from None
    refused = [problem(["body", "sessions", position], sentence) for position, sentence in sorted(taken.refused)]
    if len(refused) == len(sessions):
        raise Unprocessable(refused)
    return answer({"created": taken.created, "changed": taken.changed, "unchanged": taken.unchanged, "refused": refused})


def read_body(request: HttpRequest) -> bytes:
    """This will read a body that is longer than Django would, and no longer than we say. Raises Refused."""
    refuse_encoded(request)
    length = request.headers.get("Content-Length", "")
    if length.isascii() and length.isdecimal() and (len(length) > 12 or int(length) > MOST_BYTES):
        raise Refused(413, TOO_LARGE)
    # A body that comes in pieces has no length to look at.
    body: bytes = request.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise Refused(413, TOO_LARGE)
    if body.count(b",") > MOST_VALUES:
        raise unprocessable(["body"], "The body holds more values than sessions could have.", "too_long")
    return body


def _read_batch(sent: Any) -> tuple[str, list[Any]]:
    if not isinstance(sent, dict):
        raise unprocessable(["body"], "An object with source and sessions.", "model_type")
    problems = [problem(["body", name], "There is no such field here.", "extra_forbidden") for name in sorted(sent.keys() - {"source", "sessions"})[:20]]
    name, sessions = sent.get("source"), sent.get("sessions")
    if not isinstance(name, str) or not 1 <= len(clean(name).strip()) <= LONGEST_NAME:
        problems.append(problem(["body", "source"], f"A name of 1 to {LONGEST_NAME} characters.", "string_type"))
    if not isinstance(sessions, list) or not 1 <= len(sessions) <= MOST_SESSIONS:
        problems.append(problem(["body", "sessions"], f"A list of 1 to {MOST_SESSIONS:,} sessions.", "list_type"))
    if problems or not isinstance(name, str) or not isinstance(sessions, list):
        raise Unprocessable(problems)
    return clean(name).strip(), sessions
