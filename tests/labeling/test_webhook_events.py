"""What webhooks are told: written with the label, only where somebody asks, ids and codes only."""

import json
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob
from pytest_django.asserts import assertNumQueries

from labeling import tasks
from labeling.codes import LabelType, Via
from labeling.models import Label, Webhook, WebhookAnswer, WebhookDelivery, WebhookEvent
from labeling.models.webhook import WebhookKind
from labeling.operations.bulk_actions import withdraw_labels
from labeling.operations.label_rows import IssueGiven, LabelGiven, Provenance
from labeling.operations.labels import record_labels, submit_label, withdraw_label
from labeling.operations.webhook_events import clear_webhook_events, note_labels
from labeling.queries.webhooks import get_body
from tests.factories import (
    AssignmentFactory,
    IssueAliasFactory,
    IssueCategoryFactory,
    LabelFactory,
    RaterFactory,
    SessionFactory,
    UserFactory,
    WebhookAnswerFactory,
    WebhookDeliveryFactory,
    WebhookEventFactory,
    WebhookFactory,
)

pytestmark = pytest.mark.django_db
ALL = WebhookKind.values


@pytest.fixture
def rater():
    return RaterFactory(user=UserFactory(), email="amara@example.com")


@pytest.fixture
def session():
    return SessionFactory(source="+15125550100", target="+15125550199")


def submit(session, rater, code="BAD", key="k1", **given):
    return submit_label(session_id=session.pk, rater=rater, code=code, client_key=key, **given).label


def happened():
    return list(WebhookEvent.objects.order_by("deliveries__pk").values_list("kind", "session", "label"))


def told(label, **given):
    return json.loads(get_body(WebhookEventFactory(session=label.session_id, label=label.pk, **given)))


def test_a_label_is_created_changed_withdrawn_and_the_session_settled(session, rater):
    WebhookFactory(kinds=ALL)

    first = submit(session, rater)
    second = submit(session, rater, "GOOD", "k2")
    withdraw_label(label=second, by=rater.user)
    settled = submit(session, RaterFactory(), "OK", "k3", provenance=Provenance(is_settlement=True))

    assert happened() == [
        ("label.created", session.pk, first.pk),
        ("label.changed", session.pk, second.pk),
        ("label.withdrawn", session.pk, second.pk),
        ("label.settled", session.pk, settled.pk),
    ]


def test_only_who_asks_for_a_kind_is_told_of_it(session, rater):
    created, changed = WebhookFactory(kinds=["label.created"]), WebhookFactory(kinds=["label.changed"])
    WebhookFactory(kinds=["label.settled"])
    WebhookFactory(kinds=ALL, is_active=False)

    submit(session, rater)
    submit(session, rater, "GOOD", "k2")
    withdraw_label(label=Label.objects.latest("pk"), by=rater.user)

    assert list(WebhookDelivery.objects.order_by("pk").values_list("webhook", "event__kind")) == [(created.pk, "label.created"), (changed.pk, "label.changed")]
    assert WebhookEvent.objects.count() == 2


def test_where_nobody_asks_it_costs_one_look(session, rater):
    label = submit(session, rater)

    with assertNumQueries(1):
        note_labels(given=[label], withdrawn=[])
    with assertNumQueries(0):
        note_labels(given=[], withdrawn=[])


def test_many_labels_cost_as_many_statements_as_one_and_keep_their_order(session):
    first, second = WebhookFactory(kinds=ALL), WebhookFactory(kinds=ALL)
    labels = [LabelFactory(session=session) for _ in range(20)]

    with assertNumQueries(2):
        note_labels(given=labels, withdrawn=[])

    told = WebhookDelivery.objects.order_by("pk").values_list("event__label", "webhook")
    assert list(told) == [(label.pk, webhook.pk) for label in labels for webhook in (first, second)]
    assert WebhookEvent.objects.count() == 20


def test_a_submit_that_is_repeated_is_told_once(session, rater):
    WebhookFactory(kinds=ALL)

    submit(session, rater)
    submit(session, rater)

    assert len(happened()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_label_that_was_rolled_back_is_never_told(session, rater):
    WebhookFactory(kinds=ALL)

    with transaction.atomic():
        submit(session, rater)
        transaction.set_rollback(True)

    assert happened() == []
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_worker_is_asked_when_it_is_certain_and_once(session, rater):
    WebhookFactory(kinds=ALL)

    for n in range(5):
        submit(session, rater, key=f"k{n}")

    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.status, job.args) == ("labeling.tasks.send_webhooks", "todo", {})
    assert app.tasks[job.task_name] is tasks.send_webhooks


def test_what_a_bulk_action_gave_and_took_back_is_told(rater):
    WebhookFactory(kinds=ALL)
    sessions = [SessionFactory() for _ in range(3)]

    labels = record_labels(labels=[LabelGiven(session.pk, rater, "N/A", "bulk", provenance=Provenance(via=Via.BULK)) for session in sessions])
    withdraw_labels(labels=labels, by=rater.user, reason="Bulk action undone")

    assert sorted(happened()) == sorted([(kind, label.session_id, label.pk) for kind in ("label.created", "label.withdrawn") for label in labels])


