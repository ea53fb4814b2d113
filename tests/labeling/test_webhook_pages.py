"""The pages of webhooks: made with a secret that is shown once, changed, switched, told again."""

import socket

import pytest
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from labeling.models import Event, Webhook, WebhookDelivery, WebhookHistory
from labeling.operations.webhook_sending import send_due
from labeling.queries.webhooks import PAGE_SIZE
from sessions_app import outbound
from sessions_app.sealing import seal, unseal
from tests.factories import WebhookAnswerFactory, WebhookDeliveryFactory, WebhookEventFactory, WebhookFactory
from tests.labeling.receiver import Receiver

pytestmark = pytest.mark.django_db
NEW = "/admin/webhooks/new/"
PUBLIC = "https://93.184.216.34/labels"


@pytest.fixture
def client(as_person, admin):
    return as_person(admin)


@pytest.fixture
def webhook():
    return WebhookFactory(name="Tickets", url=PUBLIC, sealed_secret=seal("rdwh_old"))


def typed(**changes):
    return {"name": "Tickets", "url": PUBLIC, "kinds": ["label.created", "label.changed"], **changes}


def at(webhook, page=""):
    return f"/admin/webhooks/{webhook.pk}/{page}"


def audited(webhook):
    events = Event.objects.filter(kind="webhook_changed", subject_kind="webhook", subject=webhook.pk)
    return list(events.order_by("pk").values_list("before", "after"))


def given_up(webhook, n=1):
    return [WebhookDeliveryFactory(webhook=webhook, state="failed", attempts=8, settled_at=timezone.now()) for _ in range(n)]


def test_a_webhook_is_made_and_its_secret_shown_once(client, admin):
    answer = client.post(NEW, typed())

    webhook = Webhook.objects.get()
    secret = answer.context["secret"]
    assert (answer.status_code, answer["Cache-Control"], secret in answer.content.decode()) == (200, "no-store", True)
    assert (webhook.name, webhook.url, webhook.kinds, webhook.created_by) == ("Tickets", PUBLIC, ["label.changed", "label.created"], admin)
    assert secret.startswith("rdwh_")
    assert unseal(webhook.sealed_secret) == secret
    for page in (at(webhook), at(webhook, "change/"), f"/admin/labeling/webhook/{webhook.pk}/history/", "/admin/labeling/webhook/"):
        shown = client.get(page)
        assert shown.status_code == 200
        assert secret not in shown.content.decode()
        assert webhook.sealed_secret not in shown.content.decode()
    assert audited(webhook) == [("", "made")]


