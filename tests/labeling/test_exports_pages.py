"""The pages of exports: choosing, waiting, having, and who may."""

import re
import resource
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from labeling.exports import making
from labeling.exports.background import make_file
from labeling.exports.catalog import USUAL
from labeling.exports.handing_out import MOST_DOWNLOADS
from labeling.models import Event, Export
from labeling.views import exports as views
from tests.factories import AgentFactory, ExportFactory, SessionFactory, UserFactory
from tests.labeling.exported import read_csv, read_jsonl, read_xlsx

pytestmark = pytest.mark.django_db
FORM = "/sessions/export/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"
    return settings.EXPORT_DIR


def post(client, query="", *, kind="csv", columns=USUAL, **more):
    return client.post(f"{FORM}{query}", {"format": kind, "columns": columns}, **more)


def content_of(answer):
    return b"".join(answer.streaming_content)


def made(person, **more):
    export = ExportFactory(created_by=person, **more)
    make_file(export_pk=export.pk, base="https://desk.example.com/")
    export.refresh_from_db()
    return export


def test_the_form_says_what_will_be_exported(as_person, narrow_reviewer, agent, other_agent):
    SessionFactory.create_batch(2, seen_agent=agent)
    SessionFactory(seen_agent=other_agent)

    answer = as_person(narrow_reviewer).get(f"{FORM}?channel=voice")

    page = answer.content.decode()
    assert (answer.status_code, answer.context["count"], answer.context["is_more"]) == (200, 2, False)
    assert answer.context["words"] == ["Channel: Voice", "Test sessions: left out"]
    assert f'action="{FORM}?channel=voice"' in page
    assert set(re.findall(r'name="(?:format|columns)" value="(\w+)"[^>]* checked', page)) == {"csv", *USUAL}
    assert "are masked" in page


@pytest.mark.parametrize(("wanted", "n"), [("all", len(views.SETS["all"])), ("none", 0), ("nonsense", len(USUAL))])
def test_the_form_begins_with_a_set_of_columns(as_person, manager, wanted, n):
    answer = as_person(manager).get(f"{FORM}?columns={wanted}")

    assert len(re.findall(r'name="columns"[^>]* checked', answer.content.decode())) == n
    assert 'action="/sessions/export/"' in answer.content.decode()


def test_a_filter_that_cannot_be_read_is_not_exported(as_person, manager):
    client = as_person(manager)

    assert [client.get(f"{FORM}?channel=nope").status_code, post(client, "?channel=nope").status_code] == [400, 400]
    assert not Export.objects.exists()


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"format": "csv"}, "Choose at least one column."),
        ({"format": "csv", "columns": ["password"]}, "Choose columns from the list."),
        ({"format": "exe", "columns": ["session_id"]}, "Choose one of the formats."),
        ({"columns": ["session_id"]}, "Choose a format."),
        ({"format": "csv\0", "columns": ["session_id\0"]}, "Choose"),
    ],
)
def test_a_form_that_says_too_little_comes_back(as_person, manager, sent, sentence):
    answer = as_person(manager).post(FORM, sent)

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not Export.objects.exists()


