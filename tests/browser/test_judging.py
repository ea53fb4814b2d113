"""Judging in a real browser: issues, evidence, suggestions, and what happens to what is typed."""

import re

import pytest
from django.conf import settings
from django.test import Client

from labeling.models import Draft, Evidence, Label, LabelIssue
from sessions_app.models import Transcript
from tests.browser.driver import expect, expect_settled, hear
from tests.factories import NOON, FixedIssueFactory, IssueCategoryFactory, RecordingFactory, RunFactory, UserFactory

pytestmark = pytest.mark.browser

GAP = [
    {"uid": "t1", "timestamp": "2026-03-02T12:00:00+00:00", "source": "agent", "text": "How can I help?", "lang": "en"},
    {"uid": "t2", "timestamp": "2026-03-02T12:00:03+00:00", "source": "user", "text": "I need to move my visit.", "lang": "en"},
    {"uid": "t3", "timestamp": "2026-03-02T12:00:20+00:00", "source": "user", "text": "Hello? Are you there?", "lang": "en"},
    {"uid": "t4", "timestamp": "2026-03-02T12:00:24+00:00", "source": "agent", "text": "Which day works?", "lang": "en"},
]


@pytest.fixture
def categories(db):
    names = ["Wrong answer", "Silent treatment", "Tool error", "Repeated question"]
    found = [
        IssueCategoryFactory(name=name, order=place, description=f"What {name.lower()} means.", counter_example="A short pause.")
        for place, name in enumerate(names)
    ]
    found[1].suggested_by_signal = "silence"
    found[1].comment_templates = "The caller waited and nobody spoke."
    found[1].save()
    return found


@pytest.fixture
def opened(visit, reviewer, talk, categories):
    page = visit(reviewer)
    page.goto(f"/sessions/{talk(GAP).pk}/", wait_until="networkidle")
    return page


def submitted(page, code="BAD"):
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text(f"Saved {code}")
    return Label.objects.get()


def saved(page):
    expect(page.locator("#draft-status")).to_contain_text("Draft saved")


def test_two_letters_and_enter_name_an_issue(opened):
    heard = hear(opened)
    opened.keyboard.press("i")
    opened.keyboard.type("wr")
    options = opened.locator("#issue-list [role=option]:visible")
    expect(options).to_have_count(1)
    expect(options).to_contain_text("What wrong answer means.")
    expect(options).to_contain_text("A short pause.")
    opened.keyboard.press("Enter")

    expect(opened.locator("#issues li:visible")).to_have_text(re.compile("Wrong answer"))
    opened.keyboard.press("Escape")
    saved(opened)
    opened.keyboard.press("3")
    assert [issue.raw for issue in submitted(opened).issues.all()] == ["Wrong answer"]
    # That the draft is saved is seen only.
    assert heard() == ["Issue added: Wrong answer", "BAD", "Saved BAD"]


def test_an_issue_that_begins_with_what_is_typed_comes_first_and_is_seen(visit, reviewer, talk, categories):
    for number in range(8):
        IssueCategoryFactory(name=f"Unrepaired {number}", order=9, description="The agent repeats itself, and nobody repairs it. " * 3)
    page = visit(reviewer)
    page.goto(f"/sessions/{talk(GAP).pk}/", wait_until="networkidle")
    shown = page.locator("#issue-list [role=option]:visible .strong")

    page.keyboard.press("i")
    page.keyboard.type("rep")

    expect(shown.first).to_have_text("Repeated question")
    expect(page.locator("#issue-list [aria-selected=true]")).to_contain_text("Repeated question")
    assert page.locator("#issue-list").evaluate("list => list.scrollTop") == 0
    expect(page.locator("#issue-list [aria-selected=true]")).to_be_in_viewport(ratio=1)
    page.keyboard.press("ArrowDown")
    expect(page.locator("#issue-list [aria-selected=true]")).to_contain_text("Unrepaired 0")
    page.locator("#issue").fill("")
    expect(shown).to_have_text([category.name for category in categories] + [f"Unrepaired {number}" for number in range(8)])


