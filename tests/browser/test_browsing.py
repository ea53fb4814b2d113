"""Browsing from end to end: filter, refine, back, forward, save a view, hand its link to a colleague, export it and read the file again."""

import csv
import re
from datetime import timedelta
from itertools import dropwhile

import pytest

from labeling.models import SavedView
from tests.browser.driver import expect
from tests.factories import NOON

pytestmark = pytest.mark.browser


def rows(page):
    return [link.get_attribute("href") for link in page.locator(".rowlink").all()]


def test_a_filter_is_refined_saved_handed_on_and_exported(visit, manager, reviewer, talk, other_agent):
    chats = [talk(at=NOON + timedelta(hours=hours), channel="chat") for hours in (5, 4)]
    elsewhere = talk(at=NOON + timedelta(hours=3), channel="chat", seen_agent=other_agent)
    talk(at=NOON + timedelta(hours=2))
    page = visit(manager)
    page.goto("/sessions/")

    page.locator("#filters").get_by_text("Channel").first.click()
    page.locator("#f-channel-chat").check()
    expect(page.locator(".rowlink")).to_have_count(3)
    page.locator("#filters").get_by_role("checkbox", name=re.compile("^Northlake Scheduling")).check()
    expect(page.locator(".rowlink")).to_have_count(2)
    refined = page.url
    page.go_back()
    expect(page.locator(".rowlink")).to_have_count(3)
    assert f"/sessions/{elsewhere.pk}/" in rows(page)
    page.go_forward()
    expect(page.locator(".rowlink")).to_have_count(2)
    assert page.url == refined

    page.get_by_role("button", name="Save view").click()
    page.get_by_label("Name", exact=True).fill("Chats of Northlake")
    page.get_by_label("Share with everybody").check()
    page.keyboard.press("Enter")
    expect(page.get_by_role("navigation", name="Saved views").get_by_role("link", name="Chats of Northlake")).to_have_attribute("aria-current", "page")
    assert rows(page) == [f"/sessions/{chat.pk}/" for chat in chats]
    link = page.url

    colleague = visit(reviewer)
    colleague.goto(link)
    expect(colleague.locator(".rowlink")).to_have_count(2)
    assert rows(colleague) == rows(page)

    page.get_by_role("link", name="Export these sessions").click()
    expect(page.get_by_role("heading", name="2 sessions")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export", exact=True).click()
    text = download.value.path().read_text("utf-8-sig")
    about, *_ = text.splitlines()
    found = list(csv.DictReader(dropwhile(lambda line: line.startswith(("#", '"#')), text.splitlines())))
    assert "Review Desk" in about
    assert [f"/sessions/{row['session_id'].removeprefix(chr(39))}/" for row in found] == rows(colleague)
    assert SavedView.objects.get().is_shared
