"""The mission, without a mouse: from the list to a session, a label, and back."""

import re
from datetime import timedelta

import pytest

from labeling.models import Label, LabelWithdrawal
from tests.browser.driver import expect, expect_settled
from tests.factories import NOON, IssueCategoryFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def opened(visit, reviewer, talk):
    """The page of one session that nobody has labeled."""
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")
    return page


def test_j_and_k_move_through_the_rows_and_enter_opens(visit, reviewer, talk):
    older, newer = talk(at=NOON), talk(at=NOON + timedelta(hours=1))
    page = visit(reviewer)
    page.goto("/sessions/")
    rows = page.locator(".rowlink")

    page.keyboard.press("j")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("j")
    expect(rows.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(rows.nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")

    expect(page).to_have_url(re.compile(rf"/sessions/{older.pk}/$"))
    assert newer.pk != older.pk


def test_a_session_is_labeled_from_the_list_and_back_with_keys_alone(visit, reviewer, talk):
    session = talk()
    page = visit(reviewer)
    page.goto("/sessions/")

    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(page).to_have_url(re.compile(rf"/sessions/{session.pk}/$"))
    page.wait_for_load_state()
    page.keyboard.press("3")
    page.keyboard.press("c")
    page.keyboard.type("Moved to the wrong day, 3 of 4.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text("Saved BAD")
    expect(page.get_by_role("heading", name="Your label")).to_be_focused()
    for key in ("g", "s"):
        page.keyboard.press(key)

    expect(page).to_have_url(re.compile("/sessions/$"))
    expect(page.locator("tbody tr", has=page.locator(".rowlink")).locator(".rate.bad")).to_have_text("BAD")
    label = Label.objects.get()
    assert (label.session_id, label.code, label.comment, label.rater.user) == (session.pk, "BAD", "Moved to the wrong day, 3 of 4.", reviewer)


@pytest.mark.parametrize(("key", "code"), [("1", "GOOD"), ("2", "OK"), ("3", "BAD"), ("4", "N/A")])
def test_a_digit_chooses_a_code_and_shows_what_it_means(opened, key, code):
    opened.keyboard.press(key)

    expect(opened.get_by_role("radio", name=code)).to_be_checked()
    expect(opened.locator(".rubric:visible")).to_contain_text(f"{code}:")


def test_the_digits_from_five_toggle_the_first_six_issues(visit, reviewer, talk):
    for number in range(7):
        IssueCategoryFactory(name=f"Issue {number}", order=number)
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")

    for key in ("5", "0", "6", "6"):
        page.keyboard.press(key)

    checked = [box.get_attribute("value") for box in page.locator("#label [name=issues]:checked").all()]
    assert checked == ["Issue 0", "Issue 5"]


def test_digits_typed_into_the_comment_are_text(opened):
    opened.keyboard.press("c")
    opened.keyboard.type("13j?")

    expect(opened.get_by_label("Comment")).to_have_value("13j?")
    expect(opened.locator("[name=code]:checked")).to_have_count(0)


def test_saving_keeps_focus_in_the_panel(opened):
    opened.keyboard.press("1")
    opened.keyboard.press("Control+Enter")

    expect(opened.locator("#announce")).to_have_text("Saved GOOD")
    expect(opened.get_by_role("heading", name="Your label")).to_be_focused()


def test_z_takes_the_label_back(visit, reviewer, talk):
    session = talk()
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/")
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text("Saved GOOD")
    expect_settled(page)

    page.keyboard.press("z")

    expect(page.locator("#announce")).to_have_text("Label withdrawn")
    expect(page.get_by_role("heading", name="Your label")).to_be_focused()
    assert LabelWithdrawal.objects.get().session == session
    page.goto("/sessions/")
    expect(page.locator("tbody .unset", has_text="Unlabeled")).to_be_visible()


def test_z_on_home_undoes_the_last_label(visit, reviewer, talk):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text("Saved OK")
    expect_settled(page)
    for key in ("g", "r"):
        page.keyboard.press(key)
    # The session has such a button as well, and takes keys until it is left.
    expect(page.get_by_role("heading", name="Review", level=1)).to_be_visible()
    page.wait_for_load_state()

    page.keyboard.press("z")

    expect(page).to_have_url(re.compile(r"/sessions/\d+/$"))
    assert LabelWithdrawal.objects.count() == 1


def test_bad_without_a_reason_is_asked_about_with_focus_and_keeps_the_choice(opened, watch):
    watch.expect("status of 422")

    opened.keyboard.press("3")
    opened.keyboard.press("Control+Enter")

    notice = opened.locator("#label [role=alert]")
    expect(notice).to_contain_text("BAD needs an issue or a comment")
    expect(notice).to_be_focused()
    expect(opened.get_by_role("radio", name="BAD")).to_be_checked()
    assert not Label.objects.exists()


@pytest.mark.parametrize("cure", ["c", "i", "2"])
def test_what_a_refusal_asked_for_is_not_asked_for_once_it_is_there(opened, watch, cure):
    watch.expect("status of 422")
    IssueCategoryFactory(name="Slow")
    opened.reload()
    opened.keyboard.press("3")
    opened.keyboard.press("Control+Enter")
    asked = opened.locator("#issues-error")
    expect(asked).to_be_visible()

    opened.keyboard.press(cure)
    if cure != "2":
        opened.keyboard.type("Slow")
    if cure == "i":
        opened.keyboard.press("Enter")

    expect(asked).to_be_hidden()
    expect(opened.locator("#label [role=alert]")).to_have_text("Not saved.", use_inner_text=True)


def test_a_form_that_comes_back_keeps_what_was_typed(opened, watch):
    watch.expect("status of 422")

    opened.keyboard.press("c")
    opened.keyboard.type("She said <no> twice & left.")
    opened.keyboard.press("Control+Enter")

    expect(opened.locator("#label [role=alert]")).to_contain_text("Choose GOOD, OK, BAD or N/A")
    expect(opened.get_by_label("Comment")).to_have_value("She said <no> twice & left.")


def test_a_second_submit_in_flight_is_dropped(opened):
    held = []
    opened.route("**/labels/**", lambda route: held.append(route))

    opened.keyboard.press("1")
    opened.keyboard.press("Control+Enter")
    expect(opened.locator("#label-submit")).to_be_disabled()
    opened.keyboard.press("Control+Enter")
    opened.keyboard.press("Control+Enter")
    opened.locator("#label").evaluate("form => form.requestSubmit()")
    assert len(held) == 1
    held[0].continue_()

    expect(opened.locator("#announce")).to_have_text("Saved GOOD")
    assert Label.objects.count() == 1


def test_a_double_click_is_one_label(opened):
    opened.get_by_role("radio", name="GOOD").check(force=True)
    opened.locator("#label-submit").dblclick()

    expect(opened.locator("#announce")).to_have_text("Saved GOOD")
    assert Label.objects.count() == 1


def test_a_held_submit_key_is_one_label(opened):
    opened.keyboard.press("1")
    opened.keyboard.down("Control")
    for _ in range(5):
        opened.keyboard.down("Enter")
    opened.keyboard.up("Enter")
    opened.keyboard.up("Control")

    expect(opened.locator("#announce")).to_have_text("Saved GOOD")
    assert Label.objects.count() == 1


def test_a_broken_connection_says_so_and_loses_nothing(opened, watch):
    watch.expect("ERR_FAILED|^htmx:")
    broken = ["yes"]
    opened.route("**/labels/**", lambda route: route.abort() if broken else route.continue_())

    opened.keyboard.press("3")
    opened.keyboard.press("c")
    opened.keyboard.type("Cut off in the middle.")
    opened.keyboard.press("Control+Enter")
    notice = opened.locator("#alert .notice")
    expect(notice).to_contain_text("Not saved.")
    expect(opened.get_by_label("Comment")).to_have_value("Cut off in the middle.")
    broken.clear()
    notice.get_by_role("button", name="Try again").click()

    expect(opened.locator("#announce")).to_have_text("Saved BAD")
    expect(notice).to_have_count(0)
    assert Label.objects.get().comment == "Cut off in the middle."
