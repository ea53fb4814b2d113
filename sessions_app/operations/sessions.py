"""Taking in records of sessions."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction
from django.db.models import F
from django.db.models.base import ModelState

from sessions_app.codes import EndedBy
from sessions_app.compiled import AnyText
from sessions_app.copying import copy_rows
from sessions_app.models import Session, SessionDelta, Source
from sessions_app.operations.agents import see_agents, see_prompts
from sessions_app.operations.erasing import WAS_ERASED, forget
from sessions_app.operations.rekeying import change, session_key, write_rekeyed
from sessions_app.operations.transcripts import derived_columns, insert_transcripts, store_contents
from sessions_app.queries.identity import ERASED, record_digests
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


@transaction.atomic
def upsert_records(*, data_source: Source, records: Mapping[int, Record], contents: Mapping[int, Content], outcome: Ingested) -> None:
    """This will do so with records that were checked, by position. Of several of one session the last one counts."""
    last = {record.external_id: position for position, record in records.items()}
    checked = {external_id: records[position] for external_id, position in last.items()}
    told = {external_id: contents[position] for external_id, position in last.items() if position in contents}
    # One batch of a source at a time: two that bring the same new record must not both insert it.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [UPSERT_LOCK, data_source.pk])
    agents = see_agents(data_source, checked.values())
    prompts = see_prompts(data_source, checked.values())
    erased = {f"{ERASED}{digest}": known for known in checked for digest in record_digests(data_source.name, known)}
    held = _held(data_source, [*checked, *erased])
    by_id = {erased.get(session.external_id, session.external_id): session for session in held}
    fresh: list[Session] = []
    rekeyed: list[tuple[Session, Session]] = []
    for record in checked.values():
        key = prompt_key(record.values)
        values = record.values | {"seen_agent_id": agents[agent_key(record.values)], "seen_prompt_id": prompts[key] if key else None}
        session = by_id.get(record.external_id)
        if session is None:
            fresh.append(_row(data_source, record, values))
        elif session.erased_at:
            outcome.unchanged += 1
        elif before := change(session, _keeping_transfer(session, values)):
            outcome.changed += 1
            rekeyed.append((before, session))
        else:
            outcome.unchanged += 1
    write_rekeyed(rekeyed)
    given = {session.external_id: session for session in fresh}
    _insert(fresh, {id(session): told[external_id] for external_id, session in given.items() if external_id in told})
    outcome.created += len(fresh)
    pks = {external_id: session.pk for external_id, session in (by_id | given).items()}
    written = store_contents(contents={pks[external_id]: content for external_id, content in told.items() if external_id not in given})
    # Whoever has the same record and another transcript has changed.
    late = set(written) - {session.pk for _, session in rekeyed}
    outcome.changed, outcome.unchanged = outcome.changed + len(late), outcome.unchanged - len(late)
    outcome.sessions |= {position: pks[record.external_id] for position, record in records.items()}


def _held(data_source: Source, external_ids: Sequence[str]) -> list[Session]:
    rows = Session.objects.filter(AnyText(F("external_id"), external_ids), data_source=data_source)
    # A locked row is read whole, fifty columns of it; most batches bring none that is known.
    known = list(rows.values_list("pk", flat=True))
    return list(Session.objects.select_for_update(no_key=True).filter(pk__in=known).order_by("pk")) if known else []


def _row(data_source: Source, record: Record, values: Mapping[str, Any]) -> Session:
    # Not by Session(): its fifty fields, one after the other, took half of the time of an import.
    row = Session.__new__(Session)
    row._state = ModelState()
    row._state.db, row._state.fields_cache = "default", {"data_source": data_source}
    row.__dict__.update(DEFAULTS)
    row.__dict__.update(values)
    row.__dict__.update(id=record.own_id, data_source_id=data_source.pk, external_id=record.external_id)
    return row


def _insert(fresh: Sequence[Session], told: Mapping[int, Content]) -> None:
    """With their transcripts, so that no row is written twice. `told` is by the identity of the row, which has no id yet."""
    if not fresh:
        return
    for session in fresh:
        if content := told.get(id(session)):
            session.__dict__.update(derived_columns(session, content))
    for was_erased in WAS_ERASED:
        forget(was_erased(fresh))
    _give_ids([session for session in fresh if session.pk is None])
    copy_rows(fresh, with_ids=True)
    counted = Counter(tuple(session_key(session).items()) for session in fresh)
    copy_rows(
        [SessionDelta(**dict(key), n=min(n - start, MOST_IN_A_DELTA)) for key, n in counted.items() for start in range(0, n, MOST_IN_A_DELTA)],
        with_ids=False,
    )
    insert_transcripts([(session, content, content.revision) for session in fresh if not session.erased_at and (content := told.get(id(session)))])


def _give_ids(sessions: Sequence[Session]) -> None:
    if not sessions:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [Session._meta.db_table, len(sessions)])
        for session, (pk,) in zip(sessions, cursor.fetchall(), strict=True):
            session.pk = pk


def _keeping_transfer(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """A transfer is known from the tools alone; a record that comes again must not take it back."""
    if session.ended_by == EndedBy.TRANSFER and values["ended_by"] != EndedBy.VOICEMAIL:
        return values | {"ended_by": session.ended_by}
    return values
