"""Working a queue by keyboard, beside a colleague, and on a phone."""

import re
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from labeling.models import Assignment, Draft, Event, Exposure, Label, Queue
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from tests.browser.driver import axe_complaints, expect, expect_settled, hear
from tests.factories import AssignmentFactory, DrawFactory, QueueFactory, UserFactory

pytestmark = pytest.mark.browser
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.fixture
def queue(transactional_db):
    return QueueFactory(slug="week-47", name="Random sample, week 47")


@pytest.fixture
def places(queue, talk):
    draw = DrawFactory(queue=queue)
    return [AssignmentFactory(queue=queue, draw=draw, session=talk(), position=number) for number in range(3)]


def at(place):
    return re.compile(f"/review/q/week-47/s/{place.session_id}/$")


def take(place):
    """In one step: a beat of the page would keep a claim whose lease is over."""
    Assignment.objects.filter(pk=place.pk).update(person=UserFactory(name="Mei Tanaka"), lease_until=Now() + timedelta(minutes=10), lease_version=2)


def rate(page, key):
    """A program is faster than a second, within which a session that has just come is not judged."""
    expect_settled(page)
    page.keyboard.press(key)
    page.keyboard.press("Control+Enter")


def test_three_sessions_by_keyboard_one_put_off_and_one_undone(visit, reviewer, places):
    page = visit(reviewer)
    page.goto("/review/q/week-47/")
    expect(page.get_by_text("3 labels are still wanted")).to_be_visible()

    page.keyboard.press("r")
    expect(page).to_have_url(at(places[0]))
    expect(page.get_by_text("Drawn for independent review", exact=True)).to_be_visible()
    page.wait_for_load_state()
    heard = hear(page)
    rate(page, "1")
    expect(page).to_have_url(at(places[1]))
    assert heard() == ["GOOD", "Saved GOOD, your 1. Next: Northlake Scheduling"]
    expect(page.get_by_text("you 1, team 1 of 3")).to_be_visible()
    expect(page.locator("#turns > li").first).to_be_focused()

    expect_settled(page)
    page.keyboard.press("s")
    expect(page).to_have_url(at(places[2]))
    expect(page.get_by_text("comes back to you in an hour")).to_be_visible()
    rate(page, "4")
    expect(page).to_have_url(re.compile("/review/q/week-47/$"))
    expect(page.get_by_text("1 you put off until")).to_be_visible()

    page.keyboard.press("z")
    expect(page).to_have_url(at(places[2]))
    expect(page.locator("#label [value='N/A']")).to_be_checked()
    rate(page, "2")
    expect(page).to_have_url(re.compile("/review/q/week-47/$"))
    page.keyboard.press("r")
    expect(page).to_have_url(at(places[1]))
    rate(page, "1")
    expect(page.get_by_role("heading", name="Random sample, week 47 is done")).to_be_visible()
    assert list(Assignment.objects.order_by("position").values_list("state", flat=True)) == ["done"] * 3


def test_back_and_forth_by_keyboard(visit, reviewer, places):
    page = visit(reviewer)
    page.goto("/review/q/week-47/")
    page.keyboard.press("r")
    expect(page).to_have_url(at(places[0]))
    rate(page, "1")
    expect(page).to_have_url(at(places[1]))

    page.keyboard.press("Shift+K")
    expect(page).to_have_url(at(places[0]))
    # The address is there before the script that hears keys.
    page.wait_for_load_state()
    page.keyboard.press("Shift+J")
    expect(page).to_have_url(at(places[1]))
    assert Assignment.objects.filter(state="claimed").count() == 1


@pytest.mark.parametrize("on", [{}, PHONE], ids=["wide", "phone"])
def test_a_session_that_a_colleague_took_is_told_with_the_draft_kept(visit, reviewer, places, watch, on):
    watch.expect("409")
    page = visit(reviewer, **on)
    page.goto("/review/q/week-47/")
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(at(places[0]))
    take(places[0])
    page.wait_for_load_state()
    heard = hear(page)
    page.evaluate("htmx.trigger('#presence', 'beat')")
    expect(page.locator("#queue-lease")).to_have_text("Mei Tanaka has this session by now. Your draft is kept.")
    expect_settled(page)
    assert heard() == ["Mei Tanaka has this session by now. Your draft is kept."]

    if on:
        page.locator(".dock .ok").click()
    else:
        page.locator("#comment").fill("The day was wrong.")
        page.keyboard.press("Escape")
        rate(page, "2")
    expect(page.get_by_text("Mei Tanaka is labeling this session.")).to_be_visible()
    assert [words for words in heard() if "Mei Tanaka" in words] == [page.locator("#label-panel [role=alert]").inner_text().replace("\n", " ")]
    assert axe_complaints(page) == []
    assert not Label.objects.exists()
    draft = Draft.objects.get(user=reviewer)
    assert (draft.code, draft.comment) == ("OK", "" if on else "The day was wrong.")
    expect_settled(page)
    page.get_by_role("button", name="Next session").last.click()
    expect(page).to_have_url(at(places[1]))


