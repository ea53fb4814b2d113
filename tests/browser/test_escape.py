"""Escape closes what opened, and the focus is again on what opened it: each sheet, menu and dialog of the list and of a session."""

import pytest

from tests.browser.driver import expect

pytestmark = pytest.mark.browser
DESK, NARROW, PHONE = ({"width": width, "height": 900} for width in (1440, 1000, 390))
ON_EVERY_PAGE = [(DESK, "keys"), (DESK, "account")]
OF_THE_LIST = [*ON_EVERY_PAGE, (DESK, "columns-menu"), (DESK, "view-save"), (PHONE, "filters")]
OF_A_SESSION = [*ON_EVERY_PAGE, (DESK, "second-opinion"), (DESK, "incident"), (DESK, "unmasking"), (NARROW, "facts"), (PHONE, "label-panel")]
FIELDS = "textarea:visible, input:not([type=hidden], [type=radio], [type=checkbox]):visible"


@pytest.mark.parametrize(("address", "parts"), [("/sessions/?channel=voice", OF_THE_LIST), ("/sessions/{}/", OF_A_SESSION)], ids=["list", "session"])
def test_escape_closes_it_and_gives_the_focus_back(visit, admin, talk, address, parts):
    page = visit(admin)
    page.goto(address.format(talk().pk), wait_until="networkidle")
    every = set(page.locator("[popover]").evaluate_all("all => all.map((one) => one.id)"))

    for size, name in parts:
        page.set_viewport_size(size)
        part, opener = page.locator(f"#{name}"), page.locator(f"[popovertarget={name}]:not([popovertargetaction]):visible").first
        opener.focus()
        page.keyboard.press("Enter")
        expect(part).to_be_visible()
        # In a field the first one leaves the field.
        field = part.locator(FIELDS)
        if field.count():
            field.first.focus()
            page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        expect(part).to_be_hidden()
        expect(opener, f"after {name}").to_be_focused()

    assert {name for _size, name in parts} == every
