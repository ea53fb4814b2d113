"""A real browser on a live server. Every test ends with a look at what the pages complained about."""

import os
import re
import shutil
import time
from dataclasses import dataclass, field

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import Client

from labeling.demo.seeding import seed_demo
from tests.browser.driver import QUIET, ROOT_ONLY
from tests.conftest import empty
from tests.factories import NOON, PASSWORD, TURNS, TranscriptFactory
from tests.kept import made_once

WIDE = {"width": 1440, "height": 900}


@pytest.fixture(scope="session", autouse=True)
def models_beside_a_running_loop():
    """Playwright keeps an event loop in this thread, which Django would take for asynchronous code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    chromium = shutil.which(os.environ.get("CHROMIUM", "chromium"))
    if not chromium:
        give_up = pytest.fail if os.environ.get("REQUIRE_BROWSER") == "1" else pytest.skip
        give_up("There is no chromium on the path; CHROMIUM may name another one.")
    root = ROOT_ONLY if os.geteuid() == 0 else []
    return {**browser_type_launch_args, "executable_path": chromium, "args": [*root, *QUIET, *browser_type_launch_args.get("args", [])]}


@pytest.fixture(scope="session")
def base_url(live_server):
    return live_server.url


@dataclass
class Watch:
    """What no page may do: complain, ask in a dialog, or speak to another server."""

    home: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    # A newer request for the list aborts the counts of an older one, and a beat is how a page learns that its sign-in is over; htmx says both.
    expected: list[str] = field(default_factory=lambda: ["^htmx:(sendAbort|afterRequest)", r"^Response Status Error Code 401 from /sessions/\d+/presence/"])

    def expect(self, pattern: str) -> None:
        """This will let the console say what the test provokes."""
        self.expected.append(pattern)

    def follow(self, context) -> None:
        context.on("console", self._note_console)
        context.on("weberror", lambda problem: self.complaints.append(f"page error: {problem.error}"))
        context.on("dialog", self._note_dialog)
        context.on("request", self._note_request)

    def _note_console(self, message) -> None:
        # Django's admin names no icon; the browser looks for one, at most once.
        is_icon = message.location["url"].endswith("/favicon.ico")
        if is_icon or any(re.search(pattern, message.text) for pattern in self.expected):
            return
        if message.type == "error" or "Content Security Policy" in message.text:
            self.complaints.append(f"console: {message.text} {message.location['url']}")

    def _note_dialog(self, dialog) -> None:
        self.complaints.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _note_request(self, request) -> None:
        self.requests.append(request.url)
        if not request.url.startswith((self.home, "data:", "about:")):
            self.complaints.append(f"request to another server: {request.url}")


@pytest.fixture
def watch(live_server):
    watching = Watch(live_server.url)
    yield watching
    assert watching.complaints == []


@pytest.fixture
def visit(transactional_db, watch, new_context, live_server):
    """Opens a browser of its own, for a person who is signed in already or for nobody. More pages share it as tabs."""

    def open_browser(person=None, **options):
        context = new_context(**{"viewport": WIDE, "locale": "en-US", **options})
        context.set_default_timeout(10_000)
        watch.follow(context)
        context.on("page", press_when_loaded)
        if person:
            client = Client()
            client.force_login(person)
            name = django_settings.SESSION_COOKIE_NAME
            context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url, "httpOnly": True}])
        contexts.append(context)
        return context.new_page()

    contexts = []
    yield open_browser
    # What a page sends on its way out must be answered before the tables are emptied under it.
    for context in contexts:
        context.close()
    quiet = 0
    for _ in range(100):
        quiet = quiet + 1 if is_quiet() else 0
        if quiet == 3:
            break
        time.sleep(0.05)


def press_when_loaded(page):
    """A program is faster than the script that hears keys; nobody else presses one before they see the page."""
    press = page.keyboard.press

    def press_patiently(key, **options):
        page.wait_for_load_state()
        press(key, **options)

    page.keyboard.press = press_patiently


def is_quiet():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0] == 0


@pytest.fixture(scope="session", autouse=True)
def empty_from_the_start(django_db_setup, django_db_blocker):
    """The first test finds what each later one finds: not even the rows that migrations wrote."""
    with django_db_blocker.unblock():
        empty()


def a_hundred_and_twenty_sessions():
    seed_demo(sessions=120, seed=7, with_accounts=False)


@pytest.fixture
def seeded(transactional_db):
    """A small installation in use: transcripts with trouble in them, read and labeled by others."""
    made_once(a_hundred_and_twenty_sessions)


@pytest.fixture
def talk(agent):
    """Makes a session with a transcript."""

    def make(turns=TURNS, at=NOON, seen_agent=agent, **session):
        fields = {"seen_agent": seen_agent, "timestamp": at, "transcript_state": "held", "turns": len(turns), **session}
        return TranscriptFactory(turns=[dict(turn) for turn in turns], **{f"session__{name}": value for name, value in fields.items()}).session

    return make


@pytest.fixture
def known(reviewer):
    """The reviewer, with a password to sign in by."""
    reviewer.set_password(PASSWORD)
    reviewer.save(update_fields=["password"])
    return reviewer
