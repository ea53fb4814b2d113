"""The invented people on the other side: fictional numbers, common names, one person per number."""

from dataclasses import dataclass
from datetime import date
from random import Random

from sessions_app.demo.agents import AGENTS, Agent

_ELSEWHERE = (202, 303, 404, 415, 602, 702, 816, 919)
_AREAS = tuple(area for agent in AGENTS for area in agent.areas) + _ELSEWHERE
_PER_AREA = 100
_SPANISH_EVERY = 4

_FIRST = (
    "James", "Mary", "Robert", "Linda", "Michael", "Susan", "David", "Karen", "William", "Nancy", "Richard", "Lisa",
    "Thomas", "Sarah", "Daniel", "Emily", "Matthew", "Laura", "Anthony", "Rachel", "Mark", "Helen", "Steven", "Grace",
    "Paul", "Anna", "Andrew", "Julia", "Kevin", "Alice", "Brian", "Diane", "George", "Carol", "Edward", "Ruth",
)  # fmt: skip
_LAST = (
    "Miller", "Johnson", "Brown", "Davis", "Wilson", "Clark", "Lewis", "Walker", "Young", "King", "Wright", "Scott",
    "Green", "Baker", "Adams", "Nelson", "Carter", "Mitchell", "Turner", "Parker", "Collins", "Edwards", "Stewart",
    "Morris", "Cook", "Rogers", "Reed", "Bailey", "Cooper", "Ward", "Peterson", "Gray", "Hughes", "Price", "Long", "Foster",
)  # fmt: skip
_FIRST_ES = (
    "María", "José", "Carmen", "Luis", "Ana", "Carlos", "Rosa", "Miguel", "Elena", "Jorge", "Lucía", "Pedro",
    "Sofía", "Antonio", "Teresa", "Manuel", "Isabel", "Rafael", "Marta", "Diego", "Gloria", "Andrés", "Pilar", "Raúl",
)  # fmt: skip
_LAST_ES = (
    "García", "Martínez", "López", "González", "Hernández", "Pérez", "Sánchez", "Ramírez", "Torres", "Flores",
    "Rivera", "Gómez", "Díaz", "Reyes", "Morales", "Cruz", "Ortiz", "Gutiérrez", "Chávez", "Ramos", "Ruiz", "Mendoza",
)  # fmt: skip
# Names the recognizer confuses, for scripts in which it does.
_CONFUSED = {
    "Miller": "Mueller", "Johnson": "Jansen", "Brown": "Braun", "Davis": "Davids", "Wilson": "Willis", "Clark": "Clerk",
    "Lewis": "Louis", "Reed": "Read", "Cook": "Cooke", "Gray": "Grace", "Long": "Lang", "Ward": "Word", "Price": "Pries",
    "García": "Gracia", "Martínez": "Martin", "López": "Lopes", "Pérez": "Peris", "Torres": "Torre", "Reyes": "Rays",
}  # fmt: skip


@dataclass(frozen=True)
class Caller:
    phone: str
    first: str
    last: str
    born: date
    misheard_last: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


def pick_caller(rng: Random, agent: Agent, *, spanish: bool) -> int:
    """The index of a caller, mostly from the agent's own region."""
    pool = agent.areas if agent.areas and rng.random() < 0.85 else _ELSEWHERE
    area = _AREAS.index(pool[int(rng.random() * len(pool))])
    number = int(rng.random() * _PER_AREA)
    return area * _PER_AREA + (number - number % _SPANISH_EVERY if spanish else number)


def phone_of(index: int) -> str:
    """A number from the range kept for fiction, 555-0100 to 555-0199."""
    area, number = divmod(index, _PER_AREA)
    return f"+1{_AREAS[area]}55501{number:02d}"


def caller_at(seed: int, index: int) -> Caller:
    """The person with that number: the same one in every session."""
    rng = Random(f"{seed}:caller:{index}")
    spanish = index % _PER_AREA % _SPANISH_EVERY == 0
    first = rng.choice(_FIRST_ES if spanish else _FIRST)
    last = rng.choice(_LAST_ES if spanish else _LAST)
    born = date(1938 + int(rng.random() * 66), 1 + int(rng.random() * 12), 1 + int(rng.random() * 28))
    return Caller(phone_of(index), first, last, born, _CONFUSED.get(last, f"{last[:-1]}en"))


def other_name(rng: Random, caller: Caller) -> str:
    """Someone else in the same household."""
    return f"{rng.choice(tuple(name for name in _FIRST if name != caller.first))} {caller.last}"
