"""The summary in a browser: its controls, its sentences as text, and how it stands on a phone and on paper."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.browser.driver import expect

pytestmark = pytest.mark.browser

SIDES = ("top", "right", "bottom", "left")


def test_a_control_changes_the_figures_and_the_address_and_nothing_else(visit, manager, seeded):
    page = visit(manager)
    page.goto("/summary/")
    page.wait_for_load_state("networkidle")

    page.get_by_label("Period", exact=True).focus()
    page.get_by_label("Period", exact=True).select_option("4")
    page.wait_for_url("**/summary/?since=4*")

    expect(page.get_by_label("Period", exact=True)).to_be_focused()
    expect(page.locator("#announce")).to_have_text("Updated")
    assert "first=" not in page.url
    page.get_by_role("button", name="All agents").click()
    page.locator("input[name=agent]").first.check()
    page.wait_for_url("**agent=*")
    expect(page.locator("#agents-chosen")).not_to_have_text("All agents")
    assert page.locator("#summary-export-link").get_attribute("href").split("?")[1] == page.url.split("?")[1]
    page.keyboard.press("Escape")
    expect(page.locator("#agents-menu")).to_be_hidden()


def test_days_are_chosen_where_days_are_wanted(visit, manager, seeded):
    page = visit(manager)
    page.goto("/summary/?since=4")
    expect(page.get_by_label("From", exact=True)).to_be_hidden()

    page.get_by_label("Period", exact=True).select_option("days")
    page.wait_for_url("**since=days*")
    day = (timezone.now() - timedelta(days=9)).date()
    page.get_by_label("From", exact=True).fill(day.isoformat())
    page.get_by_label("From", exact=True).blur()

    page.wait_for_url(f"**first={day}*")
    expect(page.locator("#summary")).to_contain_text(f"{day:%b} {day.day}, {day.year} through")


def test_the_sentences_are_copied_as_text_with_their_address(visit, manager, seeded):
    page = visit(manager)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/summary/?basis=all")
    page.wait_for_load_state("networkidle")

    page.get_by_role("button", name="Copy text").click()

    expect(page.locator("#toasts")).to_contain_text("Copied")
    lines = page.evaluate("navigator.clipboard.readText()").split("\n")
    lines = [line for line in lines if line]
    assert len(lines) == 4
    assert "rated sessions are BAD" in lines[0]
    assert lines[3] == page.url


def test_panels_come_by_themselves(visit, manager, seeded):
    page = visit(manager)
    page.goto("/summary/")
    page.wait_for_load_state("networkidle")

    expect(page.locator("#summary-reviewers table")).to_be_visible()
    expect(page.locator("#summary .skel")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_reaches_beyond_a_phone(visit, manager, seeded, width):
    page = visit(manager)
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/summary/")
    page.wait_for_load_state("networkidle")

    assert page.evaluate("document.documentElement.scrollWidth") == width
    # Of a line that is wider than the screen it is said how much there is.
    n = page.locator("#summary-trend tbody").first.locator("tr").count()
    expect(page.locator(".all-points")).to_have_text(f"{n} points, the newest in view; the older ones stand to the left.")
    expect(page.locator(".all-points")).to_be_visible()


def test_it_prints_on_two_pages(visit, manager, seeded):
    page = visit(manager)
    page.goto("/summary/")
    page.wait_for_load_state("networkidle")

    for paper in ("Letter", "A4"):
        assert page.pdf(format=paper, print_background=True, margin=dict.fromkeys(SIDES, "1cm")).count(b"/Type /Page\n") == 2
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 720, "height": 1000})
    expect(page.get_by_role("columnheader", name="Against last version")).to_be_visible()
    expect(page.locator("#summary > .on-paper")).to_contain_text("All agents · All channels")
    # What is broken over pages in a grid ends up on top of what follows.
    assert page.locator("#summary .cols").evaluate("cols => getComputedStyle(cols).display") == "block"
