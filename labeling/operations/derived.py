"""What follows from labels: current labels, issues, comments, the session label, the deltas. Worked out anew at each write."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet

from labeling.codes import LabelType
from labeling.models import CurrentLabel, Label, LabelIssue, SessionIssue
from labeling.operations import deltas
from labeling.operations.comments import write_comments
from labeling.queries.issues import canonical_categories
from labeling.verdict import Standing, current_of, first_independent, session_label
from sessions_app.bulk import update_rows
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session
from sessions_app.operations import Pointed, point_at_label

STANDING_COLUMNS = ["id" if name == "pk" else name for name in Standing.__dataclass_fields__]
CHECK_BATCH = 500
Current = Mapping[tuple[int, str], Standing]
HELD_COLUMNS = ["session", "current__rater", "current__type", "pk", "current__blind_code"]


class Held(NamedTuple):
    """A row of CurrentLabel."""

    session_id: int
    rater_id: int
    type: str
    label_id: int
    blind_code: str

    @property
    def key(self) -> tuple[int, int, str]:
        return (self.session_id, self.rater_id, self.type)


@compiled
def _labels(sessions: Any) -> QuerySet[Label, Any]:
    columns = ("comment", "withdrawal", "current", *HELD_COLUMNS, *STANDING_COLUMNS)
    return Label.objects.filter(Q(withdrawal=None) | Q(current__isnull=False), AnyOf(F("session"), sessions)).values_list(*columns)


@compiled
def _named(labels: Any) -> QuerySet[LabelIssue, Any]:
    return LabelIssue.objects.filter(AnyOf(F("label"), labels)).values_list("session", "raw")


@compiled
def _held_issues(sessions: Any) -> QuerySet[SessionIssue, Any]:
    return SessionIssue.objects.filter(AnyOf(F("session"), sessions)).values_list("session", "category", "pk")


def derive(*, sessions: Sequence[Session]) -> int:
    """This will work out everything that is derived from locked sessions' labels, and return how many were different."""
    standing: dict[int, list[Standing]] = defaultdict(list)
    comments: dict[int, str] = {}
    held: dict[int, Held] = {}
    for comment, withdrawal, current_id, *values in _labels.all([session.pk for session in sessions]):
        had, label = Held(*values[: len(HELD_COLUMNS)]), Standing(*values[len(HELD_COLUMNS) :])
        if current_id:
            held[current_id] = had
        if not withdrawal:
            standing[had.session_id].append(label)
            comments[label.pk] = comment
    current = {session.pk: current_of(standing[session.pk]) for session in sessions}
    summed = {session.pk: session_label(standing[session.pk]) for session in sessions}
    rows = [row for session in sessions for row in current_rows(session.pk, standing[session.pk])]
    different = _write_current(rows, held) | _write_issues(sessions, current, summed)
    different |= write_comments(sessions=sessions, comments={pk: _comments_of(labels, comments) for pk, labels in current.items()})
    before: Counter[deltas.Contribution] = Counter()
    for session in sessions:
        before += deltas.contributions(session)
    different |= {session.pk for session in point_at_label(pointed=[(session, summed[session.pk]) for session in sessions])}
    after: Counter[deltas.Contribution] = Counter()
    for session in sessions:
        after += deltas.contributions(session)
    deltas.write_deltas(before=before, after=after)
    return len(different)


def repair_derived() -> int:
    """This will compare what is stored with what the labels say, batch by batch, and repair it. The nightly check."""
    repaired, last = 0, 0
    while True:
        with transaction.atomic():
            labeled = Label.objects.filter(session__gt=last).order_by("session").values_list("session", flat=True).distinct()[:CHECK_BATCH]
            batch = list(Session.objects.select_for_update(no_key=True).filter(pk__in=list(labeled)).order_by("pk"))
            if not batch:
                return repaired
            repaired += derive(sessions=batch)
            last = batch[-1].pk


def deciding_labels(current: Current, pointed: Pointed) -> list[int | None]:
    """A settled session has the settled label's issues, any other those of its current human labels."""
    return [pointed.label_id] if pointed.is_settled else [label.pk for label in current.values() if label.type == LabelType.HUMAN]


def current_rows(session_id: int, standing: Sequence[Standing]) -> list[CurrentLabel]:
    """This will be what stands of each rater on a session, as rows that are not saved."""
    blind = {(label.rater_id, label.type): label.code for label in first_independent(standing)}
    return [
        CurrentLabel(session_id=session_id, rater_id=rater, type=type_, label_id=label.pk, blind_code=blind.get((rater, type_), ""))
        for (rater, type_), label in current_of(standing).items()
    ]


def _comments_of(current: Current, comments: Mapping[int, str]) -> list[str]:
    return [comments[label.pk] for label in current.values() if label.type == LabelType.HUMAN]


def _write_current(rows: Sequence[CurrentLabel], held: Mapping[int, Held]) -> set[int]:
    wanted = {(row.session_id, row.rater_id, row.type): row for row in rows}
    gone, moved = [], []
    for pk, had in held.items():
        row = wanted.pop(had.key, None)
        if row is None:
            gone.append(pk)
        elif (row.label_id, row.blind_code) != (had.label_id, had.blind_code):
            row.pk = pk
            moved.append(row)
    if gone:
        CurrentLabel.objects.filter(pk__in=gone).delete()
    update_rows(moved, ["label", "blind_code"])
    CurrentLabel.objects.bulk_create(wanted.values(), batch_size=500)
    return {held[pk].session_id for pk in gone} | {row.session_id for row in (*moved, *wanted.values())}


def _write_issues(sessions: Sequence[Session], current: Mapping[int, Current], summed: Mapping[int, Pointed]) -> set[int]:
    deciding = [pk for session_id, labels in current.items() for pk in deciding_labels(labels, summed[session_id])]
    named = _named.all(deciding) if deciding else []
    categories = canonical_categories({raw for _, raw in named})
    wanted = {(session_id, categories[raw]) for session_id, raw in named if raw in categories}
    held = {(session, category): pk for session, category, pk in _held_issues.all([session.pk for session in sessions])}
    gone = [key for key in held if key not in wanted]
    fresh = sorted(key for key in wanted if key not in held)
    if gone:
        SessionIssue.objects.filter(pk__in=[held[key] for key in gone]).delete()
    SessionIssue.objects.bulk_create([SessionIssue(session_id=session, category_id=category) for session, category in fresh], batch_size=500)
    return {key[0] for key in (*gone, *fresh)}
