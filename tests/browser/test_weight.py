"""What a page may weigh: the budget is small because a reviewer opens hundreds a day."""

import gzip
import hashlib
import re
from contextlib import nullcontext
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from sessions_app.models import Session, Transcript
from tests.browser.driver import expect

pytestmark = pytest.mark.browser

HTML_LONG = 40_000
HTML, STYLES, OUR_SCRIPTS, HTMX, ICONS = 15_000, 8_000, 5_000, 17_000, 3_000
IN_ALL = 45_000
STYLES_OF_SESSION, SCRIPTS_OF_SESSION = 13_500, 15_500
FIRST_VIEW = 7
SHIFT = 0.02


def zipped(body):
    return len(gzip.compress(body, compresslevel=6))


def load(page, address):
    """This will open an address in an empty cache and return what was fetched for it, by path."""
    fetched = {}
    page.on("response", lambda answer: fetched.update({urlsplit(answer.url).path: answer}) if answer.url.startswith("http") else None)
    # A busy machine may ask for the first counts only after half a second of quiet.
    with page.expect_response(re.compile("/sessions/counts/")) if address == "/sessions/" else nullcontext():
        page.goto(address, wait_until="networkidle")
    page.wait_for_load_state("networkidle")
    # A beat may come while they are read.
    return {path: answer.body() for path, answer in list(fetched.items())}


def test_a_list_of_fifty_rows_weighs_at_most_15_kilobytes(visit, manager, seeded):
    page = visit(manager)

    bodies = load(page, "/sessions/")

    expect(page.locator(".rowlink")).to_have_count(50)
    assert zipped(bodies["/sessions/"]) <= HTML


def test_a_session_weighs_at_most_15_kilobytes(visit, manager, seeded):
    page = visit(manager)
    session = Session.objects.exclude(turns=None).order_by("-turns", "pk").first()

    bodies = load(page, f"/sessions/{session.pk}/")

    assert zipped(bodies[f"/sessions/{session.pk}/"]) <= HTML


@pytest.fixture
def long_session(seeded):
    """Three hundred turns and sixty tool calls, in the words of the demo data."""
    transcripts = list(Transcript.objects.order_by("pk"))
    texts = [turn["text"] for transcript in transcripts for turn in transcript.turns]
    calls = [call for transcript in transcripts for call in transcript.tools]
    start = Session.objects.filter(channel="voice", recordings__isnull=False).exclude(turns=None).order_by("pk").first()
    turns, tools, latencies = [], [], []
    for number in range(300):
        at = start.timestamp + timedelta(seconds=5 * number)
        uid = hashlib.sha256(str(number).encode()).hexdigest()
        turns.append(
            {"uid": uid[:16], "timestamp": at.isoformat(), "source": ("agent", "user")[number % 2], "text": texts[number % len(texts)], "lang": "en-US"}
        )
        if number % 2:
            steps = (("stt", 300 + number % 97), ("llm", 900 + number * 13 % 1200), ("tts", 400 + number % 53))
            latencies += [{"timestamp": at.isoformat(), "category": category, "value": value} for category, value in steps]
        if number % 5 == 1:
            failed = {"tool_error": "Timed out, 504"} if number % 50 == 1 else {}
            tools.append({**calls[number % len(calls)], "uid": uid[16:32], "timestamp": (at + timedelta(seconds=1)).isoformat(), **failed})
    Transcript.objects.filter(pk=start.pk).update(turns=turns, tools=tools, latencies=latencies)
    Session.objects.filter(pk=start.pk).update(turns=len(turns))
    assert start.recordings.exists()
    return start


def test_a_session_of_three_hundred_turns_and_sixty_tool_calls_weighs_under_40_kilobytes(visit, manager, long_session):
    page = visit(manager)

    bodies = load(page, f"/sessions/{long_session.pk}/")

    expect(page.locator("#turns > [data-kind=turn]")).to_have_count(300)
    expect(page.locator("#turns > [data-kind=tool]")).to_have_count(60)
    assert zipped(bodies[f"/sessions/{long_session.pk}/"]) < HTML_LONG


def test_a_long_session_scrolls_without_long_tasks(visit, manager, long_session):
    page = visit(manager)

    # Alone ten of ten passed at once; beside two more browsers seven of thirty had a late frame. What the page is slow at, it is slow at each time.
    for _ in range(5):
        slow, reached = scroll_through(page, long_session)
        if not slow:
            break

    assert reached > 8000
    assert slow == []


