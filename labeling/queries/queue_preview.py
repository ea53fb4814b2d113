"""What a queue would be before it is made: how many sessions qualify, what would be drawn of which group, and how long that takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from django.db.models.functions import Now

from labeling.codes import LabelType, Via
from labeling.models import Label, User
from labeling.models.queue import MOST_IN_QUEUE, DrawKind
from labeling.queries.drawing import MOST_GROUPS, count_groups
from labeling.queries.home import LONGEST_MS
from labeling.queries.sampling import Group, Key, plan_sample, size_of
from labeling.queries.session_lines import SessionLine, get_session_lines, with_lines
from sessions_app.models import Session, SessionQuerySet
from sessions_app.queries.budget import Budget
from sessions_app.scope import Scope

BUDGET_MS = 3_600
EXAMPLES = 10
LATELY = timedelta(days=30)
MOST_PACED = 500
# The pace of one person is theirs alone.
LEAST_PACED_PEOPLE = 2


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a design the numbers depend on."""

    kind: str
    size: int | None = None
    percent: float | None = None
    strata: Sequence[str] = ()
    labels_wanted: int = 1
    more_percent: int = 0
    more_labels: int | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """`frame` is None where counting took too long, `drawn` where it is not known, `pace_ms` where nobody's pace is."""

    frame: int | None
    drawn: int | None
    groups: list[Group] = field(default_factory=list)
    n_groups: int = 0
    labels: int | None = None
    pace_ms: float | None = None
    examples: list[SessionLine] | None = None

    @property
    def is_too_many(self) -> bool:
        return self.drawn is not None and self.drawn > MOST_IN_QUEUE

    @property
    def has_too_many_groups(self) -> bool:
        return self.n_groups > MOST_GROUPS

    @property
    def is_all_drawn(self) -> bool:
        """A sample that is asked for is no smaller than what there is."""
        return self.frame is not None and self.drawn == self.frame

    @property
    def merged(self) -> int:
        return sum(group.merged for group in self.groups)

    @property
    def hours(self) -> float | None:
        return self.labels * self.pace_ms / 3_600_000 if self.labels is not None and self.pace_ms is not None else None


def get_preview(sessions: SessionQuerySet, find: Callable[[int], list[int]], asked: Asked, *, agents: Sequence[int], viewer: User, scope: Scope) -> Preview:
    """This will say all that can be said within four seconds. `find` returns the ids of the first sessions of the rule."""
    budget = Budget(BUDGET_MS)
    examples = budget.spend(lambda: _examples(find, viewer, scope), waiting=3)
    pace = budget.spend(lambda: get_pace(agents, scope=scope), waiting=2)
    counts = budget.spend(lambda: _count(sessions, asked))
    if counts is None:
        drawn = asked.size if asked.kind == DrawKind.RANDOM else None
        return Preview(None, drawn, labels=_labels(drawn, asked), pace_ms=pace, examples=examples)
    frame = sum(counts.values())
    if asked.kind != DrawKind.RANDOM:
        return Preview(frame, frame, labels=_labels(frame, asked), pace_ms=pace, examples=examples)
    drawn = size_of(frame, size=asked.size, percent=asked.percent) if frame else 0
    groups = plan_sample(counts, drawn).groups if frame and len(counts) <= MOST_GROUPS else []
    return Preview(frame, drawn, groups=groups, n_groups=len(counts), labels=_labels(drawn, asked), pace_ms=pace, examples=examples)


def get_pace(agents: Sequence[int], *, scope: Scope) -> float | None:
    """This will be the median time of the labels given lately on sessions of some agents, or of all in scope."""
    given = Label.objects.filter(type=LabelType.HUMAN, via=Via.PAGE, active_ms__gt=0, made_at__gt=Now() - LATELY)
    if not scope.all_agents:
        given = given.filter(session__seen_agent__in=scope.agents)
    if agents:
        given = given.filter(session__seen_agent__in=agents)
    rows = list(given.newest_first().values_list("rater", "active_ms")[:MOST_PACED])
    if len({rater for rater, _ms in rows}) < LEAST_PACED_PEOPLE:
        return None
    return median(min(ms or 0, LONGEST_MS) for _rater, ms in rows)


def _examples(find: Callable[[int], list[int]], viewer: User, scope: Scope) -> list[SessionLine]:
    pks = find(EXAMPLES)
    found = {session.pk: session for session in with_lines(Session.objects.visible_to(scope)).filter(pk__in=pks)}
    return get_session_lines([found[pk] for pk in pks if pk in found], viewer=viewer)


def _count(sessions: SessionQuerySet, asked: Asked) -> Mapping[Key, int]:
    if asked.kind == DrawKind.RANDOM:
        return count_groups(sessions, asked.strata)
    # Of what cannot be a queue anyway it is enough to know that.
    return {(): sessions.order_by()[: MOST_IN_QUEUE + 1].count()}


def _labels(drawn: int | None, asked: Asked) -> int | None:
    if drawn is None:
        return None
    more = round(drawn * asked.more_percent / 100) if asked.more_labels else 0
    return (drawn - more) * asked.labels_wanted + more * (asked.more_labels or 0)
