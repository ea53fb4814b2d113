"""A person's own judging: what it says, what its numbers lead to, and that it is shown to nobody else."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from labeling.codes import Via
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.own_review import get_own_review
from labeling.queries.scopes import get_scope
from labeling.roles import Role
from sessions_app.scope import EVERYTHING
from tests.factories import AssignmentFactory, CurrentLabelFactory, IssueCategoryFactory, LabelFactory, QueueFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
# A Wednesday.
NOW = datetime(2026, 3, 4, 14, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def wednesday():
    with time_machine.travel(NOW, tick=False):
        yield


def made(person, code, *, weeks_ago=0, **fields):
    row = LabelFactory(rater=rater_of(user=person), code=code, made_at=timezone.now() - timedelta(weeks=weeks_ago), **fields)
    CurrentLabelFactory(label=row)


def judged(agent, *codes, issues=(), at=None):
    """A session that people labeled independently, in this order."""
    session = SessionFactory(seen_agent=agent, timestamp=at or timezone.now() - timedelta(days=3))
    for person, code in codes:
        submit_label(
            session_id=session.pk,
            rater=rater_of(user=person),
            code=code,
            client_key=f"key-{session.pk}-{person.pk}",
            provenance=Provenance(),
            issues=[IssueGiven(raw) for raw in issues],
        )
    return session


def own(client, status=200):
    answer = client.get("/review/mine/")
    assert answer.status_code == status
    return answer.content.decode()


def text_of(page):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


# --- drift


def test_weeks_are_counted_by_when_i_said_it_and_bulk_and_settling_are_no_judgment(reviewer):
    for weeks_ago, code in ((0, "GOOD"), (1, "BAD"), (1, "N/A"), (11, "OK"), (12, "BAD")):
        made(reviewer, code, weeks_ago=weeks_ago)
    made(reviewer, "N/A", via=Via.BULK)
    made(reviewer, "BAD", is_settlement=True, reason="Both heard")
    made(UserFactory(), "BAD")

    weeks = get_own_review(reviewer, scope=EVERYTHING).weeks

    assert [week.n for week in weeks] == [1, *[0] * 9, 2, 1]
    assert [(share.part, share.whole) for share in weeks[-2].shares] == [(0, 1), (0, 1), (1, 1), (1, 2)]
    assert [week.is_running for week in weeks] == [False] * 11 + [True]


def test_a_clear_change_is_said_and_so_is_that_there_is_none(as_person, reviewer):
    for n in range(40):
        made(reviewer, "BAD" if n % 10 == 0 else "GOOD", weeks_ago=6)
        made(reviewer, "BAD" if n % 10 < 6 else "GOOD", weeks_ago=1)
    steady = UserFactory()
    for n in range(40):
        made(steady, "BAD" if n % 4 == 0 else "GOOD", weeks_ago=6)
        made(steady, "BAD" if n % 4 == 0 else "GOOD", weeks_ago=1)
    client = as_person(reviewer)

    changed = text_of(own(client))
    same = text_of(own(as_person(steady)))

    assert "something has changed" in changed
    assert "More often than before" in changed
    assert "60% likely" in changed
    assert "no clear change" in same
    assert "More often" not in same


def test_too_few_are_counts_and_are_not_compared(as_person, reviewer):
    made(reviewer, "BAD")
    made(reviewer, "GOOD")

    page = text_of(own(as_person(reviewer)))

    assert "1 of 2" in page
    assert "Too few to compare" in page
    assert not re.search(r"\b50%", page)


# --- agreement


def test_agreement_is_of_independent_pairs_of_mine(reviewer, agent):
    mei, tom = UserFactory(), UserFactory()
    judged(agent, (reviewer, "BAD"), (mei, "BAD"))
    judged(agent, (reviewer, "BAD"), (mei, "GOOD"), (tom, "BAD"))
    judged(agent, (mei, "BAD"), (reviewer, "OK"))
    judged(agent, (mei, "BAD"), (tom, "GOOD"))
    judged(agent, (reviewer, "GOOD"))

    pairs = get_own_review(reviewer, scope=EVERYTHING).pairs

    assert (pairs.agreed.share.part, pairs.agreed.share.whole) == (2, 4)
    assert (pairs.mine_bad.part, pairs.mine_bad.whole) == (2, 3)
    assert (pairs.theirs_bad.part, pairs.theirs_bad.whole) == (2, 3)
    assert (pairs.shared.n, pairs.differ.n) == (3, 2)


def test_every_number_leads_to_as_many_sessions(as_person, reviewer, agent, other_agent):
    mei = UserFactory()
    IssueCategoryFactory(name="Wrong answer")
    for _ in range(3):
        judged(agent, (reviewer, "BAD"), (mei, "GOOD"), issues=["Wrong answer"])
    judged(other_agent, (reviewer, "OK"), (mei, "GOOD"))
    judged(other_agent, (reviewer, "OK"), (mei, "OK"))
    judged(agent, (reviewer, "BAD"), (mei, "GOOD"), at=timezone.now() - timedelta(weeks=40))
    client = as_person(reviewer)

    page = own(client)
    doors = re.findall(r'href="(/sessions/\?[^"]+)" data-n="(\d+)"', page)

    assert [int(n) for _, n in doors] == [5, 4, 3, 1, 3]
    for address, n in doors:
        listed = client.get(address.replace("&amp;", "&")).content.decode()
        assert len(set(re.findall(r'class="rowlink"[^>]*href="/sessions/(\d+)/', listed))) == int(n), address
    assert re.search(r"Northlake Scheduling: <a [^>]*>3 sessions", page)
    assert re.search(r"Wrong answer: <a [^>]*>3 sessions", page)


def test_sessions_out_of_my_reach_are_not_counted(narrow_reviewer, agent, other_agent):
    mei = UserFactory()
    judged(agent, (narrow_reviewer, "BAD"), (mei, "BAD"))
    judged(other_agent, (narrow_reviewer, "BAD"), (mei, "GOOD"))

    pairs = get_own_review(narrow_reviewer, scope=get_scope(narrow_reviewer)).pairs

    assert (pairs.shared.n, pairs.differ.n) == (1, 0)


# --- whose


def test_it_is_mine_whatever_is_asked_for_and_nobody_elses(as_person, reviewer, manager, agent):
    judged(agent, (reviewer, "BAD"), (UserFactory(), "GOOD"))
    made(reviewer, "BAD")

    theirs = text_of(as_person(manager).get(f"/review/mine/?person={reviewer.pk}&rater={reviewer.pk}").content.decode())

    assert "Nothing to compare yet" in theirs
    assert "BAD" not in theirs[theirs.index("Who sees what") : theirs.index("Nothing to compare")]
    assert as_person(manager).get(f"/review/mine/{reviewer.pk}/").status_code == 404


def test_it_says_who_sees_what_and_home_leads_to_it(as_person, reviewer):
    client = as_person(reviewer)

    page = own(client)

    assert "Only you can open this page." in page
    assert "is shown to you alone" in page
    assert 'href="/review/mine/"' in client.get("/review/").content.decode()


def test_who_may_not_label_has_no_such_page_and_it_is_only_read(as_person, reviewer):
    client = as_person(reviewer)

    assert client.post("/review/mine/").status_code == 405
    own(as_person(UserFactory(may_read_transcripts=False)), status=403)


def test_queue_progress_is_mine_beside_the_teams(as_person, reviewer):
    queue = QueueFactory(name="Week 47")
    for position in range(3):
        AssignmentFactory(queue=queue, position=position)

    assert "Week 47 you 0, team 0 of 3 3" in text_of(own(as_person(reviewer)))


def test_it_asks_the_same_questions_however_much_there_is(as_person, agent, django_assert_max_num_queries):
    person = UserFactory(role=Role.REVIEWER)
    for n in range(12):
        judged(agent, (person, "BAD"), *((UserFactory(), "GOOD") for _ in range(1 + n % 2)))
    client = as_person(person)

    with django_assert_max_num_queries(26):
        own(client)
