"""The sessions of one period as rows, with everything that is derived, by the rules of the operations. Reads no database."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from django.db import models

from labeling.codes import LabelType
from labeling.demo.erased import Erased
from labeling.demo.ground import Ground
from labeling.demo.periods import Period
from labeling.masking import KeyMask
from labeling.models import CurrentLabel, Evidence, Label, LabelIssue, SessionComments, SessionIssue, VerdictDelta
from labeling.operations.deltas import contributions, delta_row
from labeling.operations.derived import current_rows, deciding_labels
from labeling.operations.label_rows import LabelGiven, label_row
from labeling.verdict import Standing, current_of, session_label
from sessions_app.codes import FIRST_OWN_ID
from sessions_app.copying import filling
from sessions_app.demo import DemoSession, generate
from sessions_app.demo.crowd import crowd
from sessions_app.models import Session, SessionDelta, Transcript
from sessions_app.operations import POINTED_COLUMNS, derived_columns, session_key
from sessions_app.records import agent_key, prompt_key, read_record
from sessions_app.search_words import comment_words, hour_of, session_words
from sessions_app.turns import read_content

# Enough for one COPY, and little enough to hold several: a session that speaks is thirty times as long as one that does not.
MOST_ROWS, MOST_TRANSCRIPTS = 5_000, 500
# Room for the ids of a period's labels and issues, so that two processes never give the same one.
LABELS_PER_SESSION, ISSUES_PER_SESSION = 4, 16
WITH_IDS = (Session, Label, LabelIssue)
FILLED: tuple[type[models.Model], ...] = (
    *WITH_IDS,
    Transcript,
    Evidence,
    CurrentLabel,
    SessionIssue,
    SessionComments,
    SessionDelta,
    VerdictDelta,
)

_DEFAULTS = {field.attname: field.get_default() for field in Session._meta.concrete_fields}
_STANDING = list(Standing.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Known:
    """Ids that rows refer to: agents and prompts by platform, categories by name; and how large the whole is."""

    ground: Ground
    agents: Mapping[str, Mapping[str, int]]
    prompts: Mapping[str, Mapping[str, int]]
    categories: Mapping[str, int]
    erased: Erased
    sessions: int
    hides_key: KeyMask


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows as COPY reads them, by model, and how many sessions they tell of."""

    sessions: int
    texts: dict[type[models.Model], bytes]
    rows: int


