"""Every page and state passes axe, light and dark, on a desk and on a phone, and fits a narrow screen."""

import re

import pytest

from labeling.models import CurrentLabel, IssueCategory, User
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from sessions_app.models import Session
from tests.browser.driver import axe_complaints, expect, expect_whole
from tests.factories import (
    ApiKeyFactory,
    DraftFactory,
    IncidentFactory,
    IssueAliasFactory,
    RunFactory,
    SavedViewFactory,
    SecondOpinionFactory,
    UnmaskingFactory,
    WebhookAnswerFactory,
)

pytestmark = pytest.mark.browser

DESK, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture
def demo(seeded, reviewer):
    """A transcript with trouble in it, read and labeled by others."""
    labeled = CurrentLabel.objects.filter(type="human-rating").values("session")
    # What the demo data holds follows the hour of the day, so this takes the worst there is instead of asking for an error.
    session = Session.objects.filter(pk__in=labeled, tool_errors__isnull=False).order_by("-tool_errors", "-longest_silence_ms", "pk").first()
    for other in Session.objects.exclude(pk=session.pk).order_by("pk")[:3]:
        submit_label(session_id=other.pk, rater=rater_of(user=reviewer), code="BAD", client_key=f"own-key-{other.pk}", comment="Wrong day.")
    return session


def at(address):
    return lambda page, session: page.goto(address)


def session_page(page, session):
    page.goto(f"/sessions/{session.pk}/")
    expect(page.locator("#turns li").first).to_be_visible()


def session_submitted(page, session, code):
    """This will press what this screen offers: the panel on a desk, the dock on a phone."""
    if page.locator(".dock").is_visible():
        page.locator(".dock").get_by_role("button", name=code).click()
        if page.locator("#label-submit").is_visible():
            page.locator("#label-submit").click()
    else:
        page.locator("#label label", has_text=code).click()
        page.locator("#label-submit").click()


def session_with_error(page, session):
    session_page(page, session)
    session_submitted(page, session, "BAD")
    expect(page.locator("#label [role=alert]")).to_be_visible()


def session_saved(page, session):
    session_page(page, session)
    session_submitted(page, session, "GOOD")
    expect(page.locator("#announce")).to_have_text("Saved GOOD")
    expect(page.locator(".toast")).to_be_visible()


def session_with_conflict(page, session):
    other = page.context.new_page()
    for tab in (page, other):
        session_page(tab, session)
    session_submitted(other, session, "OK")
    expect(other.locator("#announce")).to_have_text("Saved OK")
    page.bring_to_front()
    session_submitted(page, session, "GOOD")
    expect(page.locator("#label-panel .pair")).to_be_visible()


def account_menu(page, session):
    page.goto("/sessions/")
    page.get_by_role("button", name="account and settings").click()
    expect(page.locator("#account")).to_be_visible()


def key_sheet(page, session):
    session_page(page, session)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()


def filters_of(page):
    """The rail, taken out first where it is folded away."""
    button = page.get_by_role("button", name=re.compile("^Filters"))
    if button.is_visible():
        button.click()
    return page.locator("#filters")


def list_with_filters_open(page, session):
    page.goto("/sessions/?label=BAD&label=none&channel=voice")
    expect(filters_of(page)).to_be_visible()


def list_with_groups_unfolded(page, session):
    page.goto("/sessions/?open=language", wait_until="networkidle")
    rail = filters_of(page)
    for group in ("prompt", "tool", "more"):
        rail.locator(f"#facet-{group} > summary").click()
    expect(rail.locator("#facet-tool .count").first).to_be_attached()


def list_with_something_left_out(page, session):
    page.goto(f"/sessions/?not_label=GOOD&not_agent={session.seen_agent_id}", wait_until="networkidle")
    filters_of(page)


