"""What retention has to look at: rows, how old they are, and whether a legal hold covers them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import BooleanField, Case, Exists, OuterRef, Q, QuerySet, Value, When

from labeling.codes import ERASED_WORDS
from labeling.models import Event, Label, LabelWithdrawal, LegalHold, RetentionRule, RetentionRun
from labeling.models.retention import DataClass
from labeling.queries.holds import get_holds, is_held
from sessions_app.codes import RecordingState
from sessions_app.models import Recording, Session, Transcript
from sessions_app.queries.budget import OverBudget, within

LOOK = 5_000
# Who could shorten it to a day would leave no trace by the next night of what they did today.
FEWEST_EVENT_DAYS = 365
MOST_COUNTED = 10_000
COUNT_MS = 2_500


@dataclass(frozen=True, slots=True)
class Aged:
    """One row of a class: its key, its session if it has one, how old it is and whether it must stay."""

    pk: int
    session: int | None
    at: datetime
    is_held: bool


def get_days() -> dict[str, int | None]:
    """This will be how long each class is kept; None is for good."""
    return dict(RetentionRule.objects.values_list("data_class", "days"))


def rows_of(data_class: str, *, before: datetime) -> Iterator[list[Aged]]:
    """This will walk through what there is of a class, batch by batch; of events only through those that are older, by their time."""
    after = Q()
    while True:
        rows = _rows(data_class).filter(after)
        is_by_time = data_class == DataClass.EVENT
        batch = [Aged(*values) for values in (rows.filter(at__lt=before).order_by("at", "pk") if is_by_time else rows.order_by("pk"))[:LOOK]]
        if not batch:
            return
        last = batch[-1]
        after = Q(at__gte=last.at) & ~Q(at=last.at, pk__lte=last.pk) if is_by_time else Q(pk__gt=last.pk)
        yield batch


def count_due(data_class: str, *, before: datetime) -> int | None:
    """This will count what the next run would take, were a class kept since then, up to a limit; None where that takes too long."""
    rows = _rows(data_class).filter(Q((f"{AGE[DataClass(data_class)]}__lt", before)), must_stay=False)
    try:
        with within(COUNT_MS):
            return len(rows.order_by()[:MOST_COUNTED])
    except OverBudget:
        return None


def oldest_event_since(at: datetime) -> datetime | None:
    return Event.objects.filter(at__gte=at).order_by("at", "pk").values_list("at", flat=True).first()


@dataclass(frozen=True, slots=True)
class ReportLine:
    """What a run came to for one class; without days it is kept for good."""

    data_class: str
    name: str
    days: int | None
    due: int
    held: int
    deleted: int
    oldest: str


def get_report(run: RetentionRun) -> list[ReportLine]:
    """This will be the report of a run, a line a class."""
    lines = []
    for data_class in DataClass:
        told = run.counts.get(data_class) or {}
        due, held, deleted = (int(told.get(name, 0)) for name in ("due", "held", "deleted"))
        lines.append(ReportLine(data_class.value, str(data_class.label), told.get("days"), due, held, deleted, str(told.get("oldest", ""))[:10]))
    return lines


AGE = {DataClass.TRANSCRIPT: "session__timestamp", DataClass.RECORDING: "session__timestamp", DataClass.LABEL: "recorded_at", DataClass.EVENT: "at"}


def _rows(data_class: str) -> "QuerySet[Any, tuple[Any, ...]]":
    covered = is_held(get_holds(), prefix="session__")
    if data_class == DataClass.TRANSCRIPT:
        return _told(Transcript.objects.all(), "session", "session__timestamp", covered)
    if data_class == DataClass.RECORDING:
        return _told(Recording.objects.exclude(state=RecordingState.GONE), "session", "session__timestamp", covered)
    if data_class == DataClass.LABEL:
        withdrawn = LabelWithdrawal.objects.filter(label=OuterRef("pk")).exclude(reason__in=("", ERASED_WORDS))
        says = ~Q(comment__in=("", ERASED_WORDS)) | ~Q(reason__in=("", ERASED_WORDS)) | Q(Exists(withdrawn))
        return _told(Label.objects.filter(says), "session", "recorded_at", covered)
    return _told(Event.objects.all(), "session", "at", held_events(get_holds()))


def held_events(holds: list[LegalHold]) -> Q:
    """Events of a session go along with it. Those of none are held by time alone, where a hold is not of one session or agent."""
    covered = Q(pk__in=[])
    if holds:
        covered |= Q(Exists(Session.objects.filter(is_held(holds), pk=OuterRef("session"))))
    for hold in holds:
        if hold.session_id is None and hold.agent_id is None:
            span = Q(session=None)
            span &= Q(at__gte=hold.since) if hold.since else Q()
            span &= Q(at__lt=hold.until) if hold.until else Q()
            covered |= span
    return covered


def _told(rows: "QuerySet[Any, Any]", session: str, at: str, covered: Q) -> "QuerySet[Any, tuple[Any, ...]]":
    must_stay = Case(When(covered, then=Value(True)), default=Value(False), output_field=BooleanField())
    told: QuerySet[Any, tuple[Any, ...]] = rows.annotate(must_stay=must_stay).values_list("pk", session, at, "must_stay")
    return told
