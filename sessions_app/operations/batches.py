"""Taking in a batch that somebody gave us: sessions, each with its transcript where it has one."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_noop

from sessions_app.models import Source
from sessions_app.operations.sessions import Ingested, upsert_records
from sessions_app.queries.known import known_records
from sessions_app.reasons import with_values
from sessions_app.records import BadRecord, Record, read_record
from sessions_app.turns import Content, read_content

# What stands beside the fields of a session.
PARTS = ("transcript", "latency", "summary")
ALONE = with_values(gettext_noop("%(name)s comes with the transcript, which is missing."))


def take_batch(*, data_source: Source, records: Sequence[Any]) -> Ingested:
    """This will take sessions with their transcripts, or refuse one as a whole. The same batch again changes nothing."""
    outcome, checked, contents = _check(data_source, records)
    if checked:
        upsert_records(data_source=data_source, records=checked, contents=contents, outcome=outcome)
    return outcome


def look_at_batch(*, data_source: Source, records: Sequence[Any]) -> Ingested:
    """This will say what would be refused, how many sessions are new, and how many are here; it writes nothing."""
    outcome, checked, _ = _check(data_source, records)
    ids = {record.external_id for record in checked.values()}
    known = len(known_records(data_source, ids))
    outcome.created, outcome.unchanged = len(ids) - known, len(checked) - len(ids) + known
    return outcome


def _check(data_source: Source, records: Sequence[Any]) -> tuple[Ingested, dict[int, Record], dict[int, Content]]:
    outcome = Ingested()
    checked: dict[int, Record] = {}
    contents: dict[int, Content] = {}
    for position, wire in enumerate(records):
        try:
            record, content = _read(wire, keeps_vendor_ids=data_source.is_primary)
        except BadRecord as refusal:
            outcome.refused.append((position, str(refusal)))
        else:
            checked[position] = record
            if content:
                contents[position] = content
    return outcome, checked, contents


def _read(wire: Any, *, keeps_vendor_ids: bool) -> tuple[Record, Content | None]:
    if not isinstance(wire, Mapping):
        raise BadRecord(gettext_noop("The record is not an object."))
    if "labels" in wire:
        raise BadRecord(gettext_noop("Labels do not come with sessions. Give them one by one, through session_labels."))
    parts = {name: wire[name] for name in PARTS if wire.get(name) is not None}
    if not parts:
        return read_record(wire, keeps_vendor_ids=keeps_vendor_ids, beside=PARTS), None
    if "transcript" not in parts:
        raise BadRecord(ALONE % {"name": next(iter(parts))})
    return read_record(wire, keeps_vendor_ids=keeps_vendor_ids, beside=PARTS), read_content(**parts)
