"""What a page may weigh: the budget is small because a reviewer opens hundreds a day."""

import gzip
import re
from urllib.parse import urlsplit

import pytest

from labeling.demo.seeding import seed_demo
from sessions_app.models import Session
from tests.browser.driver import expect

pytestmark = pytest.mark.browser

HTML, STYLES, OUR_SCRIPTS, HTMX, ICONS = 15_000, 8_000, 5_000, 17_000, 3_000
IN_ALL = 45_000
FIRST_VIEW = 7
SHIFT = 0.02


@pytest.fixture
def demo(agent):
    seed_demo(sessions=70, seed=7, with_accounts=False)


def zipped(body):
    return len(gzip.compress(body, compresslevel=6))


def load(page, address):
    """This will open an address in an empty cache and return what was fetched for it, by path."""
    fetched = {}
    page.on("response", lambda answer: fetched.update({urlsplit(answer.url).path: answer}) if answer.url.startswith("http") else None)
    page.goto(address, wait_until="networkidle")
    return {path: answer.body() for path, answer in fetched.items()}


def test_a_list_of_fifty_rows_weighs_at_most_15_kilobytes(visit, manager, demo):
    page = visit(manager)

    bodies = load(page, "/sessions/")

    expect(page.locator(".rowlink")).to_have_count(50)
    assert zipped(bodies["/sessions/"]) <= HTML


def test_a_session_weighs_at_most_15_kilobytes(visit, manager, demo):
    page = visit(manager)
    session = Session.objects.exclude(turns=None).order_by("-turns", "pk").first()

    bodies = load(page, f"/sessions/{session.pk}/")

    assert zipped(bodies[f"/sessions/{session.pk}/"]) <= HTML


@pytest.mark.parametrize(
    ("part", "budget"),
    [
        (lambda path: path.endswith(".css"), STYLES),
        (lambda path: path.startswith("/static/js/"), OUR_SCRIPTS),
        (lambda path: "django_htmx" in path, HTMX),
        (lambda path: path.endswith(".svg"), ICONS),
    ],
    ids=["styles", "our scripts", "htmx", "icons"],
)
def test_what_comes_with_the_list_stays_within_its_budget(visit, manager, demo, part, budget):
    page = visit(manager)

    bodies = load(page, "/sessions/")

    parts = {path: zipped(body) for path, body in bodies.items() if part(path)}
    assert parts
    assert sum(parts.values()) <= budget, parts


def test_the_first_view_of_the_list_takes_few_requests_and_little_weight(visit, manager, demo):
    page = visit(manager)

    bodies = load(page, "/sessions/")

    assert "/sessions/counts/" in bodies
    assert len(bodies) <= FIRST_VIEW, sorted(bodies)
    assert sum(zipped(body) for body in bodies.values()) <= IN_ALL, {path: zipped(body) for path, body in bodies.items()}


@pytest.mark.parametrize("address", ["/review/", "/summary/", "/settings/", "/views/", "/exports/"])
def test_the_first_view_of_any_page_takes_few_requests(visit, manager, demo, address):
    page = visit(manager)

    bodies = load(page, address)

    assert len(bodies) <= FIRST_VIEW, sorted(bodies)


def test_a_filter_takes_one_request_and_one_for_its_counts(visit, manager, demo, watch):
    page = visit(manager)
    page.goto("/sessions/", wait_until="networkidle")
    before = len(watch.requests)

    page.locator("#f-label-none").check()
    expect(page).to_have_url("/sessions/?label=none")
    expect(page.locator("#session-count")).to_have_text(re.compile("^[0-9]+ sessions$"))
    page.wait_for_timeout(500)

    assert [urlsplit(url).path for url in watch.requests[before:]] == ["/sessions/", "/sessions/counts/"]


def test_the_list_does_not_shift_while_it_loads(visit, manager, demo):
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
