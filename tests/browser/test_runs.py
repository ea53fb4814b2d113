"""Review these: from the list into a run, by keyboard and without a script."""

import re
from datetime import timedelta

import pytest

from labeling.models import CurrentLabel, Run
from tests.browser.driver import axe_complaints, expect
from tests.factories import NOON, RunFactory, SessionFactory, SkipFactory

pytestmark = pytest.mark.browser


def test_r_reviews_the_list_in_its_order(visit, reviewer, talk):
    longer, shorter = talk(at=NOON, duration=90), talk(at=NOON + timedelta(hours=1), duration=30)
    page = visit(reviewer)
    page.goto("/sessions/?sort=-length")

    page.keyboard.press("r")

    expect(page).to_have_url(re.compile(rf"/review/r/\d+/s/{longer.pk}/$"))
    assert Run.objects.get().sessions == [longer.pk, shorter.pk]


@pytest.mark.parametrize("javascript", [True, False])
def test_the_button_reviews_what_the_filter_leaves(visit, reviewer, talk, javascript):
    call, chat = talk(at=NOON), talk(at=NOON + timedelta(hours=1), channel="chat")
    page = visit(reviewer, java_script_enabled=javascript)
    page.goto("/sessions/?channel=voice")

    page.get_by_role("button", name="Review these").click()

    expect(page).to_have_url(re.compile(rf"/review/r/\d+/s/{call.pk}/$"))
    assert chat.pk not in Run.objects.get().sessions


def test_an_empty_list_offers_nothing_to_review(visit, reviewer, talk):
    talk()
    page = visit(reviewer)
    page.goto("/sessions/?channel=chat")

    expect(page.get_by_role("button", name="Review these")).to_be_disabled()
    page.keyboard.press("r")

    expect(page).to_have_url(re.compile("/sessions/"))
    assert not Run.objects.exists()


def test_the_page_of_a_run_goes_on_by_r(visit, reviewer, talk):
    session = talk()
    run = RunFactory(owner=reviewer, sessions=[session.pk])
    page = visit(reviewer)
    page.goto(f"/review/r/{run.pk}/")

    page.keyboard.press("r")

    expect(page).to_have_url(re.compile(f"/review/r/{run.pk}/s/{session.pk}/"))


def test_z_on_the_page_of_a_finished_run_takes_the_last_label_back(visit, reviewer, talk):
    session = talk()
    run = RunFactory(owner=reviewer, sessions=[session.pk])
    page = visit(reviewer)
    page.goto(f"/review/r/{run.pk}/s/{session.pk}/", wait_until="networkidle")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(f"/review/r/{run.pk}/$"))
    expect(page.get_by_role("button", name="Undo OK")).to_be_visible()

    page.keyboard.press("z")

    expect(page).to_have_url(re.compile(f"/review/r/{run.pk}/s/{session.pk}/$"))
    expect(page.locator(".toast")).to_have_text("Label withdrawn")
    expect(page.get_by_role("radio", name="OK")).to_be_checked()
    assert not CurrentLabel.objects.exists()


def test_the_page_of_a_run_passes_axe(visit, reviewer, talk, agent):
    session = talk()
    run = RunFactory(owner=reviewer, sessions=[session.pk, SessionFactory(seen_agent=agent).pk], is_cut=True)
    SkipFactory(run=run, session=session)
    SessionFactory(seen_agent=agent)
    page = visit(reviewer)

    page.goto(f"/review/r/{run.pk}/?skipped={session.pk}")

    expect(page.get_by_role("button", name="Start a new run")).to_be_visible()
    expect(page.get_by_role("button", name="Not mine")).to_be_visible()
    assert axe_complaints(page) == []


def test_a_skip_is_said_otherwise_in_its_toast(visit, reviewer, talk):
    session = talk()
    run = RunFactory(owner=reviewer, sessions=[session.pk])
    SkipFactory(run=run, session=session)
    page = visit(reviewer)
    page.goto(f"/review/r/{run.pk}/?skipped={session.pk}")

    page.get_by_role("button", name="Not mine").click()

    expect(page.get_by_text("Not mine: left to others")).to_be_visible()
    assert run.skips.get().kind == "not_mine"
    page.get_by_role("button", name="Undo").click()
    expect(page).to_have_url(re.compile(f"/review/r/{run.pk}/s/{session.pk}/"))
    assert not run.skips.exists()
