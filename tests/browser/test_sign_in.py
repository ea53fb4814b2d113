"""Signing in and out by keyboard, and the pages about passwords."""

import re

import pytest

from labeling.models import User
from tests.browser.driver import expect, tab_to
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser

NEW_PASSWORD = "a quite different sentence"


def sign_in(page, password=PASSWORD):
    tab_to(page, page.get_by_label("Email"))
    page.keyboard.type("amara@example.com")
    tab_to(page, page.get_by_label("Password"))
    page.keyboard.type(password)
    page.keyboard.press("Enter")


def test_signing_in_by_keyboard_leads_to_the_page_that_was_asked_for(visit, known, talk):
    session = talk()
    page = visit()

    page.goto(f"/sessions/{session.pk}/")
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    sign_in(page)

    expect(page).to_have_url(re.compile(rf"/sessions/{session.pk}/$"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Northlake Scheduling")


def test_a_reviewer_lands_on_review_and_a_manager_on_the_summary(visit, known, manager):
    reviewing, managing = visit(), visit(manager)

    reviewing.goto("/accounts/login/")
    sign_in(reviewing)
    managing.goto("/")

    expect(reviewing).to_have_url(re.compile("/review/$"))
    expect(managing).to_have_url(re.compile("/summary/$"))


def test_a_wrong_password_is_said_with_focus_and_keeps_the_address(visit, known):
    page = visit()

    page.goto("/accounts/login/")
    sign_in(page, "not the password")

    notice = page.get_by_role("alert")
    expect(notice).to_contain_text("not correct")
    expect(notice).to_be_focused()
    expect(page.get_by_label("Email")).to_have_value("amara@example.com")
    expect(page.get_by_label("Password")).to_have_value("")


def test_signing_out_by_keyboard_closes_every_page(visit, reviewer):
    page = visit(reviewer)
    page.goto("/review/")

    tab_to(page, page.get_by_role("button", name="account and settings"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_role("button", name="Sign out"))
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.goto("/sessions/")
    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_back_after_signing_out_shows_nothing(visit, reviewer, talk):
    session = talk()
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/")

    page.get_by_role("button", name="account and settings").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(re.compile("/accounts/login/"))
    page.go_back()

    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    assert "I need to move my visit." not in page.content()


def test_changing_the_password_keeps_the_person_signed_in(visit, known):
    page = visit(known)
    page.goto("/accounts/password/change/")

    tab_to(page, page.get_by_label("Current Password"))
    page.keyboard.type(PASSWORD)
    tab_to(page, page.get_by_label("New Password", exact=True))
    page.keyboard.type(NEW_PASSWORD)
    tab_to(page, page.get_by_label("New Password (again)"))
    page.keyboard.type(NEW_PASSWORD)
    page.keyboard.press("Enter")

    expect(page.locator("#toasts")).to_contain_text("assword changed")
    assert User.objects.get(pk=known.pk).check_password(NEW_PASSWORD)
    page.goto("/sessions/")
    expect(page).to_have_url(re.compile("/sessions/$"))


def test_a_password_that_is_too_short_is_refused_beside_its_field(visit, known):
    page = visit(known)
    page.goto("/accounts/password/change/")

    page.get_by_label("Current Password").fill(PASSWORD)
    page.get_by_label("New Password", exact=True).fill("short")
    page.get_by_label("New Password (again)").fill("short")
    page.get_by_role("button", name="Save password").click()

    expect(page.get_by_role("alert").first).to_be_focused()
    expect(page.get_by_label("New Password", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("at least 12 characters").first).to_be_visible()
    assert User.objects.get(pk=known.pk).check_password(PASSWORD)


def test_a_forgotten_password_is_replaced_through_the_mail(visit, known, mailoutbox):
    page = visit()
    page.goto("/accounts/login/")

    page.get_by_role("link", name="Forgot").click()
    page.get_by_label("Email").fill("amara@example.com")
    page.get_by_role("button", name="Send the link").click()
    expect(page.get_by_role("heading", name="Check your e-mail")).to_be_visible()
    page.goto(re.search(r"http\S+/password/reset/key/\S+", mailoutbox[0].body)[0])
    page.get_by_label("New Password", exact=True).fill(NEW_PASSWORD)
    page.get_by_label("New Password (again)").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save password").click()

    expect(page.get_by_role("heading", level=1)).not_to_have_text("Choose a new password")
    assert User.objects.get(pk=known.pk).check_password(NEW_PASSWORD)


def test_web_storage_stays_empty_through_twenty_pages(visit, reviewer, talk):
    session = talk()
    page = visit(reviewer)

    for address in ["/review/", "/sessions/", f"/sessions/{session.pk}/", "/summary/", "/settings/"] * 4:
        page.goto(address)
        if address == "/sessions/":
            # With its count, because what the counts replace in this moment cannot be clicked.
            page.locator("#facet-label label", has_text=re.compile(r"Unlabeled\s*\d")).first.click()
            expect(page).to_have_url(re.compile("label=none"))

    assert page.evaluate("[localStorage.length, sessionStorage.length]") == [0, 0]
    assert page.evaluate("indexedDB.databases().then(all => all.length)") == 0
