"""What a person is asked to judge unseen, whatever their role: places of independent queues, and second opinions."""

from collections.abc import Callable, Collection
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.lookups import IsNull
from django.http import QueryDict

from labeling.codes import Judgment, LabelType
from labeling.models import Assignment, CurrentLabel, Exposure, Queue, SecondOpinion, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.roles import Permission, Role
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session

T = TypeVar("T")
# The keys of a list that ask what a session is by itself. A key that is not here counts as one that asks what somebody thinks of it.
HARMLESS = frozenset(
    {
        "agent",
        "called_back",
        "caller",
        "channel",
        "conversation",
        "direction",
        "end",
        "id",
        "language",
        "legacy",
        "length_from",
        "length_to",
        "prompt",
        "queue",
        "recording",
        "repeat",
        "service",
        "signal",
        "silence",
        "since",
        "sort",
        "start",
        "test",
        "tool",
    }
)
# That nobody judged it yet says nothing of what anybody thinks of it.
NOT_JUDGED = frozenset({("label", "none"), ("reviewed", "no")})


class Hiding(Enum):
    """Why judgments are hidden from somebody."""

    OWN_FIRST = 1
    DRAWN = 2
    ASKED = 3


class Drawn(NamedTuple):
    """The independent queues whose places a person can take, others in which a place is theirs all the same, and whether a
    second opinion is asked of them."""

    queues: tuple[int, ...] = ()
    elsewhere: tuple[int, ...] = ()
    is_asked: bool = False


def not_drawn_for(person: User) -> Q:
    """This will be the condition on sessions that nothing of the kind hides; an empty one where there is nothing of the kind.

    As a single row that is not there: of a plain NOT EXISTS PostgreSQL makes a join with all places, and sorts, where a page
    of fifty was to be read from an index.
    """
    return _in_none(_hiding(person))


def not_drawn(person: Any, queues: Any, elsewhere: Any, *, is_drawn: bool, is_asked: bool, reveals: bool) -> Q:
    """This will be the same condition for a query that is written once: of marks, and in the shape that `hides_what` says."""
    places = _places(person, AnyOf(F("queue"), queues), AnyOf(F("queue"), elsewhere)) if is_drawn else None
    return _in_none(_unseen(person, places, is_asked=is_asked, reveals=reveals))


def hides_what(person: User) -> tuple[list[list[int]], dict[str, bool]]:
    """This will be what `not_drawn` asks for: the values beside the person, and the shape."""
    queues, elsewhere, is_asked = _drawn(person)
    return [list(queues), list(elsewhere)], {"is_drawn": bool(queues or elsewhere), "is_asked": is_asked, "reveals": may_reveal(person)}


def not_drawn_among(person: User, sessions: Collection[int]) -> Collection[int] | None:
    """This will keep of some sessions those that `not_drawn_for` keeps; None where there is nothing of the kind."""
    if _drawn(person) == Drawn():
        return None
    values, shape = hides_what(person)
    return _not_drawn.all(list(sessions), person.pk, *values, **shape)


def labeled_among(person: User, sessions: Collection[int]) -> Collection[int]:
    """This will keep of some sessions those that have the person's own label."""
    return _own_among.all(list(sessions), person.pk)


def drawn_for(person: User) -> QuerySet[Any, Any] | None:
    """This will be the ids of the sessions that are hidden by it, some more than once; None where there is nothing of the kind."""
    found = [rows.order_by().values_list("session") for rows in _hiding(person)]
    return found[0].union(*found[1:], all=True) if len(found) > 1 else found[0] if found else None


def hiding_from(person: User, session: Session) -> Hiding | None:
    """This will say of one session what `not_drawn_for` says of many; step by step, because most are of no queue of the person's."""
    hiding = wanted_of(person, session)
    if hiding is None or has_own_label(person, session) or (may_reveal(person) and _reveals.all(session.pk, person.pk)):
        return None
    return hiding


def wanted_of(person: User, session: Session) -> Hiding | None:
    """This will say whether an independent queue that the person can work still wants labels of the session, or a colleague their opinion."""
    queues, elsewhere, is_asked = _drawn(person)
    if (queues or elsewhere) and _wanted.all(session.pk, person.pk, list(queues), list(elsewhere)):
        return Hiding.DRAWN
    return Hiding.ASKED if is_asked and _asked.all(session.pk, person.pk) else None


def has_own_label(person: User, session: Session) -> bool:
    return bool(_own.all(session.pk, person.pk))


def queues_judged_unseen(person: User) -> tuple[int, ...]:
    """This will name the independent queues whose places the person can take."""
    return _drawn(person).queues


def speaks_of_judgments(query: str) -> bool:
    """This will say whether a rule asks what somebody, a person or a machine, thinks of a session."""
    return any(name.removeprefix("not_") not in HARMLESS and (name, value) not in NOT_JUDGED for name, values in QueryDict(query).lists() for value in values)


def telling_queues(person: User) -> frozenset[int]:
    """This will name the queues of which being in them tells what somebody thinks of a session. Of those that a person judges
    unseen it does not: they are not told the rule."""
    rules = Queue.objects.standing().exclude(query="").exclude(pk__in=queues_judged_unseen(person)).values_list("pk", "query")
    # A rule that asks for another queue is as telling as that may be.
    return frozenset(pk for pk, query in rules if speaks_of_judgments(query) or {"queue", "not_queue"} & set(QueryDict(query)))


