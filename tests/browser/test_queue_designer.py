"""A queue from the list to its page, by keyboard."""

import re

import pytest

from labeling.filters.queue_rules import get_frame
from labeling.models import Assignment, Draw, Queue
from labeling.operations.draws import carry_out_draw
from tests.browser.driver import axe_complaints, expect
from tests.factories import AgentFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def sessions(talk):
    other = AgentFactory(name="Cedar Billing Help")
    return [talk() for _ in range(6)] + [talk(seen_agent=other) for _ in range(3)]


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def preview_says(page, *words):
    for text in words:
        expect(page.locator("#queue-preview")).to_contain_text(re.compile(r"\s*".join(text.split())))


def test_a_stratified_sample_with_two_labels_is_made_by_keyboard(visit, manager, reviewer, sessions):
    page = visit(manager)
    page.goto("/sessions/?label=none", wait_until="networkidle")
    page.get_by_role("link", name="Make a queue of these").focus()
    press(page, "Enter")
    page.wait_for_url("**/queues/new/**")
    preview_says(page, "Sessions that qualify 9", "Labels wanted 9")

    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("Week 47")
    # The radio buttons, then how many, of what, the seed, and in proportion by what.
    press(page, "Tab", "ArrowDown", "Tab")
    expect(page.get_by_role("radio", name="Random sample")).to_be_checked()
    page.keyboard.type("6")
    press(page, "Tab", "Tab", "Tab", "Space")
    expect(page.get_by_role("checkbox", name="Agent")).to_be_checked()
    preview_says(page, "Sessions that qualify 9 Sample 6 Labels wanted 6", "Cedar Billing Help 2 3")
    page.get_by_label("Labels on each session").focus()
    press(page, "Control+a")
    page.keyboard.type("2")
    press(page, "Tab")
    preview_says(page, "Labels wanted 12")
    assert axe_complaints(page) == []
    page.get_by_role("button", name="Make the queue").focus()
    press(page, "Enter")
    page.wait_for_url(re.compile(r"/queues/week-47-"))

    queue = Queue.objects.get()
    assert (queue.query, queue.size, queue.strata, queue.labels_wanted, queue.is_independent) == ("label=none", 6, ["agent"], 2, True)
    carry_out_draw(draw_pk=Draw.objects.get().pk, frame_of=get_frame)
    assert Assignment.objects.count() == 12
    page.goto("/queues/", wait_until="networkidle")
    expect(page.get_by_role("row", name=re.compile("Week 47"))).to_contain_text("12")
    assert axe_complaints(page) == []


def test_fields_that_mean_nothing_are_not_there(visit, manager, sessions):
    page = visit(manager)
    page.goto("/queues/new/", wait_until="networkidle")

    expect(page.get_by_label("Seed")).to_be_hidden()
    expect(page.get_by_role("group", name="People")).to_be_hidden()
    page.get_by_label("Order of work").select_option("priority")
    expect(page.get_by_role("group", name="First the sessions with")).to_be_visible()
    page.get_by_role("radio", name="Random sample").check()
    expect(page.get_by_label("Seed")).to_be_visible()
    expect(page.get_by_label("Order of work")).to_be_hidden()
    expect(page.get_by_role("group", name="First the sessions with")).to_be_hidden()
    page.get_by_role("radio", name="The people chosen").check()
    expect(page.get_by_role("group", name="People")).to_be_visible()
    page.get_by_role("radio", name="Added by hand").check()
    expect(page.get_by_label("Add new ones")).to_be_hidden()
    preview_says(page, "The queue begins empty.")


def test_a_mistake_comes_back_with_the_focus_on_it(visit, watch, manager, sessions):
    watch.expect("status of 422")
    page = visit(manager)
    page.goto("/queues/new/", wait_until="networkidle")
    page.get_by_role("radio", name="Random sample").check()
    page.get_by_label("How many").fill("")
    page.get_by_role("button", name="Make the queue").click()

    # The browser asks for the name itself.
    page.get_by_label("Name", exact=True).fill("Week 47")
    page.get_by_role("button", name="Make the queue").click()

    alert = page.locator("main [role=alert]")
    expect(alert).to_be_focused()
    expect(page.get_by_text("Write how many sessions to draw.").first).to_be_visible()
    assert axe_complaints(page) == []


def test_deleting_asks_first(visit, manager, sessions):
    queue = Queue.objects.create(slug="by-hand", name="By hand", draw_kind="added", created_by=manager)
    page = visit(manager)
    page.goto(f"/queues/{queue.slug}/change/", wait_until="networkidle")
    assert axe_complaints(page) == []
    expect(page.get_by_role("button", name="Delete the queue")).to_be_hidden()

    page.get_by_text("Delete this queue").click()
    page.get_by_role("button", name="Delete the queue").click()

    page.wait_for_url("**/queues/")
    queue.refresh_from_db()
    assert queue.state == "deleted"
