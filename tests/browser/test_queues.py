"""A sample from its draw to its settlement, played in the windows of a manager and two reviewers."""

import re

import pytest

from labeling.codes import Via
from labeling.filters.queue_rules import get_frame
from labeling.models import Assignment, Draw, Label
from labeling.models.assignment import PlaceState
from labeling.operations.draws import carry_out_draw
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label
from labeling.roles import Role
from tests.browser.driver import axe_complaints, expect
from tests.factories import AgentFactory, IssueCategoryFactory, RaterFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived

pytestmark = pytest.mark.browser
HIDDEN = "Hidden until you label it: this session is drawn for independent review."


@pytest.fixture
def talks(talk):
    IssueCategoryFactory(name="Wrong answer")
    other, machine = AgentFactory(name="Cedar Billing Help"), RaterFactory(kind="machine", email="auto@vendor", name="Auto-rating")
    sessions = [talk() for _ in range(4)] + [talk(seen_agent=other) for _ in range(2)]
    for session in sessions:
        submit_label(session_id=session.pk, rater=machine, code="GOOD", client_key="auto", type="auto-rating", provenance=Provenance(via=Via.SYNC))
    return sessions


def test_a_blind_sample_is_drawn_worked_disagreed_about_and_settled(visit, manager, reviewer, talks):
    colleague = UserFactory(name="Ben Ito", role=Role.REVIEWER, all_agents=True)
    desk, mine, theirs = visit(manager), visit(reviewer), visit(colleague)

    # The manager draws: three sessions, in proportion by agent, two blind labels on each.
    desk.goto("/queues/new/", wait_until="networkidle")
    desk.get_by_label("Name", exact=True).fill("Week 47")
    desk.get_by_role("radio", name="Random sample").check()
    desk.get_by_label("How many").fill("3")
    desk.get_by_role("checkbox", name="Agent").check()
    desk.get_by_label("Labels on each session").fill("2")
    desk.keyboard.press("Tab")
    expect(desk.locator("#queue-preview")).to_contain_text(re.compile(r"Labels wanted\s*6"))
    desk.get_by_role("button", name="Make the queue").click()
    desk.wait_for_url(re.compile("/queues/week-47-"))
    carry_out_draw(draw_pk=Draw.objects.get().pk, frame_of=get_frame)
    board = desk.url

    # Two reviewers work it by keyboard, at the same time, and see neither the machine nor each other.
    for page in (mine, theirs):
        page.goto("/review/", wait_until="networkidle")
        page.get_by_role("row", name=re.compile("Week 47")).get_by_role("button", name=re.compile("^Start")).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/review/q/.*/s/\d+/"))
    assert axe_complaints(mine) == []
    for turn in range(3):
        for page, code in ((mine, "1"), (theirs, "1" if turn else "3")):
            page.wait_for_load_state("networkidle")
            expect(page.get_by_text(HIDDEN)).to_be_visible()
            expect(page.get_by_text("Drawn for independent review", exact=True)).to_be_visible()
            expect(page.locator("#label-panel")).not_to_contain_text("Auto-rating")
            page.keyboard.press(code)
            if code == "3":
                page.keyboard.press("c")
                page.keyboard.type("The date was wrong.")
            at = page.url
            page.keyboard.press("Control+Enter")
            page.wait_for_url(lambda url, at=at: url != at)
    for page in (mine, theirs):
        expect(page.get_by_text("you 3, team").or_(page.get_by_text("Nothing is left")).first).to_be_visible()
    assert Assignment.objects.filter(state=PlaceState.DONE).count() == 6
    assert set(Label.objects.filter(type="human-rating").values_list("basis", "independent")) == {("random", True)}

    # They disagree about one: each sees that and what the other said, now that they have judged.
    [disputed] = {label.session_id for label in Label.objects.filter(code="BAD")}
    for page, other in ((mine, "Ben Ito"), (theirs, reviewer.name)):
        page.goto("/review/", wait_until="networkidle")
        waiting = page.get_by_role("region", name=re.compile("Waiting for you"))
        expect(waiting).to_contain_text("You and others disagree")
        assert axe_complaints(page) == []
        waiting.get_by_role("link", name=re.compile("Compare")).click()
        page.wait_for_url(f"**/sessions/{disputed}/")
        expect(page.locator("#label-panel")).to_contain_text(other)

    # The manager sees how it stands, and settles by keyboard.
    desk.goto(board, wait_until="networkidle")
    expect(desk.get_by_role("main")).to_contain_text(re.compile(r"6\s*of 6"))
    assert axe_complaints(desk) == []
    desk.goto(f"/disagreements/{disputed}/", wait_until="networkidle")
    assert axe_complaints(desk) == []
    desk.keyboard.press("3")
    desk.keyboard.press("r")
    desk.keyboard.type("The date that was confirmed was another one.")
    desk.keyboard.press("Control+Enter")
    expect(desk.get_by_text("Settled as BAD")).to_be_visible()

    # Both are told, by whom and why, and it is no longer waiting once they have looked.
    for page in (mine, theirs):
        page.goto("/review/", wait_until="networkidle")
        waiting = page.get_by_role("region", name=re.compile("Waiting for you"))
        expect(waiting).to_contain_text("Settled")
        waiting.get_by_role("link").last.click()
        page.wait_for_url(f"**/sessions/{disputed}/")
        expect(page.locator("#label-panel")).to_contain_text("The date that was confirmed was another one.")
        expect(page.locator("#label-panel")).to_contain_text(manager.name)
        assert axe_complaints(page) == []
        page.goto("/review/", wait_until="networkidle")
        expect(page.get_by_role("region", name=re.compile("Waiting for you"))).not_to_contain_text("Settled")
    check_everything_derived()
