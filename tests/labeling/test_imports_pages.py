"""The pages of imports: uploading, choosing columns, watching, and what strangers and large files get."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from labeling.imports import folder
from labeling.imports.background import take_file
from labeling.models import FileImport
from sessions_app.models import Session
from tests.factories import FileImportFactory, SourceFactory, UserFactory

pytestmark = pytest.mark.django_db
LIST = "/imports/"
CSV = b"id,started,from,what else\r\ncall-1,2026-03-02T15:14:00Z,+12025550142,x\r\ncall-2,never,=1+1,y\r\n"


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.IMPORT_DIR = tmp_path / "imports"


def upload(client, content=CSV, kind="sessions", **more):
    return client.post(LIST, {"kind": kind, "file": SimpleUploadedFile("Mrs Gomez.csv", content, "text/csv"), **more})


def choices(one, **more):
    chosen = {f"column_{number}": one.mapping.get(column, "") for number, column in enumerate(one.columns)}
    return chosen | {"source": "Old system", "mode": "good"} | more


def kept():
    return sorted(path.name for path in folder.ensure().iterdir())


def test_a_file_is_uploaded_looked_through_and_taken_in(as_person, admin):
    client = as_person(admin)
    answer = upload(client)

    one = FileImport.objects.get()
    address = f"/imports/{one.token}/"
    assert (answer.status_code, answer["Location"], kept()) == (303, address, [one.token])
    assert (one.format, one.size, one.columns) == ("csv", len(CSV), ["id", "started", "from", "what else"])
    assert one.mapping == {"id": "session_id", "started": "timestamp", "from": "source", "what else": ""}
    page = client.get(address).content.decode()
    assert re.search(r'<option value="timestamp" selected>', page)
    assert "Mrs Gomez" not in page

    assert client.post(address, choices(one, column_3="+"))["Location"] == address
    assert "is being looked through" in client.get(address).content.decode()
    take_file(file_import_pk=one.pk)
    page = client.get(address).content.decode()
    assert "timestamp is not an ISO 8601 time." in page
    assert "Take it in" in page

    assert client.post(f"{address}run/").status_code == 303
    take_file(file_import_pk=one.pk)
    assert "Finished" in client.get(address).content.decode()
    session = Session.objects.get()
    assert (session.source, session.extra, session.data_source.name) == ("+12025550142", {"what else": "x"}, "Old system")
    refused = client.get(f"{address}refused/")
    assert b"".join(refused.streaming_content).decode("utf-8-sig").splitlines()[1] == '"2","timestamp is not an ISO 8601 time.","call-2,never,=1+1,y"'
    assert refused["Content-Disposition"] == f'attachment; filename="refused-rows-{one.pk}.csv"'
    assert "Old system" in client.get(LIST).content.decode()


def test_what_was_chosen_for_the_same_columns_is_chosen_again(as_person, admin):
    source = SourceFactory(name="Old system", kind="file")
    columns = ["id", "started", "from", "what else"]
    FileImportFactory(state="finished", columns=columns, mapping={"what else": "timestamp"}, mode="good", data_source=source)

    upload(as_person(admin))

    one = FileImport.objects.latest("pk")
    assert (one.mapping, one.mode, one.data_source) == ({"what else": "timestamp"}, "good", source)


def test_a_fragment_is_what_a_waiting_page_asks_for(as_person, admin):
    one = FileImportFactory(state="running", size=200, position=50, rows=7, created_by=admin)

    answer = as_person(admin).get(f"/imports/{one.token}/", headers={"HX-Request": "true"})

    page = answer.content.decode()
    assert page.lstrip().startswith('<section class="panel" id="import-status"')
    assert 'value="25"' in page


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"\n\n", "The file has no rows."),
        (b"\x1f\x8b\x08", "packed"),
        (b"PK\x03\x04zip", "packed"),
        ("id,started".encode("utf-16"), "UTF-16"),
        (b"id,\xff\n", "not UTF-8"),
        (b"[{}]\n", "one list in JSON"),
        (b"{\n", "first line cannot be read"),
        (b"id,id\n1,2\n", "two columns of the same name"),
        (b"id,\n1,2\n\n", None),
        (b"id,,x\n1,2,3\n", "A column of the file has no name."),
        ((",".join(map(str, range(201))) + "\n").encode(), "more than 200 columns"),
        (b"x" * 201 + b"\n", "longer than 200"),
        (b"a\0b\n1\n", "cannot be read"),
        (b'"a\n', None),
        (b"# Review Desk export\r\n# Made: x\r\n# Masked: phone numbers\r\nsession_id,timestamp\r\n", "This export is masked"),
        (b'{"export":{"masked":["phone numbers"]}}\n{"session_id":"1"}\n', "This export is masked"),
    ],
)
def test_a_file_that_cannot_be_meant_is_refused_and_gone(as_person, admin, content, sentence):
    answer = upload(as_person(admin), content)

    if sentence is None:
        assert answer.status_code == 303
        return
    assert (answer.status_code, kept(), FileImport.objects.exists()) == (422, [], False)
    assert sentence in answer.content.decode()


def test_an_export_without_a_mask_asks_for_no_columns(as_person, admin):
    client = as_person(admin)
    row = b'{"session_id":"1","timestamp":"2026-03-02T15:14:00Z","data_source":"x","source_kind":"file","external_id":"1"}\n'
    upload(client, b'{"export":{"masked":[]}}\n' + row)

    page = client.get(f"/imports/{FileImport.objects.get().token}/").content.decode()
    assert "An export of Review Desk" in page
    assert "column_0" not in page


def test_our_own_csv_is_read_without_its_notes_and_apostrophes(as_person, admin):
    notes = [
        "# Review Desk export",
        "# Masked: nothing",
        "# A text that a spreadsheet could read as a formula begins with an apostrophe that is not part of it",
    ]
    head = '"external_id","timestamp","source","agent_name","transcript"'
    row = """"'=7","2026-03-02T15:14:00.5Z","'+12025550142","''quoted'","[0:00] Agent: Hello\""""
    content = "\r\n".join(["\ufeff" + notes[0], *notes[1:], head, row, ""]).encode()
    client = as_person(admin)
    upload(client, content)
    one = FileImport.objects.get()
    assert client.post(f"/imports/{one.token}/", choices(one)).status_code == 303
    take_file(file_import_pk=one.pk)
    client.post(f"/imports/{one.token}/run/")
    take_file(file_import_pk=one.pk)

    session = Session.objects.get()
    assert (session.external_id, session.source, session.agent_name, session.transcript_state) == ("=7", "+12025550142", "'quoted'", "none")


