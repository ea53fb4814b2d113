"""Trying it without a password: there on one's own machine with demo data alone, and nowhere else."""

import pytest
from django.test import Client
from django.utils import timezone

from labeling.models import Event, User
from sessions_app.models import Source
from tests.config.test_settings import load
from tests.factories import ConnectionFactory, SourceFactory, UserFactory

LOCAL = {"PRODUCTION": "0", "DATABASE_URL": None, "ALLOWED_HOSTS": None, "REVIEW_DESK_PROCESS": "web", "REVIEW_DESK_BOUND_TO": "127.0.0.1"}
OFFERED = "Try it as a reviewer"


@pytest.fixture
def local(settings, db):
    settings.DEMO_SIGN_INS = True
    settings.ROOT_URLCONF = "tests.labeling.demo_urls"
    UserFactory(email="luis.ferrer@example.com", role="admin")
    UserFactory(email="priya.nair@example.com", role="manager")
    UserFactory(email="amara.osei@example.com", role="reviewer")
    SourceFactory(name="Demo web chat")


def test_the_address_is_routed_where_up_serves_the_embedded_demo():
    code = "import django; django.setup(); from django.urls import reverse; print(reverse('demo_sign_in_create', args=['admin']))"
    answer = load(code, **LOCAL, DJANGO_SETTINGS_MODULE="config.settings")

    assert answer.stdout.strip() == "/accounts/demo/admin/", answer.stderr


@pytest.mark.parametrize(
    "changes",
    [
        {"PRODUCTION": "1", "DATABASE_URL": "postgres://nobody@localhost/none", "ALLOWED_HOSTS": "review.example.com"},
        {"DATABASE_URL": "postgres://nobody@localhost/none"},
        {"REVIEW_DESK_BOUND_TO": "0.0.0.0"},  # noqa: S104 - the address that must not do
        {"REVIEW_DESK_BOUND_TO": None},
        {"REVIEW_DESK_PROCESS": "command"},
        {"PROXIES": "1"},
        {"ALLOWED_HOSTS": "localhost,review.example.com"},
    ],
)
def test_it_is_routed_nowhere_else(changes):
    assert load("print(settings.DEMO_SIGN_INS)", **LOCAL | changes).stdout.strip() == "False"


@pytest.mark.django_db
def test_elsewhere_there_is_no_such_address_and_no_offer(client):
    UserFactory(email="luis.ferrer@example.com", role="admin")

    assert client.post("/accounts/demo/admin/").status_code == 404
    assert OFFERED not in client.get("/accounts/login/").content.decode()


@pytest.mark.parametrize("role", ["reviewer", "manager", "admin"])
def test_a_press_signs_in_and_is_an_event(client, local, role):
    page = client.get("/", follow=True).content.decode()
    answer = client.post(f"/accounts/demo/{role}/?next=https://elsewhere.example/", {"next": "https://elsewhere.example/"})

    assert f'action="/accounts/demo/{role}/"' in page
    assert (answer.status_code, answer["Location"]) == (302, "/")
    person = User.objects.get(role=role)
    assert client.session["_auth_user_id"] == str(person.pk)
    assert (Event.objects.get(kind="signed_in").user, Event.objects.get(kind="signed_in").address) == (person.pk, "127.0.0.1")


def test_a_link_and_a_form_of_another_site_sign_nobody_in(local):
    client = Client(enforce_csrf_checks=True)

    assert client.get("/accounts/demo/admin/").status_code == 405
    assert client.post("/accounts/demo/admin/").status_code == 403
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via"])
def test_whoever_comes_through_a_proxy_is_not_on_this_machine(client, local, header):
    assert OFFERED not in client.get("/accounts/login/", headers={header: "203.0.113.7"}).content.decode()
    assert client.post("/accounts/demo/admin/", headers={header: "203.0.113.7"}).status_code == 404


def test_whoever_comes_from_another_machine_is_refused(client, local):
    assert client.post("/accounts/demo/admin/", REMOTE_ADDR="192.0.2.7").status_code == 404


@pytest.mark.parametrize(
    "in_use",
    [
        lambda: UserFactory(email="real@example.org", last_login=timezone.now()),
        lambda: Source.objects.create(name="Our voice platform", kind="ingest"),
        ConnectionFactory,
    ],
    ids=["somebody else signed in", "another source", "a connection"],
)
def test_the_way_ends_once_it_is_in_use(client, local, in_use):
    in_use()

    assert OFFERED not in client.get("/accounts/login/").content.decode()
    assert client.post("/accounts/demo/admin/").status_code == 404


@pytest.mark.parametrize("role", ["owner", "0"])
def test_there_are_three_roles_and_no_other(client, local, role):
    assert client.post(f"/accounts/demo/{role}/").status_code == 404


def test_a_deactivated_demo_person_is_not_offered(client, local):
    User.objects.filter(role="admin").update(is_active=False)

    assert client.post("/accounts/demo/admin/").status_code == 404