def test_the_arrows_walk_the_issues_and_say_where_they_are(opened):
    opened.keyboard.press("i")
    for key in ("ArrowDown", "ArrowDown"):
        opened.keyboard.press(key)

    active = opened.locator("#issue").get_attribute("aria-activedescendant")
    expect(opened.locator(f"#{active}")).to_contain_text("Silent treatment")
    opened.keyboard.press("Enter")
    expect(opened.get_by_role("checkbox", name="Silent treatment")).to_be_checked()


def test_digits_in_the_issue_box_are_text(opened):
    opened.keyboard.press("i")
    opened.keyboard.type("5")

    expect(opened.locator("#issue")).to_have_value("5")
    expect(opened.locator("#issues :checked")).to_have_count(0)
    expect(opened.locator("#issue-list .none")).to_be_visible()


def test_a_fixed_issue_keeps_its_key_and_says_whether_it_is_chosen(visit, reviewer, talk, categories):
    FixedIssueFactory(place=3, category=categories[2])
    page = visit(reviewer)
    page.goto(f"/sessions/{talk(GAP).pk}/")

    page.keyboard.press("7")

    expect(page.get_by_role("button", name="Tool error 7")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("checkbox", name="Tool error")).to_be_checked()
    page.keyboard.press("7")
    expect(page.get_by_role("button", name="Tool error 7")).to_have_attribute("aria-pressed", "false")


def test_a_suggestion_is_accepted_by_a_key_and_stored_as_one(opened):
    expect(opened.locator(".suggest button").first).to_contain_text(re.compile("Silent treatment suggested: about 1[56] s silence at 0:04"))
    for key in ("u", "3"):
        opened.keyboard.press(key)

    label = submitted(opened)
    issue = LabelIssue.objects.get(label=label)
    cited = Evidence.objects.get(label=label)
    assert (issue.raw, issue.suggested_by) == ("Silent treatment", "signal:silence")
    assert (cited.target_kind, cited.until_ms - cited.from_ms > 10_000) == ("moment", True)


def test_a_suggestion_that_is_not_accepted_is_nothing(opened):
    opened.keyboard.press("1")

    assert not submitted(opened, "GOOD").issues.exists()


LONG = "I see your visit with Dr. Whitaker on Tuesday at noon, and I can move it to any other day of that week, or cancel it for you. " * 2
UNDER_THE_BUTTON = """() => {
  const button = document.getElementById("cite");
  const at = button.getBoundingClientRect();
  const walker = document.createTreeWalker(document.getElementById("turns"), NodeFilter.SHOW_TEXT);
  const covered = [];
  while (walker.nextNode()) {
    const { parentElement: holder, data } = walker.currentNode;
    const isShown = holder.checkVisibility({ opacityProperty: true, visibilityProperty: true }) && !holder.closest(".vh");
    if (!data.trim() || !isShown || button.contains(holder)) continue;
    const range = document.createRange();
    range.selectNodeContents(walker.currentNode);
    const isCovered = (box) => box.left < at.right && box.right > at.left && box.top < at.bottom && box.bottom > at.top;
    if ([...range.getClientRects()].some(isCovered)) covered.push(data);
  }
  return at.width ? covered : ["no button"];
}"""


@pytest.mark.parametrize("width", [1440, 961, 390, 320])
def test_the_evidence_button_never_stands_over_words(visit, reviewer, talk, categories, width):
    turns = [{**turn, "text": text} for turn, text in zip(GAP * 2, [*[turn["text"] for turn in GAP], LONG, LONG, "¿Y ahora?", LONG], strict=True)]
    for number, turn in enumerate(turns[4:]):
        turn.update(uid=f"l{number}", timestamp=f"2026-03-02T12:01:{10 * number:02}+00:00", lang="es" if number == 2 else "en")
    session = talk(turns)
    tools = [
        {"uid": "c1", "timestamp": "2026-03-02T12:01:02+00:00", "tool_name": "find_patient"},
        {"uid": "c2", "timestamp": "2026-03-02T12:01:03+00:00", "tool_name": "confirm_appointment", "tool_error": "Timed out, 504"},
    ]
    latencies = [
        {"timestamp": "2026-03-02T12:00:20+00:00", "category": "llm", "value": 6200, "turn_index": 2},
        {"timestamp": "2026-03-02T12:01:00+00:00", "category": "llm", "value": 900, "turn_index": 4},
    ]
    Transcript.objects.filter(pk=session.pk).update(tools=tools, latencies=latencies)
    page = visit(reviewer, viewport={"width": width, "height": 800})
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")
    page.evaluate("() => document.querySelectorAll('#issues .check')[3].click()")
    rows = page.locator("#turns > [data-kind]")
    kinds = rows.evaluate_all("rows => rows.map((row) => row.dataset.kind + (row.querySelector('.pill') ? ' with a pill' : ''))")
    assert {"turn", "turn with a pill", "tool", "silence"} <= set(kinds)

    sizes = set()
    for row in rows.all():
        for is_cited in (False, True):
            row.focus()
            if is_cited:
                page.locator("#cite").dispatch_event("click")
            assert page.evaluate(UNDER_THE_BUTTON) == []
            sizes.add(page.locator("#cite").evaluate("one => getComputedStyle(one).fontSize"))

    assert sizes == {"13px"}


