"""Sessions as examples in the guide: linked from their page or in the admin, within the scope only."""

import pytest
from django.utils import timezone

from labeling.models import GuideExample
from labeling.roles import Role
from tests.factories import GuideExampleFactory, IssueCategoryFactory, SessionFactory, TranscriptFactory, UserFactory

pytestmark = pytest.mark.django_db
ADMIN = "/admin/labeling/guideexample/"


@pytest.fixture
def session(agent):
    return TranscriptFactory(session__seen_agent=agent, session__transcript_state="held", session__turns=3).session


@pytest.fixture
def foreign(other_agent):
    return SessionFactory(seen_agent=other_agent)


@pytest.fixture
def narrow_manager(agent):
    return UserFactory(role=Role.MANAGER, all_agents=False, agents=[agent])


def address(session):
    return f"/sessions/{session.pk}/examples/"


def test_a_manager_links_a_session_to_a_code(as_person, manager, session):
    answer = as_person(manager).post(address(session), {"of": "code-N/A", "note": "Only a beep.", "is_counter_example": "on"})

    assert (answer.status_code, answer["Location"]) == (303, address(session))
    example = GuideExample.objects.get()
    assert (example.session, example.code, example.category, example.note, example.is_counter_example) == (session, "N/A", None, "Only a beep.", True)


def test_a_manager_links_a_session_to_a_category(as_person, manager, session):
    category = IssueCategoryFactory(name="Wrong answer")

    as_person(manager).post(address(session), {"of": f"category-{category.pk}"})

    assert GuideExample.objects.get().category == category
    assert "Wrong answer" in as_person(manager).get(address(session)).content.decode()


def test_linking_the_same_twice_is_one_example_with_the_later_note(as_person, manager, session):
    client = as_person(manager)

    for note in ("First.", "Second."):
        client.post(address(session), {"of": "code-BAD", "note": note})

    assert GuideExample.objects.get().note == "Second."


@pytest.mark.parametrize(
    "sent", [{}, {"of": "code-GREAT"}, {"of": "category-999999"}, {"of": "BAD"}, {"of": "code-BAD", "note": "x" * 301}, {"of": "code-BAD", "note": "a\0"}]
)
def test_wrong_input_links_nothing(as_person, manager, session, sent):
    assert as_person(manager).post(address(session), sent).status_code == 422
    assert not GuideExample.objects.exists()


def test_an_erased_session_cannot_become_an_example(as_person, manager, agent):
    erased = SessionFactory(seen_agent=agent, erased_at=timezone.now())

    answer = as_person(manager).post(address(erased), {"of": "code-BAD"})

    assert answer.status_code == 422
    assert b"This session was erased." in answer.content


def test_an_example_is_removed_and_removing_it_again_does_no_harm(as_person, manager, session):
    example = GuideExampleFactory(session=session)
    client = as_person(manager)

    answers = [client.post(f"{address(session)}{example.pk}/deletion/").status_code for _ in range(2)]

    assert answers == [303, 303]
    assert not GuideExample.objects.exists()


def test_an_example_of_another_session_is_not_removed_by_the_way(as_person, manager, session, agent):
    other = GuideExampleFactory(session=SessionFactory(seen_agent=agent))

    as_person(manager).post(f"{address(session)}{other.pk}/deletion/")

    assert GuideExample.objects.filter(pk=other.pk).exists()


@pytest.mark.parametrize("method", ["get", "post"])
def test_a_session_out_of_the_scope_is_not_found(as_person, narrow_manager, foreign, method):
    example = GuideExampleFactory(session=foreign)
    client = as_person(narrow_manager)

    assert getattr(client, method)(address(foreign), {"of": "code-BAD"}).status_code == 404
    assert client.post(f"{address(foreign)}{example.pk}/deletion/").status_code == 404
    assert GuideExample.objects.count() == 1


def test_a_reviewer_links_nothing(as_person, reviewer, session):
    client = as_person(reviewer)

    assert [client.get(address(session)).status_code, client.post(address(session), {"of": "code-BAD"}).status_code] == [403, 403]
    assert b"Example in the guide" not in client.get(f"/sessions/{session.pk}/").content


def test_the_page_of_a_session_leads_a_manager_there(as_person, manager, session):
    assert f'href="{address(session)}"'.encode() in as_person(manager).get(f"/sessions/{session.pk}/").content


# --- in the admin


def form(session, **more):
    return {"session": session.pk, "code": "BAD", "category": "", "note": "", **more}


def test_an_admin_links_by_the_number_of_a_session(as_person, admin, session):
    assert as_person(admin).post(f"{ADMIN}add/", form(session)).status_code == 302
    assert GuideExample.objects.get().session == session


def test_an_erased_session_is_neither_shown_nor_linked_in_the_admin(as_person, admin, agent):
    erased = SessionFactory(seen_agent=agent, erased_at=timezone.now())
    hidden = GuideExampleFactory(session=erased, note="Nothing left.")
    client = as_person(admin)

    assert b"Nothing left." not in client.get(ADMIN).content
    assert client.get(f"{ADMIN}{hidden.pk}/change/").status_code == 302
    assert client.post(f"{ADMIN}add/", form(erased, code="OK")).status_code == 200
    assert list(GuideExample.objects.all()) == [hidden]


@pytest.mark.parametrize("both", [True, False])
def test_an_example_is_of_one_thing(as_person, admin, session, both):
    category = IssueCategoryFactory()

    answer = as_person(admin).post(f"{ADMIN}add/", form(session, category=category.pk) if both else form(session, code=""))

    assert b"and not both" in answer.content
    assert not GuideExample.objects.exists()


def test_an_example_that_exists_is_not_made_again(as_person, admin, session):
    GuideExampleFactory(session=session, code="BAD")

    assert b"an example of that already" in as_person(admin).post(f"{ADMIN}add/", form(session)).content
    assert GuideExample.objects.count() == 1


@pytest.mark.parametrize("number", ["abc", "0", "99999999999999999999999", ""])
def test_a_session_that_does_not_exist_is_said(as_person, admin, session, number):
    assert as_person(admin).post(f"{ADMIN}add/", {**form(session), "session": number}).status_code == 200
    assert not GuideExample.objects.exists()
