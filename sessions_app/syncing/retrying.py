"""Trying again what was rejected, because somebody asked for it: asked of the vendor anew, or read from what is kept."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sessions_app.models import Connection, RejectedRecord, Session
from sessions_app.models.rejected_record import RecordKind
from sessions_app.operations.ingesting import take_labels, take_records, take_talks
from sessions_app.operations.rejecting import name_of_record
from sessions_app.sealing import unseal
from sessions_app.syncing.reading import read_labels, read_records, read_talks
from sessions_app.syncing.wanted import wanted_sessions
from sessions_app.upstream.client import Patience, Vendor

MOST, BATCH = 2_000, 40
FEW_TRIES = Patience(attempts=3)


@dataclass(frozen=True, slots=True)
class Retried:
    """How many were tried, and how many of them are still rejected."""

    tried: int
    left: int


def retry_rejected(*, connection_pk: int, only: int | None = None, patience: Patience = FEW_TRIES, should_stop: Callable[[], bool] = lambda: False) -> Retried:
    """This will try one rejected record of a connection again, or all of them. Raises UpstreamProblem, Unreadable."""
    row = Connection.objects.select_related("data_source").get(pk=connection_pk)
    rejected = RejectedRecord.objects.filter(data_source=row.data_source_id)
    rejected = rejected.filter(pk=only) if only is not None else rejected
    wanted = list(rejected.order_by("-last_at", "-pk")[:MOST])
    with Vendor(base_url=row.base_url, key=unseal(row.sealed_key), patience=patience, should_stop=should_stop) as vendor:
        for start in range(0, len(wanted), BATCH):
            _retry(row, vendor, wanted[start : start + BATCH])
    return Retried(len(wanted), rejected.filter(pk__in=[one.pk for one in wanted]).count())


def _retry(row: Connection, vendor: Vendor, rejected: Sequence[RejectedRecord]) -> None:
    source = row.data_source
    of_kind: dict[str, dict[str, Any]] = {kind: {} for kind in RecordKind}
    for one in rejected:
        of_kind[one.kind][one.external_id] = one.payload
    owed: list[int] = []
    if records := of_kind[RecordKind.SESSION]:
        found = read_records(vendor, [name for name in records if not name.startswith("sha256:")])
        items = _or_kept(found, records, "session_id")
        owed = take_records(data_source=source, items=items, run=None, takes_transcripts=row.takes_transcripts, by_themselves=True).owed
    if transcripts := of_kind[RecordKind.TRANSCRIPT]:
        owed += Session.objects.filter(data_source=source, external_id__in=list(transcripts)).values_list("pk", flat=True)
    if owed:
        take_talks(data_source=source, talks=read_talks(vendor, wanted_sessions(owed)), run=None)
    if labels := of_kind[RecordKind.LABEL]:
        found = read_labels(vendor, [int(name) for name in labels if name.isdecimal()])
        take_labels(data_source=source, items=_or_kept(found, labels, "id"), run=None)


def _or_kept(found: Sequence[Any], payloads: dict[str, Any], field: str) -> list[Any]:
    """What the vendor says of it today, else what it said then; nothing where that went with its month."""
    names = {name_of_record(one, field) for one in found}
    return [*found, *(payload for name, payload in payloads.items() if name not in names and payload)]
