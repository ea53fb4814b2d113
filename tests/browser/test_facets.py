"""The groups of choices: their counts come after the list, and never from an older filter."""

import re
from datetime import timedelta

import pytest

from tests.browser.driver import expect, expect_settled
from tests.factories import NOON, AgentFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def sessions(talk, other_agent):
    """Three sessions, newest first: voice and chat of one agent, voice of another."""
    return [
        talk(at=NOON + timedelta(hours=3), tool_names=["book"]),
        talk(at=NOON + timedelta(hours=2), channel="chat", tool_names=["book"]),
        talk(at=NOON + timedelta(hours=1), seen_agent=other_agent, tool_names=["book"]),
    ]


@pytest.fixture
def listed(visit, reviewer, sessions):
    page = visit(reviewer)
    page.goto("/sessions/", wait_until="networkidle")
    return page


def option(page, group, words):
    return page.locator(f"#facet-{group} li", has=page.get_by_text(words, exact=True))


def expect_counts(page, group, counts):
    """This will see the choices of a group, in their order, with what each would leave."""
    expect(page.locator(f"#facet-{group} li label")).to_have_text([re.compile(rf"^\s*{words}\s*{n}\s*$") for words, n in counts.items()])


def test_counts_come_by_themselves(listed):
    expect_counts(listed, "agent", {"Cedar Billing Help": 1, "Northlake Scheduling": 2})
    expect(listed.locator("#session-count")).to_have_text("3 sessions")
    expect(option(listed, "label", "GOOD").locator("label")).to_have_class("is-zero")


def test_a_choice_leaves_the_counts_of_its_own_group_and_changes_all_others(listed):
    listed.locator("#facet-channel > summary").click()
    expect_counts(listed, "channel", {"Voice": 2, "Chat": 1, "SMS": 0, "Other": 0})

    option(listed, "agent", "Cedar Billing Help").locator(".check").check()

    expect_counts(listed, "agent", {"Cedar Billing Help": 1, "Northlake Scheduling": 2})
    expect(option(listed, "channel", "Chat").locator(".count")).to_have_text("0")
    expect(option(listed, "channel", "Voice").locator(".count")).to_have_text("1")
    expect(listed.locator("#announce")).to_have_text("1 session")


def test_counts_that_arrive_leave_the_focus_where_it_is(listed):
    box = option(listed, "agent", "Cedar Billing Help").locator(".check")

    box.focus()
    with listed.expect_response(re.compile("/sessions/counts/")):
        listed.keyboard.press("Space")
    expect_settled(listed)

    expect(box).to_be_focused()
    expect(box).to_be_checked()


def test_a_choice_is_left_out_and_no_longer_wanted(listed, sessions, agent):
    choice = option(listed, "agent", "Northlake Scheduling")
    choice.locator(".check").check()
    expect(listed.locator(".rowlink")).to_have_count(2)

    choice.hover()
    choice.get_by_label("Leave out Northlake Scheduling").check()

    expect(listed).to_have_url(re.compile(rf"/sessions/\?not_agent={agent.pk}$"))
    expect(listed.locator(".rowlink")).to_have_count(1)
    expect(choice.locator(".check")).not_to_be_checked()
    expect(choice.locator(".trunc")).to_have_css("text-decoration-line", "line-through")
    expect(listed.locator(".chip")).to_contain_text("Agent is not Northlake Scheduling")


def test_leaving_out_is_within_reach_of_the_keyboard(listed):
    option(listed, "agent", "Cedar Billing Help").locator(".check").focus()

    listed.keyboard.press("Tab")
    expect(listed.get_by_label("Leave out Cedar Billing Help")).to_be_focused()
    expect(listed.get_by_label("Leave out Cedar Billing Help")).to_have_css("opacity", "1")
    listed.keyboard.press("Space")

    expect(listed.locator(".rowlink")).to_have_count(2)


