"""Every page of every role, found through the table of routes: axe, names, widths, and the way of the Tab key through it.

A route without a row, or a row without a thing to point at, fails here as well, so a new page is looked at from its first day.
"""

import pytest
from django.conf import settings as django_settings

from tests.browser.driver import axe_complaints, expect_whole
from tests.repetitions import is_long
from tests.security.route_table import row_for
from tests.security.test_routes import ROUTES, address, client, cookie_of
from tests.security.world import build

pytestmark = pytest.mark.browser
DESK = {"width": 1440, "height": 900}
# 320 pixels are what 400 % zoom leaves of 1280.
NARROW = (820, 390, 320)
# Roles, and in how many parts their pages are walked through, so that each part is a test of a minute or two.
PARTS = {"anonymous": 1, "reviewer": 2, "manager": 3, "admin": 6}
# Of each part. Some routes of it are files, and parts of a page.
FEWEST = 4
EVERY_PART = [pytest.param(who, part, id=f"{who}-{part + 1}") for who, parts in PARTS.items() for part in range(parts)]
# Drawn by Django: the box of many agents or people, and the head of a table of rows within a form, and the links
# to its calendar and clock.
LEFT_OUT = [".select2", ".inline-related thead", ".datetimeshortcuts"]
# Beside each page of the admin; looked at on the first.
ADMIN, SIDEBAR = "/admin/", "#nav-sidebar"
MOST_USED = ("labeling:review_home", "labeling:session_list", "labeling:session_detail", "labeling:queue_session", "labeling:summary")
NAMED = {"button", "link", "textbox", "searchbox", "checkbox", "radio", "combobox", "listbox", "slider", "spinbutton", "switch", "tab", "menuitem", "dialog"}
# What Tab must reach, each group of radio buttons once, and what it did reach, with whether focus changed how it looks.
WATCH_TAB = """() => {
    const FIELDS = "a[href], button, input, select, textarea, summary, [tabindex], audio[controls]";
    const drawn = (style) => [style.outlineStyle === "none" || style.outlineWidth, style.boxShadow, style.borderColor, style.backgroundColor];
    // A link of a row draws its focus around the whole row.
    const look = (one) => [one, one.parentElement, one.closest("label, li, td, form"), one.closest("tr"), one.closest(".select2-selection")].filter(Boolean)
        .flatMap((part) => ["", "::before", "::after"].map((piece) => drawn(getComputedStyle(part, piece)))).join();
    const words = (one) => (one.getAttribute("aria-label") || one.name || one.innerText || "").trim().slice(0, 40);
    const said = (one) => `${one.localName}#${one.id}.${one.className} ${words(one)}`;
    const groups = new Set();
    const isThere = (one) => one.isConnected && !one.disabled && one.checkVisibility({ visibilityProperty: true });
    const wanted = [...document.querySelectorAll(FIELDS)].filter((one) => {
        if (!isThere(one) || one.tabIndex < 0 || one.type === "hidden" || one.closest("[inert]")) return false;
        if (one.localName === "summary" && one.parentElement.querySelector("summary") !== one) return false;
        if (one.type !== "radio") return true;
        const group = [...document.getElementsByName(one.name)].filter((other) => other.form === one.form);
        const chosen = group.find((other) => other.checked);
        if (chosen) return chosen === one;
        const key = `${one.name} ${one.form?.id}`;
        return !groups.has(key) && groups.add(key);
    });
    const reached = [], plain = [];
    let last = null;
    document.addEventListener("focusin", ({ target }) => {
        if (last?.one.isConnected && last.one !== target && look(last.one) === last.look) plain.push(said(last.one));
        last = { one: target, look: look(target) };
        if (reached.at(-1) !== target) reached.push(target);
    });
    window.tabs = () => {
        const again = reached.indexOf(reached[0], 1);
        const round = (again > 0 ? reached.slice(0, again) : reached).filter((one) => wanted.includes(one));
        return {
            first: reached[0] ? said(reached[0]) + " " + (reached[0].getAttribute("href") || "") : "",
            // What a page that is still loading takes away is not missed.
            missed: wanted.filter((one) => isThere(one) && !round.includes(one)).map(said),
            twice: round.filter((one, at) => round.indexOf(one) !== at).map(said),
            disorder: round.filter((one, at) => at && round[at - 1].compareDocumentPosition(one) & Node.DOCUMENT_POSITION_PRECEDING).map(said),
            plain: [...new Set(plain)],
        };
    };
    document.body.tabIndex = -1;
    document.body.focus();
    document.body.removeAttribute("tabindex");
    reached.length = 0;
    last = null;
    return wanted.length + 5 * document.querySelectorAll("input[type=date], input[type=time], input[type=datetime-local], audio").length;
}"""


@pytest.fixture
def world(transactional_db, tmp_path, settings):
    settings.RECORDING_DIR = settings.EXPORT_DIR = tmp_path
    return build(cookie_of)