def test_the_same_form_again_makes_no_second_one(client):
    client.post(NEW, typed())

    again = client.post(NEW, typed())

    assert (again.status_code, Webhook.objects.count()) == (422, 1)
    assert "sent twice" in again.content.decode()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "required"), ({"name": "x" * 101}, "at most 100"), ({"name": "\0"}, "Null characters"), ({"kinds": []}, "required"),
        ({"kinds": ["label.created", "webhook.test"]}, "not one of the available"), ({"kinds": ["password"]}, "not one of the available"),
        ({"url": ""}, "required"), ({"url": "https://example.com/" + "x" * 500}, "at most 500"), ({"url": "ftp://93.184.216.34/"}, "Only https"),
        ({"url": "http://93.184.216.34/"}, "Only https"), ({"url": "https://93.184.216.34:22/"}, "port is not called"), ({"url": "x"}, "no web address"),
        ({"url": "https://user@93.184.216.34/"}, "no web address"), ({"url": "https://127.0.0.1/"}, "lies inside"), ({"url": "https://[::1]/"}, "lies inside"),
        ({"url": "https://169.254.169.254/latest/meta-data"}, "lies inside"), ({"url": "https://2130706433/"}, "lies inside"),
        ({"url": "https://[64:ff9b::7f00:1]/"}, "lies inside"), ({"url": "https://no-such-host.invalid/"}, "host is not known"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_webhook_is_said_beside_its_field(client, changes, words):
    answer = client.post(NEW, typed(**changes))

    assert (answer.status_code, Webhook.objects.count()) == (422, 0)
    assert words in answer.content.decode()


def test_an_address_that_the_environment_names_may_lie_inside(client, settings):
    settings.OUTBOUND_ALLOWED = frozenset({"127.0.0.1:9999"})

    assert client.post(NEW, typed(url="http://127.0.0.1:9999/hook")).status_code == 200


def test_a_name_with_one_address_inside_among_several_is_refused(client, monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(outbound.socket, "getaddrinfo", lambda *args: found)

    assert client.post(NEW, typed(url="https://two.example/")).status_code == 422


def test_another_address_makes_another_secret(client, webhook):
    answer = client.post(at(webhook, "change/"), typed(url="https://93.184.216.34/elsewhere"))

    webhook.refresh_from_db()
    assert answer.context["secret"] == unseal(webhook.sealed_secret) != "rdwh_old"
    assert webhook.url == "https://93.184.216.34/elsewhere"
    assert ("", "another address") in audited(webhook)


def test_other_changes_leave_the_secret(client, webhook):
    answer = client.post(at(webhook, "change/"), typed(name="Builders", kinds=["label.settled"]))

    webhook.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (303, at(webhook))
    assert (webhook.name, webhook.kinds, unseal(webhook.sealed_secret)) == ("Builders", ["label.settled"], "rdwh_old")
    assert audited(webhook) == [("", "other kinds")]
    assert WebhookHistory.objects.filter(name="Builders").exists()


def test_a_change_to_a_name_that_is_taken_is_refused(client, webhook):
    WebhookFactory(name="Builders")

    answer = client.post(at(webhook, "change/"), typed(name="Builders", url="https://93.184.216.34/elsewhere"))

    webhook.refresh_from_db()
    assert (answer.status_code, webhook.url, unseal(webhook.sealed_secret)) == (422, PUBLIC, "rdwh_old")


def test_a_change_to_an_address_inside_is_refused(client, webhook):
    answer = client.post(at(webhook, "change/"), typed(url="https://10.0.0.1/"))

    webhook.refresh_from_db()
    assert (answer.status_code, webhook.url) == (422, PUBLIC)


def test_a_new_secret_is_asked_for_and_shown_once(client, webhook):
    asked = client.get(at(webhook, "secrets/"))
    webhook.refresh_from_db()
    assert unseal(webhook.sealed_secret) == "rdwh_old"

    answer = client.post(at(webhook, "secrets/"))

    webhook.refresh_from_db()
    assert asked.status_code == 200
    assert answer.context["secret"] == unseal(webhook.sealed_secret) != "rdwh_old"
    assert audited(webhook) == [("", "new secret")]


def test_one_is_switched_off_and_on_and_never_deleted(client, webhook):
    client.post(at(webhook, "switch/"), {"is_active": "0"})
    webhook.refresh_from_db()
    assert not webhook.is_active
    assert "Switched off." in client.get(at(webhook)).content.decode()
    client.post(at(webhook, "switch/"), {"is_active": "0"})

    client.post(at(webhook, "switch/"), {"is_active": "1"})

    webhook.refresh_from_db()
    assert webhook.is_active
    assert audited(webhook) == [("on", "off"), ("off", "on")]
    assert client.post(f"/admin/labeling/webhook/{webhook.pk}/delete/", {"post": "yes"}).status_code == 403


def test_switching_on_forgets_why_it_was_off_and_tries_what_waits(client, webhook):
    Webhook.objects.update(is_active=False, off_reason="failing", failing_since=timezone.now())
    delivery = WebhookDeliveryFactory(webhook=webhook, attempts=6, due_at=timezone.now() + timezone.timedelta(hours=20))

    client.post(at(webhook, "switch/"), {"is_active": "1"})

    webhook.refresh_from_db()
    delivery.refresh_from_db()
    assert (webhook.off_reason, webhook.failing_since) == ("", None)
    assert delivery.due_at <= timezone.now()


def test_a_test_is_sent_and_its_answer_shown(client, settings):
    receiver = Receiver()
    settings.OUTBOUND_ALLOWED = frozenset({receiver.host})
    webhook = WebhookFactory(url=receiver.url)
    receiver.answers = [418]

    answer = client.post(at(webhook, "tests/"))
    send_due()
    receiver.close()

    assert (answer.status_code, answer["Location"]) == (303, at(webhook))
    assert receiver.got[0].told["kind"] == "webhook.test"
    shown = client.get(at(webhook)).content.decode()
    assert "webhook.test" in shown
    assert "<strong>418</strong>" in shown
    assert audited(webhook) == [("", "test")]


def test_one_delivery_is_told_again_with_the_same_event(client, webhook, admin):
    one, other = given_up(webhook, 2)

    client.post(at(webhook, "replays/"), {"delivery": str(one.pk)})

    again = WebhookDelivery.objects.latest("pk")
    assert (again.event, again.state, again.attempts, again.created_by) == (one.event, "waiting", 0, admin)
    assert WebhookDelivery.objects.filter(event=other.event).count() == 1
    assert audited(webhook) == [("", "1 replayed")]


def test_all_that_were_given_up_are_told_again_once(client, webhook):
    events = [delivery.event_id for delivery in given_up(webhook, 3)]
    WebhookDeliveryFactory(webhook=webhook, state="delivered", settled_at=timezone.now())
    given_up(WebhookFactory(), 2)

    client.post(at(webhook, "replays/"))
    client.post(at(webhook, "replays/"))

    assert list(WebhookDelivery.objects.filter(webhook=webhook, state="waiting").order_by("pk").values_list("event", flat=True)) == events


def test_what_is_given_up_again_is_told_again_by_its_newest_delivery(client, webhook):
    (first,) = given_up(webhook)
    WebhookDeliveryFactory(webhook=webhook, event=first.event, state="failed", settled_at=timezone.now())

    client.post(at(webhook, "replays/"))

    assert WebhookDelivery.objects.filter(webhook=webhook, state="waiting").count() == 1


@pytest.mark.parametrize("delivery", ["", "x", "-1", "9" * 30, "\0", "0", "999999999999999999"])
def test_a_delivery_that_is_none_is_not_told_again(client, webhook, delivery):
    given_up(webhook)

    answer = client.post(at(webhook, "replays/"), {"delivery": delivery})

    assert answer.status_code == 303
    assert WebhookDelivery.objects.count() == 1


def test_what_another_webhook_was_told_is_not_told_to_this_one(client, webhook):
    (foreign,) = given_up(WebhookFactory())

    client.post(at(webhook, "replays/"), {"delivery": str(foreign.pk)})

    assert not WebhookDelivery.objects.filter(webhook=webhook).exists()


def test_what_waits_is_not_told_twice_but_tried_now(client, webhook):
    delivery = WebhookDeliveryFactory(webhook=webhook, attempts=3, due_at=timezone.now() + timezone.timedelta(hours=2))

    client.post(at(webhook, "replays/"), {"delivery": str(delivery.pk)})
    client.post(at(webhook, "attempts/"))

    delivery.refresh_from_db()
    assert WebhookDelivery.objects.count() == 1
    assert delivery.due_at <= timezone.now()


def test_what_is_being_sent_right_now_is_not_sent_a_second_time(client, webhook):
    """Its next attempt is put off by a minute while the answer is awaited."""
    delivery = WebhookDeliveryFactory(webhook=webhook, attempts=1, due_at=timezone.now() + timezone.timedelta(seconds=55))

    client.post(at(webhook, "attempts/"))

    delivery.refresh_from_db()
    assert delivery.due_at > timezone.now()


@pytest.mark.parametrize("page", ["tests/", "replays/"])
def test_to_one_that_is_off_nothing_is_sent(client, webhook, page):
    Webhook.objects.update(is_active=False)
    given_up(webhook)

    answer = client.post(at(webhook, page), follow=True)

    assert "Switch it on first" in answer.content.decode()
    assert WebhookDelivery.objects.count() == 1


@pytest.mark.parametrize("why", ["gone", "failing"])
def test_why_one_was_switched_off_is_said_in_a_sentence(client, webhook, why):
    Webhook.objects.update(is_active=False, off_reason=why)

    assert {"gone": "410 Gone", "failing": "for three days"}[why] in client.get(at(webhook)).content.decode()
    assert {"gone": "410 Gone", "failing": "for three days"}[why] in client.get("/admin/labeling/webhook/").content.decode()
    assert "Webhooks" in [waits.name for waits in client.get("/admin/").context["waiting"]]


def test_deliveries_are_listed_by_page_and_by_how_they_went(client, webhook):
    deliveries = given_up(webhook, PAGE_SIZE + 5)
    WebhookDeliveryFactory(webhook=webhook, event=WebhookEventFactory(kind="label.settled"), state="delivered", settled_at=timezone.now())

    first = client.get(at(webhook), {"state": "failed"})
    second = client.get(at(webhook), {"state": "failed", "before": first.context["next"]})

    assert [row.pk for page in (first, second) for row in page.context["deliveries"]] == [row.pk for row in reversed(deliveries)]
    assert second.context["next"] is None
    assert "label.settled" not in first.content.decode()


@pytest.mark.parametrize("query", ["state=x", "state=%00", "before=x", "before=-1", "before=99999999999999999999", "before=%00", "state=failed&state=x"])
def test_what_no_page_links_to_shows_a_page_all_the_same(client, webhook, query):
    assert client.get(f"{at(webhook)}?{query}").status_code == 200


def test_a_page_of_deliveries_costs_as_many_statements_as_one(client, webhook, django_assert_max_num_queries):
    for delivery in given_up(webhook, 30):
        WebhookAnswerFactory.create_batch(2, delivery=delivery, status=500)
    client.get(at(webhook))

    with assertNumQueries(5):
        client.get(at(webhook))


def test_one_that_is_not_there_is_not_found(client):
    for page in ("", "change/", "secrets/"):
        assert client.get(f"/admin/webhooks/999999/{page}").status_code == 404
    for page in ("switch/", "tests/", "replays/", "attempts/", "secrets/"):
        assert client.post(f"/admin/webhooks/999999/{page}").status_code == 404
