"""Telling somebody now, asking a colleague and seeing who is here, from the page of a session."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Incident, Presence, SecondOpinion
from tests.browser.driver import axe_complaints, expect, expect_settled
from tests.factories import FixedIssueFactory, IncidentFactory, IssueCategoryFactory, PresenceFactory, UserFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def dana(db):
    return UserFactory(name="Dana Reyes", email="dana@example.com", takes_incidents=True)


@pytest.fixture
def opened(visit, reviewer, talk, dana):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk().pk}/", wait_until="networkidle")
    return page


def test_a_key_opens_the_line_and_enter_tells_them(opened):
    opened.keyboard.press("a")
    sheet = opened.locator("#incident")
    expect(sheet).to_be_visible()
    expect(opened.get_by_label("What happened, in one line")).to_be_focused()
    expect(sheet).to_contain_text("Dana Reyes will be told now.")

    opened.keyboard.type("The agent read 3 numbers aloud!")
    opened.keyboard.press("Enter")

    expect(opened.locator("#announce")).to_have_text("Dana Reyes was told.")
    expect(sheet).to_be_hidden()
    assert Incident.objects.get().line == "The agent read 3 numbers aloud!"


def test_the_focus_returns_and_a_second_incident_is_another(opened):
    for line in ("First.", "Second."):
        opened.get_by_role("button", name="Tell someone now").focus()
        opened.keyboard.press("Enter")
        opened.get_by_label("What happened, in one line").fill(line)
        opened.keyboard.press("Enter")
        expect(opened.locator("#incident")).to_be_hidden()
        expect(opened.get_by_role("button", name="Tell someone now")).to_be_focused()
        expect_settled(opened)

    assert list(Incident.objects.order_by("pk").values_list("line", flat=True)) == ["First.", "Second."]


@pytest.mark.parametrize("way", ["Escape", "Cancel", "submit"])
@pytest.mark.parametrize("sheet", ["incident", "second-opinion"])
def test_a_sheet_that_closes_gives_the_focus_back_to_the_turn(opened, sheet, way):
    turn = opened.locator("#turns > li").nth(1)
    turn.focus()
    opened.keyboard.press({"incident": "a", "second-opinion": "o"}[sheet])
    field = opened.get_by_label({"incident": "What happened, in one line", "second-opinion": "Note"}[sheet])
    field.fill("Wrong dose.")

    if way == "Escape":
        opened.keyboard.press("Escape")
        opened.keyboard.press("Escape")
    elif way == "Cancel":
        opened.locator(f"#{sheet}").get_by_role("button", name="Cancel").click()
    else:
        if sheet == "second-opinion":
            opened.get_by_label("Colleague").select_option("Dana Reyes")
        opened.locator(f"#{sheet} [type=submit]").click()

    expect(opened.locator(f"#{sheet}")).to_be_hidden()
    expect(turn).to_be_focused()


@pytest.mark.parametrize("gone", ["removed", "never there"])
def test_where_nothing_can_take_the_focus_back_the_transcript_does(opened, gone):
    if gone == "removed":
        opened.locator("#turns > li").nth(1).focus()
        opened.get_by_role("button", name="Tell someone now").focus()
    opened.keyboard.press("a")
    expect(opened.get_by_label("What happened, in one line")).to_be_focused()
    opened.locator("[popovertarget=incident]").first.evaluate("one => one.remove()")

    opened.keyboard.press("Escape")
    opened.keyboard.press("Escape")

    expect(opened.locator("#turns > li").nth(1) if gone == "removed" else opened.locator("#talk")).to_be_focused()


def test_what_a_person_clicks_beside_a_sheet_keeps_the_focus(opened):
    opened.locator("#turns > li").nth(1).focus()
    opened.keyboard.press("o")
    expect(opened.get_by_label("Note")).to_be_visible()

    opened.locator("#comment").click()

    expect(opened.locator("#second-opinion")).to_be_hidden()
    opened.wait_for_timeout(100)
    expect(opened.locator("#comment")).to_be_focused()


def test_on_a_phone_a_sheet_leads_back_to_the_label_that_opened_it(visit, reviewer, talk, dana):
    FixedIssueFactory(place=1, category=IssueCategoryFactory(name="Wrong dose", severity="critical"))
    page = visit(reviewer, viewport={"width": 390, "height": 844}, has_touch=True)
    page.goto(f"/sessions/{talk().pk}/", wait_until="networkidle")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Wrong dose").click()
    expect(page.locator("#incident")).to_be_visible()

    page.locator("#incident").get_by_role("button", name="Cancel").click()

    expect(page.locator("#incident")).to_be_hidden()
    expect(page.locator("#label-panel")).to_be_visible()
    expect(page.get_by_role("button", name="Wrong dose")).to_be_focused()


def test_the_current_turn_is_told_unless_it_is_unchecked(opened):
    for is_kept in (True, False):
        opened.locator("#turns > li").nth(1).focus()
        opened.keyboard.press("a")
        place = opened.locator("#incident [name=at_ms]")
        expect(place).to_be_checked()
        expect(opened.get_by_label("At the current turn, 0:04")).to_be_visible()
        if not is_kept:
            place.uncheck()
        opened.get_by_label("What happened, in one line").fill(f"Kept: {is_kept}")
        opened.keyboard.press("Enter")
        expect(opened.locator("#incident")).to_be_hidden()
        expect_settled(opened)

    assert list(Incident.objects.order_by("pk").values_list("target_uid", "at_ms")) == [("t2", 4_000), ("", None)]


def test_an_empty_line_is_refused_with_what_is_missing(opened, watch):
    watch.expect("status of 422")
    opened.keyboard.press("a")

    opened.get_by_label("What happened, in one line").fill(" ")
    opened.keyboard.press("Enter")

    notice = opened.locator("#incident [role=alert]")
    expect(notice).to_contain_text("Say in one line what happened.")
    expect(notice).to_be_focused()
    assert not Incident.objects.exists()


def test_escape_leaves_the_field_and_then_the_sheet(opened):
    opened.keyboard.press("a")
    expect(opened.get_by_label("What happened, in one line")).to_be_focused()

    opened.keyboard.press("Escape")
    opened.keyboard.press("Escape")

    expect(opened.locator("#incident")).to_be_hidden()


def test_a_broken_connection_keeps_the_line(opened, watch):
    watch.expect("Failed to load resource|ERR_|htmx:sendError|htmx:afterRequest")
    opened.keyboard.press("a")
    opened.route("**/incidents/", lambda route: route.abort())

    opened.get_by_label("What happened, in one line").fill("Wrong dose.")
    opened.keyboard.press("Enter")
    expect(opened.locator("#alert")).to_contain_text("Not saved.")
    opened.unroute("**/incidents/")
    expect(opened.get_by_label("What happened, in one line")).to_have_value("Wrong dose.")
    opened.locator("#incident [type=submit]").click()

    expect(opened.locator("#incident")).to_be_hidden()
    assert Incident.objects.count() == 1


def test_a_colleague_is_asked_with_a_key_and_judges_before_the_note_is_shown(opened, visit, dana):
    opened.keyboard.press("o")
    form = opened.locator("#second-opinion-form")
    opened.get_by_label("Colleague").select_option("Dana Reyes")
    opened.get_by_label("Note").fill("Do you hear it too?")
    form.get_by_role("button", name="Ask").click()
    expect(opened.locator("#announce")).to_have_text("Dana Reyes was asked for a second opinion.")
    expect(opened.locator("#second-opinion")).to_be_hidden()

    theirs = visit(dana)
    theirs.goto("/review/")
    expect(theirs.locator(".todo")).to_contain_text("Their note is hidden until you label it.")
    expect(theirs.locator("body")).not_to_contain_text("Do you hear it too?")
    theirs.get_by_role("link", name=re.compile("second opinion for Amara")).click()
    expect(theirs.locator("#label-panel")).to_contain_text("Their note is hidden until you submit, so that you judge for yourself.")
    theirs.get_by_role("button", name="Decline").click()

    expect(theirs.locator(".toast")).to_have_text("Second opinion declined")
    assert SecondOpinion.objects.get().closed_at is not None


def test_who_is_here_is_said_on_the_page(visit, reviewer, talk, dana):
    session = talk()
    PresenceFactory(session=session, user=dana, since=timezone.now() - timedelta(minutes=2, seconds=10))
    page = visit(reviewer)

    page.goto(f"/sessions/{session.pk}/")

    expect(page.locator("#presence")).to_have_text("Dana is here, 2 min")
    assert Presence.objects.filter(user=reviewer, session=session).exists()


def test_an_incident_is_acknowledged_on_the_session(visit, talk, dana):
    incident = IncidentFactory(session=talk(), line="Wrong dose.")
    page = visit(dana)
    page.goto(f"/sessions/{incident.session_id}/")

    page.get_by_label("What was done about it").fill("Called back.")
    page.get_by_role("button", name="Acknowledge").click()

    expect(page.locator("#label-panel")).to_contain_text("Called back.")
    incident.refresh_from_db()
    assert incident.acknowledged_by == dana


@pytest.mark.parametrize("path", ["incidents", "second-opinions"])
def test_without_script_the_forms_are_pages(visit, reviewer, talk, dana, path):
    page = visit(reviewer, java_script_enabled=False)
    page.goto(f"/sessions/{talk().pk}/{path}/")

    if path == "incidents":
        page.get_by_label("What happened, in one line").fill("Wrong dose.")
        page.get_by_role("button", name="Tell them now").click()
    else:
        page.get_by_label("Colleague").select_option("Dana Reyes")
        page.get_by_role("button", name="Ask").click()

    expect(page).to_have_url(re.compile(r"/sessions/\d+/$"))
    assert Incident.objects.count() + SecondOpinion.objects.count() == 1


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["desk", "phone"])
@pytest.mark.parametrize("sheet", ["incident", "second-opinion"])
def test_axe_finds_nothing_in_an_open_sheet(visit, talk, dana, sheet, viewport):
    session = talk()
    IncidentFactory(session=session)
    page = visit(dana, viewport=viewport)
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")
    page.locator(f"#{sheet}").evaluate("sheet => sheet.showPopover()")
    expect(page.locator(f"#{sheet} [type=submit]")).to_be_visible()

    assert axe_complaints(page) == []
