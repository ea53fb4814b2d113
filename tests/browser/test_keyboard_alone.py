"""What a manager and an admin come for, from its beginning to its end without a mouse."""

import re

import pytest

from tests.browser.driver import expect, tab_to
from tests.factories import PASSWORD, IssueCategoryFactory

pytestmark = pytest.mark.browser


def skip(page):
    """By the first link of a page, to its content."""
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")


def test_a_manager_signs_in_and_opens_the_sessions_behind_the_bad_rate(visit, manager, seeded):
    manager.set_password(PASSWORD)
    manager.save(update_fields=["password"])
    page = visit()
    page.goto("/")

    tab_to(page, page.get_by_label("Email"))
    page.keyboard.type(manager.email)
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/summary/$"))
    rate = page.locator("#summary-headline .figures > div", has=page.locator("dt", has_text="BAD rate")).locator("dd a").first
    n = int(rate.get_attribute("data-n"))
    tab_to(page, rate)
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(r"/sessions/\?.*sample=BAD"))
    assert n > 0
    expect(page.locator("#session-count")).to_have_text(f"{n} sessions")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/sessions/\d+/"))


def test_an_admin_merges_two_issue_categories(visit, admin):
    merged, kept = IssueCategoryFactory(name="Long silence"), IssueCategoryFactory(name="Silent treatment")
    page = visit(admin)
    page.goto("/admin/labeling/issuecategory/")

    for link, address in [("Long silence", "change/$"), ("Merge", "merge/$")]:
        tab_to(page, page.get_by_role("link", name=link, exact=True).first)
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(address))
        skip(page)
    tab_to(page, page.get_by_label("Merge into"))
    page.keyboard.type("Silent")
    tab_to(page, page.get_by_role("button", name="Show what changes"))
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("into="))
    skip(page)
    tab_to(page, page.get_by_role("button", name="Merge into Silent treatment"))
    page.keyboard.press("Enter")
    expect(page.locator(".messagelist")).to_contain_text("Category merged")

    merged.refresh_from_db()
    assert merged.merged_into == kept