def test_history_that_is_brought_over_is_not_told(session, rater):
    """A backfill of a million labels happened long ago, and what happens today would stand behind it."""
    WebhookFactory(kinds=ALL)
    now = timezone.now()

    for n, made_at in enumerate((now - timedelta(days=2), now - timedelta(hours=23))):
        submit(session, rater, key=f"k{n}", provenance=Provenance(via=Via.SYNC, made_at=made_at))

    assert [label for _, _, label in happened()] == [Label.objects.get(client_key="k1").pk]


def test_the_body_is_what_the_documents_say(session, rater):
    label = submit(session, rater, comment="Mr. Smith called twice.", issues=[IssueGiven("Wrong day")])
    IssueCategoryFactory(name="Wrong day")
    event = WebhookEventFactory(session=session.pk, label=label.pk)
    label.refresh_from_db()

    assert json.loads(get_body(event)) == {
        "id": str(event.pk),
        "kind": "label.created",
        "at": f"{event.at:%Y-%m-%dT%H:%M:%S.%fZ}",
        "session_id": session.pk,
        "session_code": "BAD",
        "label": {
            "id": label.pk,
            "type": "human-rating",
            "code": "BAD",
            "issue_categories": ["Wrong day"],
            "rater_id": rater.pk,
            "replaces": None,
            "is_settlement": False,
            "via": "page",
            "made_at": f"{label.made_at:%Y-%m-%dT%H:%M:%S.%fZ}",
        },
        "is_held_back": False,
    }


def test_a_change_says_what_it_replaces(session, rater):
    first = submit(session, rater)
    second = submit(session, rater, "GOOD", "k2")

    assert told(second)["label"]["replaces"] == first.pk


def test_no_word_and_no_number_of_a_caller_is_told(session, rater):
    """What somebody typed where a category was meant may name one."""
    IssueCategoryFactory(name="Wrong day")
    label = submit(session, rater, comment="Call 512-555-0100", reason="Smith", issues=[IssueGiven("Wrong day"), IssueGiven("Jane Smith 512-555-0101")])

    body = get_body(WebhookEventFactory(session=session.pk, label=label.pk)).decode()

    assert json.loads(body)["label"]["issue_categories"] == ["Wrong day"]
    for word in ("512-555", "+1512", "Smith", "Call", "amara"):
        assert word not in body


def test_a_category_is_told_by_its_name_of_today(session, rater):
    category = IssueCategoryFactory(name="Old words")
    label = submit(session, rater, issues=[IssueGiven("Old words")])
    category.merged_into = IssueCategoryFactory(name="New words")
    category.save()
    IssueAliasFactory(category=category.merged_into, text="Ancient words")

    assert told(label)["label"]["issue_categories"] == ["New words"]


def test_a_test_tells_of_no_label():
    body = json.loads(get_body(WebhookEventFactory(kind="webhook.test", session=None, label=None)))

    assert (body["kind"], body["session_id"], body["label"], body["session_code"]) == ("webhook.test", None, None, None)


def test_where_labels_are_to_be_independent_codes_are_held_back(session, rater, settings):
    """An outside system may write into a channel that reviewers read."""
    IssueCategoryFactory(name="Wrong day")
    label = submit(session, rater, issues=[IssueGiven("Wrong day")])
    settings.INDEPENDENT_REVIEW = True

    body = get_body(WebhookEventFactory(session=session.pk, label=label.pk)).decode()

    said = json.loads(body)
    assert (said["is_held_back"], said["session_code"], said["label"]["code"], said["label"]["issue_categories"]) == (True, None, None, None)
    assert "BAD" not in body
    assert "Wrong day" not in body
    assert said["label"]["id"] == label.pk


@pytest.mark.parametrize("type_", LabelType.values)
def test_the_type_says_who_rated(session, type_):
    assert told(submit(session, RaterFactory(), type=type_))["label"]["type"] == type_


def test_what_was_told_three_months_ago_is_forgotten():
    webhook = WebhookFactory()
    old = WebhookEventFactory(at=timezone.now() - timedelta(days=91))
    young = WebhookEventFactory(at=timezone.now() - timedelta(days=89))
    for event in (old, young):
        WebhookAnswerFactory(delivery=WebhookDeliveryFactory(webhook=webhook, event=event))

    assert clear_webhook_events() == 1

    assert list(WebhookEvent.objects.all()) == [young]
    assert (WebhookDelivery.objects.count(), WebhookAnswer.objects.count(), Webhook.objects.count()) == (1, 1, 1)


@pytest.mark.parametrize(("is_independent", "state", "is_held_back"), [(True, "open", True), (True, "void", False), (False, "open", False)])
def test_what_an_independent_queue_still_wants_is_told_without_codes(session, rater, is_independent, state, is_held_back):
    AssignmentFactory(session=session, state=state, queue__is_independent=is_independent)
    label = submit(session, rater, "BAD", "k1", issues=[IssueGiven("Wrong day")], provenance=Provenance(is_settlement=True))

    said = told(label, kind="label.settled")

    hidden = (said["session_code"], said["label"]["code"], said["label"]["issue_categories"])
    assert said["is_held_back"] is is_held_back
    assert hidden == ((None, None, None) if is_held_back else ("BAD", "BAD", []))
    assert said["label"]["is_settlement"]
