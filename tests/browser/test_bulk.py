"""Choosing rows, marking them N/A, and taking it back."""

import re
from datetime import timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.models import Assignment, BulkAction, Draw
from labeling.operations.bulk_actions import mark_all, withdraw_all
from labeling.operations.queue_adding import add_all, take_back_all
from sessions_app.models import Session
from tests.browser.driver import axe_complaints, expect
from tests.factories import NOON, AssignmentFactory, QueueFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def rows(talk):
    return [talk(at=NOON - timedelta(minutes=number)) for number in range(5)]


def open_list(page, address="/sessions/"):
    page.goto(address, wait_until="networkidle")
    return page


def chosen(page):
    return page.locator("td [name=session]:checked").evaluate_all("boxes => boxes.map(box => Number(box.value))")


def said_in_bar(page):
    """The count is made by the style sheet, so it stands in no element: what a screen reader is given says it."""
    nodes = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
    texts = [node["name"]["value"].strip() for node in nodes if node["role"]["value"] == "StaticText"]
    texts = [text for text in texts if text]
    return texts[texts.index("selected") - 1]


def test_x_chooses_the_row_with_the_focus_and_shift_x_extends(visit, reviewer, rows):
    page = open_list(visit(reviewer))
    bar = page.get_by_role("region", name="Bulk actions")
    expect(bar).to_be_hidden()

    for key in ("j", "j", "x", "j", "j", "Shift+X"):
        page.keyboard.press(key)

    expect(page.locator("td [name=session]:checked")).to_have_count(3)
    assert chosen(page) == [row.pk for row in rows[1:4]]
    expect(bar).to_be_visible()
    expect(page.locator(".rowlink").nth(3)).to_be_focused()
    assert said_in_bar(page) == "3"
    page.keyboard.press("x")
    expect(page.locator("td [name=session]:checked")).to_have_count(2)
    assert chosen(page) == [row.pk for row in rows[1:3]]
    page.get_by_role("button", name="Clear").click()
    assert chosen(page) == []
    expect(bar).to_be_hidden()


def test_keys_that_are_faster_than_the_script_count_in_their_order(visit, reviewer, rows):
    page = open_list(visit(reviewer))
    on_its_way = []
    page.route("**/rows*.js", lambda route: on_its_way.append(route))

    with page.expect_request("**/rows*.js"):
        for key in ("j", "j", "x", "j", "j", "Shift+X"):
            page.keyboard.press(key)
    for route in on_its_way:
        route.continue_()

    expect(page.locator("td [name=session]:checked")).to_have_count(3)


def test_one_box_chooses_the_page(visit, reviewer, rows):
    page = open_list(visit(reviewer))

    page.get_by_label("Select all on this page").check()

    expect(page.locator("td [name=session]:checked")).to_have_count(5)
    page.get_by_label("Select all on this page").uncheck()
    expect(page.locator("td [name=session]:checked")).to_have_count(0)


