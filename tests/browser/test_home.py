"""Home: what to go on with, what waits, and that nothing moves while it loads."""

import re
from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Incident
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from tests.browser.driver import axe_complaints, expect
from tests.factories import DraftFactory, IncidentFactory, RunFactory, SecondOpinionFactory, UserFactory

pytestmark = pytest.mark.browser
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"

MOVED = """
    window.moved = 0;
    const note = (list) => list.getEntries().forEach((one) => (moved += one.value));
    new PerformanceObserver(note).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture
def full(reviewer, talk):
    """A home with everything on it."""
    reviewer.takes_incidents = True
    reviewer.save(update_fields=["takes_incidents"])
    sessions = [talk() for _ in range(6)]
    for days in (0, 0, 1):
        number = len(sessions) - 1 - days
        provenance = Provenance(made_at=timezone.now() - timedelta(days=days), active_ms=100_000)
        submit_label(session_id=sessions[number].pk, rater=rater_of(user=reviewer), code="BAD", client_key=f"key-{days}-{number}", provenance=provenance)
    RunFactory(owner=reviewer, name="Low auto-rating", sessions=[session.pk for session in sessions])
    DraftFactory(user=reviewer, session=sessions[1], code="BAD")
    SecondOpinionFactory(asked_of=reviewer, asked_by=UserFactory(name="Dana Reyes"), session=sessions[2], note="Do you hear it too? " * 20)
    IncidentFactory(session=sessions[3], line="W" * 300)
    return sessions


def test_r_goes_on_with_the_run(visit, reviewer, full):
    page = visit(reviewer)
    page.goto("/review/")

    page.keyboard.press("r")

    expect(page).to_have_url(re.compile(rf"/review/r/\d+/s/{full[0].pk}/$"))


def test_j_walks_through_what_waits_and_what_was_labeled(visit, reviewer, full):
    page = visit(reviewer)
    page.goto("/review/")

    page.keyboard.press("j")
    expect(page.locator(".rowlink").first).to_be_focused()


def test_an_incident_is_acknowledged_where_it_waits(visit, reviewer, full):
    page = visit(reviewer)
    page.goto("/review/")
    expect(page.locator("#waiting-count")).to_contain_text("3")

    page.get_by_label("What was done about it").fill("Called back.")
    page.keyboard.press("Enter")

    expect(page.locator(".toast")).to_have_text("Incident acknowledged")
    expect(page.locator("#waiting-count")).to_contain_text("2")
    assert Incident.objects.get().note == "Called back."


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_axe_finds_nothing_on_a_full_home(visit, reviewer, full, viewport):
    page = visit(reviewer, viewport=viewport)
    page.goto("/review/")

    assert axe_complaints(page) == []


@pytest.mark.parametrize("path", ["incidents", "second-opinions"])
def test_axe_finds_nothing_on_the_pages_without_script(visit, reviewer, full, path):
    page = visit(reviewer, viewport=PHONE)
    page.goto(f"/sessions/{full[0].pk}/{path}/")

    assert axe_complaints(page) == []


def test_a_full_home_needs_no_sideways_scrolling(visit, reviewer, full):
    page = visit(reviewer, viewport={"width": 320, "height": 640})
    page.goto("/review/")

    for width in (320, 390, 640, 800, 961, 1100, 1281, 1440):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate(TOO_WIDE) == 0, f"at {width} pixels"


def test_nothing_moves_while_home_loads(visit, reviewer, full):
    page = visit(reviewer)
    page.add_init_script(MOVED)
    page.goto("/review/", wait_until="networkidle")

    assert page.evaluate("moved") <= 0.02
