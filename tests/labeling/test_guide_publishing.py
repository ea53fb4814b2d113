"""Publishing a version of the guide in the admin: written, looked at, published, and never over somebody else's."""

import pytest

from labeling.models import GuideVersion
from labeling.operations.guide import publish_guide
from labeling.queries.guide import TEXT_OF, Texts, get_newest, get_newest_number
from tests.factories import GuideVersionFactory, UserFactory

pytestmark = pytest.mark.django_db
ADDRESS = "/admin/labeling/guideversion/add/"


@pytest.fixture
def guide():
    return GuideVersionFactory()


def sent(guide, **changed):
    return {**{field: getattr(guide, field) for field in TEXT_OF.values()}, "what_changed": "Said better.", "version": guide.number, **changed}


def text(answer):
    return answer.content.decode()


def test_the_form_begins_with_the_newest_texts(as_person, admin, guide):
    page = text(as_person(admin).get(ADDRESS))

    assert "The need was met with detours." in page
    assert f'name="version" value="{guide.number}"' in page


def test_the_admin_leads_there(as_person, admin, guide):
    assert ADDRESS in text(as_person(admin).get("/admin/labeling/guideversion/"))


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("person", ["reviewer", "manager"])
def test_only_admins_publish(as_person, guide, request, person, method):
    answer = getattr(as_person(request.getfixturevalue(person)), method)(ADDRESS, sent(guide, good="Mine.", publish="Publish"))

    assert answer.status_code in (302, 403)
    assert get_newest_number() == guide.number


def test_a_first_post_shows_the_differences_and_publishes_nothing(as_person, admin, guide):
    answer = as_person(admin).post(ADDRESS, sent(guide, good="The need was not met."))

    assert answer.status_code == 200
    assert "not " in text(answer).split("<ins>")[1].split("</ins>")[0]
    assert get_newest_number() == guide.number


def test_what_was_looked_at_is_published(as_person, admin, guide):
    answer = as_person(admin).post(ADDRESS, sent(guide, good="Met.", publish="Publish"))

    assert (answer.status_code, answer["Location"]) == (303, "/admin/labeling/guideversion/")
    assert (get_newest().good, get_newest().published_by) == ("Met.", admin)


def test_the_same_form_twice_publishes_once(as_person, admin, guide):
    client = as_person(admin)

    answers = [client.post(ADDRESS, sent(guide, good="Met.", publish="Publish")).status_code for _ in range(2)]

    assert answers == [303, 303]
    assert get_newest_number() == guide.number + 1


def test_back_to_the_text_keeps_what_was_typed(as_person, admin, guide):
    page = text(as_person(admin).post(ADDRESS, sent(guide, good="Met.", edit="Back")))

    assert '<textarea name="good"' in page
    assert "Met." in page


def test_lines_that_a_browser_ends_with_two_characters_are_no_difference(as_person, admin):
    guide = GuideVersionFactory(good="One.\n\nTwo.")

    answer = as_person(admin).post(ADDRESS, sent(guide, good="One.\r\n\r\nTwo."))

    assert answer.status_code == 422
    assert "Change at least one of them." in text(answer)


@pytest.mark.parametrize("step", [{}, {"publish": "Publish"}], ids=["look", "publish"])
def test_texts_that_say_nothing_new_are_refused(as_person, admin, guide, step):
    assert as_person(admin).post(ADDRESS, sent(guide, **step)).status_code == 422
    assert get_newest_number() == guide.number


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"what_changed": ""}, "Say in one line what changed."),
        ({"what_changed": "x" * 301}, "at most 300 characters"),
        ({"good": ""}, "This field is required."),
        ({"good": " \r\n "}, "This field is required."),
        ({"good": "x" * 5_001}, "at most 5000 characters"),
        ({"good": "a\0b"}, "Null characters are not allowed."),
        ({"version": "no number"}, ""),
        ({"version": "9" * 30}, ""),
    ],
)
def test_wrong_input_is_said_beside_the_field(as_person, admin, guide, changed, words):
    answer = as_person(admin).post(ADDRESS, sent(guide, **{"good": "Met.", "publish": "Publish", **changed}))

    assert answer.status_code == 422
    assert words in text(answer)
    assert get_newest_number() == guide.number


@pytest.mark.parametrize("step", [{}, {"publish": "Publish"}], ids=["look", "publish"])
def test_who_was_overtaken_sees_both_texts_and_can_go_on_knowingly(as_person, admin, guide, step):
    publish_guide(
        texts=Texts("Their words.", guide.ok, guide.bad, guide.not_applicable), what_changed="x", starting_from=guide.number, by=UserFactory(name="Dana Reyes")
    )

    answer = as_person(admin).post(ADDRESS, sent(guide, good="My words.", **step))

    assert answer.status_code == 409
    page = text(answer)
    assert "Dana Reyes" in page
    assert "<del>Their</del>" in page
    assert "<ins>My</ins>" in page
    assert f'name="version" value="{guide.number + 1}"' in page
    assert get_newest().good == "Their words."

    again = as_person(admin).post(ADDRESS, sent(guide, good="My words.", version=guide.number + 1, publish="Publish"))

    assert (again.status_code, get_newest().good) == (303, "My words.")


def test_what_the_overtaken_had_not_touched_is_taken_over(as_person, admin, guide):
    publish_guide(texts=Texts(guide.good, guide.ok, "Their words.", guide.not_applicable), what_changed="x", starting_from=guide.number, by=UserFactory())

    page = text(as_person(admin).post(ADDRESS, sent(guide, good="My words.", publish="Publish")))

    assert "Their words.</textarea>" in page
    assert "My words.</textarea>" in page


def test_a_version_that_never_was_counts_as_overtaken(as_person, admin, guide):
    assert as_person(admin).post(ADDRESS, sent(guide, good="Mine.", version=999_999, publish="Publish")).status_code == 409


@pytest.mark.parametrize("path", ["change", "delete"])
def test_a_published_version_stays_as_it_is(as_person, admin, guide, path):
    as_person(admin).post(f"/admin/labeling/guideversion/{guide.pk}/{path}/", {"post": "yes", "good": "Otherwise."})

    assert GuideVersion.objects.get(pk=guide.pk).good == guide.good
