"""What was said, typed or named by others is text on every page: it runs nothing and asks for nothing."""

import json
from datetime import timedelta

import pytest

from labeling.operations.labels import submit_label
from sessions_app.models import Agent, Transcript
from tests.browser.driver import expect, expect_settled
from tests.browser.hostile import HOSTILE, MEGABYTE, SCRIPTS
from tests.factories import NOON, IssueCategoryFactory, RaterFactory, TranscriptFactory

pytestmark = pytest.mark.browser

ALL = " ".join(SCRIPTS)


def moment(seconds):
    return (NOON + timedelta(seconds=seconds)).isoformat()


@pytest.fixture
def hostile(agent):
    """A session in which everything that others write is an attack."""
    Agent.objects.filter(pk=agent.pk).update(name=HOSTILE[1])
    agent.refresh_from_db()
    IssueCategoryFactory(name=HOSTILE[2])
    for text in HOSTILE[3:]:
        IssueCategoryFactory(name=text.strip()[:90] or "Invisible")
    turns = [{"uid": text[:200], "timestamp": moment(place), "source": "user", "text": text, "lang": text[:200]} for place, text in enumerate(HOSTILE)]
    tools = [
        {
            "uid": f"x{place}",
            "timestamp": moment(place + 0.5),
            "tool_name": text,
            "tool_request": text,
            "tool_result": json.dumps({text: [text, {"inner": text}]}),
            "tool_error": text if place % 2 == 0 else None,
        }
        for place, text in enumerate(HOSTILE)
    ]
    session = TranscriptFactory(
        turns=turns,
        tools=tools,
        summary=ALL,
        session__seen_agent=agent,
        session__transcript_state="held",
        session__turns=len(turns),
        session__source=HOSTILE[0],
        session__target=HOSTILE[1],
        session__prompt_name=HOSTILE[2],
        session__language="<b>",
        session__external_id=HOSTILE[4],
        session__agent_timezone=HOSTILE[0],
        session__tool_errors=1,
    ).session
    submit_label(session_id=session.pk, rater=RaterFactory(name=HOSTILE[0]), code="BAD", client_key="another-key", comment=ALL)
    return session


@pytest.fixture
def harmless(watch):
    """Afterwards no attack has asked for anything; `watch` itself sees to dialogs."""
    yield
    assert [url for url in watch.requests if "attack" in url] == []


INTRUDERS = (
    "script, img, iframe, form, object, embed, base, meta, link, style, template, video, audio, math, marquee, select, button:not(#cite),"
    " [hx-get], [hx-post], [data-hx-get], [onerror], [onload], svg:not(.i)"
)


def read(page, selector):
    """As the parser leaves it: of every way to end a line one is left."""
    return page.locator(selector).evaluate_all("found => found.map((one) => one.textContent)")


def lines_of(texts):
    return [text.replace("\r", "\n") for text in texts]


def test_a_hostile_transcript_is_shown_literally_and_runs_nothing(visit, reviewer, hostile, harmless):
    page = visit(reviewer)

    page.goto(f"/sessions/{hostile.pk}/", wait_until="networkidle")

    assert len(HOSTILE) >= 60
    assert read(page, "#turns .say") == lines_of(HOSTILE)
    assert read(page, "#turns .tool > summary code") == lines_of(HOSTILE)
    for place, text in enumerate(HOSTILE, 1):
        if len(text) < 2000:
            assert text.replace("\r", "\n").strip() in page.locator(f"#tool-{place}").text_content()
    assert page.locator("#turns").locator(INTRUDERS).count() == 0
    assert page.locator("#turns > li[data-kind]").count() == 2 * len(HOSTILE)
    expect(page.locator("form#label")).to_have_count(1)
    expect(page.locator("#session")).to_have_count(1)


def test_a_hostile_transcript_breaks_no_layout_and_no_control(visit, reviewer, hostile, harmless):
    page = visit(reviewer)
    page.goto(f"/sessions/{hostile.pk}/", wait_until="networkidle")

    for box in ("#talk", "#facts", "html"):
        assert page.locator(box).evaluate("one => one.scrollWidth - one.clientWidth") <= 1, box
    assert page.locator("#turns > li").evaluate_all("rows => rows.every((row) => row.getBoundingClientRect().right <= innerWidth)")
    page.locator("#find-in").fill("<script")
    expect(page.locator("#hits")).to_contain_text("0 of ")
    page.locator("#find-in").press("Enter")
    expect(page.locator("mark.is-at")).to_have_text("<script", ignore_case=True)
    page.locator("#find-in").fill("")
    expect(page.locator("mark")).to_have_count(0)
    assert read(page, "#turns .say") == lines_of(HOSTILE)
    assert page.locator("#turns").locator(INTRUDERS).count() == 0


