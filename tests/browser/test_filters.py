"""The list and its address: filters apply at once, and an address, Back or Forward is always a whole page."""

import re
from datetime import timedelta

import pytest

from tests.browser.driver import expect, expect_settled, hear
from tests.factories import NOON

pytestmark = pytest.mark.browser


@pytest.fixture
def sessions(talk, other_agent):
    """Three sessions, newest first: voice and chat of one agent, voice of another."""
    return [
        talk(at=NOON + timedelta(hours=3)),
        talk(at=NOON + timedelta(hours=2), channel="chat"),
        talk(at=NOON + timedelta(hours=1), seen_agent=other_agent),
    ]


@pytest.fixture
def listed(visit, reviewer, sessions):
    page = visit(reviewer)
    page.goto("/sessions/")
    return page


def expect_whole(page, sessions):
    """This will see that the page is a page, around these rows in this order."""
    expect(page.get_by_role("navigation", name="Main")).to_be_visible()
    expect(page.locator("#filters")).to_be_visible()
    expect(page.locator("#results")).to_have_count(1)
    rows = page.locator(".rowlink")
    expect(rows).to_have_count(len(sessions))
    for row, session in zip(rows.all(), sessions, strict=True):
        expect(row).to_have_attribute("href", f"/sessions/{session.pk}/")


def agent_box(page, name="Northlake Scheduling"):
    """Its name ends with its count once that has come."""
    return page.locator("#filters").get_by_role("checkbox", name=re.compile(f"^{name}"))


def test_a_ticked_box_swaps_the_results_pushes_the_address_and_keeps_focus(listed, sessions, agent):
    listed.evaluate("document.body.dataset.same = 'page'")
    heard = hear(listed)

    with listed.expect_response(re.compile("/sessions/counts/.*agent=")):
        agent_box(listed).check()

    expect(listed).to_have_url(re.compile(rf"/sessions/\?agent={agent.pk}$"))
    expect_whole(listed, sessions[:2])
    expect(listed.locator("#announce")).to_have_text("2 sessions")
    expect_settled(listed)
    assert heard() == ["2 sessions"]
    expect(agent_box(listed)).to_be_focused()
    expect(listed.locator("body")).to_have_attribute("data-same", "page")


def test_of_two_boxes_ticked_at_once_the_last_answer_stands(listed, sessions):
    held = []
    listed.route("**/sessions/?agent=*", lambda route: route.continue_() if held else held.append(route))

    agent_box(listed).check()
    agent_box(listed, "Cedar Billing Help").check()

    expect(listed).to_have_url(re.compile(r"agent=\d+&agent=\d+$"))
    expect_whole(listed, sessions)
    expect(listed.locator("#results")).not_to_have_attribute("aria-busy", "true")


def test_back_and_forward_through_filters_are_whole_pages(listed, sessions):
    agent_box(listed).check()
    expect_whole(listed, sessions[:2])
    listed.locator("summary", has_text="Channel").click()
    agent_box(listed, "Chat").check()
    expect_whole(listed, sessions[1:2])

    listed.go_back()
    expect_whole(listed, sessions[:2])
    expect(agent_box(listed)).to_be_checked()
    listed.go_back()
    expect_whole(listed, sessions)
    expect(agent_box(listed)).not_to_be_checked()
    listed.go_forward()
    expect_whole(listed, sessions[:2])
    listed.go_forward()
    expect_whole(listed, sessions[1:2])


def test_the_address_shows_somebody_else_the_same_rows(listed, sessions, visit, manager):
    agent_box(listed).check()
    expect(listed).to_have_url(re.compile("agent="))
    theirs = visit(manager)

    theirs.goto(listed.url)

    expect_whole(theirs, sessions[:2])
    expect(agent_box(theirs)).to_be_checked()


def test_the_address_shows_a_narrower_person_only_what_they_may_see(listed, sessions, visit, narrow_reviewer):
    theirs = visit(narrow_reviewer)

    theirs.goto(listed.url)

    expect_whole(theirs, sessions[:2])
    expect(agent_box(theirs, "Cedar Billing Help")).to_have_count(0)


def test_back_from_a_session_to_a_filtered_list_is_a_whole_page(listed, sessions):
    agent_box(listed).check()
    expect_whole(listed, sessions[:2])

    listed.locator(".rowlink").first.click()
    expect(listed.locator("#turns")).to_be_visible()
    listed.go_back()

    expect_whole(listed, sessions[:2])


