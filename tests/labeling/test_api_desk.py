"""What the API tells beyond the vendor's: queues and their places, settled labels, the summary, exports and webhooks."""

import csv
from datetime import timedelta

import pytest

from labeling.api import summaries
from labeling.exports.background import make_file
from labeling.models import Assignment, Export, Label
from labeling.models.api_key import KeyScope
from labeling.models.queue import Reason
from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from tests.contract.conftest import key_of
from tests.factories import (
    NOON,
    QueueFactory,
    RaterFactory,
    SessionFactory,
    UserFactory,
    WebhookAnswerFactory,
    WebhookDeliveryFactory,
)
from tests.labeling.exported import read_jsonl
from tests.labeling.placed import done, places

pytestmark = pytest.mark.django_db
DESK = "/api/desk/v1/"


@pytest.fixture(autouse=True)
def folder(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "exports"


@pytest.fixture
def ask(client):
    keys = {}

    def asking(person, path, asked=None, *, method="get", scopes=(), **more):
        key = keys.setdefault((person.pk, scopes), key_of(person, *scopes))
        kind = {"content_type": "application/json"} if method == "post" else {}
        return getattr(client, method)(f"{DESK}{path}", asked, headers={"Syllable-API-Key": key}, **kind, **more)

    return asking


@pytest.fixture
def queue(reviewer):
    queue = QueueFactory(slug="weekly", name="Weekly")
    done(places(queue, 3, slots=2)[0], reviewer)
    return queue


def settled(session, person):
    submit_label(session_id=session.pk, rater=RaterFactory(), code="GOOD", client_key="a")
    given = submit_label(session_id=session.pk, rater=rater_of(user=person), code="BAD", client_key="s", provenance=Provenance(is_settlement=True))
    return given.label


def test_queues_are_told_to_managers_with_how_far_they_are(ask, manager, reviewer, queue):
    told = ask(manager, "queues").json()["items"]

    assert [(one["slug"], one["name"], one["state"], one["wanted"], one["done"]) for one in told] == [("weekly", "Weekly", "active", 6, 1)]
    assert ask(reviewer, "queues").status_code == 403
    assert ask(manager, "queues", {"page": 1}).status_code == 422


def test_the_places_of_a_queue_are_a_list_like_any_other(ask, manager, reviewer, queue):
    whole = ask(manager, "queues/weekly/assignments").json()

    assert (whole["total_count"], whole["total_pages"], len(whole["items"])) == (6, 1, 6)
    paged = [ask(manager, "queues/weekly/assignments", {"limit": 2, "page": page}).json()["items"] for page in range(3)]
    assert [one for page in paged for one in page] == whole["items"]
    found = ask(manager, "queues/weekly/assignments", {"search_fields": "state", "search_field_values": "done"}).json()["items"]
    assert [(one["state"], one["user_email"], "code" in one) for one in found] == [("done", reviewer.email, False)]
    short = ask(manager, "queues/weekly/assignments", {"fields": "state"}).json()["items"][0]
    assert set(short) == {"id", "session_id", "timestamp", "state"}
    wrong = {"search_fields": "state", "search_field_values": "void"}
    assert ask(manager, "queues/weekly/assignments", wrong).status_code == 422


def test_why_a_session_is_in_a_queue_is_told_unless_it_is_a_judgment(ask, manager, queue):
    shown = {Reason.RULE: "rule", Reason.TOOL_ERROR: "tool_error", Reason.AUTO_LOW: "rule", Reason.DIFFERS: "rule", Reason.DISAGREEMENT: "rule"}

    for reason, words in shown.items():
        Assignment.objects.filter(queue=queue).update(reason=reason)
        told = {one["reason"] for one in ask(manager, "queues/weekly/assignments").json()["items"]}
        assert (reason, told) == (reason, {words})


@pytest.mark.parametrize("slug", ["none", "%00", "a'b", "x" * 90, "%ff", "w\u00e9ekly"])
def test_a_queue_that_is_not_there_is_404(ask, manager, queue, slug):
    assert ask(manager, f"queues/{slug}/assignments").status_code == 404


def test_places_of_sessions_out_of_scope_are_not_told(ask, agent, queue):
    narrow = UserFactory(role="manager", all_agents=False, agents=[agent])

    assert ask(narrow, "queues").json() == {"items": []}
    assert ask(narrow, "queues/weekly/assignments").status_code == 404


def test_settled_labels_are_those_that_settle_a_session_now(ask, manager):
    first, again, plain = (SessionFactory(timestamp=NOON + timedelta(minutes=n)) for n in range(3))
    kept = settled(first, manager)
    settled(again, manager)
    later = submit_label(
        session_id=again.pk, rater=rater_of(user=UserFactory(role="manager")), code="OK", client_key="t", provenance=Provenance(is_settlement=True)
    ).label
    submit_label(session_id=plain.pk, rater=RaterFactory(), code="GOOD", client_key="p")

    told = ask(manager, "settled_labels").json()

    assert {one["id"] for one in told["items"]} == {kept.pk, later.pk}
    assert told["total_count"] == 2
    assert ask(manager, "settled_labels", {"search_fields": "code", "search_field_values": "OK"}).json()["items"][0]["id"] == later.pk


def test_a_settled_label_waits_for_a_label_of_the_reader(ask, manager, reviewer, settings):
    settings.INDEPENDENT_REVIEW = True
    label = settled(SessionFactory(), manager)

    assert ask(reviewer, "settled_labels").json()["items"] == []

    submit_label(session_id=label.session_id, rater=rater_of(user=reviewer), code="OK", client_key="own")
    assert [one["id"] for one in ask(reviewer, "settled_labels").json()["items"]] == [label.pk]


def test_the_figures_are_those_of_the_page(ask, manager, client):
    settled(SessionFactory(), manager)
    chosen = {"since": "days", "first": NOON.date().isoformat(), "last": NOON.date().isoformat(), "basis": "all"}

    told = ask(manager, "summary", chosen).json()

    client.force_login(manager)
    file = client.get("/summary/export/", chosen).content.decode()
    assert (told["first"], told["last"], told["basis"]) == (chosen["first"], chosen["last"], "all")
    lines = [(line["panel"], line["row"], line["figure"], str(line["n"])) for line in told["figures"]]
    assert lines == [tuple(line[:4]) for line in csv.reader(file.splitlines()[2:]) if line[0] == "headline"]
    assert {line["figure"]: line["n"] for line in told["figures"]}["BAD"] == 1


@pytest.mark.parametrize(
    "asked", [{"panel": "first"}, {"panel": "x"}, {"since": "3"}, {"agent": "9" * 40}, {"agent": "0"}, {"first": "x"}, {"channel": "a\0"}, {"q": "1"}]
)
def test_what_the_summary_does_not_know_is_422(ask, manager, asked):
    assert ask(manager, "summary", asked).status_code == 422


def test_figures_that_take_too_long_are_400(ask, manager, monkeypatch):
    monkeypatch.setattr(summaries, "MOST_MS", 0)

    assert ask(manager, "summary").status_code == 400


def test_a_file_is_asked_for_made_and_had(ask, manager, reviewer):
    row = SessionFactory(source="+12025550142")
    asked = ask(manager, "exports", {"format": "jsonl", "columns": ["session_id", "source"]}, method="post")
    token = asked.json()["id"]

    assert (asked.status_code, asked.json()["state"]) == (200, "waiting")
    assert ask(manager, f"exports/{token}/file").status_code == 409
    make_file(export_pk=Export.objects.get().pk, base="http://testserver/")

    assert ask(manager, f"exports/{token}").json()["state"] == "ready"
    file = ask(manager, f"exports/{token}/file")
    _, rows = read_jsonl(b"".join(file.streaming_content))
    assert [(line["session_id"], "2025550" in line["source"]) for line in rows] == [(str(row.pk), False)]
    for path in (f"exports/{token}", f"exports/{token}/file"):
        assert ask(reviewer, path).status_code == 404
        assert ask(manager, path, scopes=(KeyScope.SESSIONS_READ,)).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"format": "xlsx"}, {"format": 1}, {"format": "csv", "columns": []}, {"format": "csv", "columns": ["user__password"]},
        {"format": "csv", "columns": ["session_id", "session_id"]}, {"format": "csv", "columns": [["session_id"]]}, {"format": "csv", "query": 7},
        {"format": "csv", "query": "x" * 4_001}, {"format": "csv", "query": "label=NONSENSE"}, {"format": "csv", "query": "user__password=x"},
        {"format": "csv", "by": 1},
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_made_is_422_and_leaves_nothing(ask, manager, body):
    assert ask(manager, "exports", body, method="post").status_code == 422
    assert not Export.objects.exists()


