"""One person, one session, two tabs: both versions are shown and nothing is overwritten silently."""

import re

import pytest

from labeling.models import Draft, Label
from tests.browser.driver import expect, expect_settled

pytestmark = pytest.mark.browser


@pytest.fixture
def tabs(visit, reviewer, talk):
    """Two tabs of one browser, both on the same session before anybody labeled it."""
    address = f"/sessions/{talk().pk}/"
    first = visit(reviewer)
    second = first.context.new_page()
    for tab in (first, second):
        tab.goto(address)
    return first, second


@pytest.fixture
def conflict(tabs, watch):
    """The second tab, after the first one saved GOOD and it tried BAD with a comment."""
    watch.expect("status of 409")
    first, second = tabs
    first.keyboard.press("1")
    first.keyboard.press("Control+Enter")
    expect(first.locator("#announce")).to_have_text("Saved GOOD")
    second.bring_to_front()
    second.keyboard.press("3")
    second.keyboard.press("c")
    second.keyboard.type("Typed in the second tab.")
    second.keyboard.press("Control+Enter")
    expect(second.locator("#label-panel .pair")).to_be_visible()
    expect_settled(second)
    return second


def test_the_second_tab_sees_both_versions_with_focus(conflict):
    notice = conflict.locator("#label-panel .notice[role=alert]")

    expect(notice).to_contain_text("You already labeled this GOOD")
    expect(notice).to_contain_text("Nothing was overwritten.")
    expect(notice).to_be_focused()
    expect(notice.locator(".pair > div").nth(0)).to_contain_text("GOOD")
    expect(notice.locator(".pair > div").nth(1)).to_contain_text("BAD")
    expect(notice.locator(".pair > div").nth(1)).to_contain_text("Typed in the second tab.")
    expect(conflict.get_by_label("Comment")).to_have_value("Typed in the second tab.")
    assert [label.code for label in Label.objects.all()] == ["GOOD"]


def test_use_this_one_replaces_the_saved_label_and_keeps_it_in_the_history(conflict):
    conflict.get_by_role("button", name="Use this one").click()

    expect(conflict.locator("#announce")).to_have_text("Saved BAD")
    expect(conflict.locator(".history li")).to_have_count(2)
    bad = Label.objects.get(code="BAD")
    assert (bad.comment, bad.replaces.code) == ("Typed in the second tab.", "GOOD")


def test_a_key_that_rates_and_submits_does_not_choose_between_the_two(conflict):
    conflict.wait_for_timeout(1100)
    conflict.keyboard.press("Shift+2")
    conflict.wait_for_timeout(800)

    assert [label.code for label in Label.objects.all()] == ["GOOD"]


def test_the_dock_asks_for_a_reason_before_it_replaces_what_another_tab_saved(conflict, watch):
    watch.expect("status of 422")
    conflict.evaluate("document.querySelector('.dock .ok').click()")

    expect(conflict.locator("#label-panel .notice[role=alert]")).to_contain_text("why you change your label")
    assert [label.code for label in Label.objects.all()] == ["GOOD"]


def test_keep_saved_leaves_no_draft_of_what_was_given_up(conflict):
    conflict.get_by_label("Comment").fill("Typed and given up")
    conflict.get_by_role("button", name="Keep saved").click()

    expect(conflict.get_by_role("button", name="Change my label")).to_be_visible()
    conflict.wait_for_timeout(800)
    assert not Draft.objects.filter(is_open=True).exists()


def test_keep_saved_leaves_the_label_as_it_is(conflict):
    conflict.get_by_role("button", name="Keep saved").click()

    expect(conflict.get_by_role("radio", name="GOOD")).to_be_checked()
    expect(conflict.get_by_role("button", name="Change my label")).to_be_visible()
    assert [label.code for label in Label.objects.all()] == ["GOOD"]


def test_a_label_withdrawn_in_another_tab_is_told(tabs, watch):
    watch.expect("status of 409")
    first, second = tabs
    first.keyboard.press("1")
    first.keyboard.press("Control+Enter")
    expect(first.locator("#announce")).to_have_text("Saved GOOD")
    expect_settled(first)
    second.reload()
    first.keyboard.press("z")
    expect(first.locator("#announce")).to_have_text("Label withdrawn")

    second.bring_to_front()
    second.keyboard.press("2")
    second.keyboard.press("Control+Enter")

    expect(second.locator("#label-panel .notice[role=alert]")).to_contain_text("You withdrew your label in another tab.")
    expect(second.get_by_role("radio", name="OK")).to_be_checked()


def test_two_people_label_the_same_session_and_both_labels_stand(tabs, visit, manager):
    mine, _ = tabs
    theirs = visit(manager)
    theirs.goto(mine.url)

    for page, key, code in ((mine, "1", "GOOD"), (theirs, "2", "OK")):
        page.keyboard.press(key)
        page.keyboard.press("Control+Enter")
        expect(page.locator("#announce")).to_have_text(f"Saved {code}")

    expect(theirs.locator("#label-panel")).to_contain_text("Amara Osei")
    assert sorted(label.code for label in Label.objects.all()) == ["GOOD", "OK"]
    theirs.goto("/sessions/?label=DISPUTED")
    expect(theirs.locator(".rowlink")).to_have_count(1)
    assert re.search("DISPUTED", theirs.url)


def test_what_was_typed_on_a_page_that_is_left_too_soon_is_offered_when_the_session_is_opened_again(tabs, watch):
    watch.expect("status of 409")
    first, second = tabs
    first.get_by_label("Comment").fill("Saved in the first tab.")
    expect(first.locator("#draft-status")).to_contain_text("Draft saved")
    second.bring_to_front()
    second.get_by_label("Comment").fill("Typed, and left at once.")
    address = second.url
    second.goto("/review/")

    # What a page sends as it is left may arrive after the next one was asked for.
    for _ in range(100):
        if Draft.objects.get().others:
            break
        second.wait_for_timeout(50)
    second.goto(address)

    notice = second.locator("#label-panel .notice", has_text="You left another text behind here.")
    expect(notice.locator(".pair > div").nth(0)).to_contain_text("Saved in the first tab.")
    expect(notice.locator(".pair > div").nth(1)).to_contain_text("Typed, and left at once.")
    notice.get_by_role("button", name="Use it instead").press("Enter")
    expect(second.get_by_label("Comment")).to_have_value("Typed, and left at once.")
    expect(second.locator("#label-panel")).not_to_contain_text("left another text behind")
    assert [draft.comment for draft in Draft.objects.all()] == ["Typed, and left at once."]


def test_keep_the_other_gives_up_what_this_tab_typed(tabs, watch):
    watch.expect("status of 409")
    first, second = tabs
    first.get_by_label("Comment").fill("Saved in the first tab.")
    expect(first.locator("#draft-status")).to_contain_text("Draft saved")
    second.bring_to_front()
    second.get_by_label("Comment").fill("Typed in the second tab.")
    expect(second.locator("#draft-conflict")).to_be_visible()

    second.get_by_role("button", name="Keep the other").click()

    expect(second.get_by_label("Comment")).to_have_value("Saved in the first tab.")
    second.reload()
    expect(second.locator("#label-panel")).not_to_contain_text("left another text behind")