def saved_view_refined(page, session):
    view = SavedViewFactory(owner=User.objects.get(email="amara@example.com"), name="Voice", query="channel=voice")
    page.goto(f"/sessions/v/{view.slug}/?channel=chat", wait_until="networkidle")
    page.get_by_role("button", name="Save view").click()
    expect(page.locator("#view-save")).to_be_visible()


def columns_menu(page, session):
    page.goto("/sessions/", wait_until="networkidle")
    if page.locator("#columns-button").is_visible():
        page.locator("#columns-button").click()
        expect(page.locator("#columns-menu")).to_be_visible()


def narrowed_list(page, session):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sessions_app.filters.session_filter.are_many", lambda: True)
        page.goto("/sessions/?length_from=0:01", wait_until="networkidle")
    expect(page.locator("#narrowed")).to_be_visible()


def run_of(page, session):
    """A run of three sessions of the person who is signed in, the one with trouble first."""
    others = list(Session.objects.exclude(pk=session.pk).order_by("pk").values_list("pk", flat=True)[5:7])
    return RunFactory(owner=User.objects.get(email="amara@example.com"), sessions=[session.pk, *others], name="All sessions, last 7 days")


def session_in_a_run(page, session):
    page.goto(f"/review/r/{run_of(page, session).pk}/s/{session.pk}/", wait_until="networkidle")
    expect(page.locator("#turns li").first).to_be_visible()


def session_skipped(page, session):
    session_in_a_run(page, session)
    if page.locator("#skip button").is_visible():
        page.locator("#skip button").click()
        expect(page.locator("#skip-toast")).to_be_visible()


def run_finished(page, session):
    run = run_of(page, session)
    for pk in run.sessions:
        submit_label(session_id=pk, rater=rater_of(user=run.owner), code="GOOD", client_key=f"run-key-{pk}")
    page.goto(f"/review/r/{run.pk}/")


def opened_panel(page):
    """The label panel, taken up first where it is folded away."""
    if page.locator(".dock").is_visible():
        page.locator(".dock .more").click()
    expect(page.locator("#label-panel")).to_be_visible()


def issue_box_open(page, session):
    session_page(page, session)
    opened_panel(page)
    page.locator("#issue").focus()
    expect(page.locator("#issue-list")).to_be_visible()


def issue_with_evidence(page, session):
    session_page(page, session)
    opened_panel(page)
    page.locator(".suggest button, .fixed button").first.click()
    page.evaluate("document.querySelector('#turns > [data-kind=turn]').focus()")
    page.keyboard.press("e")
    expect(page.locator("#issues li:visible").first).to_be_visible()


def draft_conflict(page, session):
    DraftFactory(session=session, user=User.objects.get(email="amara@example.com"), comment="Typed in another tab.", code="OK", revision=3)
    session_page(page, session)
    page.evaluate("document.querySelector('[name=draft_revision]').value = 1")
    opened_panel(page)
    page.locator("#comment").fill("Typed here.")
    expect(page.locator("#draft-conflict")).to_be_visible()


def text_left_behind(page, session):
    issues = [{"raw": "Silent treatment"}]
    left = {"tab": "left-tab", "sequence": 1, "code": "BAD", "issues": issues, "comment": "Typed and left.", "reason": "", "version": None}
    amara = User.objects.get(email="amara@example.com")
    DraftFactory(session=session, user=amara, comment="Typed in another tab.", code="OK", revision=3, is_open=True, others=[left])
    session_page(page, session)
    opened_panel(page)
    expect(page.get_by_text("You left another text behind here.")).to_be_visible()


def incident_sheet(page, session):
    session_page(page, session)
    page.get_by_role("button", name="Tell someone now").click()
    expect(page.locator("#incident")).to_be_visible()


def second_opinion_sheet(page, session):
    session_page(page, session)
    button = page.get_by_role("button", name="Ask for a second opinion")
    if button.is_visible():
        button.click()
        expect(page.locator("#second-opinion-form [type=submit]")).to_be_visible()


def problems_only(page, session):
    session_page(page, session)
    page.locator(".talkbar label", has_text="Problems").click()


