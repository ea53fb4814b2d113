"""The list grammar: limits, counts, what is refused because it would read through everything, and what is at no address."""

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from sessions_app.api import conversation_table, lists
from sessions_app.models import Session
from tests.contract.conftest import key_of
from tests.factories import NOON, AgentFactory, QueueFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db
SESSIONS, LABELS, CONVERSATIONS = "/api/v1/sessions/", "/api/v1/session_labels/", "/api/v1/conversations/"
NARROW = {"detail": "This reaches too many rows. Narrow with start_datetime and end_datetime."}
DATES = {"start_datetime": "2020-01-01"}


@pytest.fixture
def ask(client, admin):
    key = key_of(admin)

    def asking(path, asked=(), method="get", **more):
        return getattr(client, method)(path, asked or None, headers={"Syllable-API-Key": key}, **more)

    return asking


@pytest.fixture
def five():
    agent = AgentFactory(key="23", name="Lakeside")
    rows = [SessionFactory(seen_agent=agent, conversation_id=f"c{n}", timestamp=NOON + timedelta(minutes=n), is_test=n == 0) for n in range(5)]
    for row in rows:
        submit_label(session_id=row.pk, rater=RaterFactory(), code="OK", client_key="k", issues=[IssueGiven("Silent treatment")])
    return rows


def searched(name, value):
    return {"search_fields": name, "search_field_values": value}


def counts(answer):
    body = answer.json()
    return body["total_count"], body["total_pages"], len(body["items"])


