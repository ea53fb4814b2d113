"""One's own sign-ins: listed, ended one by one and everywhere else."""

import pytest
from allauth.usersessions.models import UserSession
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client

from labeling.models import Event, User
from labeling.operations.sign_ins import clear_sign_ins
from labeling.queries.sign_ins import browser_of, get_sign_ins
from tests.factories import PASSWORD, UserFactory
from tests.sign_ins import pass_time

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/137.0.0.0 Safari/537.36 Edg/137.0.0.0"


@pytest.fixture
def person():
    return User.objects.create_user("amara@example.com", PASSWORD, name="Amara Osei", all_agents=True)


def signed_in(agent=FIREFOX, email="amara@example.com"):
    client = Client(headers={"User-Agent": agent})
    assert client.post("/accounts/login/", {"login": email, "password": PASSWORD}).status_code == 302
    return client


def is_in(client):
    return client.get("/settings/").status_code == 200


def change_password(client):
    return client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "a wholly new password", "password2": "a wholly new password"})


def test_the_list_names_browsers_and_marks_this_one(person):
    here, _there = signed_in(), signed_in(SAFARI)

    rows = get_sign_ins(person, this=here.session.session_key)
    page = here.get("/settings/sign-ins/")

    assert {(row.browser, row.is_this) for row in rows} == {("Firefox on Linux", True), ("Safari on iPhone", False)}
    assert page.content.count(b"This one") == 1
    assert b"Safari on iPhone" in page.content


@pytest.mark.parametrize(
    ("text", "name"),
    [(FIREFOX, "Firefox on Linux"), (SAFARI, "Safari on iPhone"), (EDGE, "Edge on Windows"), ("curl/8.5", "Another program"), ("", "Another program")],
)
def test_a_browser_is_called_what_people_call_it(text, name):
    assert browser_of(text) == name


def test_one_is_ended_and_the_others_stay(person):
    here, there, elsewhere = signed_in(), signed_in(SAFARI), signed_in(EDGE)
    row = next(row for row in get_sign_ins(person) if row.browser == "Safari on iPhone")

    answer = here.post(f"/settings/sign-ins/{row.pk}/deletion/")

    assert (answer.status_code, answer["Location"]) == (303, "/settings/sign-ins/")
    assert (is_in(here), is_in(there), is_in(elsewhere)) == (True, False, True)
    assert Event.objects.get(kind="sign_ins_ended").subject == person.pk


def test_everywhere_else_is_everywhere_else(person):
    here, there, elsewhere = signed_in(), signed_in(SAFARI), signed_in(EDGE)

    here.post("/settings/sign-ins/deletion/")

    assert (is_in(here), is_in(there), is_in(elsewhere)) == (True, False, False)
    assert Event.objects.get(kind="sign_ins_ended").after == "2"


def test_nobody_ends_the_sign_in_of_another_nor_this_one_by_it(person):
    other = User.objects.create_user("mei@example.com", PASSWORD, all_agents=True)
    mine, theirs = signed_in(), signed_in(email="mei@example.com")
    rows = {row.pk for row in get_sign_ins(other)} | {row.pk for row in get_sign_ins(person)}

    assert {mine.post(f"/settings/sign-ins/{pk}/deletion/").status_code for pk in [*rows, 0, 2**62]} == {404}
    assert (is_in(mine), is_in(theirs)) == (True, True)


def test_a_new_password_ends_the_others(person):
    here, there = signed_in(), signed_in(SAFARI)

    change_password(here)

    assert (is_in(here), is_in(there)) == (True, False)
    assert [row.is_this for row in get_sign_ins(person, this=here.session.session_key)] == [True]
    assert Event.objects.filter(kind="password_changed", user=person.pk).count() == 1


def test_an_admin_ends_all_of_a_person(as_person, person, admin):
    one, two = signed_in(), signed_in(SAFARI)

    page = as_person(admin).post(f"/admin/labeling/user/{person.pk}/access/sign-ins/deletion/", follow=True)

    assert (is_in(one), is_in(two)) == (False, False)
    assert b"2 sign-ins ended" in page.content


def test_a_sign_in_that_is_used_is_seen_at_the_grain_of_its_age(person):
    client = signed_in()
    client.get("/settings/")
    first = UserSession.objects.get().last_seen_at
    pass_time(10)
    client.get("/settings/")
    assert UserSession.objects.get().last_seen_at == first
    pass_time(15)
    client.get("/settings/", headers={"X-Background": "1"})
    assert UserSession.objects.get().last_seen_at == first
    client.get("/settings/")

    assert UserSession.objects.get().last_seen_at != first


def test_what_ran_out_is_not_listed_and_is_cleared(person):
    client = signed_in()
    client.post("/accounts/logout/")
    signed_in(SAFARI)

    assert [row.browser for row in get_sign_ins(person)] == ["Safari on iPhone"]
    assert clear_sign_ins() <= 1
    assert UserSession.objects.count() == 1


def test_an_ended_sign_in_does_not_come_back_by_a_request_that_was_under_way(person):
    """The page was being made when the sign-in was ended; keeping what it noted must not make the row anew."""
    client = signed_in()
    key = client.session.session_key
    store = type(client.session)(key)
    store.load()
    store["x"] = 1
    store.delete(key)

    with pytest.raises(UpdateError):
        store.save()


def test_the_page_asks_the_same_of_many_sign_ins(person, django_assert_max_num_queries):
    here = signed_in()
    for _ in range(8):
        signed_in(SAFARI)
    here.get("/settings/sign-ins/")

    with django_assert_max_num_queries(9):
        here.get("/settings/sign-ins/")


def test_there_is_nothing_of_others_on_the_page(as_person, person):
    signed_in()

    assert b"Firefox on Linux" not in as_person(UserFactory()).get("/settings/sign-ins/").content
