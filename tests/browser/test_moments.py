"""Hearing the moments of an issue, one after another."""

import pytest
from django.utils import timezone

from labeling.models import Event
from labeling.operations.label_rows import EvidenceGiven, IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from sessions_app.models import Session
from tests.browser.driver import axe_complaints, expect
from tests.browser.test_player import hold, place  # noqa: F401
from tests.factories import IssueCategoryFactory, RecordingFactory, UserFactory

pytestmark = pytest.mark.browser


@pytest.fixture
def cited(talk):
    """Makes a call that two moments of are cited, with a recording that is here unless `state` says otherwise."""
    category = IssueCategoryFactory(name="Silent treatment")

    def make(*, state="held", moments=((1_000, 1_500), (9_000, 9_500))):
        session = talk(duration=20.0)
        Session.objects.filter(pk=session.pk).update(timestamp=timezone.now())
        given = [IssueGiven("Silent treatment", evidence=tuple(EvidenceGiven("moment", "", 1, *moment) for moment in moments))]
        submit_label(session_id=session.pk, rater=rater_of(user=UserFactory()), code="BAD", client_key="one", issues=given)
        recording = RecordingFactory(session=session, state="pending" if state == "held" else state)
        if state == "held":
            hold(recording)
        return session

    make.address = f"/summary/issues/{category.pk}/"
    return make


def test_moments_play_one_after_another_and_are_written_down(visit, manager, cited):
    session = cited()
    page = visit(manager)
    page.goto(cited.address)
    moments = page.locator("#moments > li")

    page.get_by_role("button", name="Play them one after another").click()

    expect(moments.nth(0)).to_have_attribute("aria-current", "true")
    expect(moments.nth(1)).to_have_attribute("aria-current", "true", timeout=15_000)
    page.wait_for_function("() => document.getElementById('sound').currentTime > 6")
    expect(page.get_by_text("That was the last moment of this page.")).to_be_visible(timeout=20_000)
    assert page.evaluate("document.getElementById('sound').paused")
    assert set(Event.objects.filter(kind="recording_heard", user=manager.pk).values_list("session", flat=True)) == {session.pk}


def test_what_cannot_be_played_is_passed_over(visit, manager, cited):
    cited(moments=((1_000, 1_500),))
    cited(state="held", moments=((2_000, 2_500),))
    RecordingFactory._meta.model.objects.filter(pk=RecordingFactory._meta.model.objects.order_by("-pk").first().pk).update(state="held", file="x" * 43)
    page = visit(manager)
    page.goto(cited.address)

    page.get_by_role("button", name="Play them one after another").click()

    expect(page.locator("#moments > li").nth(1)).to_have_attribute("aria-current", "true", timeout=30_000)


def test_one_moment_plays_alone_and_stops(visit, manager, cited):
    cited()
    page = visit(manager)
    page.goto(cited.address)

    page.locator("[data-hear]").nth(0).click()

    page.wait_for_function("() => document.getElementById('sound').currentTime > 2 && document.getElementById('sound').paused")
    expect(page.locator("#moments > li").nth(0)).to_have_attribute("aria-current", "true")


def test_the_page_passes_axe(visit, manager, cited):
    cited()
    page = visit(manager)
    page.goto(cited.address)
    expect(page.locator("#heard")).to_be_visible()

    assert axe_complaints(page) == []
