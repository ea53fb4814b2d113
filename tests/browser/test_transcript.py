"""Reading a transcript by keys: lines, problems, tools, search, links, payloads that come later, paper."""

import re
from datetime import timedelta

import pytest

from sessions_app.models import Transcript
from tests.browser.driver import axe_complaints, expect, expect_settled
from tests.factories import NOON, TranscriptFactory

pytestmark = pytest.mark.browser

LARGE = {"rows": [{"name": f"appointment {number}", "token": "hunter2"} for number in range(60)]}


def at(seconds):
    return (NOON + timedelta(seconds=seconds)).isoformat()


def turn(seconds, text, source="user", lang="en-US"):
    return {"uid": f"t{seconds}", "timestamp": at(seconds), "source": source, "text": text, "lang": lang}


TURNS = [
    turn(0, "How can I help you today?", "agent"),
    turn(4, "I need to move my visit to Monday."),
    turn(8, "Monday at nine, or at ten?", "agent"),
    turn(12, "At ten, please."),
    turn(24, "Done. Monday at ten.", "agent"),
    turn(26, "Thank you."),
    turn(28, "Goodbye, and see you on Monday.", "agent"),
]
TOOLS = [
    {"uid": "x1", "timestamp": at(6), "tool_name": "find_slots", "tool_request": '{"day": "Monday"}', "tool_result": LARGE, "duration_ms": 412},
    {
        "uid": "x2",
        "timestamp": at(13),
        "tool_name": "move_visit",
        "tool_request": {"rows": [f"line number {n} of what was asked" for n in range(9)]},
        "tool_error": "Timed out",
    },
]
LATENCIES = [{"timestamp": at(5), "category": "llm", "value": 4800.0}]


@pytest.fixture
def session(agent):
    return TranscriptFactory(
        session__seen_agent=agent,
        session__transcript_state="held",
        session__turns=7,
        session__timestamp=NOON,
        session__ended_by="caller",
        turns=TURNS,
        tools=TOOLS,
        latencies=LATENCIES,
    ).session


