"""Rows that are sessions of one source."""

from collections.abc import Mapping, Sequence
from typing import Any

from labeling.imports.taking import Outcome, told
from sessions_app.ingest.columns import record_of
from sessions_app.ingest.rows import Row
from sessions_app.models import Source
from sessions_app.operations import Ingested, look_at_batch, take_batch
from sessions_app.records import BadRecord


class SessionRows:
    def __init__(self, *, source: Source, mapping: Mapping[str, str]) -> None:
        self._source = source
        self._mapping = {column: field for column, field in mapping.items() if field}

    def look(self, rows: Sequence[Row]) -> Outcome:
        good, records, outcome = self._records(rows)
        return _with(outcome, good, look_at_batch(data_source=self._source, records=records))

    def take(self, rows: Sequence[Row]) -> Outcome:
        good, records, outcome = self._records(rows)
        return _with(outcome, good, take_batch(data_source=self._source, records=records))

    def _records(self, rows: Sequence[Row]) -> tuple[list[Row], list[dict[str, Any]], Outcome]:
        outcome = Outcome()
        good: list[Row] = []
        records: list[dict[str, Any]] = []
        for row in rows:
            try:
                records.append(record_of(row.values, self._mapping))
            except BadRecord as problem:
                outcome.refused.append((row, told(problem)))
            else:
                good.append(row)
        return good, records, outcome


def _with(outcome: Outcome, rows: Sequence[Row], taken: Ingested) -> Outcome:
    outcome.created, outcome.changed, outcome.unchanged = taken.created, taken.changed, taken.unchanged
    outcome.refused += [(rows[position], told(sentence)) for position, sentence in taken.refused]
    return outcome