def test_more_than_three_files_in_the_making_are_409(ask, manager):
    answers = [ask(manager, "exports", {"format": "csv"}, method="post").status_code for _ in range(4)]

    assert answers == [200, 200, 200, 409]


def test_webhooks_are_told_to_admins_without_their_secrets(ask, admin, manager):
    delivery = WebhookDeliveryFactory(state="delivered")
    WebhookAnswerFactory(delivery=delivery)

    told = ask(admin, "webhooks")
    deliveries = ask(admin, f"webhooks/{delivery.webhook_id}/deliveries", {"state": "delivered"}).json()

    assert [one["id"] for one in told.json()["items"]] == [delivery.webhook_id]
    assert told.json()["items"][0]["host"] == "hooks.example.com"
    assert not any(word in told.content.decode() for word in ("secret", "/labels"))
    assert [(one["id"], one["kind"], one["answers"][0]["status"]) for one in deliveries["items"]] == [(delivery.pk, "label.created", 200)]
    assert ask(admin, f"webhooks/{delivery.webhook_id}/deliveries", {"before": delivery.pk}).json() == {"items": [], "next": None}
    assert ask(admin, f"webhooks/{delivery.webhook_id}/deliveries", {"before": "x"}).status_code == 422
    assert ask(admin, "webhooks/0/deliveries").status_code == 404
    for path in ("webhooks", f"webhooks/{delivery.webhook_id}/deliveries"):
        assert ask(manager, path).status_code == 403
    assert not Label.objects.exists()