@pytest.fixture
def page(visit, reviewer, session):
    page = visit(reviewer, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")
    return page


def press(page, *keys):
    for key in keys:
        page.keyboard.press(key)


def focused(page):
    return page.evaluate("document.activeElement.id")


def test_j_and_k_move_a_real_focus_through_the_lines(page):
    press(page, "j")
    assert focused(page) == "turn-1"
    press(page, "j", "j")
    assert focused(page) == "tool-1"
    press(page, "k")
    assert focused(page) == "turn-2"

    expect(page.locator("#turns [aria-current=true]")).to_have_id("turn-2")
    expect(page.locator("#turns > [tabindex='0']")).to_have_id("turn-2")


def test_the_ends_are_ends(page):
    press(page, "k")
    assert focused(page) == ""
    press(page, *"jk")
    assert focused(page) == "turn-1"
    press(page, *("j" * 20))
    assert focused(page) == "turn-7"


def test_n_and_p_walk_the_problems(page):
    found = []
    for _ in range(4):
        press(page, "n")
        found.append(focused(page))
    press(page, "p")

    assert found == ["turn-3", "silence-1", "tool-2", "tool-2"]
    assert focused(page) == "silence-1"


def test_a_line_that_is_clicked_is_the_current_one(page):
    page.locator("#turn-4 .say").click()
    press(page, "j")

    expect(page.locator("#turns [aria-current=true]")).to_have_id(re.compile("silence-1|tool-2"))


def test_t_opens_the_tool_call_at_or_after_the_line_and_closes_it_again(page):
    press(page, "j", "t")
    expect(page.locator("#tool-1 > details")).to_have_attribute("open", "")
    assert focused(page) == "tool-1"
    press(page, "t")
    expect(page.locator("#tool-1 > details")).not_to_have_attribute("open", "")


def test_an_error_is_open_from_the_start_and_says_so_in_words(page):
    expect(page.locator("#tool-2 > details")).to_have_attribute("open", "")
    expect(page.locator("#tool-2 summary").first).to_contain_text("Timed out")
    expect(page.locator("#turn-3 .side")).to_contain_text("slow reply 4.8 s")
    expect(page.locator("#turns > li").last).to_have_text("Ended by the caller")


def test_y_copies_a_link_that_leads_back_to_the_line(page):
    press(page, *"jjjj")
    press(page, "y")
    expect(page.locator(".toast")).to_have_text("Copied")
    link = page.evaluate("navigator.clipboard.readText()")

    assert link.endswith("/#turn-3")
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#turn-3")).to_be_focused()


def test_the_address_of_a_line_works_without_a_script(visit, reviewer, session):
    page = visit(reviewer, java_script_enabled=False)

    page.goto(f"/sessions/{session.pk}/?turn=6")
    expect(page.locator("#turn-6")).to_be_focused()
    page.locator("[name=show][value=tools]").check(force=True)
    expect(page.locator("#turn-6")).to_be_hidden()
    expect(page.locator("#find-in")).to_be_hidden()


def test_a_moment_leads_to_its_line(page):
    page.locator(".moments a", has_text="Timed out").click()

    expect(page.locator("#tool-2")).to_be_focused()
    press(page, "j")
    assert focused(page) == "turn-5"


def test_search_marks_what_it_finds_counts_it_and_goes_through_it(page):
    press(page, "f")
    page.keyboard.type("monday")
    expect(page.locator("#hits")).to_have_text("0 of 5")
    for number in (1, 2):
        press(page, "Enter")
        expect(page.locator("#hits")).to_have_text(f"{number} of 5")
    expect(page.locator("mark")).to_have_count(5)
    expect(page.locator("#tool-1 mark.is-at")).to_be_visible()
    press(page, "Shift+Enter", "Shift+Enter")
    expect(page.locator("#hits")).to_have_text("5 of 5")
    expect(page.locator("#turn-7 mark.is-at")).to_have_text("Monday")
    expect(page.locator("#turn-1")).to_be_visible()

    press(page, "Escape")

    expect(page.locator("#turn-7")).to_be_focused()


def test_search_opens_what_is_folded(page):
    fold = page.locator("#tool-2 .payload details")
    expect(fold).not_to_have_attribute("open", "")

    press(page, "f")
    page.keyboard.type("line number 7")
    press(page, "Enter")

    expect(page.locator("#hits")).to_have_text("1 of 1")
    expect(fold).to_have_attribute("open", "")
    expect(page.locator("mark.is-at")).to_be_in_viewport()


def test_search_takes_what_is_typed_as_it_is_and_leaves_nothing_behind(page):
    before = page.locator("#turns").inner_html()
    box = page.locator("#find-in")

    for typed in (".*", "[", "\\", "(?", "<mark>", "ſ", "today?"):
        box.fill(typed)
        expect(page.locator("#hits")).to_have_text("0 of 1" if typed == "today?" else "Not found")
    box.fill("")
    expect(page.locator("#hits")).to_have_text("")

    expect(page.locator("mark")).to_have_count(0)
    assert page.locator("#turns").inner_html() == before


def test_only_problems_are_shown_with_a_line_before_and_after(page):
    expect(page.locator("[data-count]").first).to_have_text("3")
    page.get_by_text("Problems", exact=False).first.click()

    shown = page.locator("#turns > li").evaluate_all("rows => rows.filter(row => row.checkVisibility()).map(row => row.id)")
    assert shown == ["tool-1", "turn-3", "turn-4", "silence-1", "tool-2", "turn-5"]
    press(page, "j", "j")
    assert focused(page) == "turn-3"


def test_only_tools_are_shown_with_the_line_before_and_search_still_reaches_all(page):
    page.locator(".seg label", has_text="Tools").click()

    shown = page.locator("#turns > li").evaluate_all("rows => rows.filter(row => row.checkVisibility()).map(row => row.id)")
    assert shown == ["turn-2", "tool-1", "silence-1", "tool-2"]
    press(page, "f")
    page.keyboard.type("goodbye")
    press(page, "Enter")
    expect(page.locator("#turn-7 mark")).to_be_in_viewport()


def test_what_is_cited_is_a_problem_too(page):
    page.evaluate("document.getElementById('turn-6').classList.add('is-cited')")

    expect(page.locator("[data-count]").first).to_have_text("4")


def test_the_choice_of_what_is_shown_works_by_keyboard(page):
    page.locator("[name=show]:checked").focus()
    press(page, "ArrowRight")

    expect(page.locator("[name=show][value=problems]")).to_be_checked()
    expect(page.locator("#turn-1")).to_be_hidden()


def test_a_large_payload_comes_when_it_is_opened(page, watch):
    assert not [url for url in watch.requests if "/tools/" in url]
    press(page, "j", "t")
    page.locator("#tool-1 details.payload > summary").click()

    body = page.locator("#tool-1-result-payload")
    expect(body.locator("> details > summary")).to_have_text(re.compile('"rows": \\[60\\]'))
    expect(body).not_to_contain_text("hunter2")
    page.locator("#tool-1 details.payload > summary").click()
    page.locator("#tool-1 details.payload > summary").click()
    assert len([url for url in watch.requests if "/tools/" in url]) == 1


def test_a_payload_that_could_not_be_loaded_can_be_asked_for_again(page, watch):
    watch.expect("status of 500|Response Status Error")
    page.route("**/tools/**", lambda route: route.fulfill(status=500, body="", content_type="text/html"), times=1)
    press(page, "j", "t")

    page.locator("#tool-1 details.payload > summary").click()
    page.get_by_role("button", name="Try again").click()

    expect(page.locator("#tool-1-result-payload")).to_contain_text("appointment 59")


def test_keys_do_nothing_in_a_field_with_a_modifier_or_when_they_are_off(page):
    page.get_by_label("Comment").fill("")
    press(page, *"jnt")
    expect(page.get_by_label("Comment")).to_have_value("jnt")
    press(page, "Escape", "Alt+j")
    assert focused(page) == ""
    page.evaluate("document.body.dataset.shortcuts = 'off'")
    press(page, "j")
    assert focused(page) == ""


def test_what_is_folded_and_left_out_is_printed(page):
    page.locator(".seg label", has_text="Tools").click()

    page.emulate_media(media="print")

    for line in ("#turn-1", "#turn-6"):
        expect(page.locator(line)).to_be_visible()
    expect(page.locator("#tool-2 .payload details")).not_to_have_attribute("open", "")
    assert page.evaluate("getComputedStyle(document.querySelector('#tool-2 .payload details'), '::details-content').contentVisibility") == "visible"
    expect(page.locator(".talkbar")).to_be_hidden()


def test_reloading_brings_the_transcript_alone(page, session):
    page.get_by_label("Comment").fill("Half a thought")
    Transcript.objects.filter(pk=session.pk).update(turns=[*TURNS, turn(31, "One more thing.")], revision=2)
    page.evaluate("document.getElementById('stale').hidden = false")

    page.locator("#stale a").click()

    expect(page.locator("#turn-8")).to_contain_text("One more thing.")
    expect_settled(page)
    expect(page.locator("#turns")).to_have_attribute("data-revision", "2")
    expect(page.get_by_label("Comment")).to_have_value("Half a thought")
    expect(page.locator("#stale")).to_be_hidden()
    press(page, "Escape", "j")
    assert focused(page) == "turn-1"


def test_a_whole_conversation_reads_like_one(visit, reviewer, talk):
    first, second = talk(conversation_id="c1"), talk(at=NOON + timedelta(days=1), conversation_id="c1")
    page = visit(reviewer)
    page.goto(f"/sessions/{second.pk}/")
    page.get_by_role("link", name="2 of 2 sessions").click()
    page.wait_for_url("**/conversation/", wait_until="networkidle")

    press(page, *"jjjj")
    assert focused(page) == f"s{first.pk}-turn-3"
    press(page, "j")
    assert focused(page) == f"s{second.pk}-turn-1"
    press(page, "f")
    page.keyboard.type("better")
    expect(page.locator("#hits")).to_have_text("0 of 2")
    assert page.evaluate("[...document.querySelectorAll('[id]')].length === new Set([...document.querySelectorAll('[id]')].map((one) => one.id)).size")


@pytest.mark.parametrize("address", ["", "?turn=4", "transcript/", "conversation/", "tools/1/result/"])
def test_axe_finds_nothing_and_nothing_is_too_wide(visit, reviewer, session, address):
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/{address}", wait_until="networkidle")
    page.evaluate("document.querySelectorAll('#talk details').forEach((one) => (one.open = true))")
    page.wait_for_load_state("networkidle")
    if page.locator("#find-in").count():
        page.locator("#find-in").fill("monday")
        page.locator("#find-in").press("Enter")

    assert axe_complaints(page) == []
    for width in (320, 640, 961, 1281):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
