"""What the tests ask of Playwright and axe, in one place: without the two, the files that need them are skipped."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import pytest

if os.environ.get("REQUIRE_BROWSER") != "1":
    pytest.importorskip("playwright", reason="Playwright is not installed; `make browser` installs it.")
    pytest.importorskip("axe_playwright_python", reason="axe is not installed; `make browser` installs it.")

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Locator, Page, Request, Route, expect, sync_playwright
from playwright.sync_api import TimeoutError as TimedOut

# How Chromium is started.
ROOT_ONLY = ["--no-sandbox"]
QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

__all__ = [
    "QUIET",
    "ROOT_ONLY",
    "Locator",
    "Page",
    "Request",
    "Route",
    "TimedOut",
    "axe_complaints",
    "expect",
    "expect_settled",
    "expect_whole",
    "hear",
    "sync_playwright",
    "tab_to",
]
AXE = """
([context, options]) => axe.run(context || document, { resultTypes: ["violations"], ...options })
    .then((found) => found.violations.flatMap(({ id, nodes }) => nodes.map((node) => [id, node.target.join(" "), node.html, node.failureSummary])))
"""
COLOR_RULES = ["color-contrast", "link-in-text-block"]


HEAR = """() => {
    const LIVE = "[role=status], [role=alert], [aria-live=polite], [aria-live=assertive], output";
    window.heard = [];
    new MutationObserver((changes) => {
        const regions = new Set();
        for (const { target, addedNodes, type } of changes) {
            if (type === "childList" && !addedNodes.length) continue;
            const parts = [...addedNodes].filter((node) => node.matches).flatMap((node) => [node, ...node.querySelectorAll(LIVE)]);
            const around = (target.closest ? target : target.parentElement)?.closest(LIVE);
            for (const one of [around, ...parts]) if (one?.matches(LIVE)) regions.add(one);
        }
        for (const one of regions) {
            const words = one.checkVisibility() && one.innerText.replace(/\\s+/g, " ").trim();
            if (words) heard.push(words);
        }
    }).observe(document.documentElement, { subtree: true, childList: true, characterData: true, attributeFilter: ["hidden"] });
}"""


def hear(page: Page) -> Callable[[], list[str]]:
    """This will note what live regions are given to say, and return a function that tells what came since it was asked last."""
    page.evaluate(HEAR)
    return lambda: page.evaluate("heard.splice(0)")


def axe_complaints(page: Page, context: Any = None, *, themes: Sequence[str] = ("light", "dark"), **options: Any) -> list[str]:
    """This will return what axe finds on the page in each theme, with the theme and the width it finds it at."""
    complaints = []
    # No rule wants to read imported styles once more, and the policy refuses it. To read axe anew for each look took half as long as the look.
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE_SCRIPT)
    for theme in themes:
        # Nobody chose a theme, so the page follows the system, and without motion it does so at once.
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")
        # Themes differ by light-dark(), which gives colors and nothing else.
        rules = {"runOnly": COLOR_RULES} if theme == "dark" and "light" in themes else {}
        complaints += [
            f"{theme} at {page.viewport_size['width']}: {rule}: {target} {html[:150]} {summary}"
            for rule, target, html, summary in page.evaluate(AXE, [context, {"preload": False, **options, **rules}])
        ]
    return complaints


def tab_to(page: Page, wanted: Locator) -> None:
    """This will press Tab until the control has focus, as somebody without a mouse has to."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def expect_whole(page: Page) -> None:
    """This will wait for what a page asks for once it is there: the panels of the summary, the counts beside the filters, a preview."""
    expect(page.locator(".skel, [hx-trigger^=load]:not(#presence)")).to_have_count(0)
    expect_settled(page)


def expect_settled(page: Page) -> None:
    """This will wait until htmx has taken charge of what it swapped in, 20 ms later: a program can be faster than that."""
    expect(page.locator(".htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