def scroll_through(page, session):
    """This will return the tasks of 50 ms and more while a session is scrolled, and how far that led."""
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")
    page.evaluate(
        "window.slow = [];new PerformanceObserver((list) => window.slow.push(...list.getEntries().map((one) => one.duration))).observe({ type: 'longtask' });"
    )
    for _ in range(40):
        page.locator("#talk").evaluate("one => one.scrollBy(0, 400)")
        page.wait_for_timeout(20)
    return page.evaluate("window.slow"), page.locator("#talk").evaluate("one => one.scrollTop")


def test_what_comes_with_the_list_stays_within_its_budget(visit, manager, seeded):
    page = visit(manager)

    bodies = load(page, "/sessions/")

    for name, part, budget in (
        ("styles", lambda path: path.endswith(".css"), STYLES),
        ("our scripts", lambda path: path.startswith("/static/js/"), OUR_SCRIPTS),
        ("htmx", lambda path: "django_htmx" in path, HTMX),
        ("icons", lambda path: path.endswith(".svg"), ICONS),
    ):
        parts = {path: zipped(body) for path, body in bodies.items() if part(path)}
        assert parts, name
        assert sum(parts.values()) <= budget, (name, parts)


def test_the_first_view_of_the_list_takes_few_requests_and_little_weight(visit, manager, seeded):
    page = visit(manager)

    bodies = load(page, "/sessions/")

    assert "/sessions/counts/" in bodies
    assert len(bodies) <= FIRST_VIEW, sorted(bodies)
    assert sum(zipped(body) for body in bodies.values()) <= IN_ALL, {path: zipped(body) for path, body in bodies.items()}


@pytest.mark.parametrize("address", ["/review/", "/summary/", "/settings/", "/views/", "/exports/"])
def test_the_first_view_of_any_page_takes_few_requests(visit, manager, seeded, address):
    page = visit(manager)

    bodies = load(page, address)

    # Panels of the summary come after it.
    first = [path for path in bodies if not path.startswith("/summary/panels/")]
    assert len(first) <= FIRST_VIEW, sorted(bodies)


def test_a_session_comes_with_one_style_sheet_and_one_script_of_its_own(visit, manager, seeded):
    """docs/decisions/0013 says what this page may weigh beside the list's share."""
    page = visit(manager)
    session = Session.objects.exclude(turns=None).order_by("-turns", "pk").first()

    bodies = load(page, f"/sessions/{session.pk}/")

    own = {path.split("/")[-1]: zipped(body) for path, body in bodies.items() if path.startswith("/static/") and "htmx" not in path}
    # The beat that says who is here, and what there is to hear, come after the page.
    first = [path for path in bodies if not path.endswith(("/presence/", "/recording/"))]
    assert len(first) <= FIRST_VIEW, sorted(bodies)
    assert sum(size for name, size in own.items() if name.endswith(".css")) <= STYLES_OF_SESSION, own
    assert sum(size for name, size in own.items() if name.endswith(".js")) <= SCRIPTS_OF_SESSION, own


def test_a_filter_takes_one_request_and_one_for_its_counts(visit, manager, seeded, watch):
    page = visit(manager)
    # A busy machine may ask for the first counts only after half a second of quiet.
    with page.expect_response(re.compile("/sessions/counts/")):
        page.goto("/sessions/", wait_until="networkidle")
    before = len(watch.requests)

    page.locator("#f-label-none").check()
    expect(page).to_have_url("/sessions/?label=none")
    expect(page.locator("#session-count")).to_have_text(re.compile("^[0-9]+ sessions$"))
    page.wait_for_timeout(500)

    assert [urlsplit(url).path for url in watch.requests[before:]] == ["/sessions/", "/sessions/counts/"]


def test_the_list_does_not_shift_while_it_loads(visit, manager, seeded):
    page = visit(manager)
    page.add_init_script(
        "window.shift = 0;"
        "new PerformanceObserver((list) => list.getEntries().forEach((entry) => (window.shift += entry.value)))"
        ".observe({ type: 'layout-shift', buffered: true });"
    )

    page.goto("/sessions/?channel=voice", wait_until="networkidle")
    expect(page.locator("#session-count")).to_have_text(re.compile("^[0-9]+ sessions$"))
    page.wait_for_timeout(300)

    assert page.evaluate("window.shift") <= SHIFT
