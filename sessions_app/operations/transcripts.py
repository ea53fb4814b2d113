"""Taking in transcripts, and what a session's row says of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models.functions import Now

from sessions_app import signals
from sessions_app.codes import TranscriptState
from sessions_app.models import Session, Transcript
from sessions_app.operations.rekeying import change, write_rekeyed
from sessions_app.operations.search_words import hidden_keys, search_vector, tool_names
from sessions_app.records import ended_by
from sessions_app.search_words import hour_of
from sessions_app.turns import Content, read_content


@dataclass(frozen=True, slots=True)
class Held:
    """One transcript to store: the session and what the wire said of it."""

    session_id: int
    transcript: Mapping[str, Any]
    latency: Mapping[str, Any] | None = None
    summary: Mapping[str, Any] | None = None


def store_transcript(
    *, session: Session, transcript: Mapping[str, Any], latency: Mapping[str, Any] | None = None, summary: Mapping[str, Any] | None = None
) -> None:
    """This will keep one transcript and the signals in it. Raises BadRecord."""
    store_transcripts(items=[Held(session_id=session.pk, transcript=transcript, latency=latency, summary=summary)])


@transaction.atomic
def store_transcripts(*, items: Sequence[Held]) -> None:
    """This will keep transcripts and the signals in them; the same content again changes nothing. Raises BadRecord."""
    contents = {item.session_id: read_content(transcript=item.transcript, latency=item.latency, summary=item.summary) for item in items}
    sessions = list(Session.objects.select_for_update(no_key=True).filter(pk__in=contents).order_by("pk"))
    revisions = dict(Transcript.objects.filter(pk__in=contents).values_list("pk", "revision"))
    known = dict(Transcript.objects.filter(pk__in=contents).values_list("pk", "content_hash"))
    hides_key = hidden_keys()
    rows: list[Transcript] = []
    rekeyed: list[tuple[Session, Session]] = []
    for session in sessions:
        content = contents[session.pk]
        if known.get(session.pk) == content.hash or session.transcript_state == TranscriptState.ERASED:
            continue
        rows.append(
            Transcript(
                session=session,
                revision=revisions.get(session.pk, 0) + 1,
                content_hash=content.hash,
                turns=content.turns,
                tools=content.tools,
                latencies=content.latencies,
                summary=content.summary,
                summary_rating=content.summary_rating,
                search=search_vector(session, content, hides_key),
                hour=hour_of(session.timestamp),
                stored_at=Now(),
            )
        )
        if before := change(session, derived_columns(session, content)):
            rekeyed.append((before, session))
    Transcript.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=["revision", "content_hash", "turns", "tools", "latencies", "summary", "summary_rating", "search", "hour", "stored_at"],
        batch_size=200,
    )
    write_rekeyed(rekeyed)


def derived_columns(session: Session, content: Content) -> dict[str, Any]:
    """This will work out what a session's row says of its transcript."""
    found = signals.read_signals(channel=session.channel, turns=content.turns, tools=content.tools, latencies=content.latencies)
    wire = {"transfer_voicemail_detected": session.transfer_voicemail_detected, "user_terminated": session.user_terminated}
    return {
        "transcript_state": TranscriptState.HELD.value,
        "language": _main_language(content.turns),
        "ended_by": str(ended_by(wire, transferred=found.transferred)),
        "turns": found.turns,
        "tool_calls": found.tool_calls,
        "tool_errors": found.tool_errors,
        "tool_names": tool_names(content.tools),
        "longest_silence_ms": found.longest_silence_ms,
        "slow_replies": found.slow_replies,
        "reply_p95_ms": found.reply_p95_ms,
    }


def _main_language(turns: Sequence[Mapping[str, Any]]) -> str:
    """The language of most turns, without its region; what nobody set is empty."""
    spoken: dict[str, int] = {}
    for turn in turns:
        language = str(turn.get("lang") or "").split("-")[0].lower()
        if language and language != "unset" and len(language) <= 8:
            spoken[language] = spoken.get(language, 0) + 1
    return max(spoken, key=lambda language: (spoken[language], language), default="")
