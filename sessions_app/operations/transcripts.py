"""Taking in transcripts, and what a session's row says of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db import connection, transaction
from psycopg import sql

from sessions_app import signals
from sessions_app.codes import TranscriptState
from sessions_app.models import Session, Transcript
from sessions_app.operations.rekeying import change, write_rekeyed
from sessions_app.operations.search_words import hidden_keys, tool_names, words_of
from sessions_app.records import ended_by
from sessions_app.search_words import VECTOR, Words, hour_of
from sessions_app.turns import Content, read_content

# One statement with as many words as a batch of calls; of longer ones it takes several.
MOST_BYTES = 4_000_000
WRITE = sql.SQL("""
    INSERT INTO sessions_app_transcript
        (session_id, revision, content_hash, turns, tools, latencies, summary, summary_rating, search, hour, stored_at)
    SELECT given.session_id, given.revision, given.content_hash, given.turns, given.tools, given.latencies,
        given.summary, given.summary_rating, {vector}, given.hour, statement_timestamp()
    FROM jsonb_to_recordset(%s::jsonb) AS given(session_id bigint, revision integer, content_hash text, turns jsonb, tools jsonb, latencies jsonb,
        summary text, summary_rating text, hour integer, english text, spanish text)
    ON CONFLICT (session_id) DO UPDATE SET
        revision = EXCLUDED.revision, content_hash = EXCLUDED.content_hash, turns = EXCLUDED.turns, tools = EXCLUDED.tools,
        latencies = EXCLUDED.latencies, summary = EXCLUDED.summary, summary_rating = EXCLUDED.summary_rating,
        search = EXCLUDED.search, hour = EXCLUDED.hour, stored_at = EXCLUDED.stored_at
""").format(vector=sql.SQL(VECTOR.format(texts="given.english, given.spanish")))


@dataclass(frozen=True, slots=True)
class Held:
    """One transcript to store: the session and what the wire said of it."""

    session_id: int
    transcript: Mapping[str, Any]
    latency: Mapping[str, Any] | None = None
    summary: Mapping[str, Any] | None = None


class Written(NamedTuple):
    """A transcript as it is written: with its revision, and the words it is found by."""

    session: Session
    content: Content
    revision: int
    words: Words


def store_transcript(
    *, session: Session, transcript: Mapping[str, Any], latency: Mapping[str, Any] | None = None, summary: Mapping[str, Any] | None = None
) -> None:
    """This will keep one transcript and the signals in it. Raises BadRecord."""
    store_transcripts(items=[Held(session_id=session.pk, transcript=transcript, latency=latency, summary=summary)])


def store_transcripts(*, items: Sequence[Held]) -> None:
    """This will keep transcripts and the signals in them; the same content again changes nothing. Raises BadRecord."""
    store_contents(contents={item.session_id: read_content(transcript=item.transcript, latency=item.latency, summary=item.summary) for item in items})


@transaction.atomic
def store_contents(*, contents: Mapping[int, Content]) -> list[int]:
    """This will do so with transcripts that were checked, by session, and return the sessions where there was something to write."""
    if not contents:
        return []
    sessions = list(Session.objects.select_for_update(no_key=True).filter(pk__in=contents).order_by("pk"))
    known = {pk: (revision, digest) for pk, revision, digest in Transcript.objects.filter(pk__in=contents).values_list("pk", "revision", "content_hash")}
    rows: list[Written] = []
    hides_key = hidden_keys()
    rekeyed: list[tuple[Session, Session]] = []
    for session in sessions:
        content = contents[session.pk]
        revision, digest = known.get(session.pk, (0, ""))
        if digest == content.hash or session.transcript_state == TranscriptState.ERASED:
            continue
        rows.append(Written(session, content, max(revision + 1, content.revision), words_of(session, content, hides_key)))
        if before := change(session, derived_columns(session, content)):
            rekeyed.append((before, session))
    insert_transcripts(rows)
    write_rekeyed(rekeyed)
    return [row.session.pk for row in rows]


def insert_transcripts(rows: Sequence[Written]) -> None:
    """This will write transcripts, and leave the session's row to the caller."""
    batch: list[str] = []
    size = 0
    for row in rows:
        batch.append(_as_json(row))
        size += len(batch[-1])
        if size > MOST_BYTES:
            _write(batch)
            batch, size = [], 0
    _write(batch)


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


def _as_json(row: Written) -> str:
    """The lists are JSON already. As arrays of texts each of their quotes would be escaped once more, which took as long as all else."""
    session, content, revision, words = row
    rest = {
        "session_id": session.pk,
        "revision": revision,
        "content_hash": content.hash,
        "summary": content.summary,
        "summary_rating": content.summary_rating,
        "hour": hour_of(session.timestamp),
        "english": words.english,
        "spanish": words.spanish,
    }
    turns, tools, latencies = content.packed
    return f'{json.dumps(rest)[:-1]},"turns":{turns},"tools":{tools},"latencies":{latencies}}}'


def _write(rows: Sequence[str]) -> None:
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(WRITE, [f"[{','.join(rows)}]"])


def _main_language(turns: Sequence[Mapping[str, Any]]) -> str:
    """The language of most turns, without its region; what nobody set is empty."""
    told: dict[str, int] = {}
    for turn in turns:
        written = str(turn.get("lang") or "")
        told[written] = told.get(written, 0) + 1
    spoken: dict[str, int] = {}
    for written, n in told.items():
        language = written.split("-")[0].lower()
        if language and language != "unset" and len(language) <= 8:
            spoken[language] = spoken.get(language, 0) + n
    return max(spoken, key=lambda language: (spoken[language], language), default="")
