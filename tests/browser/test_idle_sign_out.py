"""A sign-in that ends: what was on the page goes, activity keeps it, and a tab in the background does not."""

import re

import pytest

from labeling.models import Label
from tests import sign_ins
from tests.browser.driver import expect

pytestmark = pytest.mark.browser

IDLE = 15 * 60
SPOKEN = "I need to move my visit."


@pytest.fixture
def pass_time(monkeypatch):
    """Lets time pass for the sign-ins and for the browser together."""
    monkeypatch.setattr("labeling.middleware.sign_in_age.GRAIN_SECONDS", 0)

    def move_on(page, seconds):
        sign_ins.pass_time(seconds)
        page.clock.fast_forward(seconds * 1000)

    return move_on


@pytest.fixture
def opened(visit, reviewer, talk):
    """A session's page in a browser whose clock the test moves."""
    page = visit(reviewer)
    page.clock.install()
    page.goto(f"/sessions/{talk().pk}/")
    expect(page.locator("#turns")).to_contain_text(SPOKEN)
    return page


def expect_emptied(page):
    """This will see that nothing is left of the page but the way back in."""
    dialog = page.get_by_role("dialog", name="You were signed out.")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("amara@example.com")
    expect(dialog.get_by_role("link", name="Sign in")).to_be_focused()
    expect(page).to_have_title(re.compile("Signed out"))
    assert SPOKEN not in page.content()
    assert "Northlake" not in page.content()


def test_a_page_left_alone_is_emptied_in_real_time(visit, reviewer, talk, settings, monkeypatch, watch):
    watch.expect("status of 401")
    settings.IDLE_SIGN_OUT_SECONDS = 3
    monkeypatch.setattr("labeling.middleware.sign_in_age.GRAIN_SECONDS", 0)
    session = talk()
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/?saved=1")
    expect(page.locator("#turns")).to_contain_text(SPOKEN)

    expect(page.get_by_role("dialog", name="You were signed out.")).to_be_visible(timeout=10_000)

    expect_emptied(page)
    expect(page).to_have_url(re.compile(rf"/sessions/{session.pk}/$"))


def test_signing_in_again_leads_back_to_the_same_page(opened, known, pass_time, watch):
    watch.expect("status of 401")
    address = opened.url
    pass_time(opened, IDLE + 2)
    expect_emptied(opened)

    opened.keyboard.press("Enter")
    expect(opened.get_by_role("heading", name="Sign in")).to_be_visible()
    opened.get_by_label("Email").fill("amara@example.com")
    opened.get_by_label("Password").fill("correct horse battery")
    opened.keyboard.press("Enter")

    expect(opened).to_have_url(address)
    expect(opened.locator("#turns")).to_contain_text(SPOKEN)


def test_back_from_the_sign_in_does_not_bring_the_page_back(opened, pass_time, watch):
    watch.expect("status of 401")
    pass_time(opened, IDLE + 2)
    expect_emptied(opened)

    opened.keyboard.press("Enter")
    expect(opened.get_by_role("heading", name="Sign in")).to_be_visible()
    opened.go_back()

    expect(opened.get_by_role("heading", name="Sign in")).to_be_visible()
    assert SPOKEN not in opened.content()


def test_keys_keep_the_sign_in(opened, pass_time):
    for _ in range(3):
        pass_time(opened, IDLE - 120)
        with opened.expect_response(lambda answer: answer.url.endswith("/activity/") and answer.request.method == "POST"):
            opened.keyboard.press("Shift")

    expect(opened.locator("#turns")).to_contain_text(SPOKEN)
    expect(opened.get_by_role("dialog", name="You were signed out.")).to_have_count(0)


def test_a_pointer_that_rests_while_the_page_moves_is_nobody_at_work(opened, pass_time, watch):
    reports = []
    opened.on("request", lambda request: reports.append(request.url) if request.url.endswith("/activity/") and request.method == "POST" else None)

    opened.evaluate("document.body.dispatchEvent(new PointerEvent('pointermove', { bubbles: true }))")
    pass_time(opened, 120)
    opened.wait_for_timeout(300)
    assert reports == []

    with opened.expect_response(lambda answer: answer.url.endswith("/activity/") and answer.request.method == "POST"):
        opened.mouse.move(300, 300)
        opened.mouse.move(320, 310)


def test_an_open_tab_that_nobody_uses_does_not_keep_the_sign_in(opened, pass_time, watch):
    watch.expect("status of 401")
    other = opened.context.new_page()
    # With the panels that come after the page: what is asked for later is use of it.
    other.goto("/summary/", wait_until="networkidle")

    pass_time(opened, IDLE - 60)
    for tab in (opened, other):
        tab.bring_to_front()
        tab.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    pass_time(opened, 62)

    for tab in (opened, other):
        expect(tab.get_by_role("dialog", name="You were signed out.")).to_be_visible()
    assert SPOKEN not in opened.content()


def test_work_in_one_tab_keeps_the_other_tab(opened, pass_time):
    other = opened.context.new_page()
    other.goto("/summary/")

    pass_time(opened, IDLE - 60)
    other.goto("/sessions/")
    with opened.expect_response(lambda answer: answer.url.endswith("/activity/") and answer.request.method == "GET"):
        pass_time(opened, 62)

    expect(opened.locator("#turns")).to_contain_text(SPOKEN)


def test_signing_out_in_one_tab_empties_the_other_when_it_is_looked_at(opened, visit, watch):
    watch.expect("status of 401")
    other = opened.context.new_page()
    other.goto("/review/")
    other.get_by_role("button", name="account and settings").click()
    other.get_by_role("button", name="Sign out").click()
    expect(other.get_by_role("heading", name="Sign in")).to_be_visible()

    opened.bring_to_front()
    opened.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect_emptied(opened)


def test_a_submit_after_the_sign_in_ended_empties_the_page_and_saves_nothing(opened, watch):
    watch.expect("status of 401|Response Status Error")
    opened.context.clear_cookies(name="sessionid")

    opened.keyboard.press("1")
    opened.keyboard.press("Control+Enter")

    expect_emptied(opened)
    assert not Label.objects.exists()


def test_a_days_work_ends_the_sign_in_however_busy(visit, reviewer, talk, settings, pass_time, watch):
    watch.expect("status of 401")
    settings.ABSOLUTE_SIGN_OUT_SECONDS = 3600
    page = visit(reviewer)
    page.clock.install()
    page.goto(f"/sessions/{talk().pk}/")

    for _ in range(5):
        pass_time(page, 601)
        # Its answer is waited for: what is written with it would take the time back that passes next.
        with page.expect_response(lambda answer: answer.url.endswith("/activity/") and answer.request.method == "POST"):
            page.keyboard.press("Shift")
    pass_time(page, 601)

    expect_emptied(page)
