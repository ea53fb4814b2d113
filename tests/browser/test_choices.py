"""A person's own choices take effect at once and are there on the next page."""

import re

import pytest

from tests.browser.driver import expect

pytestmark = pytest.mark.browser

SAVED = re.compile("/settings/$")


def choose(page, words):
    """This will choose in the account menu and wait until the server has it."""
    page.get_by_role("button", name="account and settings").click()
    with page.expect_response(SAVED) as answer:
        page.locator("#account label", has_text=words).click()
    assert answer.value.status == 204


def ground(page):
    return page.evaluate("getComputedStyle(document.documentElement).backgroundColor")


def test_the_time_display_changes_every_time_on_the_page_and_keeps_focus(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/sessions/")
    expect(page.locator("tbody time").first).to_have_text("6:00 AM")

    page.get_by_role("banner").get_by_label("Show times in").first.select_option("utc")

    expect(page.locator("tbody time").first).to_have_text("12:00 PM")
    expect(page.locator("#times")).to_be_focused()
    expect(page.locator("tr.day")).to_contain_text("UTC")
    page.goto(page.locator(".rowlink").get_attribute("href"))
    expect(page.locator(".sessbar time")).to_contain_text("12:00 PM UTC")


def test_my_time_is_the_zone_of_the_settings(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/settings/")

    page.get_by_label("My time zone").select_option("Europe/Vienna")
    page.locator("main").get_by_label("My time").first.check()
    page.locator("main").get_by_role("button", name="Save").click()
    page.goto("/sessions/")

    expect(page.locator("tbody time").first).to_have_text("1:00 PM")
    expect(page.locator("tr.day")).to_contain_text("your time, CET")


def test_the_dark_theme_shows_at_once_and_stays(visit, reviewer):
    page = visit(reviewer, color_scheme="light")
    page.goto("/review/")
    light = ground(page)

    choose(page, "Dark")

    dark = ground(page)
    assert dark != light
    page.goto("/sessions/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    assert ground(page) == dark


def test_the_theme_of_the_system_is_followed_until_a_choice_is_made(visit, reviewer):
    page = visit(reviewer, color_scheme="light")
    page.goto("/review/")
    light = ground(page)

    page.emulate_media(color_scheme="dark")

    assert ground(page) != light


def test_compact_rows_are_lower_and_roomy_ones_higher(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/sessions/")
    row = page.locator("tbody tr", has=page.locator(".rowlink"))
    before = row.bounding_box()["height"]

    choose(page, "Compact")
    compact = row.bounding_box()["height"]
    page.reload()
    again = row.bounding_box()["height"]
    choose(page, "Roomy")

    assert compact == again < before < row.bounding_box()["height"]


def test_with_shortcuts_off_single_keys_are_dead_and_submitting_is_not(visit, reviewer, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")

    choose(page, "Single-key shortcuts")
    page.keyboard.press("Escape")
    for key in ("1", "c", "?", "g", "r", "j"):
        page.keyboard.press(key)

    expect(page.locator("[name=code]:checked")).to_have_count(0)
    expect(page.get_by_label("Comment")).not_to_be_focused()
    expect(page.locator("#keys")).to_be_hidden()
    expect(page).to_have_url(re.compile(r"/sessions/\d+/$"))
    page.locator("label.good").click()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text("Saved GOOD")


def test_shortcuts_that_are_off_stay_off_on_the_next_page_and_come_back(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/review/")
    choose(page, "Single-key shortcuts")

    page.goto("/sessions/")
    page.keyboard.press("j")
    expect(page.locator(".rowlink")).not_to_be_focused()
    choose(page, "Single-key shortcuts")
    page.keyboard.press("Escape")
    page.keyboard.press("j")

    expect(page.locator(".rowlink")).to_be_focused()


def test_one_tab_does_not_put_back_what_another_chose(visit, reviewer):
    first = visit(reviewer)
    second = first.context.new_page()
    for tab in (first, second):
        tab.goto("/review/")

    choose(first, "Dark")
    choose(second, "Compact")

    reviewer.refresh_from_db()
    assert (reviewer.theme, reviewer.density, reviewer.shortcuts) == ("dark", "compact", True)
