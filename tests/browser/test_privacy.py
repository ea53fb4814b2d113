"""Unmasking a session and sharing one, as a person does it; and the link as a stranger opens it."""

import re

import pytest

from labeling.models import ShareLink, Unmasking
from tests.browser.driver import axe_complaints, expect
from tests.factories import UserFactory

pytestmark = pytest.mark.browser

TURNS = [
    {"uid": "t1", "timestamp": "2026-03-02T12:00:00Z", "source": "agent", "text": "Which number can we call?", "lang": "en-US"},
    {"uid": "t2", "timestamp": "2026-03-02T12:00:04Z", "source": "user", "text": "It is 202-555-0142, and I was born on 03/04/1980.", "lang": "en-US"},
]


@pytest.fixture
def unmasker(db):
    return UserFactory(name="Luis Ferrer", email="luis@example.com", may_unmask=True)


@pytest.mark.parametrize("viewport", [{"width": 1440, "height": 900}, {"width": 390, "height": 844}], ids=["wide", "phone"])
def test_a_session_is_shown_with_a_reason_and_hidden_again(visit, unmasker, talk, viewport):
    session = talk(turns=TURNS)
    page = visit(unmasker, viewport=viewport)
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")
    expect(page.locator("#turns")).to_contain_text("It is ••• 0142, and I was born on •••.")

    if viewport["width"] < 900:
        page.get_by_role("button", name="Details").click()
    page.get_by_role("button", name="Show without a mask").click()
    expect(page.locator("#unmasking")).to_be_visible()
    assert axe_complaints(page) == []
    page.get_by_label("To call the person back").check()
    page.get_by_role("button", name="Show for 15 minutes").click()

    expect(page.locator("#turns")).to_contain_text("It is 202-555-0142, and I was born on 03/04/1980.")
    expect(page.locator(".sessbar")).to_contain_text("Shown until")
    page.get_by_role("button", name="Hide now").click()
    expect(page.locator("#turns")).to_contain_text("It is ••• 0142")
    assert Unmasking.objects.count() == 2


def test_without_a_reason_the_form_says_so_and_needs_no_script(visit, unmasker, talk, watch):
    watch.expect("422")
    session = talk(turns=TURNS)
    page = visit(unmasker, java_script_enabled=False)
    page.goto(f"/sessions/{session.pk}/unmasking/")
    page.get_by_label("Another reason").check()
    page.get_by_role("button", name="Show for 15 minutes").click()
    expect(page.get_by_role("main")).to_contain_text("Say which other reason.")

    page.get_by_label("Which other reason").fill("A subpoena")
    page.get_by_role("button", name="Show for 15 minutes").click()

    expect(page.locator("#turns")).to_contain_text("202-555-0142")


def test_a_stranger_opens_a_link_until_it_is_revoked(visit, manager, talk, watch):
    session = talk(turns=TURNS)
    page = visit(manager)
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")
    page.get_by_role("link", name="Share links").click()
    expect(page.get_by_role("main")).to_contain_text("Redacted. Names said aloud are not removed.")
    page.get_by_label("Whom it is for, and why").fill("The authors of the prompt")
    page.get_by_role("button", name="Make a link").click()
    address = page.get_by_label("Address of the link").input_value()
    assert re.search(r"/shared/[\w-]{43}/$", address)

    stranger = visit()
    watch.expect("404")
    stranger.goto(address)
    expect(stranger.get_by_role("main")).to_contain_text("It is ••• 0142, and I was born on •••.")
    expect(stranger.get_by_role("main")).to_contain_text("Redacted. Names said aloud are not removed.")
    assert axe_complaints(stranger) == axe_complaints(page) == []
    assert stranger.locator("script").count() == 0
    assert stranger.evaluate("document.documentElement.scrollWidth <= window.innerWidth")

    page.get_by_role("button", name="Revoke the link of").click()
    expect(page.get_by_role("main")).to_contain_text("revoked")
    stranger.reload()
    expect(stranger.get_by_role("main")).to_contain_text("Nothing here")
    assert ShareLink.objects.get().opened == 1
