"""What the tests ask of Playwright and axe, in one place: without the two, the files that need them are skipped."""

import os

import pytest

if os.environ.get("REQUIRE_BROWSER") != "1":
    pytest.importorskip("playwright", reason="Playwright is not installed; `make browser` installs it.")
    pytest.importorskip("axe_playwright_python", reason="axe is not installed; `make browser` installs it.")

from axe_playwright_python.sync_playwright import Axe
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

__all__ = ["QUIET", "ROOT_ONLY", "Axe", "Locator", "Page", "Request", "Route", "TimedOut", "expect", "expect_settled", "sync_playwright", "tab_to"]


def tab_to(page: Page, wanted: Locator) -> None:
    """This will press Tab until the control has focus, as somebody without a mouse has to."""
    for _ in range(80):
        page.keyboard.press("Tab")
        if wanted.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not lead to {wanted}")


def expect_settled(page: Page) -> None:
    """This will wait until htmx has taken charge of what it swapped in, 20 ms later: a program can be faster than that."""
    expect(page.locator(".htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)