class PeriodRows:
    """This will make the rows of one period, chunk by chunk; the deltas come last, one row a key."""

    def __init__(self, known: Known, period: Period) -> None:
        self.known, self.period = known, period
        self._rows: dict[type[models.Model], list[models.Model]] = defaultdict(list)
        self._own_ids = count(FIRST_OWN_ID + period.first)
        self._label_ids = count(1 + LABELS_PER_SESSION * period.first)
        self._issue_ids = count(1 + ISSUES_PER_SESSION * period.first)
        self._sessions: Counter[tuple[tuple[str, Any], ...]] = Counter()
        self._verdicts: Counter[tuple[tuple[str, Any], ...]] = Counter()

    def chunks(self) -> Iterator[Chunk]:
        period = self.period
        demos = generate(period.sessions, period.seed, period.until, silent=period.silent, first=period.first)
        for place, demo in enumerate(demos, period.first):
            self._add(crowd(demo, place, self.known.sessions))
            if len(self._rows[Session]) >= MOST_ROWS or len(self._rows[Transcript]) >= MOST_TRANSCRIPTS:
                yield self._chunk()
        self._rows[SessionDelta] += [SessionDelta(**dict(key), n=n) for key, n in self._sessions.items()]
        self._rows[VerdictDelta] += [delta_row(contribution, n) for contribution, n in self._verdicts.items()]
        yield self._chunk()

    def _chunk(self) -> Chunk:
        texts = {model: filling(model, with_ids=model in WITH_IDS).text(rows) for model, rows in self._rows.items() if rows}
        chunk = Chunk(len(self._rows[Session]), texts, sum(map(len, self._rows.values())))
        self._rows.clear()
        return chunk

    def _add(self, demo: DemoSession) -> None:
        row = self._session(demo)
        transcript = None
        if demo.transcript is not None:
            transcript = self._transcript(demo, row)
        else:
            row.__dict__.update(self.known.erased.columns(demo, row))
        self._judge(row, *self.known.ground.judges.labels(demo, row, transcript))
        self._sessions[tuple(session_key(row).items())] += 1
        if row.session_label_id:
            self._verdicts.update(contributions(row))

    def _session(self, demo: DemoSession) -> Session:
        source = self.known.ground.sources[demo.platform]
        record = read_record(demo.record, keeps_vendor_ids=source.is_primary)
        key = prompt_key(record.values)
        values = record.values | {
            "id": record.own_id or next(self._own_ids),
            "data_source_id": source.pk,
            "external_id": record.external_id,
            "seen_agent_id": self.known.agents[demo.platform][agent_key(record.values)],
            "seen_prompt_id": self.known.prompts[demo.platform][key] if key else None,
        }
        # Not by Session(): its fifty fields, one after the other, took a fifth of the whole, and this row never meets the ORM.
        row = Session.__new__(Session)
        row.__dict__.update(_DEFAULTS)
        row.__dict__.update(values)
        self._rows[Session].append(row)
        return row

    def _transcript(self, demo: DemoSession, row: Session) -> Transcript:
        content = read_content(transcript=demo.transcript or {}, latency=demo.latency, summary=demo.summary)
        row.__dict__.update(derived_columns(row, content))
        transcript = Transcript(
            session_id=row.pk,
            content_hash=content.hash,
            turns=content.turns,
            tools=content.tools,
            latencies=content.latencies,
            summary=content.summary,
            summary_rating=content.summary_rating,
            search=session_words(
                turns=content.turns, tools=content.tools, summary=content.summary, hour=hour_of(row.timestamp), hides_key=self.known.hides_key
            ),
            hour=hour_of(row.timestamp),
        )
        self._rows[Transcript].append(transcript)
        return transcript

    def _judge(self, row: Session, first: list[LabelGiven], change: LabelGiven | None) -> None:
        if not first:
            return
        labels = [self._label(given, replaces=None) for given in first]
        if change:
            replaced = current_of([_standing(label) for label in labels])[change.rater.pk, change.type]
            labels.append(self._label(change, replaces=replaced.pk))
        standing = [_standing(label) for label in labels]
        current, pointed = current_of(standing), session_label(standing)
        row.__dict__.update({column: getattr(pointed, name) for name, column in POINTED_COLUMNS.items()})
        self._rows[CurrentLabel] += current_rows(row.pk, standing)
        deciding = set(deciding_labels(current, pointed))
        named = {issue for given, label in zip([*first, *([change] if change else [])], labels, strict=True) if label.pk in deciding for issue in given.issues}
        categories = sorted({self.known.categories[issue.raw] for issue in named})
        self._rows[SessionIssue] += [SessionIssue(session_id=row.pk, category_id=category) for category in categories]
        written = {label.pk: label.comment for label in labels}
        comments = sorted(written[label.pk] for label in current.values() if label.type == LabelType.HUMAN and written[label.pk])
        if comments:
            self._rows[SessionComments].append(
                SessionComments(session_id=row.pk, hour=hour_of(row.timestamp), search=comment_words(comments, hour=hour_of(row.timestamp)))
            )

    def _label(self, given: LabelGiven, *, replaces: int | None) -> Label:
        label = label_row(given, replaces=replaces, made_at=given.provenance.made_at, seen=set())
        label.pk = next(self._label_ids)
        self._rows[Label].append(label)
        for issue in given.issues:
            row = LabelIssue(id=next(self._issue_ids), label_id=label.pk, session_id=given.session_id, raw=issue.raw, suggested_by=issue.suggested_by)
            row.category_id = self.known.categories[issue.raw]
            self._rows[LabelIssue].append(row)
            self._rows[Evidence] += [
                Evidence(
                    label_id=label.pk,
                    label_issue_id=row.pk,
                    session_id=given.session_id,
                    transcript_revision=evidence.transcript_revision,
                    target_kind=evidence.target_kind,
                    target_uid=evidence.target_uid,
                )
                for evidence in issue.evidence
            ]
        return label


def _standing(label: Label) -> Standing:
    return Standing(*(getattr(label, name) for name in _STANDING))
