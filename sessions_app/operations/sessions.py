"""Taking in records of sessions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple

from django.db import connection, transaction
from django.db.models.base import ModelState

from sessions_app.codes import EndedBy
from sessions_app.copying import copy_rows
from sessions_app.identifiers import HidesKey
from sessions_app.models import Session, SessionDelta, Source
from sessions_app.operations.agents import see_agents, see_prompts
from sessions_app.operations.erasing import WAS_ERASED, forget
from sessions_app.operations.rekeying import change, session_key, write_rekeyed
from sessions_app.operations.search_words import hidden_keys, words_of
from sessions_app.operations.transcripts import Written, derived_columns, insert_transcripts, store_contents
from sessions_app.queries.identity import ERASED, record_digests
from sessions_app.queries.known import known_records
from sessions_app.records import BadRecord, Record, agent_key, prompt_key, read_record
from sessions_app.turns import Content

UPSERT_LOCK = 0x5E55
# What a column of deltas holds.
MOST_IN_A_DELTA = 30_000
DEFAULTS = {field.attname: field.get_default() for field in Session._meta.concrete_fields}


@dataclass(slots=True)
class Ingested:
    """What became of a batch: rows made and changed, and (position, sentence) of each record that was refused.

    `sessions` are the ids of those that were taken, by position.
    """

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)
    sessions: dict[int, int] = field(default_factory=dict)


def upsert_sessions(*, data_source: Source, records: Iterable[Mapping[str, Any]], contents: Mapping[int, Content] | None = None) -> Ingested:
    """This will insert or update sessions by (source, external id). A refused record never stops the others.

    What was erased stays erased: a record of such a session changes nothing, and one that comes late of a person who was
    erased since is counted, and says nothing about them. `contents` are the transcripts of records, by position.
    """
    outcome = Ingested()
    checked: dict[int, Record] = {}
    for position, wire in enumerate(records):
        try:
            checked[position] = read_record(wire, keeps_vendor_ids=data_source.is_primary)
        except BadRecord as refusal:
            outcome.refused.append((position, str(refusal)))
    upsert_records(data_source=data_source, records=checked, contents=contents or {}, outcome=outcome)
    return outcome


class _New(NamedTuple):
    """A row that is not here yet, and its transcript."""

    session: Session
    written: Written | None


@transaction.atomic
def upsert_records(*, data_source: Source, records: Mapping[int, Record], contents: Mapping[int, Content], outcome: Ingested) -> None:
    """This will do so with records that were checked, by position. Of several of one session the last one counts."""
    last = {record.external_id: position for position, record in records.items()}
    checked = {external_id: records[position] for external_id, position in last.items()}
    told = {external_id: contents[position] for external_id, position in last.items() if position in contents}
    rows = _new_rows(data_source, checked, told)
    # One batch of a source at a time: two that bring the same new record must not both insert it. What takes no database is done before.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [UPSERT_LOCK, data_source.pk])
    agents = see_agents(data_source, checked.values())
    prompts = see_prompts(data_source, checked.values())
    erased = {f"{ERASED}{digest}": known for known in checked for digest in record_digests(data_source.name, known)}
    held = _held(data_source, [*checked, *erased])
    by_id = {erased.get(session.external_id, session.external_id): session for session in held}
    fresh: list[_New] = []
    rekeyed: list[tuple[Session, Session]] = []
    for external_id, record in checked.items():
        key = prompt_key(record.values)
        seen = {"seen_agent_id": agents[agent_key(record.values)], "seen_prompt_id": prompts[key] if key else None}
        session = by_id.get(external_id)
        if session is None:
            row = rows[external_id]
            row.session.__dict__.update(seen)
            fresh.append(row)
        elif session.erased_at:
            outcome.unchanged += 1
        elif before := change(session, _keeping_transfer(session, record.values | seen)):
            outcome.changed += 1
            rekeyed.append((before, session))
        else:
            outcome.unchanged += 1
    write_rekeyed(rekeyed)
    given = {row.session.external_id: row.session for row in fresh}
    _insert(fresh)
    outcome.created += len(fresh)
    pks = {external_id: session.pk for external_id, session in (by_id | given).items()}
    written = store_contents(contents={pks[external_id]: content for external_id, content in told.items() if external_id not in given})
    # Whoever has the same record and another transcript has changed.
    late = set(written) - {session.pk for _, session in rekeyed}
    outcome.changed, outcome.unchanged = outcome.changed + len(late), outcome.unchanged - len(late)
    outcome.sessions |= {position: pks[record.external_id] for position, record in records.items()}


def _held(data_source: Source, external_ids: Sequence[str]) -> list[Session]:
    # A locked row is read whole, fifty columns of it; most batches bring none that is known.
    known = known_records(data_source, external_ids).values()
    return list(Session.objects.select_for_update(no_key=True).filter(pk__in=known).order_by("pk")) if known else []


def _new_rows(data_source: Source, records: Mapping[str, Record], told: Mapping[str, Content]) -> dict[str, _New]:
    """The rows of records that are not here yet, with what is said of their transcripts: a session is never deleted, so the others stay known."""
    here = known_records(data_source, records)
    hides_key = hidden_keys() if told else None
    return {external_id: _new(data_source, record, told.get(external_id), hides_key) for external_id, record in records.items() if external_id not in here}


def _new(data_source: Source, record: Record, content: Content | None, hides_key: HidesKey | None) -> _New:
    # Not by Session(): its fifty fields, one after the other, took half of the time of an import.
    row = Session.__new__(Session)
    row._state = ModelState()
    row._state.db, row._state.fields_cache = "default", {"data_source": data_source}
    row.__dict__.update(DEFAULTS)
    row.__dict__.update(record.values)
    row.__dict__.update(id=record.own_id, data_source_id=data_source.pk, external_id=record.external_id)
    if content is None:
        return _New(row, None)
    row.__dict__.update(derived_columns(row, content))
    return _New(row, Written(row, content, content.revision, words_of(row, content, hides_key)))


def _insert(fresh: Sequence[_New]) -> None:
    """With their transcripts, so that no row is written twice."""
    if not fresh:
        return
    sessions = [row.session for row in fresh]
    for was_erased in WAS_ERASED:
        forget(was_erased(sessions))
    _give_ids([session for session in sessions if session.pk is None])
    copy_rows(Session, sessions, with_ids=True)
    counted = Counter(tuple(session_key(session).items()) for session in sessions)
    # Nothing but its attributes is asked of a row, and making an instance took as long as writing it.
    copy_rows(
        SessionDelta,
        [SimpleNamespace(**dict(key), n=min(n - start, MOST_IN_A_DELTA)) for key, n in counted.items() for start in range(0, n, MOST_IN_A_DELTA)],
        with_ids=False,
    )
    insert_transcripts([row.written for row in fresh if row.written and not row.session.erased_at])


def _give_ids(sessions: Sequence[Session]) -> None:
    if not sessions:
        return
    with connection.cursor() as cursor:
        # The name of the sequence is looked up once, not for each number.
        cursor.execute(
            "SELECT nextval((SELECT pg_get_serial_sequence(%s, 'id')::regclass)) FROM generate_series(1, %s)", [Session._meta.db_table, len(sessions)]
        )
        for session, (pk,) in zip(sessions, cursor.fetchall(), strict=True):
            session.pk = pk


def _keeping_transfer(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """A transfer is known from the tools alone; a record that comes again must not take it back."""
    if session.ended_by == EndedBy.TRANSFER and values["ended_by"] != EndedBy.VOICEMAIL:
        return values | {"ended_by": session.ended_by}
    return values
