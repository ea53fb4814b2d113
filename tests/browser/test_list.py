"""The list by keyboard and pointer: order, pages, links to copy, and what arrives meanwhile."""

import re
from datetime import timedelta

import pytest

from tests.browser.driver import expect, expect_settled
from tests.factories import NOON, SessionFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def two_pages(talk):
    """52 sessions, newest first, the older the longer."""
    return [talk(at=NOON + timedelta(minutes=number), duration=100 - number) for number in range(52)][::-1]


def hrefs(page):
    return page.locator(".rowlink").evaluate_all("links => links.map(link => link.pathname)")


def addresses(sessions):
    return [f"/sessions/{session.pk}/" for session in sessions]


def test_a_head_sorts_both_ways_keeps_the_focus_and_says_so(visit, reviewer, two_pages):
    page = visit(reviewer)
    page.goto("/sessions/")
    head = page.get_by_role("columnheader", name="Length")

    head.get_by_role("link").focus()
    page.keyboard.press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    expect(page).to_have_url(re.compile(r"/sessions/\?sort=-length$"))
    assert hrefs(page) == addresses(two_pages[::-1][:50])
    expect(head.get_by_role("link")).to_be_focused()
    expect_settled(page)
    page.keyboard.press("Enter")

    expect(head).to_have_attribute("aria-sort", "ascending")
    assert hrefs(page) == addresses(two_pages[:50])


def test_a_filter_keeps_the_order_that_a_head_gave(visit, reviewer, two_pages):
    page = visit(reviewer)
    page.goto("/sessions/")
    page.get_by_role("link", name="Length").click()
    expect(page).to_have_url(re.compile("sort=-length"))
    expect_settled(page)

    page.locator("#filters").get_by_role("checkbox", name=re.compile("^Unlabeled")).check()

    expect(page).to_have_url(re.compile(r"label=none&sort=-length|sort=-length&label=none"))
    assert hrefs(page) == addresses(two_pages[::-1][:50])


def test_brackets_turn_the_pages_and_the_list_takes_the_focus(visit, reviewer, two_pages):
    page = visit(reviewer)
    page.goto("/sessions/")

    page.keyboard.press("]")
    expect(page.locator(".rowlink")).to_have_count(2)
    expect(page.get_by_role("heading", name="Sessions")).to_be_focused()
    expect(page.locator(".pager")).to_contain_text("51–52")
    expect_settled(page)
    page.keyboard.press("j")
    expect(page.locator(".rowlink").first).to_be_focused()
    page.keyboard.press("[")

    expect(page.locator(".rowlink")).to_have_count(50)
    assert hrefs(page) == addresses(two_pages[:50])


def test_the_same_address_shows_the_same_rows_in_another_browser(visit, reviewer, manager, two_pages):
    page, theirs = visit(reviewer), visit(manager)
    page.goto("/sessions/?channel=voice&sort=length")
    page.keyboard.press("]")
    expect(page.locator(".rowlink")).to_have_count(2)

    theirs.goto(page.url)

    assert hrefs(theirs) == hrefs(page)
    expect(theirs.locator("#filters").get_by_role("checkbox", name=re.compile("^Voice"))).to_be_checked()


def test_the_link_of_a_row_is_copied(visit, reviewer, talk, live_server):
    session = talk()
    page = visit(reviewer, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/sessions/")

    page.locator("tbody tr", has=page.locator(".rowlink")).hover()
    page.get_by_role("button", name="Copy link", exact=True).click()

    expect(page.locator(".toast")).to_have_text("Copied")
    expect(page.locator("#announce")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == f"{live_server.url}/sessions/{session.pk}/"


def test_the_link_of_the_list_is_its_address(visit, reviewer, talk):
    talk()
    page = visit(reviewer, permissions=["clipboard-read", "clipboard-write"])
    page.goto("/sessions/?channel=voice")

    page.get_by_role("button", name="Copy link to this list").click()

    expect(page.locator(".toast")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.url


def test_j_k_and_enter_walk_the_rows_and_open_one(visit, reviewer, talk):
    older, newer = talk(at=NOON), talk(at=NOON + timedelta(hours=1))
    page = visit(reviewer)
    page.goto("/sessions/")

    for key in ("j", "j", "k", "j"):
        page.keyboard.press(key)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(f"/sessions/{older.pk}/$"))
    assert newer.pk != older.pk


def test_shift_f_leads_to_the_filters(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/sessions/")

    page.keyboard.press("Shift+F")

    expect(page.get_by_label("Period")).to_be_focused()


def test_shift_f_opens_the_filters_where_they_are_folded_away(visit, reviewer, talk):
    talk()
    page = visit(reviewer, viewport={"width": 800, "height": 700})
    page.goto("/sessions/")

    page.keyboard.press("Shift+F")

    expect(page.locator("#filters")).to_be_visible()


def test_what_arrives_is_asked_for_once_a_minute_and_moves_no_row(visit, reviewer, talk, agent):
    talk(at=NOON)
    page = visit(reviewer)
    page.clock.install()
    page.goto("/sessions/", wait_until="networkidle")
    SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(hours=1))

    page.clock.run_for(61_000)
    expect(page.locator("#arrivals")).to_contain_text("1 new session matches")
    expect(page.locator(".rowlink")).to_have_count(1)
    expect_settled(page)
    page.get_by_role("link", name="Show them").click()

    expect(page.locator(".rowlink")).to_have_count(2)


def test_a_hidden_page_asks_for_nothing(visit, reviewer, talk, watch):
    talk()
    page = visit(reviewer)
    page.clock.install()
    page.goto("/sessions/", wait_until="networkidle")
    page.evaluate("Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' })")
    before = len(watch.requests)

    page.clock.run_for(200_000)

    assert [url for url in watch.requests[before:] if "arrivals" in url] == []
