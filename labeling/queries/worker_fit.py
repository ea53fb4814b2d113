"""Who of some people can take which of some sessions of a queue, and how much each has."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from labeling.codes import LabelType
from labeling.models import Assignment, CurrentLabel, Exposure, Label, Pass, Queue, User
from labeling.models.assignment import WANTED
from labeling.queries.claimable import TAKEN
from labeling.queries.places import FOR_GOOD
from labeling.roles import Role
from sessions_app.models import Session


@dataclass(slots=True)
class Fit:
    """`agents` is None for who sees all; `barred` are sessions with people who hold, labeled or passed them, or may not judge them unseen any more."""

    agents: dict[int, frozenset[int] | None]
    languages: dict[int, frozenset[str] | None]
    sessions: dict[int, tuple[int, str]]
    barred: set[tuple[int, int]]
    load: Counter[int] = field(default_factory=Counter)

    def can_take(self, session: int, person: int) -> bool:
        agent, language = self.sessions[session]
        agents, languages = self.agents[person], self.languages[person]
        sees = agents is None or agent in agents
        return sees and (languages is None or language in languages) and (session, person) not in self.barred

    def hold(self, session: int, person: int) -> None:
        self.barred.add((session, person))


def get_fit(queue: Queue, people: Sequence[User], sessions: Iterable[int], *, besides: Iterable[int] = ()) -> Fit:
    """This will gather it with a handful of queries, however many there are. `besides` are places that count as nobody's."""
    of = list(sessions)
    taken = set(besides)
    sees_all = {person.pk for person in people if person.all_agents or person.role == Role.ADMIN}
    listed: dict[int, set[int]] = {person.pk: set() for person in people}
    for person, agent in User.agents.through.objects.filter(user__in=people).values_list("user", "agent"):
        listed[person].add(agent)
    held = Assignment.objects.filter(queue=queue, session__in=of, person__in=people, state__in=TAKEN).exclude(pk__in=taken)
    labels = Label if queue.is_independent else CurrentLabel
    labeled = labels.objects.filter(session__in=of, rater__user__in=people, type=LabelType.HUMAN)
    shown = Exposure.objects.filter(session__in=of, user__in=people) if queue.is_independent else Exposure.objects.none()
    passed = Pass.objects.filter(queue=queue, session__in=of, person__in=people, kind__in=FOR_GOOD)
    loads = Assignment.objects.filter(queue=queue, assigned_to__in=people, state__in=WANTED).exclude(pk__in=taken)
    return Fit(
        agents={pk: None if pk in sees_all else frozenset(agents) for pk, agents in listed.items()},
        languages={person.pk: frozenset(person.languages) if queue.by_language else None for person in people},
        sessions={pk: (agent, language) for pk, agent, language in Session.objects.filter(pk__in=of).values_list("pk", "seen_agent", "language")},
        barred={
            *held.values_list("session", "person"),
            *labeled.values_list("session", "rater__user"),
            *passed.values_list("session", "person"),
            *shown.values_list("session", "user"),
        },
        load=Counter(loads.values_list("assigned_to", flat=True)),
    )
