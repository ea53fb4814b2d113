"""How far a search reaches: any period an address may name, and no further than its person may see."""

import pytest

from labeling.operations.labels import submit_label
from labeling.operations.searches import keep_search
from tests.factories import RaterFactory
from tests.sessions_app.talks import talk

pytestmark = pytest.mark.django_db


def answer(client, person, typed, beside=""):
    return client.get(f"/sessions/?q={keep_search(text=typed, by=person).token}{beside}")


@pytest.mark.parametrize(
    ("beside", "is_found"),
    [
        ("end=2199-12-31", True),
        ("start=1900-01-01&sort=started", True),
        ("start=1900-01-01&end=2199-12-31", True),
        ("since=9999w&sort=started", True),
        ("since=9999w", True),
        ("after=4102444800000000_1_1", True),
        ("after=253402300799000000_1_1", True),
        ("after=253402300799000000_1_1&start=2190-01-01", False),
        ("after=253402300799000000_1_1&sort=started", False),
        ("before=253402300799000000_1_1&sort=started", True),
        ("before=253402300799000000_1_1", False),
        ("before=0_0_0", True),
        ("after=0_0_0&sort=started", True),
        ("start=2015-01-01&sort=started", True),
        ("start=2199-01-01", False),
        ("end=1900-01-02", False),
    ],
)
@pytest.mark.parametrize("typed", ["refill", "from:2025550142", '"the refill" -nothing'])
def test_any_period_is_searched_with_few_queries(as_person, admin, django_assert_max_num_queries, typed, beside, is_found):
    session = talk("The refill.", source="+12025550142")
    talk("The refill.", source="+12025550142")
    client = as_person(admin)

    with django_assert_max_num_queries(40):
        response = answer(client, admin, typed, f"&{beside}")

    assert response.status_code == 200
    assert (session in response.context["page"].sessions) is is_found


@pytest.mark.parametrize("typed", ["hello rude", "hello -rude", "hello moved", "hello -moved", "id:%s -rude", "id:%s -moved"])
def test_nobody_learns_by_a_search_what_others_judged_before_they_did(as_person, reviewer, settings, typed):
    settings.INDEPENDENT_REVIEW = True
    session = talk("Hello there.", summary="The visit was_moved.")
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", comment="The agent was rude.", client_key="first-key")

    found = answer(as_person(reviewer), reviewer, typed.replace("%s", str(session.pk))).context["page"].sessions

    assert found == ([session] if "-" in typed else [])