def test_counts_are_exact_up_to_a_limit_and_null_beyond_and_never_wrong(ask, five, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED", 4)
    monkeypatch.setattr(conversation_table, "COUNTED", 4)

    for path in (SESSIONS, LABELS, CONVERSATIONS):
        assert counts(ask(path, {"limit": 2})) == (None, None, 2)
        assert counts(ask(path, {"limit": 2, "page": 2})) == (None, None, 1)
        assert counts(ask(path, {"limit": 25})) == (None, None, 5)
        assert counts(ask(path, {"limit": 2, "end_datetime": (NOON + timedelta(minutes=3)).isoformat()})) == ((4, 2, 2) if path != LABELS else (0, 0, 0))
    monkeypatch.setattr(lists, "COUNTED", 5)
    assert counts(ask(SESSIONS, {"limit": 2})) == (5, 3, 2)


def test_a_page_beyond_what_is_counted_is_not_counted(ask, five, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED", 2)
    with CaptureQueriesContext(connection) as near:
        assert counts(ask(SESSIONS, {"limit": 2})) == (None, None, 2)

    with CaptureQueriesContext(connection) as far:
        assert counts(ask(SESSIONS, {"limit": 2, "page": 1})) == (None, None, 2)

    assert [sum("COUNT(" in query["sql"] for query in asked) for asked in (near, far)] == [1, 0]


@pytest.mark.parametrize("written", ["(202) 5", "+1 (202) 555", "AKES", "akes"])
def test_a_text_is_found_anywhere_in_any_case(ask, five, written):
    Session.objects.filter(pk=five[0].pk).update(source="+1 (202) 555 Lakes")

    assert counts(ask(SESSIONS, searched("source", written))) == (1, 1, 1)


def test_no_items_still_have_a_count(ask, five):
    for path in (SESSIONS, LABELS, CONVERSATIONS):
        assert counts(ask(path, {"limit": 0})) == (5, None, 0)
        assert counts(ask(path, {"page": 7})) == (5, 1, 0)


def test_pages_reach_a_hundred_thousand_rows(ask):
    for path in (SESSIONS, LABELS, CONVERSATIONS):
        assert ask(path, {"page": 100, "limit": 1_000}).status_code == 200
        assert ask(path, {"page": 4_000}).status_code == 200
        for beyond in ({"page": 101, "limit": 1_000}, {"page": 4_001}, {"page": 10**17, "limit": 1}):
            answer = ask(path, beyond)
            assert (answer.status_code, answer.json()) == (400, NARROW)


@pytest.mark.parametrize(
    "asked",
    [
        {"limit": 1_001}, {"limit": -1}, {"limit": "x"}, {"limit": ""}, {"limit": "١"}, {"limit": "1_0"}, {"page": -1}, {"page": "1.5"}, {"page": "9" * 5_000},
        {"search_fields": "agent_id"}, {"search_field_values": "x"}, {"search_fields": ["agent_id", "agent_id"], "search_field_values": ["x"]},
        searched("timestamp", "a\0b"), {"order_by": "timestamp\0"}, {"order_by": ""}, {"order_by_direction": "up"}, {"fields": "everything"},
        {"start_datetime": "\0"},
        {"unheard": "of"}, {"page": ["0", "1"]}, searched("timestamp", "x" * 2_001), {"search_fields": ["timestamp"] * 21, "search_field_values": ["x"] * 21},
    ],
)  # fmt: skip
def test_what_is_asked_for_wrongly_is_422_in_the_shape_of_the_wire(ask, asked):
    for path in (SESSIONS, LABELS, CONVERSATIONS):
        answer = ask(path, asked)
        assert answer.status_code == 422
        assert all(set(told) == {"loc", "msg", "type"} and told["loc"][0] == "query" for told in answer.json()["detail"])


@pytest.mark.parametrize("written", ["yesterday", "", "2026-02-30", "2026-03-02T25:00", "1e9", "2026-13-01", "0001-01-01T00:00:00+23:00", "9" * 400])
def test_a_date_that_is_none_is_400_with_a_sentence(ask, written):
    for path in (SESSIONS, LABELS, CONVERSATIONS):
        for name in ("start_datetime", "end_datetime"):
            answer = ask(path, {name: written})
            assert (answer.status_code, answer.json()["detail"].startswith(f"{name} is not a time")) == (400, True)


def test_a_plus_that_nobody_escaped_is_still_a_zone(ask, five):
    assert counts(ask(f"{SESSIONS}?start_datetime=2026-03-02T14:04:00+02:00&end_datetime=2026-03-02T12:04:00Z")) == (1, 1, 1)


def test_lists_are_written_with_or_without_brackets(ask, five):
    plain = ask(SESSIONS, {"search_fields": ["agent_id", "is_test"], "search_field_values": ["23", "true"], "fields": ["agent_id"]})
    bracketed = ask(SESSIONS, {"search_fields[]": ["agent_id", "is_test"], "search_field_values[]": ["23", "true"], "fields[]": ["agent_id"]})

    assert counts(plain) == (1, 1, 1)
    assert plain.json() == bracketed.json()


def test_what_would_read_through_everything_needs_dates(ask, five, monkeypatch):
    monkeypatch.setattr(lists, "MOST_READ", 4)
    monkeypatch.setattr(lists, "SURELY_MANY", 0)
    refused = [
        (SESSIONS, searched("agent_name", "lake")), (SESSIONS, searched("target", "x")), (SESSIONS, {"order_by": "duration"}),
        (SESSIONS, {"order_by": "session_id"}), (CONVERSATIONS, {}), (CONVERSATIONS, searched("agent_name", "lake")), (LABELS, {"order_by": "code"}),
    ]  # fmt: skip

    for path, asked in refused:
        answer = ask(path, asked)
        assert (asked, answer.status_code, answer.json()) == (asked, 400, NARROW)
        assert ask(path, {**asked, **DATES}).status_code == 200
    for path, asked in ((SESSIONS, {}), (SESSIONS, {"order_by": "timestamp"}), (SESSIONS, searched("conversation_id", "c1")), (LABELS, {})):
        assert ask(path, asked).status_code == 200
    # What an index finds leaves little to look through.
    one = {"search_fields": ["conversation_id", "agent_name"], "search_field_values": ["c1", "lake"]}
    monkeypatch.setattr(lists, "SURELY_MANY", 10**9)
    assert counts(ask(SESSIONS, one)) == (1, 1, 1)


def test_a_rare_value_without_an_index_needs_dates_and_a_common_one_does_not(ask, five, monkeypatch):
    monkeypatch.setattr(lists, "MOST_READ", 4)
    monkeypatch.setattr(lists, "COUNTED", 1)
    monkeypatch.setattr(lists, "expected", lambda rows: 100 if "is_test" in str(rows.query.where) else 100_000_000)

    assert ask(SESSIONS, searched("is_test", "true")).status_code == 400
    monkeypatch.setattr(lists, "expected", lambda rows: 100)
    assert ask(SESSIONS, searched("is_test", "true")).status_code == 200


def test_a_list_that_takes_too_long_is_400(ask, five, monkeypatch):
    monkeypatch.setattr(lists, "BUDGET_MS", 0)

    for path in (SESSIONS, LABELS, CONVERSATIONS):
        assert (ask(path).status_code, ask(path).json()) == (400, NARROW)


NAMES = [
    "user__password", "session__labels__user__password__regex", "pk__in", "_connector", "_negated", "a.b", "a;b", "a\u2024b", "id", "pk", "-pk", "-timestamp",
    "timestamp__gte", "agent_id__startswith", "seen_agent", "seen_agent__name", "data_source__name", "data_source_id", "external_id", "extra",
    "extra__token", "extra->>'a'", "label_code", "labels__comment", "labels__rater__user__password", "auto_code", "erased_at", "source__regex", "source'",
    'source"',
    "source--", "source) OR 1=1 --", "*", "?", "random", "timestamp desc", "TIMESTAMP", " timestamp", "timestamp ", "rater__email", "comment",
    "api_key__secret_hash", "made_at",
]  # fmt: skip


@pytest.mark.parametrize("path", [SESSIONS, LABELS, CONVERSATIONS, "/api/desk/v1/settled_labels", "/api/desk/v1/queues/one/assignments"])
def test_forty_names_that_are_none_are_refused_wherever_a_name_is_taken(ask, five, path):
    QueueFactory(slug="one")
    before = ask(path).json()
    assert len(NAMES) >= 40

    for name in NAMES:
        asked = [
            {"search_fields": name, "search_field_values": "x"},
            {"search_fields[]": name, "search_field_values[]": "x"},
            {"order_by": name},
            {"fields": name},
        ]
        asked += [{"order_by_direction": name}, {name: "x"}, {"order_by": "timestamp", "order_by_direction": f"asc,{name}"}]
        for one in asked:
            # Two of them are fields of a label, which can be left away.
            if one == {"fields": name} and path not in (SESSIONS, CONVERSATIONS) and name == "id":
                continue
            assert (one, ask(path, one).status_code) == (one, 422)
    assert ask(path).json() == before


def test_an_address_that_is_none_answers_json_and_a_wrong_method_says_which_are_right(ask):
    for address in ("/api/v1/nothing", "/api/", "/api/v1/sessions", "/api/v2/sessions/", "/api/desk/v1/nothing"):
        for method in ("get", "post", "put", "delete"):
            answer = ask(address, method=method)
            assert (answer.status_code, answer.json()) == (404, {"detail": "There is nothing at this address of the API."})
    answer = ask(SESSIONS, method="delete")
    assert (answer.status_code, answer.json(), answer["Allow"]) == (405, {"detail": "This address answers to GET."}, "GET")
    assert ask(f"{LABELS}1", method="patch").json() == {"detail": "This address answers to GET."}
    assert json.loads(ask(LABELS, method="put").content)["detail"] == "This address answers to GET, POST."


def test_the_api_is_described_to_people_who_are_signed_in_and_to_nobody_else(client, ask, reviewer):
    assert client.get("/api/docs").status_code == 302
    assert ask("/api/openapi.json").status_code == 302

    client.force_login(reviewer)

    page, document = client.get("/api/docs").content.decode(), client.get("/api/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    for path in document["paths"]:
        assert path in page
    assert {"/api/v1/sessions/", "/api/v1/session_labels/"} <= set(document["paths"])
    # A browser's sign-in is nothing anywhere else in the API.
    assert client.get(SESSIONS).status_code == 401


def test_whether_the_api_works_is_told_to_any_key(client, reviewer):
    told = client.get("/api/desk/v1/health", headers={"Syllable-API-Key": key_of(reviewer, "labels:read")}).json()

    assert (told["status"], told["scopes"]) == ("ok", ["labels:read"])
    assert told["expires_at"].endswith("Z")