def test_leaving_out_is_there_for_a_finger(visit, reviewer, sessions):
    page = visit(reviewer, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto("/sessions/", wait_until="networkidle")

    page.get_by_role("button", name="Filters", exact=True).tap()
    leaving_out = page.get_by_label("Leave out Cedar Billing Help")
    expect(leaving_out).to_have_css("opacity", "1")
    assert leaving_out.bounding_box()["height"] >= 40
    leaving_out.tap()

    expect(page.locator(".rowlink")).to_have_count(2)


def test_a_group_is_loaded_when_it_is_unfolded_and_counted_again_with_the_rest(listed, watch):
    group = listed.locator("#facet-tool")
    expect(group.locator("li")).to_have_count(0)

    with listed.expect_request(re.compile(r"/sessions/counts/\?group=tool")):
        group.locator("summary").first.click()
    expect(group.locator("li").first).to_be_visible()
    expect(listed).to_have_url(re.compile("/sessions/$"))
    with listed.expect_request(re.compile("/sessions/counts/.*open=tool")):
        option(listed, "agent", "Cedar Billing Help").locator(".check").check()

    expect(group.locator(".count").first).to_have_text("1")
    before = len(watch.requests)
    group.locator("summary").first.click()
    expect(group.locator("li").first).to_be_hidden()
    assert watch.requests[before:] == []


def test_a_group_folded_meanwhile_is_counted_anew(listed):
    group = listed.locator("#facet-tool")
    group.locator("summary").first.click()
    expect(group.locator(".count").first).to_have_text("3")
    group.locator("summary").first.click()

    option(listed, "agent", "Cedar Billing Help").locator(".check").check()
    expect(listed.locator("#announce")).to_have_text("1 session")
    group.locator("summary").first.click()

    expect(group.locator(".count").first).to_have_text("1")


def test_an_older_count_never_stands_beside_a_newer_list(visit, reviewer, sessions):
    page = visit(reviewer)
    held = []
    page.route("**/sessions/counts/*", lambda route: route.continue_() if held else held.append(route))
    page.goto("/sessions/")
    page.wait_for_function("document.querySelector('#counts.htmx-request')")

    with page.expect_response(re.compile("/sessions/counts/.*agent=")):
        option(page, "agent", "Cedar Billing Help").locator(".check").check()
    expect(page.locator("#announce")).to_have_text("1 session")
    held[0].abort()

    expect(page.locator("#session-count")).to_have_text("1 session")
    expect(option(page, "label", "Unlabeled").locator(".count")).to_have_text("1")


@pytest.fixture
def crowded(visit, reviewer, talk):
    """A list of fourteen agents."""
    for number in range(14):
        talk(seen_agent=AgentFactory(name=f"Line {number:02}"))
    page = visit(reviewer)
    page.goto("/sessions/", wait_until="networkidle")
    return page


def visible(page):
    return [one.inner_text() for one in page.locator("#facet-agent li .trunc").all() if one.is_visible()]


def test_a_box_narrows_a_long_group_without_asking(crowded, watch):
    before = len(watch.requests)
    assert len(visible(crowded)) == 8

    box = crowded.get_by_label("Search in Agent")
    box.fill("line 1")
    assert visible(crowded) == ["Line 10", "Line 11", "Line 12", "Line 13"]
    box.press("Enter")
    box.press("Tab")

    assert watch.requests[before:] == []
    expect(crowded).to_have_url(re.compile("/sessions/$"))


def test_a_group_stays_narrowed_and_unfolded_when_its_counts_come(crowded):
    crowded.get_by_label("Search in Agent").fill("line 1")

    option(crowded, "agent", "Line 12").locator(".check").check()
    expect(crowded.locator("#announce")).to_have_text("1 session")
    expect_settled(crowded)

    expect(crowded.get_by_label("Search in Agent")).to_have_value("line 1")
    assert visible(crowded) == ["Line 10", "Line 11", "Line 12", "Line 13"]
    expect(option(crowded, "agent", "Line 12").locator(".check")).to_be_checked()


def test_nothing_moves_when_the_counts_arrive(visit, reviewer, talk, other_agent):
    for number in range(60):
        talk(at=NOON + timedelta(minutes=number), **({"seen_agent": other_agent} if number % 2 else {}))
    page = visit(reviewer)
    held = []
    page.route("**/sessions/counts/*", lambda route: held.append(route))
    page.goto("/sessions/?channel=voice")
    parts = page.locator("#facet-label, #facet-agent, #facet-signal, #facet-length, .chip, .table-wrap, .pager .btn, .toolbar .push")
    before = [part.bounding_box() for part in parts.all()]

    held[0].continue_()
    expect(page.locator("#session-count")).to_have_text("60 sessions")

    assert [part.bounding_box() for part in parts.all()] == before