def home_with_everything_waiting(page, session):
    person = User.objects.get(email="amara@example.com")
    run_of(page, session)
    DraftFactory(session=session, user=person, code="BAD")
    SecondOpinionFactory(session=session, asked_of=person, note="Is this one OK?")
    person.choose(takes_incidents=True)
    IncidentFactory(session=session)
    page.goto("/review/")


STATES = {
    "session in a run": session_in_a_run,
    "session skipped": session_skipped,
    "run finished": run_finished,
    "issue box open": issue_box_open,
    "issue with evidence": issue_with_evidence,
    "draft conflict": draft_conflict,
    "text left behind": text_left_behind,
    "incident sheet": incident_sheet,
    "second opinion sheet": second_opinion_sheet,
    "problems only": problems_only,
    "home with everything waiting": home_with_everything_waiting,
    "sign-in": at("/accounts/login/"),
    "password reset": at("/accounts/password/reset/"),
    "home": at("/review/"),
    "list": at("/sessions/"),
    "list with filters open": list_with_filters_open,
    "list with groups unfolded": list_with_groups_unfolded,
    "list with something left out": list_with_something_left_out,
    "narrowed list": narrowed_list,
    "sorted list": at("/sessions/?sort=-labeled"),
    "saved view refined": saved_view_refined,
    "columns menu": columns_menu,
    "empty list": at("/sessions/?conversation=nobody"),
    "empty list with a filter to remove": at("/sessions/?conversation=nobody&label=GOOD"),
    "list with a wrong filter": at("/sessions/?label=WRONG"),
    "session": session_page,
    "session with an error": session_with_error,
    "session just saved": session_saved,
    "session with a conflict": session_with_conflict,
    "summary": at("/summary/"),
    "settings": at("/settings/"),
    "password change": at("/accounts/password/change/"),
    "nothing here": at("/no/such/page/"),
    "account menu": account_menu,
    "key sheet": key_sheet,
}
# What scrolls sideways although nothing says that it may.
TOO_WIDE = """
    [...document.querySelectorAll("*")]
        .filter((one) => one.checkVisibility() && one.scrollWidth > one.clientWidth && !one.matches(".scroll-x, .tabs, textarea, input"))
        .filter((one) => one === document.documentElement || /auto|scroll/.test(getComputedStyle(one).overflowX))
        .map((one) => `${one.localName}#${one.id}.${one.className}: ${one.scrollWidth} in ${one.clientWidth}`)
"""
# Drawn by Django: the box of many agents or people, and the head of a table of rows within a form.
DJANGOS = [".select2", ".inline-related thead"]
SIGNED_OUT = ("sign-in", "password reset")
# What leaves something behind has a database of its own; to fill one takes longer than to look.
WRITING = (
    "session in a run",
    "session skipped",
    "run finished",
    "issue with evidence",
    "draft conflict",
    "text left behind",
    "home with everything waiting",
    "saved view refined",
    "session with an error",
    "session just saved",
    "session with a conflict",
)
READING = [state for state in STATES if state not in (*WRITING, *SIGNED_OUT)]
TOGETHER = [*([state] for state in WRITING), SIGNED_OUT, *(READING[first::4] for first in range(4))]


@pytest.fixture
def admin_pages(demo, reviewer):
    """Pages of the admin in a state that their address alone does not bring; test_crawl.py looks at each by its address."""
    category, other = IssueCategory.objects.order_by("pk")[:2]
    IssueAliasFactory(text="Hung up on the caller", category=category)
    UnmaskingFactory(session=demo)
    key = ApiKeyFactory(user=reviewer)
    webhook = WebhookAnswerFactory(delivery__state="failed", delivery__webhook__off_reason="failing", delivery__webhook__is_active=False).delivery.webhook
    return [
        f"admin/keys/revocation/?key={key.pk}",
        f"admin/issues/{category.pk}/merge/?into={other.pk}",
        "admin/issues/inbox/?show=mapped",
        f"admin/webhooks/{webhook.pk}/",
        "admin/labeling/webhook/",
        "admin/labeling/unmasking/",
    ]