def routes_for(who, wanted):
    for name in sorted(ROUTES):
        row = row_for(name)
        assert row, f"{name} has no row in tests/security/route_table.py"
        if not name.startswith("api:") and row.cell("get", who) == "200" and wanted(row.name):
            yield name, row


def pages(world, who, wanted, part=slice(None)):
    """The addresses of what this role gets as a whole page. Files are no pages, and parts of a page are looked at within it."""
    for name, row in list(routes_for(who, wanted))[part]:
        path = address(world, name, row)
        client.cookies.clear()
        if who in world.cookies:
            client.cookies[django_settings.SESSION_COOKIE_NAME] = world.cookies[who]
        answer = client.get(path)
        assert answer.status_code == 200, f"{path} answers {answer.status_code} to {who}"
        if answer.get("Content-Type", "").startswith("text/html") and not answer.streaming and b"<!doctype" in answer.content[:200].lower():
            yield path


@pytest.fixture
def walk(world, visit, watch, live_server):
    """Opens the pages of a role one after another."""
    watch.expect("status of (400|403|404|409|410|422|503)|Permissions policy|autofocus")

    def open_pages(who, wanted=lambda name: True, part=slice(None)):
        page = visit(viewport=DESK, reduced_motion="reduce")
        found = list(pages(world, who, wanted, part))
        if who in world.cookies:
            page.context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": world.cookies[who], "url": live_server.url}])
        for path in found:
            answer = page.goto(path)
            assert answer.status == 200, f"{path} answers {answer.status} to {who}"
            expect_whole(page)
            yield path, page

    return open_pages


def unnamed(page):
    """Controls that Chromium tells assistive technology of without a name."""
    page.evaluate("selectors => document.querySelectorAll(selectors).forEach((one) => one.remove())", ", ".join(LEFT_OUT))
    tree = page.context.new_cdp_session(page)
    for node in tree.send("Accessibility.getFullAXTree")["nodes"]:
        role = node.get("role", {}).get("value")
        if not node["ignored"] and role in NAMED and not node.get("name", {}).get("value", "").strip():
            yield f"a {role} without a name: {node.get('properties', [])[:3]}"
    tree.detach()


def too_wide(page):
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 800})
        over = page.evaluate("document.documentElement.scrollWidth") - width
        if over > 0:
            yield f"{over} too wide at {width}"
    page.set_viewport_size(DESK)


def looked_at(page, left_out):
    yield from axe_complaints(page, {"exclude": left_out})
    if is_long():
        page.emulate_media(forced_colors="active")
        yield from axe_complaints(page, {"exclude": left_out}, themes=("light",))
        page.emulate_media(forced_colors="none")
    yield from too_wide(page)
    yield from unnamed(page)


@pytest.mark.parametrize(("who", "part"), EVERY_PART)
def test_every_page_passes_axe_and_names_its_controls(walk, who, part):
    complaints, count = [], 0
    for path, page in walk(who, part=slice(part, None, PARTS[who])):
        complaints += [f"{path} {words}" for words in looked_at(page, LEFT_OUT if path == ADMIN else [*LEFT_OUT, SIDEBAR])]
        count += 1

    assert not complaints, "\n".join(complaints)
    assert count >= FEWEST


def tab_complaints(page):
    presses = page.evaluate(WATCH_TAB)
    for _ in range(presses + 6):
        page.keyboard.press("Tab")
    found = page.evaluate("tabs()")
    first = found.pop("first")
    if "#" not in first.rsplit(" ", 1)[-1]:
        yield f"the first Tab leads to {first}"
    yield from (f"{what}: {words}" for what, words in found.items() if words)


@pytest.mark.parametrize(("who", "part"), EVERY_PART if is_long() else [pytest.param("reviewer", None, id="reviewer")])
def test_tab_reaches_each_control_once_in_the_order_of_the_page_and_is_seen(walk, who, part):
    complaints, count = [], 0
    found = walk(who, part=slice(part, None, PARTS[who])) if is_long() else walk(who, MOST_USED.__contains__)
    for path, page in found:
        complaints += [f"{path} {words}" for words in tab_complaints(page)]
        count += 1

    assert not complaints, "\n".join(complaints)
    assert count >= (1 if is_long() else len(MOST_USED))


def test_a_trap_a_plain_focus_and_a_forced_order_are_heard(visit):
    page = visit()
    page.set_content("""<a href="/">Start</a><style>.plain:focus { outline: 0; }</style><button class="plain">One</button>
        <button>Two</button><button tabindex="1">Three</button><button id="trap">Four</button><button>Five</button>
        <script>document.querySelector("#trap").onkeydown = (event) => event.preventDefault();</script>""")

    said = " ".join(tab_complaints(page))

    assert "the first Tab leads to a#. Start /" in said
    assert "missed: ['button#. Three', 'button#. Five']" in said
    assert "plain: ['button#.plain One']" in said
