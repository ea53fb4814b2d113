"""A person's own page: the run to go on with, what they did lately, and at what pace."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labeling.clock import Shown, show, zone
from labeling.codes import LabelType
from labeling.models import CurrentLabel, Label, Rater, Run, Skip, User
from labeling.models.label import LabelQuerySet
from labeling.queries.runs import Progress, get_last_run, get_progress, get_stops, next_in_run
from labeling.queries.session_lines import length_of
from sessions_app.models import Session
from sessions_app.scope import Scope

RECENT = 10
# A page that was left open says nothing about how long the judgment took.
LONGEST_MS = 10 * 60 * 1000


@dataclass(frozen=True, slots=True)
class RecentLabel:
    label: Label
    agent: str
    version: str
    started: Shown
    made: Shown
    is_today: bool


@dataclass(frozen=True, slots=True)
class Resume:
    """The run last worked on. `next` is None where nothing in it is left."""

    run: Run
    progress: Progress
    next: Session | None
    next_started: Shown | None
    next_length: str

    @property
    def left(self) -> int:
        return self.progress.open + self.progress.later

    @property
    def percent(self) -> int:
        return round(100 * self.progress.done / self.progress.total)


@dataclass(frozen=True, slots=True)
class Hour:
    """One bar: `percent` of the busiest hour."""

    n: int
    percent: int
    is_now: bool


@dataclass(frozen=True, slots=True)
class Work:
    """Only for the person themselves."""

    today: int
    this_week: int
    median: str
    since: str
    hours: Sequence[Hour]

    @property
    def counts(self) -> str:
        return ", ".join(str(hour.n) for hour in self.hours)


def get_recent_labels(person: User, *, scope: Scope) -> list[RecentLabel]:
    """This will return the person's latest labels that stand, on sessions they may still see."""
    midnight = _midnight(person)
    rows = (
        _standing(person)
        .filter(session__in=Session.objects.visible_to(scope))
        .select_related("session__seen_prompt")
        .prefetch_related("issues")
        .order_by("-made_at", "-pk")[:RECENT]
    )
    return [
        RecentLabel(
            label=label,
            agent=label.session.agent_name or _("No agent"),
            version=label.session.seen_prompt.version_label if label.session.seen_prompt else "",
            started=show(label.session.timestamp, agent_zone=label.session.agent_timezone, viewer=person),
            made=show(label.made_at, agent_zone=person.time_zone, viewer=person),
            is_today=label.made_at >= midnight,
        )
        for label in rows
    ]


def get_resume(person: User, *, scope: Scope) -> Resume | None:
    """This will return the run the person worked on last, with how far they are and where they go on: at the session they left
    open, or the next one."""
    run = get_last_run(person)
    if run is None:
        return None
    stops = get_stops(run, person, scope)
    progress = get_progress(run, stops)
    visible = Session.objects.visible_to(scope)
    session = visible.filter(_is_open(run, person), pk=run.at_session).first() if run.at_session else None
    if session is None:
        following = next_in_run(run, run.at_session, person, scope, stops=stops) or progress.first_open
        session = visible.filter(pk=following).first() if following else None
    return Resume(
        run=run,
        progress=progress,
        next=session,
        next_started=show(session.timestamp, agent_zone=session.agent_timezone, viewer=person) if session else None,
        next_length=length_of(session.duration) if session else "",
    )


def get_work(person: User) -> Work:
    """This will count what the person labeled today and this week, in their own time zone, with the time they took."""
    midnight = _midnight(person)
    monday = midnight - timedelta(days=midnight.weekday())
    rows = list(_standing(person).filter(made_at__gte=monday).values_list("made_at", "active_ms"))
    made_today = [made_at.astimezone(midnight.tzinfo) for made_at, _ in rows if made_at >= midnight]
    taken = [min(active_ms, LONGEST_MS) for _, active_ms in rows if active_ms is not None]
    now = timezone.now().astimezone(midnight.tzinfo)
    first = min(made_today, default=None)
    return Work(
        today=len(made_today),
        this_week=len(rows),
        median=length_of(median(taken) / 1000) if taken else "",
        since=date_format(first, "g A") if first else "",
        hours=_hours(made_today, now),
    )


def _standing(person: User) -> LabelQuerySet:
    """The rater is one value, not a join, so that the index of a rater's newest labels is walked however many there are."""
    rater = Rater.objects.filter(user=person).values("pk")[:1]
    return Label.objects.filter(rater=rater, type=LabelType.HUMAN, current__isnull=False)


def _midnight(person: User) -> datetime:
    return timezone.now().astimezone(zone(person.time_zone)).replace(hour=0, minute=0, second=0, microsecond=0)


def _is_open(run: Run, person: User) -> Q:
    labeled = CurrentLabel.objects.filter(session=OuterRef("pk"), rater__user=person, type=LabelType.HUMAN)
    return ~Q(Exists(labeled)) & ~Q(Exists(Skip.objects.filter(run=run, session=OuterRef("pk"))))


def _hours(made: Sequence[datetime], now: datetime) -> list[Hour]:
    if not made:
        return []
    counted = Counter(moment.hour for moment in made)
    most = max(counted.values())
    first = min(counted)
    return [Hour(counted[hour], round(100 * counted[hour] / most), hour == now.hour) for hour in range(first, max(now.hour, max(counted)) + 1)]
