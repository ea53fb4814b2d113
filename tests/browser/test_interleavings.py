"""Typing, autosave, submit, back, reload and a second tab in any order: no text is lost and no label is doubled."""

import random
import re
from contextlib import suppress

import pytest

from labeling.models import Draft, Label
from tests.browser.driver import TimedOut
from tests.repetitions import repetitions

pytestmark = pytest.mark.browser


class Reviewing:
    """One person with two tabs on one session, who does something else each time. `text` is what they typed last and did not throw away."""

    def __init__(self, page, address):
        self.tabs = [page, page.context.new_page()]
        self.address = address
        self.at = 0
        self.typed = 0
        for tab in self.tabs:
            tab.goto(address, wait_until="networkidle")

    @property
    def page(self):
        return self.tabs[self.at]

    def type(self):
        self.settle()
        self.typed += 1
        self.page.get_by_label("Comment").fill(f"Remark number {self.typed}.")

    def wait(self):
        self.page.wait_for_timeout(900)

    def reload(self):
        self.page.reload(wait_until="networkidle")

    def leave_and_come_back(self):
        self.page.goto("/review/")
        self.page.go_back(wait_until="networkidle")

    def change_tab(self):
        self.at = 1 - self.at
        self.page.bring_to_front()

    def submit(self):
        self.settle()
        page = self.page
        page.locator("#label label", has_text="BAD").click()
        reason = page.locator("#reason")
        if reason.count():
            reason.fill("Read it again")
        if not page.get_by_label("Comment").input_value():
            page.get_by_label("Comment").fill(f"Remark number {self.typed}.")
        with page.expect_response(lambda answer: answer.request.method == "POST" and "/labels/" in answer.url):
            page.locator("#label-submit").click()
        page.wait_for_load_state("networkidle")
        self.settle()

    def settle(self):
        """Whoever is asked which of two texts stands takes the one before their eyes."""
        for _ in range(5):
            asked = self.page.locator("#draft-conflict [data-use], #label-panel .pair ~ * .is-primary, #label-panel .notice > .btns .is-primary")
            if not asked.count():
                return
            with suppress(TimedOut):
                asked.first.click(timeout=2000)
            self.page.wait_for_load_state("networkidle")
            self.page.wait_for_timeout(300)


STEPS = ("type", "type", "wait", "reload", "leave_and_come_back", "change_tab", "submit")


# Walks in which a page with text was left when another one had written: of fifty, those that once lost it.
LOSING = (12, 18, 41)


@pytest.mark.parametrize("seed", sorted({*repetitions(7, 50), *LOSING}))
def test_nothing_is_lost_and_nothing_doubled(visit, reviewer, talk, watch, seed):
    watch.expect("status of 409|status of 422")
    rng = random.Random(seed)
    page = visit(reviewer)
    reviewing = Reviewing(page, f"/sessions/{talk().pk}/")
    steps = [rng.choice(STEPS) for _ in range(8)]
    reviewing.type()
    for step in steps:
        getattr(reviewing, step)()
    reviewing.settle()
    reviewing.page.wait_for_timeout(1200)

    last = f"Remark number {reviewing.typed}."
    kept = [draft.comment for draft in Draft.objects.filter(is_open=True)] + [label.comment for label in Label.objects.all()]
    kept += [other["comment"] for draft in Draft.objects.all() for other in draft.others]
    shown = [tab.get_by_label("Comment").input_value() for tab in reviewing.tabs]
    assert any(last in text for text in [*kept, *shown]), (steps, kept, shown)
    labels = list(Label.objects.all())
    assert len({label.client_key for label in labels}) == len(labels) <= steps.count("submit"), steps
    assert len([label for label in labels if hasattr(label, "current")]) <= 1
    assert re.search("Remark", kept[-1]) if kept else True
