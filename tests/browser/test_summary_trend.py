"""The line over time in a browser: its own controls, and the controls of the page beside them."""

import pytest

from tests.browser.driver import expect

pytestmark = pytest.mark.browser


def test_a_measure_changes_the_line_and_the_address_and_keeps_the_focus(visit, manager, seeded):
    page = visit(manager)
    page.goto("/summary/")
    page.wait_for_load_state("networkidle")

    page.get_by_role("link", name="Volume").click()
    page.wait_for_url("**/summary/?measure=volume")

    expect(page.locator("#summary-trend .plot.is-volume")).to_be_visible()
    expect(page.locator("#summary-trend-volume")).to_be_focused()
    expect(page.locator("#announce")).to_have_text("Updated")
    page.get_by_label("Period", exact=True).select_option("4")
    page.wait_for_url("**since=4*")
    expect(page.locator("#summary-trend .plot.is-volume")).to_be_visible()
    assert "measure=volume" in page.url
    page.go_back()
    page.wait_for_url("**/summary/?measure=volume")
    expect(page.locator("#summary-trend .plot.is-volume")).to_be_visible()


def test_a_bar_is_a_door_that_the_keyboard_opens(visit, manager, seeded):
    page = visit(manager)
    page.goto("/summary/?measure=volume")
    bar = page.locator("#summary-trend a:has(rect)").first
    n = int(bar.get_attribute("data-n"))

    bar.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sessions/**")

    assert n > 0
    expect(page.locator("#results")).to_contain_text(f"{n} session")
