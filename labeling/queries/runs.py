"""Runs: where a session stands in one, which comes next, and how far it has come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from django.db.models import F, Q, QuerySet

from labeling.codes import LabelType
from labeling.models import CurrentLabel, Run, Skip, User
from labeling.models.run import SkipKind
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session
from sessions_app.scope import Scope


@dataclass(frozen=True, slots=True)
class Place:
    """`previous` and `next` walk the frozen order, whatever was labeled or skipped; `done` counts what this person labeled."""

    run: Run
    position: int
    total: int
    done: int
    previous: int | None
    next: int | None
    is_skipped: bool
    skip_kind: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What became of a run's sessions. `later` and `put_aside` were skipped; `first_open` is the first that is neither labeled nor skipped."""

    total: int
    done: int
    later: int
    put_aside: int
    open: int
    out_of_reach: int
    first_open: int | None


@dataclass(frozen=True, slots=True)
class Stop:
    """A session of a run, and what became of it."""

    pk: int
    is_labeled: bool
    skip_kind: str
    skipped_at: datetime | None

    @property
    def is_open(self) -> bool:
        return not self.is_labeled and not self.skip_kind

    @property
    def is_for_later(self) -> bool:
        return not self.is_labeled and self.skip_kind == SkipKind.LATER


def get_run(pk: int, person: User) -> Run | None:
    """This will return a run of this person."""
    return _own_run.first(pk, person.pk)


def get_last_run(person: User) -> Run | None:
    """This will return the run this person worked on last, to be resumed."""
    return Run.objects.filter(owner=person).order_by("-used_at", "-pk").first()


def get_place(run: Run, session_pk: int, person: User, scope: Scope, *, stops: Sequence[Stop] | None = None) -> Place | None:
    """This will say where a session stands in a run; None for one that is not in it. `stops` are the run's, where they were asked for already."""
    if session_pk not in run.sessions:
        return None
    at = run.sessions.index(session_pk)
    known = {stop.pk: stop for stop in (get_stops(run, person, scope) if stops is None else stops)}
    here = known.get(session_pk)
    return Place(
        run=run,
        position=at + 1,
        total=len(run.sessions),
        done=sum(stop.is_labeled for stop in known.values()),
        previous=next((pk for pk in reversed(run.sessions[:at]) if pk in known), None),
        next=next((pk for pk in run.sessions[at + 1 :] if pk in known), None),
        is_skipped=bool(here and here.skip_kind),
        skip_kind=here.skip_kind if here else "",
    )


def next_in_run(run: Run, after: int | None, person: User, scope: Scope, *, is_just_skipped: bool = False, stops: Sequence[Stop] | None = None) -> int | None:
    """This will be the session to review next: the first after this one that the person neither labeled nor skipped, then what
    they skipped for later, oldest skip first; None when the run is done.

    What was skipped is gone through once: beyond the one just shown, unless that was skipped this moment for the first time.
    `stops` are the run's, where they were asked for already.
    """
    stops = get_stops(run, person, scope) if stops is None else stops
    places = {pk: place for place, pk in enumerate(run.sessions)}
    begin = places.get(after, -1) if after is not None else -1
    following = next((stop.pk for stop in stops if places[stop.pk] > begin and stop.is_open), None)
    if following is not None:
        return following
    # Not from the stops: the session may have left this person's reach, and its skip still says how far they had come.
    shown = None if after is None or is_just_skipped else Skip.objects.filter(run=run, session=after).values_list("skipped_at", flat=True).first()
    for_later = sorted((stop for stop in stops if stop.is_for_later and stop.pk != after), key=attrgetter("skipped_at", "pk"))
    return next((stop.pk for stop in for_later if shown is None or (stop.skipped_at and stop.skipped_at > shown)), None)


def get_progress(run: Run, stops: Sequence[Stop]) -> Progress:
    """This will count what became of a run's sessions."""
    still_open = [stop.pk for stop in stops if stop.is_open]
    done, later = sum(stop.is_labeled for stop in stops), sum(stop.is_for_later for stop in stops)
    return Progress(
        total=len(run.sessions),
        done=done,
        later=later,
        put_aside=len(stops) - done - later - len(still_open),
        open=len(still_open),
        out_of_reach=len(run.sessions) - len(stops),
        first_open=still_open[0] if still_open else None,
    )


def get_stops(run: Run, person: User, scope: Scope) -> list[Stop]:
    """The run's sessions that this person may see, in the frozen order."""
    if not run.sessions:
        return []
    reached = set(_reached.all(run.sessions, list(scope.agents), all_agents=scope.all_agents))
    labeled = set(_labeled.all(run.sessions, person.pk))
    skips = {session: (kind, skipped_at) for session, kind, skipped_at in _skips_of.all(run.pk)}
    return [Stop(pk, pk in labeled, *skips.get(pk, ("", None))) for pk in run.sessions if pk in reached]


# Three questions and not one: asked of each session in turn, whether it has a label took three times as long.
@compiled
def _reached(sessions: Any, agents: Any, *, all_agents: bool) -> QuerySet[Session, Any]:
    return Session.objects.filter(AnyOf(F("pk"), sessions), Q() if all_agents else AnyOf(F("seen_agent"), agents)).values_list("pk", flat=True)


@compiled
def _labeled(sessions: Any, person: Any) -> QuerySet[CurrentLabel, Any]:
    own = CurrentLabel.objects.filter(rater__user=person, type=LabelType.HUMAN)
    return own.filter(AnyOf(F("session"), sessions)).values_list("session", flat=True)


@compiled
def _skips_of(run: Any) -> QuerySet[Skip, tuple[int, str, datetime]]:
    return Skip.objects.filter(run=run).values_list("session", "kind", "skipped_at")


@compiled
def _own_run(run: Any, owner: Any) -> QuerySet[Run]:
    return Run.objects.filter(pk=run, owner=owner)
