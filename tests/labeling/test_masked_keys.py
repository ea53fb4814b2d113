"""The keys of tools that an admin lists: hidden at once on pages and in files, and found by nobody once the worker has been."""

import json
from importlib import import_module

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.exports.catalog import COLUMNS
from labeling.models import Event, MaskedKey
from labeling.operations.masked_keys import renew_search_words
from labeling.operations.searches import keep_search
from labeling.queries.masked_keys import get_key_mask
from tests.factories import MaskedKeyFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.labeling.exported import read_jsonl
from tests.labeling.test_exports_files import write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("masked_keys")]

REQUEST = {"patient_name": "Maria Collins", "plan": "Silver", "badge": "Zebra"}
TOOL = {
    "uid": "c1",
    "timestamp": "2026-03-02T12:00:06Z",
    "tool_name": "find_patient",
    "tool_request": json.dumps(REQUEST),
    "tool_error": "no match for name=Marta Quill, plan=Gold",
}
LARGE = json.dumps({"rows": [{"name": f"Person {n}", "plan": f"Plan {n}"} for n in range(300)]})


@pytest.fixture
def session(agent):
    return TranscriptFactory(session=SessionFactory(seen_agent=agent, transcript_state="held", tool_calls=1), tools=[TOOL | {"tool_result": LARGE}]).session


def page_of(client, session):
    return client.get(f"/sessions/{session.pk}/").content.decode()


def test_the_usual_keys_are_listed_from_the_start():
    listed = import_module("labeling.migrations.0009_govern_rows").MASKED

    assert set(listed) == {"phone", "dob", "mrn", "ssn", "member_id", "address", "email", "name"}


def test_values_are_hidden_and_their_keys_stay(as_person, reviewer, session):
    client = as_person(reviewer)

    page = page_of(client, session)
    payload = client.get(f"/sessions/{session.pk}/tools/1/result/").content.decode()

    assert "&quot;patient_name&quot;: &quot;•••&quot;" in page
    assert "Silver" in page
    assert "Maria" not in page
    assert "Plan 299" in payload
    assert "Person" not in payload


def test_a_key_that_an_admin_adds_counts_at_once(as_person, admin, reviewer, session):
    assert "Zebra" in page_of(as_person(reviewer), session)

    answer = as_person(admin).post("/admin/labeling/maskedkey/add/", {"name": " Badge "})

    assert answer.status_code == 302
    assert "Zebra" not in page_of(as_person(reviewer), session)
    key = MaskedKey.objects.get(name="Badge")
    event = Event.objects.get(kind="setting_changed")
    assert (event.user, event.subject_kind, event.subject, event.after) == (admin.pk, "masked key", key.pk, "added")
    assert ProcrastinateJob.objects.filter(task_name="labeling.tasks.renew_search_words").count() == 1


def test_a_key_that_is_taken_off_the_list_is_shown_again(as_person, admin, reviewer, session):
    key = MaskedKeyFactory(name="badge")
    assert "Zebra" not in page_of(as_person(reviewer), session)

    as_person(admin).post(f"/admin/labeling/maskedkey/{key.pk}/delete/", {"post": "yes"})

    assert "Zebra" in page_of(as_person(reviewer), session)
    assert Event.objects.get(kind="setting_changed").after == "removed"


@pytest.mark.parametrize("name", ["", " ", "_", "!", "PHONE", "x" * 61])
def test_a_name_that_is_none_or_is_there_already_is_refused(as_person, admin, name):
    answer = as_person(admin).post("/admin/labeling/maskedkey/add/", {"name": name})

    assert answer.status_code == 200
    assert MaskedKey.objects.count() == 8


def test_no_file_holds_what_is_below_a_masked_key(tmp_path, manager, session):
    _, [row] = read_jsonl(write(tmp_path, manager, format="jsonl", columns=[column.name for column in COLUMNS])[1])

    assert json.loads(row["transcript"]["tools"][0]["tool_request"]) == {"patient_name": "•••", "plan": "Silver", "badge": "Zebra"}
    assert "Maria" not in json.dumps(row)
    assert "Person" not in json.dumps(row)


