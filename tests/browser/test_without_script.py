"""Everything a reviewer needs works before any script does."""

import re

import pytest

from labeling.models import Label, LabelWithdrawal
from tests.browser.driver import expect
from tests.factories import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(visit, reviewer):
    """A signed-in page of a browser that runs no script."""
    return visit(reviewer, java_script_enabled=False)


def test_signing_in_and_out_without_script(visit, known):
    page = visit(java_script_enabled=False)

    page.goto("/sessions/")
    page.get_by_label("Email").fill("amara@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    expect(page.get_by_role("button", name="Sign in with a passkey")).to_have_count(0)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(re.compile("/sessions/$"))
    page.get_by_role("button", name="account and settings").click()
    page.get_by_role("button", name="Sign out").click()

    expect(page).to_have_url(re.compile("/accounts/login/"))


def test_filters_apply_with_their_button_and_say_so_in_the_address(plain, talk):
    voice, chat = talk(), talk(channel="chat")
    plain.goto("/sessions/")

    plain.locator("summary", has_text="Channel").click()
    plain.get_by_label("Chat", exact=True).check()
    plain.get_by_role("button", name="Show sessions").click()

    expect(plain).to_have_url(re.compile("channel=chat"))
    expect(plain.locator(".rowlink")).to_have_count(1)
    expect(plain.locator(".rowlink")).to_have_attribute("href", f"/sessions/{chat.pk}/")
    expect(plain.get_by_label("Chat", exact=True)).to_be_checked()
    assert voice.pk != chat.pk


def test_the_choices_of_a_folded_group_are_one_link_away(plain, talk):
    talk(tool_names=["book"]), talk(tool_names=["refill"])
    plain.goto("/sessions/?channel=voice")

    plain.locator("summary", has_text="Tool").click()
    plain.locator("#facet-tool").get_by_role("link", name="Show choices").click()
    plain.locator("#facet-tool").get_by_label("book").first.check()
    plain.get_by_role("button", name="Show sessions").click()

    expect(plain).to_have_url(re.compile("channel=voice.*tool=book"))
    expect(plain.locator(".rowlink")).to_have_count(1)
    expect(plain.locator("#facet-tool").get_by_role("checkbox", name="book", exact=True)).to_be_checked()


def test_a_choice_is_left_out_by_its_own_box(plain, talk):
    voice, chat = talk(), talk(channel="chat")
    plain.goto("/sessions/")

    plain.locator("summary", has_text="Channel").click()
    plain.get_by_label("Leave out Chat").check()
    plain.get_by_role("button", name="Show sessions").click()

    expect(plain.locator(".rowlink")).to_have_count(1)
    expect(plain.locator(".rowlink")).to_have_attribute("href", f"/sessions/{voice.pk}/")
    assert voice.pk != chat.pk


def test_a_head_sorts_by_its_link_and_nothing_dead_is_shown(plain, talk):
    long, short = talk(duration=90), talk(duration=20)
    plain.goto("/sessions/?sort=-length")

    plain.get_by_role("columnheader", name="Length").get_by_role("link").click()

    expect(plain.locator(".rowlink").first).to_have_attribute("href", f"/sessions/{short.pk}/")
    expect(plain.locator("[data-copy]:visible, [data-narrow]:visible")).to_have_count(0)
    assert long.pk != short.pk


def test_a_filter_is_removed_by_the_link_on_its_chip(plain, talk):
    talk(), talk(channel="chat")
    plain.goto("/sessions/?channel=chat")

    plain.get_by_role("link", name="Remove filter Channel").click()

    expect(plain.locator(".rowlink")).to_have_count(2)
    expect(plain).to_have_url(re.compile("/sessions/$|/sessions/[?]$"))


def test_pages_turn_by_their_links(plain, talk):
    for _ in range(51):
        talk()
    plain.goto("/sessions/")

    plain.get_by_role("link", name="Older").click()
    expect(plain.locator(".rowlink")).to_have_count(1)
    plain.get_by_role("link", name="Newer").click()

    expect(plain.locator(".rowlink")).to_have_count(50)


def test_a_session_is_opened_labeled_and_the_label_withdrawn(plain, talk):
    session = talk()
    plain.goto("/sessions/")

    plain.locator(".rowlink").click()
    plain.locator("label.ok").click()
    plain.get_by_label("Comment").fill("A little slow.")
    plain.get_by_role("button", name="Submit").click()
    expect(plain.locator(".label-head .rate")).to_have_text("OK")
    expect(plain.get_by_role("heading", name="History")).to_be_visible()
    plain.get_by_role("button", name="Withdraw").click()

    expect(plain.locator(".label-head .rate")).to_have_count(0)
    expect(plain).to_have_url(re.compile(rf"/sessions/{session.pk}/"))
    assert (Label.objects.get().comment, LabelWithdrawal.objects.count()) == ("A little slow.", 1)


def test_a_label_with_a_question_comes_back_as_a_whole_page(plain, talk, watch):
    watch.expect("status of 422")
    plain.goto(f"/sessions/{talk().pk}/")

    plain.locator("label.bad").click()
    plain.get_by_role("button", name="Submit").click()

    expect(plain.locator("#label [role=alert]")).to_contain_text("BAD needs an issue or a comment")
    expect(plain.get_by_role("radio", name="BAD")).to_be_checked()
    expect(plain.locator("#turns")).to_contain_text("I need to move my visit.")


def test_a_setting_is_saved_by_the_button_of_its_page(plain, reviewer):
    plain.goto("/settings/")

    plain.locator("main").get_by_label("Dark").check()
    plain.locator("main").get_by_role("button", name="Save").click()

    expect(plain.locator("html")).to_have_attribute("data-theme", "dark")
    reviewer.refresh_from_db()
    assert (reviewer.theme, reviewer.shortcuts) == ("dark", True)


def test_a_setting_is_saved_by_the_button_of_the_menu(plain, reviewer):
    plain.goto("/review/")

    plain.get_by_role("button", name="account and settings").click()
    plain.locator("#account label", has_text="Compact").click()
    plain.locator("#account").get_by_label("Single-key shortcuts").uncheck()
    plain.locator("#account").get_by_role("button", name="Save").click()

    expect(plain.locator("html")).to_have_attribute("data-density", "compact")
    reviewer.refresh_from_db()
    assert (reviewer.density, reviewer.shortcuts) == ("compact", False)


def test_a_session_is_found_by_its_id(plain, talk):
    session = talk(external_id="wc_8f3a2c")
    plain.goto("/review/")

    plain.get_by_label("Find a session").fill("wc_8f3a2c")
    plain.get_by_label("Find a session").press("Enter")

    expect(plain).to_have_url(re.compile(rf"/sessions/{session.pk}/$"))
