"""The only writes of sessions: take in records and transcripts, and point a session at what its labels add up to."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Now
from django.db.models.lookups import IsNull

from sessions_app import signals
from sessions_app.bulk import update_rows
from sessions_app.codes import EndedBy, TranscriptState
from sessions_app.models import Agent, Prompt, Session, SessionDelta, Source, Transcript
from sessions_app.records import BadRecord, Record, agent_key, ended_by, prompt_key, read_record
from sessions_app.search_words import Leaf, hour_of, session_words, vector_of
from sessions_app.turns import Content, read_content

# labeling's deltas carry the same keys. It registers here, because sessions_app must not import it.
Rekeyed = Callable[[Sequence[tuple[Session, Session]]], None]
AFTER_REKEY: list[Rekeyed] = []

BATCH = 1_000
REPAIR_BATCH = 200
UPSERT_LOCK = 0x5E55


@dataclass(slots=True)
class Ingested:
    """What became of a batch: rows made and changed, and (position, sentence) of each record that was refused."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Held:
    """One transcript to store: the session and what the wire said of it."""

    session_id: int
    transcript: Mapping[str, Any]
    latency: Mapping[str, Any] | None = None
    summary: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Pointed:
    """What the labels of one session add up to; `labeling` works it out."""

    label_id: int | None = None
    code: str | None = None
    raters: int = 0
    agreeing: int = 0
    is_settled: bool = False
    new_since: bool = False
    labeled_at: datetime | None = None
    auto_code: str | None = None
    sample_code: str | None = None
    sample_weight: float | None = None


POINTED_COLUMNS = {
    "label_id": "session_label_id",
    "code": "label_code",
    "raters": "label_raters",
    "agreeing": "label_agreeing",
    "is_settled": "label_is_settled",
    "new_since": "label_new_since",
    "labeled_at": "labeled_at",
    "auto_code": "auto_code",
    "sample_code": "sample_code",
    "sample_weight": "sample_weight",
}


@transaction.atomic
def upsert_sessions(*, data_source: Source, records: Iterable[Mapping[str, Any]]) -> Ingested:
    """This will insert or update sessions by (source, external id). A refused record never stops the others."""
    outcome = Ingested()
    checked: dict[str, Record] = {}
    for position, wire in enumerate(records):
        try:
            record = read_record(wire, keeps_vendor_ids=data_source.is_primary)
        except BadRecord as refusal:
            outcome.refused.append((position, str(refusal)))
        else:
            checked[record.external_id] = record
    # One batch of a source at a time: two that bring the same new record must not both insert it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [UPSERT_LOCK, data_source.pk])
    agents = see_agents(data_source, checked.values())
    prompts = see_prompts(data_source, checked.values())
    held = {
        session.external_id: session
        for session in Session.objects.select_for_update(no_key=True).filter(data_source=data_source, external_id__in=checked).order_by("pk")
    }
    fresh: list[Session] = []
    rekeyed: list[tuple[Session, Session]] = []
    for record in checked.values():
        key = prompt_key(record.values)
        values = record.values | {"seen_agent_id": agents[agent_key(record.values)], "seen_prompt_id": prompts[key] if key else None}
        session = held.get(record.external_id)
        if session is None:
            fresh.append(Session(id=record.own_id, data_source=data_source, external_id=record.external_id, **values))
        elif before := _change(session, _keeping_transfer(session, values)):
            outcome.changed += 1
            rekeyed.append((before, session))
        else:
            outcome.unchanged += 1
    Session.objects.bulk_create(fresh, batch_size=BATCH)
    outcome.created = len(fresh)
    SessionDelta.objects.bulk_create([SessionDelta(**session_key(session), n=1) for session in fresh], batch_size=BATCH)
    _write_rekeyed(rekeyed)
    return outcome


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
                search=_vector(session, content),
                hour=hour_of(session.timestamp),
                stored_at=Now(),
            )
        )
        if before := _change(session, derived_columns(session, content)):
            rekeyed.append((before, session))
    Transcript.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["session"],
        update_fields=["revision", "content_hash", "turns", "tools", "latencies", "summary", "summary_rating", "search", "hour", "stored_at"],
        batch_size=200,
    )
    _write_rekeyed(rekeyed)


def repair_search_words() -> int:
    """This will give words to transcripts that have none, or those of another hour, batch by batch. The nightly check."""
    repaired, last = 0, 0
    while True:
        rows = Transcript.objects.filter(pk__gt=last).order_by("pk")
        seen = list(rows.values_list("pk", "hour", IsNull(F("search"), True), "session__timestamp")[: 10 * BATCH])
        if not seen:
            return repaired
        wrong = [pk for pk, hour, is_missing, timestamp in seen if is_missing or hour != hour_of(timestamp)]
        for start in range(0, len(wrong), REPAIR_BATCH):
            repaired += _give_words(wrong[start : start + REPAIR_BATCH])
        last = seen[-1][0]