def test_what_is_masked_is_not_found_and_the_rest_is(as_person, manager, agent):
    session = SessionFactory(seen_agent=agent, transcript_state="held", tool_calls=1)
    TranscriptFactory(session=session, tools=[TOOL])
    renew_search_words(after=0)

    found = {
        typed: session in _found(as_person(manager), manager, typed)
        for typed in ("collins", "maria", "marta", "quill", "silver", "gold", "find_patient", "zebra")
    }

    assert found == {"collins": False, "maria": False, "marta": False, "quill": False, "silver": True, "gold": True, "find_patient": True, "zebra": True}


def test_a_key_that_is_added_later_is_found_no_more_once_the_worker_has_been(as_person, manager, session):
    renew_search_words(after=0)
    assert session in _found(as_person(manager), manager, "zebra")
    MaskedKeyFactory(name="badge")

    renew_search_words(after=0)

    assert session not in _found(as_person(manager), manager, "zebra")
    [_, second] = ProcrastinateJob.objects.filter(task_name="labeling.tasks.renew_search_words")
    assert second.args == {"after": session.pk}
    renew_search_words(after=session.pk)
    assert ProcrastinateJob.objects.filter(task_name="labeling.tasks.renew_search_words").count() == 2


def test_the_list_is_read_once(django_assert_num_queries):
    with django_assert_num_queries(1):
        hides = get_key_mask()
        assert hides("callerPhone")


def test_an_export_reads_the_list_once(tmp_path, manager, session):
    with CaptureQueriesContext(connection) as queries:
        write(tmp_path, manager, columns=["transcript"])

    assert sum("labeling_maskedkey" in query["sql"] for query in queries) == 1


def test_an_unmasked_file_takes_the_right_and_a_reason(as_person, session):
    person = UserFactory(may_unmask=True)
    client = as_person(person)
    wanted = {"format": "csv", "columns": ["source", "transcript"]}

    masked = b"".join(client.post("/sessions/export/?start=2020-01-01", wanted).streaming_content)
    refused = client.post("/sessions/export/?start=2020-01-01", wanted | {"is_unmasked": "on"})
    wrong = client.post("/sessions/export/?start=2020-01-01", wanted | {"is_unmasked": "on", "reason": "other"})
    shown = b"".join(client.post("/sessions/export/?start=2020-01-01", wanted | {"is_unmasked": "on", "reason": "complaint"}).streaming_content)

    assert b"2025550142" not in masked
    assert b"Maria" not in masked
    assert (refused.status_code, wrong.status_code) == (422, 422)
    assert "Say why this file has to be without a mask." in refused.content.decode()
    assert b"2025550142" in shown
    assert b"Maria Collins" in shown
    assert [event.after for event in Event.objects.filter(kind="exported").order_by("pk")] == ["1 rows, masked", "1 rows, unmasked"]
    event = Event.objects.get(kind="unmasked")
    assert (event.user, event.subject_kind, event.after) == (person.pk, "export", "complaint")


def test_who_may_not_unmask_gets_a_masked_file_whatever_they_send(as_person, reviewer, session):
    sent = {"format": "csv", "columns": ["source"], "is_unmasked": "on", "reason": "complaint"}
    client = as_person(reviewer)

    file = b"".join(client.post("/sessions/export/?start=2020-01-01", sent).streaming_content)

    assert b"2025550142" not in file
    assert "is_unmasked" not in client.get("/sessions/export/").content.decode()
    assert not Event.objects.filter(kind="unmasked").exists()


def test_no_file_without_a_mask_waits_on_the_disk(as_person, session, monkeypatch):
    monkeypatch.setattr("labeling.views.exports.AT_ONCE", 1)
    sent = {"format": "csv", "columns": ["source"], "is_unmasked": "on", "reason": "complaint"}

    answer = as_person(UserFactory(may_unmask=True)).post("/sessions/export/?start=2020-01-01", sent)

    assert answer.status_code == 422
    assert "fewer than 50,000 sessions" in answer.content.decode()


def _found(client, person, typed):
    return client.get(f"/sessions/?q={keep_search(text=typed, by=person).token}&start=2020-01-01").context["page"].sessions
