"""Bringing a file by keyboard, watching it looked through and taken in; on a phone too, and clean for axe at every step."""

import pytest

from labeling.imports.background import take_file
from labeling.models import FileImport
from sessions_app.models import Session
from tests.browser.driver import axe_complaints, expect

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
CSV = b"Call ID,Started at,From\r\nc-1,2026-03-02T15:14:00Z,+12025550142\r\nc-2,yesterday,=1+1\r\n"


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.IMPORT_DIR = tmp_path / "imports"


def work():
    take_file(file_import_pk=FileImport.objects.get().pk)


def is_clean(page):
    return axe_complaints(page) == [] and not page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")


@pytest.mark.parametrize("size", [None, PHONE])
def test_a_file_is_brought_by_keyboard(visit, admin, size):
    page = visit(admin)
    if size:
        page.set_viewport_size(size)
    page.goto("/imports/")
    assert is_clean(page)
    page.set_input_files("input[type=file]", {"name": "calls.csv", "mimeType": "text/csv", "buffer": CSV})
    page.get_by_role("button", name="Upload").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_label("Started at")).to_have_value("timestamp")
    assert is_clean(page)
    page.get_by_label("Source", exact=True).fill("Old system")
    page.get_by_label("Take the other rows").check()
    page.get_by_role("button", name="Look through the file").press("Enter")
    expect(page.get_by_role("progressbar")).to_be_visible()
    assert is_clean(page)
    work()
    expect(page.get_by_role("heading", name="Looked through. Nothing was written yet")).to_be_visible()
    expect(page.get_by_role("cell", name="timestamp is not an ISO 8601 time.")).to_be_visible()
    page.reload()
    assert is_clean(page)

    page.get_by_role("button", name="Take it in").press("Enter")
    expect(page.get_by_role("heading", name="Being taken in")).to_be_visible()
    work()
    expect(page.get_by_role("heading", name="Finished")).to_be_visible()
    assert is_clean(page)
    assert Session.objects.get().external_id == "c-1"
    with page.expect_download() as download:
        page.get_by_role("link", name="Download all of them").press("Enter")
    assert "'c-2" not in download.value.path().read_text("utf-8-sig")