def point_at_label(*, pointed: Sequence[tuple[Session, Pointed]]) -> list[Session]:
    """This will copy what the labels add up to onto sessions that the caller has locked, and return those that changed."""
    changed = []
    for session, target in pointed:
        values = {column: getattr(target, name) for name, column in POINTED_COLUMNS.items()}
        if any(getattr(session, column) != value for column, value in values.items()):
            for column, value in values.items():
                setattr(session, column, value)
            changed.append(session)
    update_rows(changed, list(POINTED_COLUMNS.values()))
    return changed


def session_key(session: Session) -> dict[str, Any]:
    """This will be the key under which deltas count a session."""
    moment = session.timestamp
    return {
        "bucket": moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0),
        "agent_id": session.seen_agent_id,
        "prompt_id": session.seen_prompt_id,
        "channel": session.channel,
        "language": session.language,
        "direction": session.direction,
        "is_test": bool(session.is_test),
    }


def _change(session: Session, values: Mapping[str, Any]) -> Session | None:
    """This will set what differs and return the session as it was, or None when nothing differs."""
    changed = [name for name, value in values.items() if getattr(session, name) != value]
    if not changed:
        return None
    before = Session(**{column.attname: getattr(session, column.attname) for column in Session._meta.concrete_fields})
    for name in changed:
        setattr(session, name, values[name])
    return before


def _keeping_transfer(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """A transfer is known from the tools alone; a record that comes again must not take it back."""
    if session.ended_by == EndedBy.TRANSFER and values["ended_by"] != EndedBy.VOICEMAIL:
        return values | {"ended_by": session.ended_by}
    return values


def _write_rekeyed(pairs: Sequence[tuple[Session, Session]]) -> None:
    if not pairs:
        return
    columns = [column for column in Session._meta.concrete_fields if any(getattr(a, column.attname) != getattr(b, column.attname) for a, b in pairs)]
    update_rows([after for _, after in pairs], [column.name for column in columns], touch="changed_at")
    moved = [(before, after) for before, after in pairs if session_key(before) != session_key(after)]
    deltas = [SessionDelta(**session_key(side), n=n) for pair in moved for side, n in zip(pair, (-1, 1), strict=True)]
    SessionDelta.objects.bulk_create(deltas, batch_size=BATCH)
    # An hour is whole buckets, so who changed hour is among these.
    _give_words([after.pk for before, after in moved if hour_of(before.timestamp) != hour_of(after.timestamp)])
    for listener in AFTER_REKEY:
        listener(moved)


@transaction.atomic
def _give_words(pks: Sequence[int]) -> int:
    if not pks:
        return 0
    sessions = list(Session.objects.select_for_update(no_key=True).filter(pk__in=pks, transcript_state=TranscriptState.HELD).order_by("pk"))
    transcripts = Transcript.objects.in_bulk([session.pk for session in sessions])
    for session in sessions:
        held = transcripts[session.pk]
        Transcript.objects.filter(pk=session.pk).update(search=_vector(session, held), hour=hour_of(session.timestamp))
        session.tool_names = _tool_names(held.tools)
    update_rows(sessions, ["tool_names"])
    return len(sessions)


def _vector(session: Session, content: Content | Transcript) -> Leaf:
    return vector_of(session_words(turns=content.turns, tools=content.tools, summary=content.summary, hour=hour_of(session.timestamp)))


def _tool_names(tools: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({str(tool["tool_name"]) for tool in tools if tool.get("tool_name")})


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
        "tool_names": _tool_names(content.tools),
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


def see_agents(data_source: Source, records: Iterable[Record]) -> dict[str, int]:
    """This will make or update the agents that records name, and return their ids by key."""
    latest: dict[str, Record] = {}
    for record in sorted(records, key=lambda record: record.values["timestamp"]):
        latest[agent_key(record.values)] = record
    Agent.objects.bulk_create(
        [
            Agent(
                data_source=data_source,
                key=key,
                name=record.values["agent_name"] or "",
                type=record.values["agent_type"] or "",
                time_zone=record.values["agent_timezone"] or "",
            )
            for key, record in sorted(latest.items())
        ],
        update_conflicts=True,
        unique_fields=["data_source", "key"],
        update_fields=["name", "type", "time_zone"],
    )
    return dict(Agent.objects.filter(data_source=data_source, key__in=latest).values_list("key", "pk"))


def see_prompts(data_source: Source, records: Iterable[Record]) -> dict[str, int]:
    """This will make the prompt versions that records name, and return their ids by key."""
    seen = {key: record for record in records if (key := prompt_key(record.values))}
    Prompt.objects.bulk_create(
        [
            Prompt(
                data_source=data_source,
                key=key,
                name=record.values["prompt_name"] or "",
                version=record.values["prompt_version"] or "",
                version_number=record.values["prompt_version_number"],
            )
            for key, record in sorted(seen.items())
        ],
        ignore_conflicts=True,
    )
    return dict(Prompt.objects.filter(data_source=data_source, key__in=seen).values_list("key", "pk"))
