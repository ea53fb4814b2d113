"""Records that could not be taken: kept with the reason, counted once however often they come, gone when taken."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Now

from sessions_app.bulk import update_rows
from sessions_app.models import IngestRun, RejectedRecord, Session, Source
from sessions_app.models.rejected_record import RecordKind
from sessions_app.operations.erasing import WAS_ERASED
from sessions_app.queries.database_clock import database_now
from sessions_app.queries.identity import ERASED, record_digests
from sessions_app.records import BadRecord, clean, read_time

LONGEST_ID, LONGEST_REASON = 500, 300
LARGEST_PAYLOAD = 200_000
# The payload names callers: it goes after a month, and the line that told of it some time later.
PAYLOAD_KEPT, LINE_KEPT = timedelta(days=30), timedelta(days=180)
NAMING = ("source", "target", "conversation_id")
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One record that was not taken, as it came, and why."""

    external_id: str
    payload: Any
    reason: str


def refuse_records(*, data_source: Source, kind: str, run: IngestRun | None, refusals: Sequence[Refusal]) -> None:
    """This will keep what was not taken, once a record."""
    latest = {refusal.external_id[:LONGEST_ID]: refusal for refusal in refusals}
    if not latest:
        return
    known = {row.external_id: row for row in _rows(data_source, kind, latest).select_for_update().order_by("pk")}
    for external_id, row in known.items():
        row.payload, row.reason = _kept(data_source, latest[external_id].payload), latest[external_id].reason[:LONGEST_REASON]
    update_rows(list(known.values()), ["payload", "reason"])
    RejectedRecord.objects.filter(pk__in=[row.pk for row in known.values()]).update(attempts=F("attempts") + 1, run=run, last_at=Now())
    RejectedRecord.objects.bulk_create(
        [
            RejectedRecord(
                data_source=data_source,
                kind=kind,
                run=run,
                external_id=external_id,
                payload=_kept(data_source, refusal.payload),
                reason=refusal.reason[:LONGEST_REASON],
            )
            for external_id, refusal in latest.items()
            if external_id not in known
        ],
        ignore_conflicts=True,
    )


def accept_records(*, data_source: Source, kind: str, external_ids: Collection[str]) -> set[str]:
    """This will forget that records were refused which were taken now, and return which of them had been."""
    rows = _rows(data_source, kind, external_ids)
    accepted = set(rows.values_list("external_id", flat=True))
    if accepted:
        rows.delete()
    return accepted


def forget_rejected(*, sessions: Sequence[Session]) -> int:
    """This will forget what was refused of sessions that are being erased, before their ids go."""
    gone = 0
    for session in sessions:
        of_session = Q(kind__in=(RecordKind.SESSION, RecordKind.TRANSCRIPT), external_id=session.external_id)
        numbers: list[Any] = [session.external_id, *([int(session.external_id)] if session.external_id.isdecimal() and len(session.external_id) < 17 else [])]
        of_session |= Q(kind=RecordKind.LABEL, payload__session_id__in=numbers)
        gone += RejectedRecord.objects.filter(of_session, data_source=session.data_source_id).delete()[0]
    return gone


def forget_naming(*, names: Callable[[str], bool]) -> int:
    """This will forget the refused records in which somebody is named who was erased."""
    telling = [row.pk for row in RejectedRecord.objects.only("pk", "payload").iterator(chunk_size=500) if any(names(text) for text in texts_in(row.payload))]
    return RejectedRecord.objects.filter(pk__in=telling).delete()[0]


def clear_rejected(*, at: datetime | None = None) -> int:
    """This will let go of what refused records said, a month after they came last; and later of the line itself. The nightly work."""
    now = at or database_now()
    RejectedRecord.objects.filter(last_at__lt=now - LINE_KEPT).delete()
    return RejectedRecord.objects.filter(last_at__lt=now - PAYLOAD_KEPT).exclude(payload={}).update(payload={})


def name_of_record(wire: Any, field: str) -> str:
    """This will be the source's id of a record, else a hash of what came: the same record is the same line."""
    value = wire.get(field) if isinstance(wire, Mapping) else None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and 0 < len(value) <= LONGEST_ID and "\0" not in value and value.isprintable():
        return value
    try:
        told = json.dumps(wire, sort_keys=True, default=str)
    except RecursionError:
        told = "\0".join(texts_in(wire))
    return "sha256:" + hashlib.sha256(told.encode(errors="replace")).hexdigest()


def texts_in(value: Any) -> list[str]:
    """Every text in what came, as far down as it goes."""
    found, left = [], [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, Mapping):
            left += [*one.keys(), *one.values()]
        elif isinstance(one, list):
            left += one
    return found


def _rows(data_source: Source, kind: str, external_ids: Collection[str]) -> Any:
    return RejectedRecord.objects.filter(data_source=data_source, kind=kind, external_id__in=list(external_ids))


def _kept(data_source: Source, payload: Any) -> Any:
    """What can be kept of a payload: nothing of somebody who was erased, nothing endless, nothing that the database cannot hold."""
    try:
        kept = clean(payload)
    except (BadRecord, RecursionError):
        return {}
    if kept is None or len(json.dumps(kept)) > LARGEST_PAYLOAD or _is_of_somebody_erased(data_source, kept):
        return {}
    return kept


def _is_of_somebody_erased(data_source: Source, payload: Any) -> bool:
    """Of an erased session, or of a caller who was erased. What does not say when it took place is taken for old."""
    if not isinstance(payload, Mapping):
        return False
    external_id = name_of_record(payload, "session_id")
    erased_ids = [external_id, *(f"{ERASED}{digest}" for digest in record_digests(data_source.name, external_id))]
    if Session.objects.filter(data_source=data_source, external_id__in=erased_ids, erased_at__isnull=False).exists():
        return True
    try:
        moment = read_time(payload.get("timestamp"), "timestamp")
    except BadRecord:
        moment = LONG_AGO
    named = {name: payload[name] if isinstance(payload.get(name), str) else None for name in NAMING}
    # Taken for outbound, its target counts as somebody too.
    session = Session(data_source=data_source, external_id=external_id, is_outbound=True, timestamp=moment, **named)
    return any(was_erased([session]) for was_erased in WAS_ERASED)