def test_lines_of_a_megabyte_are_text_like_others(visit, reviewer, agent, harmless):
    turns = [
        {"uid": "t1", "timestamp": moment(0), "source": "user", "text": MEGABYTE},
        {"uid": "t2", "timestamp": moment(9), "source": "agent", "text": "Yes."},
    ]
    tools = [{"uid": "x1", "timestamp": moment(1), "tool_name": MEGABYTE, "tool_request": {"a": MEGABYTE}, "tool_result": MEGABYTE, "tool_error": MEGABYTE}]
    session = TranscriptFactory(turns=turns, tools=tools, summary=MEGABYTE, session__seen_agent=agent, session__transcript_state="held").session
    page = visit(reviewer)

    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")

    assert page.locator("#turn-1 .say").evaluate("one => one.textContent.length") == len(MEGABYTE)
    page.keyboard.press("n")
    expect(page.locator("#tool-1")).to_be_focused()
    page.locator("#tool-1 details.payload > summary").first.click()
    expect(page.locator("#tool-1-request-payload")).to_contain_text("a1a1", timeout=30_000)
    page.locator("#find-in").fill("1a1")
    expect(page.locator("#hits")).to_have_text("0 of 1000+", timeout=30_000)
    assert page.locator("#talk").evaluate("one => one.scrollWidth - one.clientWidth") <= 1


def test_hostile_payloads_that_come_later_are_text(visit, reviewer, hostile, harmless):
    whole = {"rows": [{text: text} for text in HOSTILE]}
    Transcript.objects.filter(pk=hostile.pk).update(tools=[{"uid": "x", "timestamp": moment(3), "tool_name": "find", "tool_result": whole}])
    page = visit(reviewer)
    page.goto(f"/sessions/{hostile.pk}/", wait_until="networkidle")

    page.locator("#tool-1 > details > summary").click()
    page.locator("#tool-1 details.payload > summary").click()

    expect(page.locator("#tool-1-result-payload > details")).to_have_count(1)
    for text in SCRIPTS:
        assert json.dumps(text, ensure_ascii=False) in page.locator("#tool-1-result-payload").text_content()
    assert page.locator("#turns").locator(INTRUDERS).count() == 0
    page.goto(f"/sessions/{hostile.pk}/tools/1/result/", wait_until="networkidle")
    assert page.locator(".payload").locator(INTRUDERS).count() == 0


@pytest.mark.parametrize("address", ["transcript", "conversation"])
def test_a_hostile_transcript_by_itself_is_text_too(visit, reviewer, hostile, harmless, address):
    page = visit(reviewer)

    page.goto(f"/sessions/{hostile.pk}/{address}/", wait_until="networkidle")

    assert read(page, "#talk .say") == lines_of(HOSTILE)
    assert page.locator("#talk .turns").locator(INTRUDERS).count() == 0
    assert page.locator("html").evaluate("one => one.scrollWidth - one.clientWidth") <= 1


def test_hostile_names_and_comments_are_text_beside_the_transcript(visit, reviewer, hostile, harmless):
    page = visit(reviewer)

    page.goto(f"/sessions/{hostile.pk}/", wait_until="networkidle")
    page.locator("details.summary > summary").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE[1])
    expect(page.locator("details.summary p")).to_have_text(ALL)
    expect(page.locator("#label")).to_contain_text(HOSTILE[2])
    expect(page.locator(".history")).to_contain_text(HOSTILE[0])


@pytest.mark.parametrize("address", ["/sessions/", "/review/", "/summary/?since=52"])
def test_hostile_names_are_text_in_lists(visit, reviewer, manager, hostile, harmless, address):
    page = visit(manager)
    page.goto(f"/sessions/{hostile.pk}/")
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text("Saved GOOD")

    page.goto(address, wait_until="networkidle")

    expect(page.locator("main")).to_contain_text(HOSTILE[1])


def test_a_hostile_comment_that_comes_back_in_a_fragment_is_text(visit, reviewer, hostile, harmless, watch):
    watch.expect("status of (409|422)")
    page = visit(reviewer)
    page.goto(f"/sessions/{hostile.pk}/")
    other = page.context.new_page()
    other.goto(page.url)

    page.locator("#comment").fill(ALL)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#label [role=alert]")).to_contain_text("Choose GOOD")
    expect(page.locator("#comment")).to_have_value(ALL)
    expect_settled(page)
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text("Saved GOOD")
    expect(page.locator(".history li", has_text="Amara Osei")).to_contain_text(ALL)
    other.keyboard.press("3")
    other.locator("#comment").fill(HOSTILE[0])
    other.keyboard.press("Control+Enter")
    expect(other.locator("#label-panel .notice .pair")).to_contain_text(ALL)
    expect(other.locator("#label-panel .notice .pair")).to_contain_text(HOSTILE[0])


def test_a_hostile_address_is_text_on_the_page_that_refuses_it(visit, reviewer, harmless, watch):
    watch.expect("status of 40[04]")
    page = visit(reviewer)

    for address in (
        "/sessions/?label=%3Cscript%3Ealert(1)%3C/script%3E",
        "/sessions/?conversation=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
        "/%3Cscript%3E/",
    ):
        page.goto(address, wait_until="networkidle")

    assert [url for url in watch.requests if url.endswith("/x")] == []