def test_evidence_marks_the_turn_and_the_issue_and_each_leads_to_the_other(opened):
    opened.keyboard.press("5")
    for key in ("j", "j", "e"):
        opened.keyboard.press(key)

    turn = opened.locator("#turns > [data-uid=t2]")
    expect(turn).to_have_class(re.compile("is-cited"))
    expect(turn.locator(".cited")).to_have_text("Wrong answer")
    tag = opened.locator("#issues .cited a")
    expect(tag).to_have_text("0:03")
    tag.click()
    expect(opened).to_have_url(re.compile("#turn-2$"))
    opened.keyboard.press("3")
    cited = Evidence.objects.get(label=submitted(opened))
    assert (cited.target_kind, cited.target_uid, cited.transcript_revision, cited.from_ms) == ("turn", "t2", 1, 3000)


def test_a_silence_is_evidence_too(opened):
    opened.keyboard.press("5")
    for key in ("j", "j", "j", "e", "3"):
        opened.keyboard.press(key)

    cited = Evidence.objects.get(label=submitted(opened))
    assert (cited.target_kind, cited.target_uid, cited.until_ms) == ("moment", "", 20_000)


def test_a_moment_of_the_recording_is_evidence(visit, reviewer, talk, categories):
    session = talk(GAP, duration=30)
    RecordingFactory(session=session)
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")
    for key in ("5", "j"):
        page.keyboard.press(key)
    page.locator("#position").evaluate("one => (one.value = 7)")
    page.locator("#position").focus()
    for key in ("e", "3"):
        page.keyboard.press(key)

    cited = Evidence.objects.get(label=submitted(page))
    assert (cited.target_kind, cited.target_uid, cited.from_ms, cited.until_ms) == ("moment", "", 7000, None)


def test_evidence_without_an_issue_waits_for_the_next_choice(opened):
    for key in ("j", "e"):
        opened.keyboard.press(key)
    expect(opened.locator("#issue")).to_be_focused()
    opened.keyboard.type("tool")
    opened.keyboard.press("Enter")

    expect(opened.locator("#turns > [data-uid=t1] .cited")).to_have_text("Tool error")


def test_a_range_of_turns_is_one_citation(opened):
    opened.keyboard.press("5")
    for key in ("j", "Shift+ArrowDown", "e", "3"):
        opened.keyboard.press(key)

    cited = Evidence.objects.get(label=submitted(opened))
    assert (cited.target_uid, cited.from_ms, cited.until_ms) == ("t1", 0, 3000)


def test_a_citation_can_be_removed(opened):
    opened.keyboard.press("5")
    for key in ("j", "e"):
        opened.keyboard.press(key)
    opened.get_by_role("button", name="Remove 0:00").click()

    expect(opened.locator(".cited")).to_have_count(0)
    opened.keyboard.press("3")
    assert not Evidence.objects.filter(label=submitted(opened)).exists()


def test_a_sentence_of_the_category_goes_into_the_comment(opened):
    opened.keyboard.press("6")
    opened.get_by_role("button", name="The caller waited").click()

    expect(opened.get_by_label("Comment")).to_have_value("The caller waited and nobody spoke.")


def test_what_is_typed_is_there_again_after_a_reload(opened):
    opened.keyboard.press("5")
    for key in ("j", "e", "c"):
        opened.keyboard.press(key)
    opened.keyboard.type("Half a sent")
    saved(opened)
    opened.wait_for_timeout(900)
    opened.reload(wait_until="networkidle")

    expect(opened.get_by_label("Comment")).to_have_value("Half a sent")
    expect(opened.get_by_role("checkbox", name="Wrong answer")).to_be_checked()
    expect(opened.locator("#turns > .is-cited")).to_have_count(1)
    expect(opened.locator("#draft-status")).to_have_text("Draft")


