"""The three steps of who is new: reached and closed by keyboard, and never in the way of labeling."""

import pytest

from labeling.models import Label
from tests.browser.driver import axe_complaints, expect
from tests.factories import UserFactory

pytestmark = pytest.mark.browser
DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_newcomer_labels_beside_the_steps_and_closes_them_by_keyboard(visit, talk, size):
    session = talk()
    page = visit(UserFactory(steps_closed_at=None), viewport=size)
    page.goto(f"/sessions/{session.pk}/")
    steps = page.get_by_role("region", name="Three steps to a label")
    expect(steps).to_be_visible()
    assert axe_complaints(page) == []

    page.get_by_role("button", name="Close the steps").focus()
    page.keyboard.press("Enter")

    expect(steps).to_have_count(0)
    expect(page.locator("#first-steps-closed")).to_be_focused()
    page.reload()
    expect(page.locator("#turns")).to_be_visible()
    expect(steps).to_have_count(0)


def test_keys_rate_and_submit_while_the_steps_are_open(visit, talk):
    page = visit(UserFactory(steps_closed_at=None), viewport=DESK)
    page.goto(f"/sessions/{talk().pk}/")
    expect(page.get_by_role("region", name="Three steps to a label")).to_be_visible()

    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_role("button", name="Change my label")).to_be_visible()
    assert Label.objects.get().code == "GOOD"


@pytest.mark.parametrize(
    ("options", "shown", "hidden"),
    [
        ({"viewport": DESK}, "Submit with Ctrl+Enter", "tap Submit"),
        ({"viewport": PHONE}, "tap Submit", "Ctrl+Enter"),
        # A tablet is as wide as a desk and has no keys.
        ({"viewport": {"width": 1180, "height": 820}, "has_touch": True, "is_mobile": True}, "tap Submit", "Ctrl+Enter"),
    ],
    ids=["desk", "phone", "tablet"],
)
def test_the_steps_name_keys_only_where_there_are_keys(visit, talk, options, shown, hidden):
    page = visit(UserFactory(steps_closed_at=None), **options)
    page.goto(f"/sessions/{talk().pk}/")

    steps = page.get_by_role("region", name="Three steps to a label")
    expect(steps.get_by_text(shown)).to_be_visible()
    expect(steps.get_by_text(hidden)).to_be_hidden()
