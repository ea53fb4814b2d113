"""Taking in records of sessions."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from sessions_app.codes import EndedBy
from sessions_app.models import Session, SessionDelta, Source
from sessions_app.operations.agents import see_agents, see_prompts
from sessions_app.operations.erasing import WAS_ERASED, forget
from sessions_app.operations.rekeying import BATCH, change, session_key, write_rekeyed
from sessions_app.queries.identity import ERASED, record_digests
from sessions_app.records import BadRecord, Record, agent_key, prompt_key, read_record

UPSERT_LOCK = 0x5E55


@dataclass(slots=True)
class Ingested:
    """What became of a batch: rows made and changed, and (position, sentence) of each record that was refused."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@transaction.atomic
def upsert_sessions(*, data_source: Source, records: Iterable[Mapping[str, Any]]) -> Ingested:
    """This will insert or update sessions by (source, external id). A refused record never stops the others.

    What was erased stays erased: a record of such a session changes nothing, and one that comes late of a person who was
    erased since is counted, and says nothing about them.
    """
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
    erased = {f"{ERASED}{digest}": known for known in checked for digest in record_digests(data_source.name, known)}
    held = {
        erased.get(session.external_id, session.external_id): session
        for session in Session.objects.select_for_update(no_key=True).filter(data_source=data_source, external_id__in=[*checked, *erased]).order_by("pk")
    }
    fresh: list[Session] = []
    rekeyed: list[tuple[Session, Session]] = []
    for record in checked.values():
        key = prompt_key(record.values)
        values = record.values | {"seen_agent_id": agents[agent_key(record.values)], "seen_prompt_id": prompts[key] if key else None}
        session = held.get(record.external_id)
        if session is None:
            fresh.append(Session(id=record.own_id, data_source=data_source, external_id=record.external_id, **values))
        elif session.erased_at:
            outcome.unchanged += 1
        elif before := change(session, _keeping_transfer(session, values)):
            outcome.changed += 1
            rekeyed.append((before, session))
        else:
            outcome.unchanged += 1
    for was_erased in WAS_ERASED:
        forget(was_erased(fresh))
    Session.objects.bulk_create(fresh, batch_size=BATCH)
    outcome.created = len(fresh)
    SessionDelta.objects.bulk_create([SessionDelta(**session_key(session), n=1) for session in fresh], batch_size=BATCH)
    write_rekeyed(rekeyed)
    return outcome


def _keeping_transfer(session: Session, values: dict[str, Any]) -> dict[str, Any]:
    """A transfer is known from the tools alone; a record that comes again must not take it back."""
    if session.ended_by == EndedBy.TRANSFER and values["ended_by"] != EndedBy.VOICEMAIL:
        return values | {"ended_by": session.ended_by}
    return values