def test_a_filtered_address_opens_as_a_whole_page_and_again_after_a_session(visit, reviewer, sessions):
    page = visit(reviewer)

    page.goto("/sessions/?channel=chat")
    expect_whole(page, sessions[1:2])
    page.locator(".rowlink").click()
    expect(page.locator("#turns")).to_be_visible()
    page.go_back()
    expect_whole(page, sessions[1:2])
    page.reload()

    expect_whole(page, sessions[1:2])


def test_an_untouched_field_leaves_no_trace_in_the_address(listed):
    listed.locator("summary", has_text="Custom").click()
    listed.locator("#filter-start").fill("2026-03-01")

    expect(listed).to_have_url(re.compile(r"/sessions/\?start=2026-03-01$"))


def test_pages_turn_in_place_and_back_returns(visit, reviewer, talk):
    made = [talk(at=NOON + timedelta(minutes=number)) for number in range(52)][::-1]
    page = visit(reviewer)
    page.goto("/sessions/")

    page.keyboard.press("]")
    expect_whole(page, made[50:])
    expect(page).to_have_url(re.compile("after="))
    page.go_back()

    expect_whole(page, made[:50])


def test_a_filter_refined_and_taken_back_agrees_with_its_address_at_each_step(listed, sessions, agent):
    agent_box(listed).check()
    expect(listed).to_have_url(re.compile(rf"/sessions/\?agent={agent.pk}$"))
    listed.locator("#filter-since").select_option("30d")
    expect(listed).to_have_url(re.compile(r"since=30d&agent=|agent=\d+&since=30d"))
    expect(listed.locator("#results .chip")).to_have_count(2)

    listed.go_back()
    expect(listed.locator("#filter-since")).to_have_value("")
    expect(agent_box(listed)).to_be_checked()
    expect_whole(listed, sessions[:2])
    listed.reload()
    expect(agent_box(listed)).to_be_checked()
    listed.go_forward()

    expect(listed.locator("#filter-since")).to_have_value("30d")
    expect(listed.locator("#results .chip")).to_have_count(2)


def test_filters_that_leave_nothing_say_so_with_a_way_on(listed, sessions):
    agent_box(listed, "Disputed").check()
    expect(listed.get_by_role("heading", name="No sessions match")).to_be_visible()

    listed.get_by_role("link", name="Clear all filters").click()

    expect_whole(listed, sessions)


def test_filters_that_leave_nothing_name_the_one_to_remove(visit, reviewer, sessions):
    page = visit(reviewer)
    page.goto("/sessions/?channel=voice&label=DISPUTED")
    expect(page.locator("#empty")).to_contain_text("Without “Label: Disputed” 2 would.")

    page.get_by_role("link", name="Remove “Label”").click()

    expect_whole(page, sessions[::2])
    expect(page).to_have_url(re.compile(r"/sessions/\?channel=voice$"))


def test_a_filter_that_cannot_be_read_is_explained_and_the_rest_stays(visit, reviewer, sessions, watch):
    watch.expect("status of 400")
    page = visit(reviewer)

    page.goto("/sessions/?label=WRONG")

    expect(page.get_by_role("alert").first).to_contain_text("These filters cannot be read.")
    page.get_by_role("link", name="Clear all filters").click()
    expect_whole(page, sessions)


def test_a_server_that_fails_keeps_the_filters_and_can_be_asked_again(listed, sessions, watch):
    watch.expect("status of 500|Response Status Error")
    broken = ["yes"]
    listed.route("**/sessions/?agent=*", lambda route: route.fulfill(status=500, body="") if broken else route.continue_())

    agent_box(listed).check()
    notice = listed.locator("#results .notice")
    expect(notice).to_contain_text("This could not be loaded.")
    expect(agent_box(listed)).to_be_checked()
    broken.clear()
    notice.get_by_role("button", name="Try again").click()

    expect_whole(listed, sessions[:2])
    expect(notice).to_have_count(0)


def test_the_filters_of_a_phone_open_in_a_sheet_and_close_when_the_sessions_come(visit, reviewer, sessions):
    page = visit(reviewer, viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto("/sessions/")
    expect(page.locator("#filters")).to_be_hidden()

    page.get_by_role("button", name="Filters", exact=True).click()
    agent_box(page).check()
    expect(page.locator(".rowlink")).to_have_count(2)
    page.get_by_role("button", name="Show sessions").click()

    expect(page.locator("#filters")).to_be_hidden()
    expect(page.locator(".rowlink")).to_have_count(2)
