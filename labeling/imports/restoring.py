"""An export of ours in JSON lines, without a mask: sessions, transcripts and labels come back as they were."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from django.db import transaction

from labeling.exports.values import PRIMARY
from labeling.imports.exported_labels import read_labels
from labeling.imports.exported_sessions import ReadRow, read_row
from labeling.imports.taking import Outcome, told
from labeling.models import Rater
from labeling.operations.restoring import free_session_ids, rater_restored, restore_labels, step_over
from sessions_app.codes import SourceKind
from sessions_app.ingest.rows import Row
from sessions_app.ingest.shapes import Shape
from sessions_app.models import Session, Source
from sessions_app.operations import Ingested
from sessions_app.operations.sessions import upsert_records
from sessions_app.queries.known import known_records
from sessions_app.records import BadRecord

NEEDED = ("session_id", "timestamp", "data_source", "source_kind", "external_id")
OTHER_PRIMARY = "The session is of the primary connection, and another connection is the primary one here."
NOBODY = Rater()


def is_restorable(shape: Shape) -> bool:
    """This will say whether a file is an export that sessions can come back from."""
    return shape.is_ours and not shape.is_masked and shape.format == "jsonl" and set(NEEDED) <= set(shape.columns)


class ExportRows:
    """What is here already stays as it is: an export is older than what it was made of."""

    def __init__(self) -> None:
        self._raters: dict[tuple[str, str], Rater] = {}
        self._sources: dict[tuple[str, str], Source] = {}

    def look(self, rows: Sequence[Row]) -> Outcome:
        outcome, read = self._read_all(rows)
        known = 0
        for name, group in _grouped(read).items():
            source = Source.objects.filter(name=name[0]).first()
            known += len(known_records(source, {one.record.external_id for one in group})) if source else 0
        outcome.unchanged, outcome.created = known, len(read) - known
        return outcome

    @transaction.atomic
    def take(self, rows: Sequence[Row]) -> Outcome:
        outcome, read = self._read_all(rows)
        labels: list[tuple[ReadRow, int]] = []
        for key, group in _grouped(read).items():
            source = self._source(key)
            if source is None:
                outcome.refused += [(one.row, OTHER_PRIMARY) for one in group]
                continue
            labels += self._take_sessions(source, group, outcome)
        restored = [label for one, pk in labels for label in read_labels(one.row.values, session_pk=pk, rater=self._rater)]
        if restored:
            restore_labels(labels=restored)
        return outcome

    def _take_sessions(self, source: Source, group: Sequence[ReadRow], outcome: Outcome) -> list[tuple[ReadRow, int]]:
        ids = [one.record.external_id for one in group]
        known = known_records(source, ids)
        fresh = [one for one in group if one.record.external_id not in known]
        free = set() if source.is_primary else free_session_ids(wanted={one.pk for one in fresh})
        records = {
            place: one.record if source.is_primary else replace(one.record, own_id=one.pk if one.pk in free else None) for place, one in enumerate(fresh)
        }
        taken = Ingested()
        upsert_records(data_source=source, records=records, contents={place: one.content for place, one in enumerate(fresh) if one.content}, outcome=taken)
        step_over(Session._meta.db_table, free)
        outcome.created += taken.created
        outcome.changed += taken.changed
        outcome.unchanged += taken.unchanged + len(group) - len(fresh)
        found = {one.record.external_id: taken.sessions[place] for place, one in enumerate(fresh)} | known
        return [(one, found[one.record.external_id]) for one in group]

    def _read_all(self, rows: Sequence[Row]) -> tuple[Outcome, list[ReadRow]]:
        outcome = Outcome()
        read: list[ReadRow] = []
        for row in rows:
            try:
                one = read_row(row)
                # Before anything is taken of the row.
                read_labels(row.values, session_pk=one.pk, rater=lambda *who: NOBODY)
                read.append(one)
            except BadRecord as problem:
                outcome.refused.append((row, told(problem)))
        return outcome, read

    def _source(self, key: tuple[str, str]) -> Source | None:
        if key not in self._sources:
            name, kind = key
            found = Source.objects.filter(name=name).first()
            if found is None and kind == PRIMARY and Source.objects.filter(is_primary=True).exists():
                return None
            if found is None:
                found = Source.objects.create(name=name, kind=SourceKind.VENDOR if kind == PRIMARY else kind, is_primary=kind == PRIMARY)
            self._sources[key] = found
        return self._sources[key]

    def _rater(self, kind: str, email: str, name: str) -> Rater:
        if (kind, email) not in self._raters:
            self._raters[kind, email] = rater_restored(kind=kind, email=email, name=name)
        return self._raters[kind, email]


def _grouped(read: Sequence[ReadRow]) -> dict[tuple[str, str], list[ReadRow]]:
    groups: dict[tuple[str, str], list[ReadRow]] = defaultdict(list)
    for one in read:
        groups[one.source].append(one)
    return groups
