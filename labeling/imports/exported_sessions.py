"""The session of an exported row, with its transcript."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.utils.translation import gettext_noop

from labeling.exports.values import PRIMARY
from labeling.imports.exported_values import is_count, pk_of
from labeling.imports.taking import cleaned
from sessions_app.codes import EndedBy, SourceKind, TranscriptState
from sessions_app.ingest.rows import Row
from sessions_app.queries.identity import ERASED
from sessions_app.records import BOOLEAN_FIELDS, TEXT_FIELDS, BadRecord, Record, read_record, read_time
from sessions_app.turns import Content, read_content

# Of a session whose transcript is no longer kept.
SIGNALS = ("turns", "tool_calls", "tool_errors", "longest_silence_ms", "slow_replies", "reply_p95_ms")


@dataclass(frozen=True, slots=True)
class ReadRow:
    row: Row
    source: tuple[str, str]
    record: Record
    content: Content | None
    pk: int


def read_row(row: Row) -> ReadRow:
    """Raises BadRecord."""
    values = row.values
    name, kind = cleaned(values.get("data_source"), 200, "data_source"), values.get("source_kind")
    if not name or kind not in (PRIMARY, *SourceKind.values):
        raise BadRecord(gettext_noop("The row does not name its source."))
    external_id = values.get("external_id")
    if not isinstance(external_id, str) or not external_id:
        raise BadRecord(gettext_noop("external_id is missing."))
    wire = {field: values.get(field) for field in (*TEXT_FIELDS, *BOOLEAN_FIELDS, "timestamp", "duration", "prompt_version_number")}
    extra = values.get("extra")
    record = read_record((extra if isinstance(extra, dict) else {}) | wire | {"session_id": external_id}, keeps_vendor_ids=kind == PRIMARY)
    content = _content(values)
    columns = {} if content else _columns_without_words(values)
    if external_id.startswith(ERASED) or values.get("erased_at") is not None:
        columns |= {"erased_at": read_time(values.get("erased_at"), "erased_at"), "transcript_state": TranscriptState.ERASED.value}
        content = None
    return ReadRow(row, (name, str(kind)), replace(record, values=record.values | columns), content, pk_of(values.get("session_id"), "session_id"))


def _content(values: Mapping[str, Any]) -> Content | None:
    told_of = values.get("transcript")
    if told_of is None:
        return None
    if not isinstance(told_of, Mapping):
        raise BadRecord(gettext_noop("transcript is not an object."))
    content = read_content(
        transcript={"transcription": told_of.get("turns"), "actions": told_of.get("tools")},
        latency={"timeline": values.get("latency")},
        summary={"summary": values.get("summary"), "rating": values.get("summary_rating")},
    )
    revision = told_of.get("revision", 1)
    if not is_count(revision) or not revision:
        raise BadRecord(gettext_noop("The revision of the transcript is not a number."))
    return replace(content, revision=revision)


def _columns_without_words(values: Mapping[str, Any]) -> dict[str, Any]:
    """What a session's row says of a transcript that a file does not hold."""
    state = values.get("transcript_state")
    if state not in (TranscriptState.ERASED, TranscriptState.PENDING, TranscriptState.FAILED):
        return {}
    columns: dict[str, Any] = {"transcript_state": state, "language": cleaned(values.get("language"), 8, "language")}
    if values.get("ended_by") in EndedBy.values:
        columns["ended_by"] = values["ended_by"]
    if state == TranscriptState.ERASED:
        if any(values.get(name) is not None and not is_count(values[name]) for name in SIGNALS):
            raise BadRecord(gettext_noop("A signal of the session is not a number."))
        columns |= {name: values.get(name) for name in SIGNALS}
        names = values.get("tool_names")
        columns["tool_names"] = [cleaned(name, 500, "A tool's name") for name in names] if isinstance(names, list) else None
    return columns
