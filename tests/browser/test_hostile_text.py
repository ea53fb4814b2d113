"""What was said, typed or named by others is text on every page: it runs nothing and asks for nothing."""

import pytest

from labeling.operations.labels import submit_label
from sessions_app.models import Agent
from tests.browser.driver import expect, expect_settled
from tests.factories import IssueCategoryFactory, RaterFactory, TranscriptFactory

pytestmark = pytest.mark.browser

HOSTILE = [
    "<script>alert('script'); fetch('/attack-script')</script>",
    "<img src=/attack-image onerror=\"alert('image')\">",
    '<div hx-get="/attack-htmx" hx-trigger="load" hx-swap="outerHTML">load</div>',
    '<div data-hx-get="/attack-data" data-hx-trigger="revealed">load</div>',
    '<svg onload="alert(1)"><use href="/attack-use"/></svg>',
    '</textarea></template></p><iframe src="/attack-frame"></iframe>',
    "\" autofocus onfocus=\"alert('attribute')",
    '<form id="label" action="/attack-form"><input name="code" value="GOOD"></form>',
]
ALL = " ".join(HOSTILE)


@pytest.fixture
def hostile(agent):
    """A session in which everything that others write is an attack."""
    Agent.objects.filter(pk=agent.pk).update(name=HOSTILE[1])
    agent.refresh_from_db()
    IssueCategoryFactory(name=HOSTILE[2])
    turns = [{"uid": f"t{number}", "timestamp": f"2026-03-02T12:00:{number:02}Z", "source": "user", "text": text} for number, text in enumerate(HOSTILE)]
    tools = [
        {
            "uid": "x1",
            "timestamp": "2026-03-02T12:00:30Z",
            "tool_name": HOSTILE[0],
            "tool_request": ALL,
            "tool_result": ALL,
            "tool_error": HOSTILE[1],
        }
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


def test_a_hostile_transcript_is_shown_literally_and_runs_nothing(visit, reviewer, hostile, harmless):
    page = visit(reviewer)

    page.goto(f"/sessions/{hostile.pk}/", wait_until="networkidle")

    for number, text in enumerate(HOSTILE, 1):
        expect(page.locator(f"#turn-{number} .say")).to_have_text(text)
    expect(page.locator("#turns script, #turns img, #turns iframe, #turns [hx-get], #turns [data-hx-get], #turns form")).to_have_count(0)
    expect(page.locator("#tool-1 pre").first).to_contain_text(HOSTILE[3])
    expect(page.locator("form#label")).to_have_count(1)


def test_hostile_names_and_comments_are_text_beside_the_transcript(visit, reviewer, hostile, harmless):
    page = visit(reviewer)

    page.goto(f"/sessions/{hostile.pk}/", wait_until="networkidle")
    page.locator("details.judgment summary").click()

    expect(page.get_by_role("heading", level=1)).to_contain_text(HOSTILE[1])
    expect(page.locator("details.judgment p")).to_have_text(ALL)
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

    page.get_by_label("Comment").fill(ALL)
    page.keyboard.press("Control+Enter")
    expect(page.locator("#label [role=alert]")).to_contain_text("Choose GOOD")
    expect(page.get_by_label("Comment")).to_have_value(ALL)
    expect_settled(page)
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#announce")).to_have_text("Saved GOOD")
    expect(page.locator(".history li", has_text="Amara Osei")).to_contain_text(ALL)
    other.keyboard.press("3")
    other.get_by_label("Comment").fill(HOSTILE[0])
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