@pytest.fixture
def show(visit, reviewer, demo, watch):
    """Opens a browser of that size and brings it to one state after another."""
    watch.expect("status of (400|404|409|422)")

    def open_states(states, viewport):
        page = visit(None if set(states) <= set(SIGNED_OUT) else reviewer, viewport=viewport, reduced_motion="reduce")
        for state in states:
            page.set_viewport_size(viewport)
            STATES[state](page, demo)
            expect_whole(page)
            yield state, page

    return open_states


def what_axe_finds(page, state):
    # Fifty rows took most of the time of each list. One state shows them all to axe, the others those of a few days.
    rows = None if state == "list" else {"exclude": [".table tbody:nth-of-type(n + 9)"]}
    return [f"{state}: {words}" for words in axe_complaints(page, rows)]


def test_axe_is_heard_in_each_theme(visit):
    page = visit()
    page.goto("/accounts/login/")
    page.evaluate("""() => {
        const faint = document.createElement("p");
        faint.textContent = "Hard to read in the dark";
        faint.style.color = "light-dark(black, #222)";
        faint.style.background = "light-dark(white, black)";
        document.querySelector("main").append(faint, document.createElement("img"));
    }""")

    assert [words.split(": ")[:2] for words in axe_complaints(page)] == [["light at 1440", "image-alt"], ["dark at 1440", "color-contrast"]]


@pytest.mark.parametrize("states", TOGETHER, ids=", ".join)
def test_axe_finds_nothing_on_a_desk(show, states):
    assert [words for state, page in show(states, DESK) for words in what_axe_finds(page, state)] == []


@pytest.mark.parametrize("states", TOGETHER, ids=", ".join)
def test_axe_finds_nothing_on_a_phone_and_no_width_needs_sideways_scrolling(show, states):
    complaints = []
    for state, page in show(states, PHONE):
        complaints += what_axe_finds(page, state)
        for width in (320, 480, 640, 820, 961, 1100, 1281):
            page.set_viewport_size({"width": width, "height": 640})
            complaints += [f"{state}, {width} pixels: {words}" for words in page.evaluate(TOO_WIDE)]

    assert complaints == []


def test_axe_finds_nothing_in_the_admin_and_no_page_of_it_needs_sideways_scrolling(visit, admin, admin_pages):
    """Every complaint of all pages at once."""
    page = visit(admin, viewport=DESK, reduced_motion="reduce")
    complaints = []
    for address in admin_pages:
        page.set_viewport_size(DESK)
        answer = page.goto(f"/{address}")
        found = [f"answers {answer.status}"] if answer.status != 200 else []
        for viewport in (DESK, PHONE):
            page.set_viewport_size(viewport)
            found += axe_complaints(page, {"exclude": DJANGOS})
            wide = page.evaluate("document.documentElement.scrollWidth") - viewport["width"]
            found += [f"{wide} too wide at {viewport['width']}"] if wide > 0 else []
        complaints += [f"/{address} {words}" for words in found]

    assert complaints == []


@pytest.mark.parametrize("browser_type_launch_args", [{"args": ["--blink-settings=defaultFontSize=32"]}], indirect=True, ids=["large text"])
@pytest.mark.parametrize("state", ["home", "list", "session", "summary", "settings"])
def test_text_at_twice_its_size_needs_no_sideways_scrolling(show, state):
    [(_, page)] = show([state], {"width": 1280, "height": 900})

    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.mark.parametrize("state", ["list", "session", "summary", "home"])
def test_a_right_to_left_page_needs_no_sideways_scrolling(show, state):
    [(_, page)] = show([state], DESK)

    page.evaluate("document.documentElement.dir = 'rtl'")

    assert page.evaluate("document.documentElement.scrollWidth") <= DESK["width"]