def test_what_is_typed_right_before_leaving_is_saved_on_the_way_out(opened):
    opened.keyboard.press("c")
    opened.keyboard.type("Gone at once")
    opened.goto("/sessions/")
    opened.go_back(wait_until="networkidle")

    expect(opened.get_by_label("Comment")).to_have_value("Gone at once")


def test_typing_without_a_network_is_kept_and_saved_when_it_is_back(opened, watch):
    watch.expect("ERR_INTERNET_DISCONNECTED")
    heard = hear(opened)
    opened.context.set_offline(True)
    opened.keyboard.press("c")
    opened.keyboard.type("Typed offline")
    expect(opened.locator("#draft-status")).to_have_text("Not saved, retrying")
    with opened.expect_event("requestfailed"):
        opened.keyboard.type(", and more")
    expect(opened.locator("#draft-status")).to_have_text("Not saved, retrying")
    opened.context.set_offline(False)

    saved(opened)
    assert heard() == ["Not saved, retrying"]
    opened.wait_for_timeout(900)
    assert Draft.objects.get().comment == "Typed offline, and more"


def test_a_submit_without_a_network_goes_out_once_when_it_is_back(opened, watch):
    watch.expect("ERR_INTERNET_DISCONNECTED|htmx:sendError")
    opened.keyboard.press("1")
    saved(opened)
    opened.context.set_offline(True)
    opened.keyboard.press("Control+Enter")
    expect(opened.locator("#alert")).to_contain_text("No connection")
    opened.context.set_offline(False)

    expect(opened.locator("#announce")).to_have_text("Saved GOOD", timeout=15_000)
    assert Label.objects.count() == 1


def test_what_is_typed_after_a_question_came_back_is_saved(opened, watch):
    watch.expect("status of 422")
    for key in ("3", "7", "7"):
        opened.keyboard.press(key)
        opened.wait_for_timeout(900)
    opened.keyboard.press("Control+Enter")
    expect(opened.locator("#label-panel [role=alert]")).to_contain_text("BAD needs")
    expect_settled(opened)

    opened.get_by_label("Comment").fill("Typed after the question")
    saved(opened)
    opened.wait_for_timeout(900)

    assert Draft.objects.get().comment == "Typed after the question"


def test_enter_that_ends_a_composition_picks_no_issue(opened):
    opened.keyboard.press("i")
    opened.keyboard.type("wr")
    opened.evaluate("document.getElementById('issue').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true }))")
    expect(opened.locator("#issues .check:checked")).to_have_count(0)

    opened.keyboard.press("Enter")

    expect(opened.locator("#issues .check:checked")).to_have_count(1)


def test_two_tabs_that_type_see_both_texts_and_choose(opened, watch):
    watch.expect("status of 409")
    other = opened.context.new_page()
    other.goto(opened.url, wait_until="networkidle")
    opened.bring_to_front()
    opened.get_by_label("Comment").fill("From the first tab")
    saved(opened)
    other.bring_to_front()
    other.get_by_label("Comment").fill("From the second tab")

    conflict = other.locator("#draft-conflict")
    expect(conflict).to_be_focused()
    expect(conflict).to_contain_text("From the first tab")
    expect(conflict).to_contain_text("From the second tab")
    assert Draft.objects.get().comment == "From the first tab"
    conflict.get_by_role("button", name="Use this one").click()
    saved(other)
    assert Draft.objects.get().comment == "From the second tab"


def test_undo_gives_back_the_form_as_it_was(opened):
    opened.keyboard.press("5")
    for key in ("j", "e", "3"):
        opened.keyboard.press(key)
    submitted(opened)
    expect_settled(opened)
    opened.keyboard.press("z")

    expect(opened.locator("#announce")).to_have_text("Label withdrawn")
    expect(opened.get_by_role("radio", name="BAD")).to_be_checked()
    expect(opened.get_by_role("checkbox", name="Wrong answer")).to_be_checked()
    expect(opened.locator("#turns > .is-cited")).to_have_count(1)


