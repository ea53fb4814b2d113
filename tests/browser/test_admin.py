"""Django's admin keeps working under the policy that allows no inline script and no inline style."""

import re

import pytest

from tests.browser.driver import expect, tab_to
from tests.factories import IncomingIssueFactory, IssueCategoryFactory

pytestmark = pytest.mark.browser


def test_the_index_of_the_admin_opens_and_its_theme_switches(visit, admin):
    page = visit(admin)

    page.goto("/admin/", wait_until="networkidle")
    before = page.locator("html").get_attribute("data-theme")
    page.get_by_role("button", name="Toggle theme").first.click()

    expect(page.get_by_role("link", name="Issue categories")).to_be_visible()
    expect(page.locator("html")).not_to_have_attribute("data-theme", before or "")


def test_an_issue_category_is_renamed_and_retired_after_a_look_at_what_changes(visit, admin):
    category = IssueCategoryFactory(name="Silent treatment")
    page = visit(admin)
    page.goto("/admin/labeling/issuecategory/", wait_until="networkidle")

    page.get_by_role("link", name="Silent treatment").click()
    page.get_by_role("link", name="Rename").click()
    expect(page.get_by_text("What refers to “Silent treatment” now")).to_be_visible()
    page.get_by_label("Name").first.fill("Long silence")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator(".messagelist")).to_contain_text("Category renamed")
    page.goto(f"/admin/labeling/issuecategory/{category.pk}/change/", wait_until="networkidle")
    page.get_by_role("link", name="Retire").click()
    page.get_by_role("button", name="Retire").click()

    expect(page.locator(".messagelist")).to_contain_text("Category retired")
    category.refresh_from_db()
    assert (category.name, category.retired_at is None) == ("Long silence", False)


def test_the_pages_of_the_admin_break_no_policy(visit, admin, known):
    page = visit(admin)

    for address in ("user/", "user/add/", f"user/{known.pk}/change/", "issuecategory/add/", "event/", "apikey/", "rater/"):
        page.goto(f"/admin/labeling/{address}", wait_until="networkidle")
        expect(page.locator("#content h1")).to_be_visible()


def test_the_first_page_leads_with_what_waits_and_the_inbox_is_worked_off(visit, admin):
    IssueCategoryFactory(name="Long silence")
    IncomingIssueFactory(text="Long silense")
    page = visit(admin)

    page.goto("/admin/", wait_until="networkidle")
    expect(page.locator(".what-waits")).to_contain_text("One issue was named in words that no category is known by.")
    page.locator(".what-waits").get_by_role("link", name="Unmapped issues").click()
    page.get_by_role("button", name="Map “Long silense” to Long silence").click()

    expect(page.locator(".messagelist")).to_contain_text("Mapped to Long silence")
    expect(page.locator("#result_list")).to_contain_text("Nothing waits")


def test_somebody_is_invited_by_keyboard_alone(visit, admin):
    page = visit(admin)
    page.goto("/admin/", wait_until="networkidle")

    tab_to(page, page.get_by_role("link", name="Invite", exact=True))
    page.keyboard.press("Enter")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("rita@example.com")
    tab_to(page, page.get_by_role("button", name="Invite", exact=True))
    page.keyboard.press("Enter")

    expect(page.get_by_label("One-time link")).to_be_focused()
    expect(page.get_by_label("One-time link")).to_have_value(re.compile("/accounts/invitations/"))


def test_the_words_beside_a_box_stand_on_one_line_and_what_belongs_together_begins_together(visit, admin, known):
    page = visit(admin)

    page.goto("/admin/labeling/vendorlabels/add/", wait_until="networkidle")
    heights = [label.bounding_box()["height"] for label in page.locator(".vCheckboxLabel").all()]
    page.goto(f"/admin/labeling/user/{known.pk}/access/", wait_until="networkidle")
    begins = {
        round(item.evaluate("item => item.getBoundingClientRect().x + parseFloat(getComputedStyle(item).paddingInlineStart) * (item.localName === 'p')"))
        for item in page.locator(".form-row > p, .form-row > input[type=submit]").all()
    }

    assert len(heights) > 3
    assert max(heights) < 24
    assert len(begins) == 1


def test_a_reviewer_does_not_reach_the_admin(visit, reviewer, watch):
    watch.expect("status of 40[34]")
    page = visit(reviewer)

    page.goto("/admin/")

    expect(page.get_by_role("link", name="Issue categories")).to_have_count(0)
