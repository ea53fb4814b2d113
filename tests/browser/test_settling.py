"""Settling a disagreement and asking for a second opinion, by keyboard; and what axe says of the pages."""

import pytest

from labeling.models import Label, SecondOpinion
from labeling.operations.label_rows import EvidenceGiven, IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from tests.browser.driver import axe_complaints, expect
from tests.factories import IssueCategoryFactory, UserFactory

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def disputed(talk):
    session = talk()
    IssueCategoryFactory(name="Wrong answer")
    cited = EvidenceGiven("turn", session.transcript.turns[0]["uid"], session.transcript.revision, 1000)
    for name, code, issues in (("Amara Osei", "GOOD", []), ("Ben Ito", "BAD", [IssueGiven("Wrong answer", evidence=(cited,))])):
        person = UserFactory(name=name)
        submit_label(session_id=session.pk, rater=rater_of(user=person), code=code, client_key=f"key-of-{name}", comment=f"{name} says so.", issues=issues)
    return session


def test_a_manager_settles_by_keyboard_alone(visit, manager, disputed):
    page = visit(manager)
    page.goto("/disagreements/", wait_until="networkidle")

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What they said")).to_be_visible()
    page.keyboard.press("3")
    expect(page.locator("[name=choice][value=BAD]")).to_be_checked()
    page.keyboard.press("r")
    page.keyboard.type("The date was wrong.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Settled as BAD")).to_be_visible()
    expect(page.get_by_text("Nobody disagrees")).to_be_visible()
    settled = Label.objects.get(is_settlement=True)
    assert (settled.code, settled.reason, [issue.raw for issue in settled.issues.all()]) == ("BAD", "The date was wrong.", ["Wrong answer"])


def test_the_fields_of_a_third_label_come_with_its_choice(visit, manager, disputed):
    page = visit(manager)
    page.goto(f"/disagreements/{disputed.pk}/", wait_until="networkidle")
    quality = page.get_by_role("group", name="Quality")
    expect(quality).to_be_hidden()

    page.keyboard.press("5")
    expect(quality).to_be_visible()
    quality.get_by_text("OK").click()
    page.get_by_role("checkbox", name="Wrong answer").check()
    page.get_by_label("Reason").fill("Late, but right.")
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Settled as OK")).to_be_visible()
    assert [issue.raw for issue in Label.objects.get(is_settlement=True).issues.all()] == ["Wrong answer"]


def test_a_citation_leads_to_its_turn_beside(visit, manager, disputed):
    page = visit(manager)
    page.goto(f"/disagreements/{disputed.pk}/", wait_until="networkidle")

    page.locator(".said a.pill").click()

    expect(page.locator("#turns > li").first).to_be_in_viewport()
    assert "#turn-" in page.url


def test_what_somebody_settled_meanwhile_is_shown_and_nothing_is_overwritten(visit, watch, manager, admin, disputed):
    watch.expect("409")
    page = visit(manager)
    page.goto(f"/disagreements/{disputed.pk}/", wait_until="networkidle")
    colleague = visit(admin)
    colleague.goto(f"/disagreements/{disputed.pk}/", wait_until="networkidle")

    for one, key, reason in ((colleague, "1", "Nothing went wrong."), (page, "3", "The date was wrong.")):
        one.keyboard.press(key)
        one.keyboard.press("r")
        one.keyboard.type(reason)
        one.keyboard.press("Control+Enter")
        expect(one.get_by_text("Settled as GOOD" if one is colleague else "settled it meanwhile")).to_be_visible(timeout=10_000)

    expect(page.get_by_role("alert").filter(has_text="settled it meanwhile")).to_be_focused()
    expect(page.get_by_text("Nothing went wrong.").first).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("The date was wrong.")
    assert axe_complaints(page) == []


@pytest.mark.parametrize("viewport", [None, PHONE])
def test_axe_finds_nothing_and_no_width_needs_sideways_scrolling(visit, manager, disputed, viewport):
    page = visit(manager, **({"viewport": viewport} if viewport else {}))
    for address in ("/disagreements/", f"/disagreements/{disputed.pk}/", f"/sessions/{disputed.pk}/"):
        page.goto(address, wait_until="networkidle")
        if address.endswith(f"{disputed.pk}/") and "disagreements" in address:
            page.get_by_label("A third label").check()

        assert axe_complaints(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_o_and_enter_ask_the_proposed_peer(visit, reviewer, talk):
    dana = UserFactory(name="Dana Reyes")
    session = talk()
    page = visit(reviewer)
    page.goto(f"/sessions/{session.pk}/", wait_until="networkidle")

    page.keyboard.press("o")
    expect(page.get_by_role("button", name="Ask ↵")).to_be_focused()
    page.keyboard.press("Enter")

    expect(page.locator("#announce")).to_have_text("Dana Reyes was asked for a second opinion.")
    expect(page.locator("#second-opinion")).to_be_hidden()
    opinion = SecondOpinion.objects.get()
    assert (opinion.asked_of, opinion.session, opinion.note) == (dana, session, "")
