"""The board of a queue and the queues on home, by keyboard and on a phone; and that nothing moves when they are asked for anew."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Assignment, Pass
from labeling.models.queue import Stratum
from labeling.operations.claims import claim_next
from labeling.roles import Role
from sessions_app.scope import EVERYTHING
from tests.browser.driver import axe_complaints, expect, tab_to
from tests.factories import AssignmentFactory, DrawFactory, IncidentFactory, QueueFactory, UserFactory

pytestmark = pytest.mark.browser
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
COME_BACK = """
    Object.defineProperty(document, "visibilityState", { get: () => "visible" });
    const now = Date.now;
    Date.now = () => now() + 61_000;
    document.dispatchEvent(new Event("visibilitychange"));
"""


@pytest.fixture
def board(reviewer, manager, talk, agent):
    """A queue of six with a claim, a place given away, one that is stuck, one that was skipped and one that is flagged."""
    queue = QueueFactory(name="Random sample, week 47 " + "W" * 35, strata=[Stratum.AGENT], due_at=timezone.now() + timedelta(days=1), created_by=manager)
    groups = [{"group": [str(agent.pk)], "frame": 60, "drawn": 6}, {"group": [], "frame": 4, "drawn": 0, "merged": 2}]
    draw = DrawFactory(queue=queue, number=1, frame=64, drawn=6, groups=groups)
    places = [AssignmentFactory(queue=queue, draw=draw, session=talk(), position=position) for position in range(6)]
    Assignment.objects.filter(pk=places[1].pk).update(lease_version=4)
    Assignment.objects.filter(pk=places[2].pk).update(assigned_to=reviewer)
    Pass.objects.create(queue=queue, session=places[3].session, person=UserFactory(name="Mei Tanaka"), kind="cannot")
    IncidentFactory(session=places[4].session)
    return queue


def test_a_claim_is_taken_back_and_places_are_given_away_by_keyboard(visit, reviewer, manager, board):
    claim_next(queue=board, by=reviewer, scope=EVERYTHING)
    page = visit(manager)
    page.goto(f"/queues/{board.slug}/")

    tab_to(page, page.get_by_role("button", name=re.compile("^Take .* back from Amara Osei")))
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("Taken back from Amara Osei")
    expect(page.get_by_text("Nobody is at a session of this queue right now.")).to_be_visible()
    tab_to(page, page.get_by_label("Mei Tanaka", exact=True))
    page.keyboard.press("Space")
    page.keyboard.press("Enter")

    expect(page.locator("#toasts")).to_contain_text("places assigned: Mei Tanaka")
    assert Assignment.objects.filter(assigned_to__name="Mei Tanaka").exists()


def test_a_stuck_session_is_chosen_and_given_to_somebody(visit, manager, reviewer, board):
    page = visit(manager)
    page.goto(f"/queues/{board.slug}/")
    stuck = Assignment.objects.get(lease_version=4)

    page.locator(f"#stuck-{stuck.session_id}").check()
    page.get_by_label("Which").select_option("sessions")
    page.get_by_label("Mei Tanaka", exact=True).check()
    page.get_by_role("button", name="Assign", exact=True).click()

    expect(page.locator(".toast")).to_contain_text("1 place assigned: Mei Tanaka 1.")
    stuck.refresh_from_db()
    assert str(stuck.assigned_to) == "Mei Tanaka"


def test_counts_change_in_place_when_the_page_is_looked_at_again(visit, reviewer, manager, board):
    page = visit(manager)
    page.goto(f"/queues/{board.slug}/")
    page.get_by_label("At most for each").fill("3")
    claim_next(queue=board, by=reviewer, scope=EVERYTHING)

    page.evaluate(COME_BACK)

    expect(page.get_by_text(re.compile("Amara Osei since"))).to_be_visible()
    expect(page.get_by_label("At most for each")).to_have_value("3")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_the_board(visit, reviewer, manager, board, viewport):
    claim_next(queue=board, by=reviewer, scope=EVERYTHING)
    page = visit(manager, viewport=viewport)
    page.goto(f"/queues/{board.slug}/")
    page.get_by_text("2 groups", exact=True).click()

    assert axe_complaints(page) == []
    assert page.evaluate(TOO_WIDE) <= 0


def test_home_goes_on_with_the_queue_by_one_key(visit, reviewer, board):
    claim_next(queue=board, by=reviewer, scope=EVERYTHING)
    page = visit(reviewer)
    page.goto("/review/")

    page.keyboard.press("r")

    expect(page).to_have_url(re.compile(rf"/review/q/{board.slug}/s/\d+/"))


def test_a_queue_is_started_from_the_table_and_its_counts_change_in_place(visit, reviewer, board):
    QueueFactory(name="Another")
    page = visit(reviewer)
    page.goto("/review/")
    row = page.locator("#home-queues tbody tr").first
    expect(row.locator("td.strong")).to_have_text("6")
    page.locator(f"#start-{board.slug}").focus()
    Assignment.objects.filter(position=5).update(assigned_to=UserFactory(role=Role.MANAGER))

    page.evaluate(COME_BACK)

    expect(row.locator("td.strong")).to_have_text("5")
    expect(page.locator(f"#start-{board.slug}")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"/review/q/{board.slug}/s/\d+/"))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_home_with_queues_and_on_ones_own_page(visit, reviewer, board, viewport):
    page = visit(reviewer, viewport=viewport)

    for address in ("/review/", "/review/mine/"):
        page.goto(address)
        assert axe_complaints(page) == [], address
        assert page.evaluate(TOO_WIDE) <= 0, address