def test_a_label_is_given_anyway(visit, reviewer, places, watch):
    watch.expect("409")
    page = visit(reviewer)
    page.goto("/review/q/week-47/")
    page.keyboard.press("r")
    expect(page).to_have_url(at(places[0]))
    take(places[0])
    rate(page, "2")

    page.get_by_role("button", name="Label anyway").click()

    expect(page).to_have_url(at(places[1]))
    assert Label.objects.get().assignment is None


def test_the_beat_of_the_page_keeps_the_claim(visit, reviewer, places):
    page = visit(reviewer)
    page.goto("/review/q/week-47/")
    page.keyboard.press("r")
    expect(page).to_have_url(at(places[0]))
    Assignment.objects.filter(pk=places[0].pk).update(lease_until=Now() - timedelta(seconds=1))

    page.reload()

    page.wait_for_load_state("networkidle")
    assert Assignment.objects.filter(pk=places[0].pk, lease_until__gt=Now()).exists()
    expect(page.locator("#queue-lease")).to_be_empty()


@pytest.mark.parametrize("on", [{}, PHONE], ids=["wide", "phone"])
def test_the_pages_of_a_queue_pass_axe(visit, reviewer, places, queue, on):
    page = visit(reviewer, **on)
    page.goto("/review/q/week-47/")
    assert axe_complaints(page) == []
    page.get_by_role("button", name="Start").click()
    expect(page).to_have_url(at(places[0]))
    page.wait_for_load_state("networkidle")
    assert axe_complaints(page) == []
    page.goto(f"/review/q/week-47/s/{places[1].session_id}/")
    expect(page.get_by_text("This session is not yours")).to_be_visible()
    assert axe_complaints(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    queue.state = "paused"
    queue.save()
    page.goto("/review/q/week-47/")
    expect(page.get_by_text("This queue is paused")).to_be_visible()
    assert axe_complaints(page) == []


def test_without_a_script_a_queue_is_worked_to_its_end(visit, reviewer, places):
    page = visit(reviewer, java_script_enabled=False)
    page.goto("/review/q/week-47/")
    page.get_by_role("button", name="Start").click()
    for place in places:
        expect(page).to_have_url(at(place))
        page.get_by_role("radio", name="GOOD").check()
        page.get_by_role("button", name="Submit and next").click()

    expect(page.get_by_role("heading", name="Random sample, week 47 is done")).to_be_visible()


def test_a_manager_reveals_the_judgments_and_their_label_is_no_independent_one(visit, manager, reviewer, places, queue):
    """All by keyboard: what there is to see is recorded, and the place is filled all the same."""
    Queue.objects.filter(pk=queue.pk).update(open_to="everybody", labels_wanted=2)
    session = places[0].session
    submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="BAD", client_key="theirs", comment="The date was wrong.")
    page = visit(manager)
    page.goto("/review/q/week-47/")
    page.keyboard.press("r")
    expect(page).to_have_url(at(places[0]))
    panel = page.locator("#label-panel")
    expect(page.get_by_text("this session is drawn for independent review")).to_be_visible()
    expect(panel).not_to_contain_text("The date was wrong.")
    assert axe_complaints(page) == []
    assert not Exposure.objects.filter(user=manager).exists()

    reveal = page.get_by_role("button", name="Show judgments")
    expect(reveal).to_have_accessible_description("Once they are shown, your label does not count as independent.")
    reveal.focus()
    page.keyboard.press("Enter")

    expect(panel).to_contain_text("The date was wrong.")
    expect(page).to_have_url(at(places[0]))
    expect(reveal).to_have_count(0)
    assert axe_complaints(page) == []
    assert set(Exposure.objects.filter(user=manager, session=session).values_list("judgment", flat=True)) == {"reveal", "others", "summary"}
    assert Event.objects.filter(kind="revealed", user=manager.pk, session=session.pk).count() == 1
    rate(page, "1")
    expect(page).to_have_url(at(places[1]))
    label = Label.objects.get(rater__user=manager)
    assert (label.independent, label.saw_others, label.assignment) == (False, True, places[0].pk)
    # The next one is hidden again.
    expect(page.get_by_text("this session is drawn for independent review")).to_be_visible()
    session.refresh_from_db()
    assert session.pairs == 0