def test_signed_out_in_the_middle_the_same_person_gets_it_back(opened, reviewer, watch):
    """The sign-in ends on the server while somebody types: the page empties, they sign in beside it, and the text is saved."""
    watch.expect("status of 401")
    context = opened.context
    cookies = context.cookies()
    opened.keyboard.press("c")
    opened.keyboard.type("Typed bef")
    saved(opened)
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    opened.keyboard.type("ore and after the end")
    expect(opened.get_by_role("heading", name="You were signed out.")).to_be_visible()
    expect(opened.locator("body")).not_to_contain_text("Hello? Are you there?")
    assert opened.get_by_role("link", name="Sign in").get_attribute("target") == "_blank"
    expect(opened.get_by_text("What you typed is kept in this tab")).to_be_visible()

    context.add_cookies(cookies)
    other = context.new_page()
    other.goto("/review/")
    other.close()
    opened.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(opened.get_by_label("Comment")).to_have_value("Typed before and after the end")
    assert not Label.objects.exists()


def test_signed_out_in_the_middle_another_person_gets_their_own_home(opened, watch, live_server, manager):
    watch.expect("status of 401")
    context = opened.context
    opened.keyboard.press("c")
    opened.keyboard.type("Not yours")
    saved(opened)
    context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    opened.keyboard.type(" at all")
    expect(opened.get_by_role("heading", name="You were signed out.")).to_be_visible()

    sign_in(context, manager, live_server)
    opened.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    expect(opened).to_have_url(re.compile("/(summary|review)/"))
    expect(opened.locator("body")).not_to_contain_text("Not yours")
    assert not Draft.objects.filter(user=manager).exists()


def sign_in(context, person, live_server):
    client = Client()
    client.force_login(person)
    name = settings.SESSION_COOKIE_NAME
    context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url, "httpOnly": True}])


@pytest.fixture
def run(visit, reviewer, talk, categories):
    """A run of twenty sessions, opened at its first."""
    sessions = [talk(GAP, at=NOON.replace(minute=minute)) for minute in range(20)]
    made = RunFactory(owner=reviewer, sessions=[session.pk for session in sessions])
    page = visit(reviewer)
    page.goto(f"/review/r/{made.pk}/s/{sessions[0].pk}/", wait_until="networkidle")
    return page, made


def test_twenty_sessions_in_a_row_with_the_keyboard_only_and_no_reload(run):
    page, made = run
    page.evaluate("window.stillHere = true")
    for place in range(20):
        expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[place]))
        page.wait_for_timeout(1050)
        page.keyboard.press("Shift+Digit1")
        if place < 19:
            expect(page.locator("#announce")).to_contain_text(f"Session {place + 2} of 20")
            assert page.evaluate("document.activeElement.closest('#turns') !== null")
            assert page.evaluate("window.stillHere")
    expect(page).to_have_url(re.compile(rf"/review/r/{made.pk}/$"))
    assert Label.objects.filter(code="GOOD").count() == 20


def test_twenty_sessions_in_a_row_with_one_thumb(visit, reviewer, talk, categories):
    sessions = [talk(GAP, at=NOON.replace(minute=minute)) for minute in range(20)]
    made = RunFactory(owner=reviewer, sessions=[session.pk for session in sessions])
    page = visit(reviewer, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"/review/r/{made.pk}/s/{sessions[0].pk}/", wait_until="networkidle")
    for place in range(20):
        expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[place]))
        page.locator(".dock").get_by_role("button", name=("GOOD", "OK", "N/A")[place % 3]).tap()
    expect(page).to_have_url(re.compile(rf"/review/r/{made.pk}/$"))

    assert Label.objects.count() == 20


def test_bad_on_a_phone_opens_the_sheet_and_goes_on(visit, reviewer, talk, categories):
    sessions = [talk(GAP, at=NOON.replace(minute=minute)) for minute in range(2)]
    made = RunFactory(owner=reviewer, sessions=[session.pk for session in sessions])
    page = visit(reviewer, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page.goto(f"/review/r/{made.pk}/s/{sessions[0].pk}/", wait_until="networkidle")

    page.locator(".dock").get_by_role("button", name="BAD").tap()
    expect(page.get_by_role("radio", name="BAD")).to_be_checked()
    page.get_by_role("button", name="Wrong answer").tap()
    page.locator("#label-submit").tap()

    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[1]))
    page.get_by_role("button", name="Undo").last.tap()
    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[0]))
    expect(page.locator("#announce")).to_have_text("Label withdrawn")