def test_a_file_beyond_the_limit_is_not_kept(as_person, admin, settings):
    settings.IMPORT_LIMIT = 3_000_000
    client = as_person(admin)

    announced = upload(client, b"x" * 5_000_000)
    # Within what an upload has beside its file.
    slipped = upload(client, b"id,started\n" + b"x" * 3_100_000)

    assert [(one.status_code, "larger than" in one.content.decode()) for one in (announced, slipped)] == [(413, True)] * 2
    assert (kept(), FileImport.objects.exists()) == ([], False)


def test_only_one_file_is_taken_and_only_under_its_name(as_person, admin):
    client = as_person(admin)
    assert upload(client, other=SimpleUploadedFile("b.csv", b"id\n")).status_code == 303
    assert client.post(LIST, {"kind": "sessions", "elsewhere": SimpleUploadedFile("b.csv", b"id\n")}).status_code == 422
    assert client.post(LIST, {"kind": "sessions"}).status_code == 422
    assert upload(client, kind="password").status_code == 422
    assert len(kept()) == FileImport.objects.count()


def test_an_upload_from_elsewhere_is_refused(admin):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin)

    assert upload(client).status_code == 403
    assert (kept(), FileImport.objects.exists()) == ([], False)


@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_who_is_no_admin_gets_nothing_and_brings_nothing(as_person, role):
    client = as_person(UserFactory(role=role))
    one = FileImportFactory()

    assert [client.get(address).status_code for address in (LIST, f"/imports/{one.token}/", f"/imports/{one.token}/refused/")] == [403] * 3
    assert [client.post(address).status_code for address in (f"/imports/{one.token}/run/", f"/imports/{one.token}/cancel/")] == [403] * 2
    assert (upload(client).status_code, kept()) == (403, [])


def test_refused_rows_are_for_who_brought_them(as_person, admin):
    one = FileImportFactory(state="finished", file="f" * 43, refused=1)
    folder.ensure()
    with folder.RefusedRows(folder.refused_path(one.file)):
        pass

    assert as_person(admin).get(f"/imports/{one.token}/refused/").status_code == 404
    assert as_person(admin).get(f"/imports/{one.token}/").status_code == 200


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"column_1": ""}, "Choose the column that is timestamp."),
        ({"column_0": "timestamp"}, "Two columns cannot both be timestamp."),
        ({"column_0": "password"}, "Choose one of the fields."),
        ({"source": ""}, "Say where these sessions come from."),
        ({"source": "Vendor"}, "This source is filled by a connection"),
        ({"source": "x" * 201}, "at most 200"),
        ({"source": "a\0b"}, "Null characters"),
        ({"mode": "x"}, "Choose one of the two."),
    ],
)
def test_a_choice_that_cannot_be_meant_comes_back_with_a_sentence(as_person, admin, change, sentence):
    SourceFactory(name="Vendor", kind="vendor", is_primary=True)
    client = as_person(admin)
    upload(client)
    one = FileImport.objects.get()

    answer = client.post(f"/imports/{one.token}/", choices(one, **change))

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    one.refresh_from_db()
    assert (one.state, one.data_source) == ("uploaded", None)


def test_labels_need_their_session_their_code_and_who_gave_them(as_person, admin):
    client = as_person(admin)
    upload(client, b"call,remark\n1,x\n", kind="labels")
    one = FileImport.objects.get()

    page = client.post(f"/imports/{one.token}/", choices(one, source="Elsewhere")).content.decode()

    for sentence in ("Choose the column that is code.", "Choose the column that is user_email.", "which session it is", "There is no source of this name."):
        assert sentence in page


def test_what_is_begun_or_over_is_not_begun_again(as_person, admin):
    client = as_person(admin)
    for state in ("checking", "running", "finished", "failed", "canceled"):
        one = FileImportFactory(state=state, created_by=admin, file="x", columns=["a"])
        assert client.post(f"/imports/{one.token}/", choices(one, column_0="timestamp")).status_code == 409, state
        assert client.post(f"/imports/{one.token}/run/").status_code == 409, state


def test_another_import_on_its_way_is_said_so(as_person, admin):
    client = as_person(admin)
    FileImportFactory(state="running", created_by=admin)
    checked = FileImportFactory(state="checked", created_by=admin, file="x", created=1)

    answer = client.post(f"/imports/{checked.token}/run/")

    assert (answer.status_code, "Another import of yours is on its way" in answer.content.decode()) == (409, True)
    assert client.post(f"/imports/{checked.token}/cancel/").status_code == 303
    checked.refresh_from_db()
    assert checked.state == "canceled"
