"""Keys that act anywhere, the sheet that lists them, and the links that skip."""

import re

import pytest

from tests.browser.driver import expect, tab_to

pytestmark = pytest.mark.browser


def test_the_sheet_lists_the_keys_and_esc_gives_focus_back(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/sessions/")
    page.keyboard.press("j")

    page.keyboard.press("?")
    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(sheet).to_be_visible()
    expect(sheet.locator("li", has_text="Next, previous row").locator("kbd")).to_have_text(["J", "K"])
    expect(sheet.locator("li", has_text="Find a session").locator("kbd")).to_have_text(["/"])
    page.keyboard.press("Escape")

    expect(sheet).to_be_hidden()
    expect(page.locator(".rowlink")).to_be_focused()


def test_the_sheet_opens_from_its_button_and_gives_focus_back_to_it(visit, reviewer):
    page = visit(reviewer)
    page.goto("/review/")
    button = page.get_by_role("button", name="Keyboard shortcuts")

    tab_to(page, button)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")

    expect(button).to_be_focused()


def test_no_key_acts_on_the_page_behind_the_sheet(visit, reviewer, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")

    page.keyboard.press("?")
    page.keyboard.press("1")

    expect(page.locator("[name=code]:checked")).to_have_count(0)


def test_every_key_on_the_sheet_of_a_session_is_printed_with_its_words(visit, reviewer, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")

    page.keyboard.press("?")

    sheet = page.get_by_role("dialog", name="Keyboard shortcuts")
    printed = {
        "GOOD, OK, BAD, N/A": ["1", "2", "3", "4"],
        "Rate GOOD, OK or N/A and submit": ["Shift+1", "2", "4"],
        "Add an issue": ["I"],
        "Accept the suggested issue": ["U"],
        "Cite the current turn": ["E"],
        "Comment": ["C"],
        "Ask for a second opinion": ["O"],
        "Tell someone now": ["A"],
        "Undo the last label": ["Z"],
        "Next, previous turn": ["J", "K"],
        "Next, previous problem": ["N", "P"],
        "Search the transcript": ["F"],
    }
    for words, keys in printed.items():
        expect(sheet.locator("li", has_text=words).locator("kbd")).to_have_text(keys)
    expect(sheet.locator("li", has_text=re.compile("^Submit")).locator("kbd")).to_have_text(["Ctrl+Enter"])
    expect(sheet).not_to_contain_text("previous row")


@pytest.mark.parametrize(("key", "address"), [("r", "/review/"), ("s", "/sessions/"), ("m", "/summary/")])
def test_g_and_a_letter_go_to_a_page(visit, reviewer, key, address):
    page = visit(reviewer)
    page.goto("/settings/")

    page.keyboard.press("g")
    page.keyboard.press(key)

    expect(page).to_have_url(re.compile(f"{address}$"))


def test_a_slash_finds_and_esc_leaves_the_field(visit, reviewer, talk):
    session = talk(external_id="wc_8f3a2c")
    page = visit(reviewer)
    page.goto("/review/")

    page.keyboard.press("/")
    expect(page.get_by_label("Find a session")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Find a session")).not_to_be_focused()
    page.keyboard.press("/")
    page.keyboard.type("wc_8f3a2c")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(rf"/sessions/{session.pk}/$"))


def test_keys_with_a_modifier_are_the_browsers(visit, reviewer, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")

    for key in ("Alt+1", "Meta+c", "Control+Shift+3"):
        page.keyboard.press(key)

    expect(page.locator("[name=code]:checked")).to_have_count(0)
    expect(page.get_by_label("Comment")).not_to_be_focused()


def test_the_first_tab_skips_to_the_results(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/sessions/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to results")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to results")).to_be_in_viewport()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.locator("#results :focus")).to_have_count(1)


def test_skip_links_lead_to_the_transcript_and_to_the_label(visit, reviewer, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to transcript")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#turns")).to_be_focused()
    page.reload()
    page.get_by_role("link", name="Skip to label").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")

    expect(page.locator("#label-panel :focus")).to_have_count(1)


@pytest.mark.parametrize("address", ["/review/", "/summary/", "/settings/"])
def test_the_first_tab_skips_to_the_content(visit, reviewer, address):
    page = visit(reviewer)
    page.goto(address)

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#main")).to_be_focused()
