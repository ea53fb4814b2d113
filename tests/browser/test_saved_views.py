"""Saved views, columns and arrivals in a browser."""

import re

import pytest

from labeling.models import SavedView
from labeling.operations.saved_views import save_view
from tests.browser.driver import axe_complaints, expect, expect_settled, tab_to
from tests.factories import NOON, SavedViewFactory, SessionFactory

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>alert('script'); fetch('/attack-script')</script>",
    "<img src=/attack-image onerror=\"alert('image')\">",
    '" autofocus onfocus="alert(1)',
    '<a hx-get="/attack" hx-trigger="load">',
    "\u202e\u2067right to left",
]


def test_a_filter_is_saved_without_script_and_opened_again(visit, reviewer, talk):
    talk(channel="chat"), talk()
    page = visit(reviewer, java_script_enabled=False)
    page.goto("/sessions/?channel=chat")

    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name", exact=True).fill("Chats of today")
    page.get_by_role("button", name="Save as a new view").click()

    expect(page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Chats of today")).to_have_attribute("aria-current", "page")
    expect(page.locator(".rowlink")).to_have_count(1)
    view = SavedView.objects.get()
    assert (view.query, "chat" in view.slug) == ("channel=chat", False)


def test_a_refined_view_is_reset_or_saved_over(visit, reviewer, talk):
    talk(channel="chat"), talk()
    view = save_view(name="Chats", query="channel=chat", is_shared=False, by=reviewer)
    page = visit(reviewer)
    page.goto(f"/sessions/v/{view.slug}/?channel=voice")
    tabs = page.get_by_role("navigation", name="Saved views")

    tabs.get_by_role("link", name="Reset").click()
    expect(page).to_have_url(re.compile(rf"/sessions/v/{view.slug}/$"))
    expect(tabs.get_by_role("button", name="Save view")).to_have_count(0)
    page.goto(f"/sessions/v/{view.slug}/?channel=voice")
    tabs.get_by_role("button", name="Save view").click()
    page.get_by_role("button", name="Put this filter in place of the view's").click()

    expect(page).to_have_url(re.compile(rf"/sessions/v/{view.slug}/$"))
    expect(tabs.get_by_role("button", name="Save view")).to_have_count(0)
    view.refresh_from_db()
    assert (view.query, view.name) == ("channel=voice", "Chats")


def test_the_dialog_takes_the_focus_and_gives_it_back(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/sessions/?channel=voice")
    button = page.get_by_role("button", name="Save view")

    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_label("Name", exact=True)).to_be_focused()
    page.keyboard.type("jk?g")
    expect(page.get_by_label("Name", exact=True)).to_have_value("jk?g")
    page.keyboard.press("Tab")
    page.keyboard.press("Escape")

    expect(page.locator("#view-save")).to_be_hidden()
    expect(button).to_be_focused()


def test_the_hostile_name_of_a_view_is_text_on_every_page(visit, manager, reviewer, talk, watch):
    talk(), talk(channel="chat")
    views = [SavedViewFactory(owner=manager, is_shared=True, name=name, query="channel=voice") for name in HOSTILE]
    page = visit(reviewer)

    for address in ("/sessions/", "/views/", *(f"/views/{view.slug}/" for view in views), *(f"/sessions/v/{view.slug}/?channel=chat" for view in views)):
        page.goto(address, wait_until="networkidle")
        expect(page.locator("main script, main img, main [onfocus], main [hx-get='/attack']")).to_have_count(0)
    page.goto("/views/")

    assert [page.locator("tbody .rowlink").nth(number).text_content() for number in range(len(HOSTILE))] == HOSTILE
    assert [url for url in watch.requests if "attack" in url] == []


def test_columns_are_left_out_at_once_and_the_filter_stays(visit, reviewer, talk):
    talk(channel="chat"), talk()
    page = visit(reviewer)
    page.goto("/sessions/?channel=chat")
    head = page.get_by_role("columnheader", name="Channel")
    expect(head).to_have_count(1)

    page.locator("#columns-button").click()
    box = page.locator("#columns-menu").get_by_label("Channel")
    box.uncheck()

    expect(head).to_have_count(0)
    expect_settled(page)
    expect(page.locator("#columns-menu")).to_be_visible()
    expect(box).to_be_focused()
    expect(page).to_have_url(re.compile(r"/sessions/\?channel=chat$"))
    expect(page.locator(".rowlink")).to_have_count(1)
    page.reload()
    expect(head).to_have_count(0)
    expect(page.get_by_role("columnheader", name="Length")).to_have_count(1)


def test_columns_and_row_height_are_saved_without_script(visit, reviewer, talk):
    talk()
    page = visit(reviewer, java_script_enabled=False)
    page.goto("/sessions/?channel=voice")

    page.locator("#columns-button").click()
    page.locator("#columns-menu").get_by_label("Length").uncheck()
    page.locator("#columns-menu label", has_text="Roomy").click()
    page.locator("#columns-menu").get_by_role("button", name="Save").click()

    expect(page).to_have_url(re.compile(r"/sessions/\?channel=voice$"))
    expect(page.get_by_role("columnheader", name="Length")).to_have_count(0)
    expect(page.locator("html")).to_have_attribute("data-density", "roomy")


def test_arrivals_are_offered_and_shown_on_request(visit, reviewer, talk, agent, watch):
    talk(at=NOON)
    page = visit(reviewer)
    page.goto("/sessions/?channel=voice", wait_until="networkidle")
    for _ in range(2):
        SessionFactory(seen_agent=agent, timestamp=NOON.replace(hour=13))

    with page.expect_request(re.compile("/sessions/arrivals/")) as asked:
        page.evaluate("document.getElementById('arrivals').dispatchEvent(new Event('refresh'))")
    expect(page.locator("#arrivals")).to_contain_text("2 new sessions match")
    expect(page.locator("#announce")).to_have_text("2 new sessions match")
    expect(page.locator(".rowlink")).to_have_count(1)
    expect_settled(page)
    with page.expect_request(re.compile(r"/sessions/\?channel=voice")) as shown:
        page.get_by_role("link", name="Show them").click()

    expect(page.locator(".rowlink")).to_have_count(3)
    expect(page.locator("#arrivals .notice")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/sessions/\?channel=voice$"))
    assert (asked.value.headers.get("x-background"), shown.value.headers.get("x-background")) == ("1", None)


def test_the_pages_of_views_pass_axe(visit, manager, talk):
    talk(), talk(channel="chat")
    view = save_view(name="Voice", query="channel=voice", is_shared=True, by=manager)
    page = visit(manager)

    for address in ("/views/", f"/views/{view.slug}/?channel=chat", f"/views/{view.slug}/deletion/"):
        page.goto(address)
        assert axe_complaints(page) == [], address
    page.goto(f"/sessions/v/{view.slug}/?channel=chat", wait_until="networkidle")
    page.get_by_role("button", name="Save view").click()
    assert axe_complaints(page, "#view-save") == []
    page.keyboard.press("Escape")
    page.keyboard.press("Escape")
    page.goto("/sessions/", wait_until="networkidle")
    page.locator("#columns-button").click()
    assert axe_complaints(page, "#columns-menu") == []