READERS = {"csv": read_csv, "jsonl": read_jsonl, "xlsx": read_xlsx}


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [
        ("csv", "text/csv; charset=utf-8"),
        ("jsonl", "application/x-ndjson; charset=utf-8"),
        ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ],
)
def test_few_sessions_come_at_once(as_person, narrow_reviewer, agent, other_agent, folder, kind, content_type):
    own, _ = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=other_agent)

    answer = post(as_person(narrow_reviewer), "?channel=voice", kind=kind)

    assert (answer.status_code, answer.streaming, answer["Content-Type"]) == (200, True, content_type)
    assert (answer["Cache-Control"], answer["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert re.fullmatch(rf'attachment; filename="sessions-\d{{4}}-\d\d-\d\d-\d{{6}}\.{kind}"', answer["Content-Disposition"])
    rows = READERS[kind](content_of(answer))[1]
    assert [row["session_id"] for row in rows] == [str(own.pk)]
    assert rows[0]["address"] == f"http://testserver/sessions/{own.pk}/"
    assert list(folder.iterdir()) == []


def test_a_file_that_came_at_once_is_on_record(as_person, manager):
    SessionFactory.create_batch(2)

    content_of(post(as_person(manager), "?channel=voice&page=3", columns=["session_id", "source"]))

    export = Export.objects.get()
    assert (export.created_by, export.format, export.columns, export.query, export.rows, export.state) == (
        manager,
        "csv",
        ["session_id", "source"],
        "channel=voice",
        2,
        "expired",
    )
    assert list(Event.objects.values_list("kind", "user", "subject", "before", "after")) == [
        ("exported", manager.pk, export.pk, "csv, 2 columns", "2 rows, masked")
    ]


@pytest.mark.parametrize(("n", "status"), [(2, 200), (3, 302), (4, 302)])
def test_from_the_limit_on_a_file_is_made_in_the_background(as_person, manager, monkeypatch, n, status):
    monkeypatch.setattr(views, "AT_ONCE", 3)
    SessionFactory.create_batch(n)

    answer = post(as_person(manager))

    assert answer.status_code == status
    assert Export.objects.get().state == ("expired" if status == 200 else "waiting")
    if status == 302:
        assert answer["Location"] == f"/exports/{Export.objects.get().token}/"


def test_the_limit_is_50_000():
    assert making.AT_ONCE == 50_000


def test_what_takes_too_long_is_made_in_the_background(as_person, manager, monkeypatch, folder):
    monkeypatch.setattr(making, "AT_ONCE_SECONDS", -1)
    SessionFactory()

    assert post(as_person(manager)).status_code == 302
    assert (Export.objects.get().state, list(folder.iterdir())) == ("waiting", [])


def test_who_has_a_file_in_the_making_gets_the_next_one_from_the_background(as_person, manager):
    SessionFactory()
    client = as_person(manager)
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [making.LOCK_OF_PERSON, manager.pk])

        busy = post(client)

    other.close()
    assert (busy.status_code, post(client).status_code) == (302, 200)


def test_a_fourth_export_in_the_making_is_refused(as_person, manager, monkeypatch):
    monkeypatch.setattr(views, "AT_ONCE", 1)
    SessionFactory()
    ExportFactory.create_batch(3, created_by=manager)

    answer = post(as_person(manager))

    assert answer.status_code == 409
    assert "Three of your exports are still being made." in answer.content.decode()


def test_more_rows_than_a_sheet_holds_are_refused_on_the_form(as_person, manager, monkeypatch):
    monkeypatch.setattr(views, "MOST_EXCEL_ROWS", 1)
    SessionFactory.create_batch(2)
    client = as_person(manager)

    answer = post(client, kind="xlsx")

    assert answer.status_code == 422
    assert "Choose CSV or JSON lines" in answer.content.decode()
    assert post(client).status_code == 200


def test_a_disk_that_refuses_is_said_on_the_form(as_person, manager, folder):
    SessionFactory.create_batch(30, agent_name="x" * 3000)
    client = as_person(manager)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        answer = post(client)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert answer.status_code == 503
    assert "could not be written" in answer.content.decode()
    assert (list(folder.iterdir()), Export.objects.exists(), Event.objects.exists()) == ([], False, False)


def test_the_page_of_an_unfinished_export_asks_again_by_itself_and_without_script(as_person, manager):
    export = ExportFactory(created_by=manager, state="running", rows=250, expected_rows=1000, query="channel=voice")

    page = as_person(manager).get(f"/exports/{export.token}/").content.decode()

    assert 'hx-trigger="every 2s"' in page
    assert """hx-headers='{"X-Background": "1"}'""" in page
    assert f'<a class="btn" id="export-refresh" href="/exports/{export.token}/">Refresh</a>' in page
    assert ("250 of 1,000 sessions" in page, 'width="25%"' in page) == (True, True)
    assert "Channel: Voice" in page


def test_the_status_is_a_fragment(as_person, manager):
    export = ExportFactory(created_by=manager)

    answer = as_person(manager).get(f"/exports/{export.token}/", headers={"HX-Request": "true", "X-Background": "1"})

    assert b"<html" not in answer.content
    assert b'id="export-status"' in answer.content


def test_the_page_of_a_finished_export_has_the_link_and_asks_no_more(as_person, manager):
    SessionFactory()
    export = made(manager)

    page = as_person(manager).get(f"/exports/{export.token}/").content.decode()

    assert "every 2s" not in page
    assert f'href="/exports/{export.token}/file/"' in page


def test_a_finished_file_can_be_had_and_each_time_is_on_record(as_person, manager):
    session = SessionFactory()
    export = made(manager)

    answer = as_person(manager).get(f"/exports/{export.token}/file/")

    assert (answer.status_code, answer["Cache-Control"], int(answer["Content-Length"])) == (200, "no-store", export.size)
    assert "attachment" in answer["Content-Disposition"]
    assert read_csv(content_of(answer))[1] == [{"session_id": str(session.pk)}]
    assert list(Event.objects.order_by("pk").values_list("before", "after")) == [
        ("csv, 1 columns", "1 rows, masked"),
        ("download, 1 columns", "1 rows, masked"),
    ]


@pytest.mark.parametrize("path", ["", "file/"])
def test_an_export_is_its_makers_alone(as_person, manager, admin, path):
    export = made(manager)

    assert as_person(admin).get(f"/exports/{export.token}/{path}").status_code == 404
    assert as_person(manager).get(f"/exports/{export.token}/{path}").status_code == 200
    assert as_person(manager).get(f"/exports/{'x' * 43}/{path}").status_code == 404


def test_asking_about_a_file_is_no_download(as_person, manager):
    export = made(manager)

    answer = as_person(manager).head(f"/exports/{export.token}/file/")

    assert (answer.status_code, list(Event.objects.values_list("before", flat=True))) == (200, ["csv, 1 columns"])


def test_a_person_has_one_download_at_a_time_and_leaves_the_next_to_others(as_person, manager, admin):
    first, other = made(manager), made(admin)
    slow = as_person(manager).get(f"/exports/{first.token}/file/")

    again = as_person(manager).get(f"/exports/{first.token}/file/")
    elsewhere = as_person(admin).get(f"/exports/{other.token}/file/")

    assert (again.status_code, elsewhere.status_code) == (503, 200)
    content_of(slow)
    content_of(elsewhere)
    assert as_person(manager).get(f"/exports/{first.token}/file/").status_code == 200


def test_slow_downloads_leave_threads_to_the_pages(as_person, manager):
    SessionFactory()
    slow = []
    for person in UserFactory.create_batch(MOST_DOWNLOADS):
        own = made(person)
        slow.append(as_person(person).get(f"/exports/{own.token}/file/"))
    export, client = made(manager), as_person(manager)
    address = f"/exports/{export.token}/file/"

    refused, elsewhere = client.get(address), post(client)

    assert (refused.status_code, refused["Retry-After"]) == (503, "30")
    assert "Other files are being downloaded." in refused.content.decode()
    assert elsewhere.status_code == 302
    for answer in slow:
        content_of(answer)
    assert client.get(address).status_code == 200


def test_an_expired_link_gives_no_file(as_person, manager):
    export = made(manager)
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now() - timedelta(seconds=1))

    answer = as_person(manager).get(f"/exports/{export.token}/file/")

    assert answer.status_code == 410
    assert "has expired" in answer.content.decode()
    assert Event.objects.count() == 1