def test_x_does_nothing_where_shortcuts_are_off(visit, reviewer, rows):
    reviewer.shortcuts = False
    reviewer.save()
    page = open_list(visit(reviewer))
    page.locator(".rowlink").first.focus()

    page.keyboard.press("x")
    page.wait_for_timeout(300)

    assert chosen(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_chosen_rows_are_marked_after_asking_and_come_back_with_one_undo(visit, reviewer, rows, javascript):
    page = visit(reviewer, java_script_enabled=javascript)
    page.goto("/sessions/")
    for row in rows[:2]:
        page.get_by_label(f"Select session {row.pk}").check()

    page.get_by_role("button", name="Mark N/A").click()
    expect(page.get_by_role("heading", name="2 sessions will be marked N/A")).to_be_visible()
    page.get_by_label("Reason").fill("Voicemail greetings.")
    page.get_by_role("button", name="Mark 2 N/A").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    action = BulkAction.objects.get()
    mark_all(action_pk=action.pk)
    if not javascript:
        page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", name="2 sessions marked N/A")).to_be_visible()
    page.get_by_role("button", name="Undo all of it").click()
    withdraw_all(action_pk=action.pk, by_pk=reviewer.pk)
    if not javascript:
        page.get_by_role("link", name="Refresh").click()

    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    assert not Session.objects.filter(label_code="N/A").exists()


def test_all_that_match_are_offered_with_their_number(visit, manager, talk):
    for number in range(52):
        talk(at=NOON - timedelta(minutes=number))
    page = open_list(visit(manager))

    page.locator("td [name=session]").first.check()
    page.get_by_label("Select all 52").check()
    page.get_by_role("button", name="Mark N/A").click()

    expect(page.get_by_role("heading", name="52 sessions will be marked N/A")).to_be_visible()


def test_the_pages_of_a_bulk_action_pass_axe(visit, reviewer, rows):
    page = open_list(visit(reviewer))
    page.get_by_label(f"Select session {rows[0].pk}").check()
    assert axe_complaints(page) == []

    page.get_by_role("button", name="Mark N/A").click()
    assert axe_complaints(page) == []
    page.get_by_label("Reason").fill("Voicemail greetings.")
    page.get_by_role("button", name="Mark 1 N/A").click()
    expect(page).to_have_url(re.compile("/sessions/bulk/.+/"))
    assert axe_complaints(page) == []
    page.goto("/sessions/bulk/")
    assert axe_complaints(page) == []


@pytest.mark.parametrize("javascript", [True, False])
def test_chosen_rows_are_added_to_a_queue_after_asking_and_come_back_with_one_undo(visit, manager, rows, javascript):
    queue = QueueFactory(name="Long silences", draw_kind="all", seed=None, size=None)
    AssignmentFactory(queue=queue, session=rows[0], reason="rule")
    page = visit(manager, java_script_enabled=javascript)
    page.goto("/sessions/")
    for row in rows[:3]:
        page.get_by_label(f"Select session {row.pk}").check()

    page.get_by_role("button", name="Add to queue").click()
    expect(page.get_by_role("heading", name="3 sessions are chosen")).to_be_visible()
    expect(page.get_by_text("adds 2, 1 in it already")).to_be_visible()
    page.get_by_label("Long silences").check()
    page.get_by_role("button", name="Add to the queue").click()
    expect(page.get_by_role("progressbar")).to_be_visible()
    add_all(draw_pk=Draw.objects.get(kind="added").pk, sessions=ProcrastinateJob.objects.get().args["sessions"])
    if not javascript:
        page.get_by_role("link", name="Refresh").click()
    expect(page.get_by_role("heading", name="2 sessions added")).to_be_visible()
    page.goto(f"/sessions/?queue={queue.slug}")
    expect(page.locator("td [name=session]")).to_have_count(3)
    page.go_back()
    page.get_by_role("button", name="Undo all of it").click()
    expect(page.get_by_role("heading", name="Being undone")).to_be_visible()
    take_back_all(draw_pk=Draw.objects.get(kind="added").pk, by_pk=manager.pk)
    if not javascript:
        page.get_by_role("link", name="Refresh").click()

    expect(page.get_by_role("heading", name="Undone")).to_be_visible()
    assert list(Assignment.objects.exclude(state="void").values_list("session", flat=True)) == [rows[0].pk]


def test_the_pages_of_adding_to_a_queue_pass_axe(visit, manager, rows, watch):
    watch.expect("status of 422")
    QueueFactory(name="Long silences", draw_kind="all", seed=None, size=None, labels_wanted=2)
    QueueFactory(name="Week 10")
    page = open_list(visit(manager))
    page.get_by_label(f"Select session {rows[0].pk}").check()
    assert axe_complaints(page) == []

    page.get_by_role("button", name="Add to queue").click()
    expect(page.get_by_text("Random samples are not offered")).to_be_visible()
    assert axe_complaints(page) == []
    page.get_by_role("button", name="Add to the queue").click()
    expect(page.get_by_text("Choose a queue.")).to_be_visible()
    assert axe_complaints(page) == []
    page.get_by_label("Long silences").check()
    page.get_by_role("button", name="Add to the queue").click()
    expect(page).to_have_url(re.compile(r"/sessions/additions/\d+/"))
    assert axe_complaints(page) == []
    page.goto("/sessions/bulk/")
    assert axe_complaints(page) == []


def test_the_rail_offers_the_queues(visit, manager, rows):
    sample = QueueFactory(name="Random sample, week 10")
    AssignmentFactory(queue=sample, session=rows[1])
    page = open_list(visit(manager))

    page.locator("#facet-queue summary").click()
    page.get_by_role("checkbox", name="Random sample, week 10", exact=False).first.check()

    expect(page.locator("td [name=session]")).to_have_count(1)
    expect(page.get_by_role("link", name="Remove filter Queue")).to_be_visible()
    assert axe_complaints(page) == []
