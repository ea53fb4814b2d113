"""The three steps on the session page of who is new: there until closed, once for all browsers; and what an empty installation says."""

import pytest

from tests.factories import TranscriptFactory, UserFactory

pytestmark = pytest.mark.django_db
CLOSING = "/settings/steps/closing/"


@pytest.fixture
def newcomer():
    return UserFactory(steps_closed_at=None)


@pytest.fixture
def session():
    return TranscriptFactory().session


def shows_steps(client, session):
    return 'id="first-steps"' in client.get(f"/sessions/{session.pk}/").content.decode()


def test_whoever_is_new_sees_them_until_they_are_closed_on_any_browser(as_person, newcomer, session):
    assert shows_steps(as_person(newcomer), session)

    answer = as_person(newcomer).post(CLOSING, {"next": f"/sessions/{session.pk}/"})

    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{session.pk}/")
    newcomer.refresh_from_db()
    assert newcomer.steps_closed_at is not None
    assert not shows_steps(as_person(newcomer), session)


def test_they_go_when_they_were_taken_three_times(as_person, newcomer):
    client = as_person(newcomer)
    shown = []
    for _ in range(4):
        session = TranscriptFactory().session
        shown.append(shows_steps(client, session))
        client.post(f"/labels/{session.pk}/", {"client_key": f"key-of-session-{session.pk}", "code": "GOOD"})

    assert shown == [True, True, True, False]


def test_the_fragment_says_that_they_are_closed_and_takes_the_focus(as_person, newcomer):
    page = as_person(newcomer).post(CLOSING, headers={"HX-Request": "true"}).content.decode()

    assert 'id="first-steps-closed"' in page
    assert "autofocus" in page


def test_closing_leads_to_no_other_site(as_person, newcomer):
    assert as_person(newcomer).post(CLOSING, {"next": "//elsewhere.example/"})["Location"] == "/settings/"


def test_who_may_not_label_is_not_told_how(as_person, session):
    assert not shows_steps(as_person(UserFactory(steps_closed_at=None, may_read_transcripts=False)), session)


def test_an_empty_installation_tells_an_admin_what_to_do_and_not_whom_to_ask(as_person, admin):
    page = as_person(admin).get("/sessions/").content.decode()

    assert "ask an admin which agents" not in page
    assert 'href="/admin/sessions_app/connection/"' in page
    assert 'href="/imports/"' in page


def test_an_empty_list_leads_a_reviewer_to_the_guide(as_person, newcomer):
    page = as_person(newcomer).get("/sessions/").content.decode()

    assert 'class="btn" href="/guide/"' in page


@pytest.mark.parametrize(("who", "way"), [("admin", "/admin/labeling/guideversion/add/"), ("newcomer", "/review/")])
def test_without_a_guide_an_admin_is_led_to_write_one_and_others_back(as_person, request, monkeypatch, who, way):
    monkeypatch.setattr("labeling.queries.guide_page.get_versions", lambda viewer: [])

    page = as_person(request.getfixturevalue(who)).get("/guide/").content.decode()

    assert f'href="{way}">' in page.split('class="empty"')[1]
