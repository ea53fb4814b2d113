"""What comes in each second of a load is what it measures: nobody's steps may fall together with everybody else's."""

import asyncio
from collections import Counter, deque
from types import SimpleNamespace

from tests.load.people import STEPS, Reviewer

PAGE = b'name="csrfmiddlewaretoken" value="t" name="client_key" value="k" data-session="7"'
PEOPLE = 500


class Answered:
    async def ask(self, *args, **kwargs):
        return 200, PAGE


def rounds(n):
    """The steps of each round, in which everybody does one."""
    people = deque(Reviewer(number, 0, "", SimpleNamespace(pk=1, sessions=[7])) for number in range(PEOPLE))
    for person in people:
        person.connection = Answered()

    async def drive():
        found = []
        for _ in range(n):
            steps = Counter()
            for person in people:
                steps[person.step] += 1
                await person.work()
            found.append(steps)
        return found

    return asyncio.run(drive())


def test_people_do_not_submit_all_at_once():
    _, *later = rounds(24)

    assert max(steps["submit and next"] for steps in later) <= 2 * PEOPLE / len(STEPS)
    assert min(steps["submit and next"] for steps in later) >= PEOPLE / len(STEPS) / 2


def test_a_reviewer_types_four_times_for_each_submit():
    steps = sum(rounds(80), Counter())

    assert 3.5 < steps["draft"] / steps["submit and next"] < 4.5