def test_bad_with_two_issues_and_on_is_four_keys(run):
    page, made = run
    page.wait_for_timeout(1050)
    for key in ("3", "5", "6", "Control+Enter"):
        page.keyboard.press(key)

    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[1]))
    assert [issue.raw for issue in Label.objects.get().issues.order_by("pk")] == ["Wrong answer", "Silent treatment"]


def test_the_address_of_a_run_is_the_session_itself_to_anybody_else(run, visit, manager):
    page, made = run
    other = visit(manager)
    other.goto(page.url)

    expect(other).to_have_url(re.compile(rf"/sessions/{made.sessions[0]}/$"))
    expect(other.locator("#turns")).to_contain_text("I need to move my visit.")


def test_without_single_keys_nothing_is_rated(visit, reviewer, talk, categories):
    reviewer.choose(shortcuts=False)
    page = visit(reviewer)
    page.goto(f"/sessions/{talk(GAP).pk}/", wait_until="networkidle")
    page.wait_for_timeout(1050)
    for key in ("1", "5", "Shift+Digit1", "u"):
        page.keyboard.press(key)

    expect(page.locator("#label :checked")).to_have_count(0)
    assert not Label.objects.exists()


def test_a_key_that_is_pressed_too_early_judges_nothing(run):
    page, made = run
    page.wait_for_timeout(1050)
    page.keyboard.press("Shift+Digit1")
    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[1]))
    page.keyboard.press("Shift+Digit1")

    page.wait_for_timeout(500)
    assert Label.objects.count() == 1
    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[1]))


def test_the_last_label_of_a_run_is_undone_from_the_next_session(run):
    page, made = run
    page.wait_for_timeout(1050)
    page.keyboard.press("Shift+Digit2")
    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[1]))
    expect_settled(page)
    page.keyboard.press("z")

    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[0]))
    expect(page.locator("#announce")).to_have_text("Label withdrawn")
    expect(page.get_by_role("radio", name="OK")).to_be_checked()
    expect(page).to_have_url(re.compile(f"/s/{made.sessions[0]}/$"))


def test_skipping_asks_nothing_and_offers_the_two_other_ways(run):
    page, made = run
    heard = hear(page)
    page.keyboard.press("s")

    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[1]))
    expect(page.locator("#skip-toast")).to_contain_text("Not mine")
    assert heard() == ["Skipped. Session 2 of 20, Northlake Scheduling"]
    page.locator("#skip-toast").get_by_role("button", name="Cannot judge").click()
    expect(page.locator("#skip-toast")).to_contain_text("Cannot judge: left unlabeled")
    # The button that was pressed is gone.
    expect(page.locator("#skip-words")).to_be_focused()


def test_back_after_next_is_a_whole_page(run):
    page, made = run
    page.wait_for_timeout(1050)
    page.keyboard.press("Shift+Digit1")
    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[1]))
    page.go_back(wait_until="networkidle")

    expect(page.locator("#session")).to_have_attribute("data-session", str(made.sessions[0]))
    expect(page.locator(".topbar")).to_be_visible()
    expect(page.get_by_role("button", name="Change my label")).to_be_visible()


def test_nothing_typed_is_left_in_the_browser(opened):
    opened.keyboard.press("c")
    opened.keyboard.type("A very private remark")
    saved(opened)

    assert opened.evaluate("JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])") == "[[],[]]"


def test_a_critical_issue_opens_the_line_that_tells_somebody(opened, categories):
    categories[0].severity = "critical"
    categories[0].save()
    UserFactory(takes_incidents=True, all_agents=True, name="Dana Reyes")
    opened.reload(wait_until="networkidle")
    opened.keyboard.press("j")
    opened.keyboard.press("5")

    sheet = opened.locator("#incident")
    expect(sheet).to_be_visible()
    expect(sheet).to_contain_text("Dana Reyes will be told now.")
    opened.keyboard.type("The agent gave a wrong dose.")
    opened.keyboard.press("Enter")
    expect(opened.locator("#announce")).to_have_text("Dana Reyes was told.")
    expect(sheet).to_be_hidden()
