"""The wire's shapes, for the OpenAPI document and for the tests that hold our answers against them."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict


class Problem(BaseModel):
    """What was wrong, as a sentence."""

    detail: str


class ValidationProblem(BaseModel):
    loc: list[str | int]
    msg: str
    type: str


class HTTPValidationError(BaseModel):
    detail: list[ValidationProblem]


# What every endpoint can answer beside what it is for.
PROBLEMS: dict[int, Any] = {401: Problem, 403: Problem, 422: HTTPValidationError, 429: Problem}
OF_ONE: dict[int, Any] = {**PROBLEMS, 404: Problem}
OF_A_LIST: dict[int, Any] = {**PROBLEMS, 400: Problem}


class Session(BaseModel):
    """A session. Fields that its source sent and we have no name for stand beside these."""

    model_config = ConfigDict(extra="allow")

    timestamp: datetime
    session_id: str | None = None
    conversation_id: str | None = None
    channel_manager_service: str | None = None
    channel_manager_type: str | None = None
    channel_manager_sid: str | None = None
    agent_id: str | None = None
    agent_name: str | None = None
    agent_type: str | None = None
    agent_timezone: str | None = None
    prompt_id: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    prompt_version_number: int | None = None
    experiment_id: str | None = None
    experiment_variant_id: str | None = None
    experiment_variant: str | None = None
    experiment_variant_is_control: bool | None = None
    duration: float | None = None
    session_label_id: str | None = None
    source: str | None = None
    target: str | None = None
    is_legacy: bool | None = None
    is_test: bool | None = None
    is_outbound: bool | None = None
    user_terminated: bool | None = None
    transfer_voicemail_detected: bool | None = None
    override_timestamp: str | None = None


class SessionList(BaseModel):
    items: list[Session]
    page: int
    page_size: int
    total_pages: int | None = None
    total_count: int | None = None


class Conversation(BaseModel):
    timestamp: datetime
    conversation_id: str
    agent_id: str | None = None
    agent_name: str | None = None
    agent_type: str | None = None
    prompt_id: str | None = None
    prompt_name: str | None = None
    prompt_version: str | None = None
    llm_provider: str | None = None
    llm_model: str | None = None
    llm_version: str | None = None
    llm_temperature: float | None = None
    llm_seed: int | None = None
    is_legacy: bool | None = None


class ConversationList(BaseModel):
    items: list[Conversation]
    page: int
    page_size: int
    total_pages: int | None = None
    total_count: int | None = None


class SessionText(BaseModel):
    timestamp: datetime
    lang: str | None = None
    source: str | None = None
    text: str | None = None


class SessionAction(BaseModel):
    timestamp: datetime
    tool_name: str | None = None
    tool_request: str | None = None
    tool_result: str | None = None
    tool_error: str | None = None
    duration_ms: float | None = None


class SessionTranscription(BaseModel):
    session_id: str
    transcription: list[SessionText]
    actions: list[SessionAction]
    transcript_complete: bool


class SessionSummary(BaseModel):
    summary: str | None = None
    rating: str | None = None


class LatencyEntry(BaseModel):
    timestamp: datetime
    measurement_start: datetime
    category: str
    label: str
    metadata: list[str] | None = None
    unit_type: str
    value: float
    value_str: str
    time_delta: str


class SummaryEntry(BaseModel):
    category: str
    sub_category: str | None = None
    event_count: int
    sum_ms: float
    sum_str: str
    average_ms: float
    average_str: str


class InspectLatency(BaseModel):
    session_id: str
    timeline: list[LatencyEntry]
    summary: list[SummaryEntry]


class TimelineEvent(BaseModel):
    kind: str
    timestamp: datetime
    offset: str
    turn_index: int | None = None
    source: str | None = None
    text: str | None = None
    lang: str | None = None
    category: str | None = None
    label: str | None = None
    metadata: list[str] | None = None
    duration_ms: float | None = None
    tool_request: str | None = None
    tool_result: str | None = None
    tool_error: str | None = None


class SessionTimeline(BaseModel):
    session_id: str
    session_start: datetime | None = None
    events: list[TimelineEvent]


class SessionRecordings(BaseModel):
    session_id: str
    recordings: list[str]


class DialogMessage(BaseModel):
    text: str


class DialogToolCall(BaseModel):
    tool_call_id: str
    tool_name: str
    tool_arguments: Any
    tool_result: Any
    timestamp: datetime


class SessionMessage(BaseModel):
    role: str
    dialog: DialogMessage
    tool_calls: list[DialogToolCall]
    timestamp: datetime


class SessionData(BaseModel):
    session_id: int
    source: str
    target: str
    is_test: bool
    messages: list[SessionMessage]


class ToolResult(BaseModel):
    tool_name: str
    tool_result: Any