def may_reveal(person: User) -> bool:
    """A reveal counts as long as its person may make one."""
    return person.may(Permission.MANAGE_QUEUES)


def own_labels(person: Any, session: Any) -> QuerySet[CurrentLabel]:
    return CurrentLabel.objects.filter(session=session, rater__user=person, type=LabelType.HUMAN)


def revealed(person: Any, session: Any) -> QuerySet[Exposure]:
    return Exposure.objects.filter(session=session, user=person, judgment=Judgment.REVEAL)


@compiled
def _wanted(session: Any, person: Any, queues: Any, elsewhere: Any) -> QuerySet[Assignment, Any]:
    return _places(person, AnyOf(F("queue"), queues), AnyOf(F("queue"), elsewhere)).filter(session=session).values_list("pk")[:1]


@compiled
def _asked(session: Any, person: Any) -> QuerySet[SecondOpinion, Any]:
    return _opinions(person).filter(session=session).values_list("pk")[:1]


@compiled
def _own(session: Any, person: Any) -> QuerySet[CurrentLabel, Any]:
    return own_labels(person, session).values_list("pk")[:1]


@compiled
def _own_among(sessions: Any, person: Any) -> QuerySet[CurrentLabel, Any]:
    return CurrentLabel.objects.filter(AnyOf(F("session"), sessions), rater__user=person, type=LabelType.HUMAN).values_list("session", flat=True)


@compiled
def _not_drawn(sessions: Any, person: Any, queues: Any, elsewhere: Any, **shape: bool) -> QuerySet[Session, Any]:
    return Session.objects.filter(not_drawn(person, queues, elsewhere, **shape), AnyOf(F("pk"), sessions)).values_list("pk", flat=True)


@compiled
def _reveals(session: Any, person: Any) -> QuerySet[Exposure, Any]:
    return revealed(person, session).values_list("pk")[:1]


def _hiding(person: User) -> list[QuerySet[Any]]:
    """What is wanted of a person on sessions that they have neither labeled nor asked to see. One look into an index for each."""
    return _once(person, "hiding", _find_hiding)


def _find_hiding(person: User) -> list[QuerySet[Any]]:
    drawn, places = _drawn(person), None
    if drawn.queues or drawn.elsewhere:
        places = _places(person, Q(queue__in=drawn.queues), Q(queue__in=drawn.elsewhere) if drawn.elsewhere else None)
    return _unseen(person, places, is_asked=drawn.is_asked, reveals=may_reveal(person))


def _unseen(person: Any, places: QuerySet[Any] | None, *, is_asked: bool, reveals: bool) -> list[QuerySet[Any]]:
    wanted = [rows for rows in (places, _opinions(person) if is_asked else None) if rows is not None]
    seen: list[QuerySet[Any]] = [own_labels(person, OuterRef("session"))]
    if reveals:
        seen.append(revealed(person, OuterRef("session")))
    return [rows.filter(*[~Exists(one) for one in seen]) for rows in wanted]


def _in_none(hiding: list[QuerySet[Any]]) -> Q:
    return Q(*[IsNull(Subquery(rows.filter(session=OuterRef("pk")).order_by().values("pk")[:1]), True) for rows in hiding])


def _places(person: Any, in_theirs: Any, elsewhere: Any) -> QuerySet[Assignment]:
    """What the independent queues of a person want; of those elsewhere only what is theirs all the same."""
    hiding = Q(in_theirs) | Q(_held_by(person), elsewhere) if elsewhere is not None else Q(in_theirs)
    return Assignment.objects.filter(hiding, state__in=WANTED)


def _opinions(person: Any) -> QuerySet[SecondOpinion]:
    return SecondOpinion.objects.filter(asked_of=person, closed_at=None)


def _held_by(person: Any) -> Q:
    # An index has those somebody is at, among all they have done.
    return Q(assigned_to=person) | Q(person=person, state=PlaceState.CLAIMED)


def _drawn(person: User) -> Drawn:
    """Most people work no independent queue, and then there is no condition at all."""
    return _once(person, "drawn", _ask_drawn)


def _once(person: User, name: str, ask: Callable[[User], T]) -> T:
    """Asked once a request."""
    if person.remembered is None:
        return ask(person)
    if name not in person.remembered:
        person.remembered[name] = ask(person)
    found: T = person.remembered[name]
    return found


def _ask_drawn(person: User) -> Drawn:
    row = _drawn_row.first(person.pk, may_label=person.may(Permission.LABEL), is_reviewer=person.role == Role.REVIEWER)
    if row is None:
        return Drawn()
    queues, held_in, is_asked = row
    return Drawn(tuple(queues or ()), tuple(set(held_in) - set(queues or ())), is_asked)


@compiled
def _drawn_row(person: Any, *, may_label: bool, is_reviewer: bool) -> QuerySet[User, Any]:
    independent = Queue.objects.wanting().filter(is_independent=True)
    held = Exists(Assignment.objects.filter(_held_by(person), queue=OuterRef("pk"), state__in=WANTED))
    theirs = independent.open_to_one(person, is_reviewer=is_reviewer) if may_label else independent.none()
    return User.objects.filter(pk=person).values_list(
        ArraySubquery(theirs.values("pk")), ArraySubquery(independent.filter(held).values("pk")), Exists(_opinions(person))
    )