def test_a_file_that_is_not_ready_is_not_handed_out(as_person, manager):
    for state, status in (("waiting", 409), ("running", 409), ("failed", 410), ("expired", 410)):
        export = ExportFactory(created_by=manager, state=state)
        assert as_person(manager).get(f"/exports/{export.token}/file/").status_code == status


def test_a_file_that_is_gone_is_said_to_be(as_person, manager, folder):
    export = made(manager)
    [path] = folder.iterdir()
    path.unlink()

    answer = as_person(manager).get(f"/exports/{export.token}/file/")

    assert answer.status_code == 410
    assert "no longer on the server" in answer.content.decode()


def lose_transcripts(person):
    person.may_read_transcripts = False


def lose_agents(person):
    person.all_agents = False


def lose_one_agent(person):
    person.agents.remove(person.agents.first())


def become_reviewer(person):
    person.role = "reviewer"


@pytest.mark.parametrize(
    ("given", "change"),
    [
        ({}, lose_transcripts),
        ({}, lose_agents),
        ({"all_agents": False, "agents": 2}, lose_one_agent),
        ({"role": "manager"}, become_reviewer),
    ],
)
def test_who_lost_a_right_since_does_not_get_the_file(as_person, settings, given, change):
    settings.INDEPENDENT_REVIEW = True
    person = UserFactory(**given | ({"agents": [AgentFactory(), AgentFactory()]} if "agents" in given else {}))
    export = made(person)
    client = as_person(person)
    assert client.get(f"/exports/{export.token}/file/").status_code == 200

    change(person)
    person.save()

    answer = client.get(f"/exports/{export.token}/file/")
    assert answer.status_code == 410
    assert "Your rights have changed" in answer.content.decode()
    assert f"/exports/{export.token}/file/" not in client.get(f"/exports/{export.token}/").content.decode()


def test_the_list_shows_ones_own_exports(as_person, manager, admin):
    own, direct, _ = ExportFactory(created_by=manager), ExportFactory(created_by=manager, state="expired", rows=7), ExportFactory(created_by=admin)

    answer = as_person(manager).get("/exports/")

    assert [line.export.pk for line in answer.context["lines"]] == [direct.pk, own.pk]
    assert "Downloaded at once" in answer.content.decode()


def test_a_list_without_exports_says_how_to_get_one(as_person, manager):
    assert "No exports yet" in as_person(manager).get("/exports/").content.decode()


@pytest.mark.parametrize("address", ["/exports/", FORM])
def test_pages_of_exports_cost_the_same_however_many_there_are(as_person, manager, address):
    client = as_person(manager)

    def queries():
        with CaptureQueriesContext(connection) as asked:
            client.get(address)
        return len(asked)

    queries()
    ExportFactory(created_by=manager)
    few = queries()
    ExportFactory.create_batch(8, created_by=manager)
    SessionFactory.create_batch(5)

    assert queries() == few


@pytest.mark.parametrize("path", ["/exports/../../etc/passwd", "/exports/a.b/file/", "/exports/%2e%2e%2fx/file/", "/exports/a\u202eb/"])
def test_a_strange_token_is_not_found(as_person, manager, path):
    assert as_person(manager).get(path).status_code == 404
