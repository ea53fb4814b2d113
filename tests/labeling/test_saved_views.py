"""Saved views: who keeps, sees, changes and deletes which, what an address below one means, and how many match."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections
from django.http import QueryDict

from labeling.models import SavedView
from labeling.operations.saved_views import MOST_VIEWS, ChangedMeanwhile, MayNotEdit, TooManyViews, change_view, choose_default, delete_view, save_view
from labeling.policies import why_not_edit_view
from labeling.queries.saved_views import canonical_query, get_default_view, get_view, get_view_counts, get_views, is_refined, query_in_force
from labeling.roles import Role
from tests.factories import NOON, SavedViewFactory, UserFactory

pytestmark = pytest.mark.django_db

KEYS = {"agent", "auto", "label", "q", "since"}
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }} {% csrf_token %}",
    "'; DROP TABLE labeling_savedview; --",
    "../../admin/",
    "%00%0d%0aSet-Cookie: a=b",
    "\u202etxt.exe",
    "日本語の表示",
    "👩‍🚀" * 7,
]


def save(by, name="Low rating", query="auto=BAD", is_shared=False):
    return save_view(name=name, query=query, is_shared=is_shared, by=by)


def change(view, by, **changes):
    return change_view(**{"view": view, "name": view.name, "query": view.query, "is_shared": view.is_shared, "by": by, **changes})


# --- keeping


def test_a_shared_view_has_its_name_in_the_address_and_a_private_one_has_not(manager):
    shared, private = save(manager, "Low auto-rating", is_shared=True), save(manager, "Sessions of Dana Whitfield")

    assert shared.slug == "low-auto-rating"
    assert len(private.slug) >= 12
    assert not {"sessions", "dana", "whitfield"} & set(private.slug.lower().replace("_", "-").split("-"))


def test_a_second_view_of_that_name_gets_an_ending(manager):
    slugs = [save(manager, "Low rating", is_shared=True).slug for _ in range(3)]

    assert slugs[0] == "low-rating"
    assert len(set(slugs)) == 3
    assert all(slug.startswith("low-rating-") for slug in slugs[1:])


@pytest.mark.parametrize(
    "name", ["Calls from +1 202 555 0142", "202|555|0142|9999", "dana.whitfield@example.com", "SSN 078-05-1120", "日本語", "???", "２０２５５５０１４２"]
)
def test_a_name_that_an_address_must_not_or_cannot_say_is_not_in_it(manager, name):
    slug = save(manager, name, is_shared=True).slug

    assert len(slug) >= 12
    assert not set(slug.split("-")) & {"calls", "202", "555", "0142", "dana", "whitfield", "example", "078", "1120", "2025550142"}


def test_the_longest_name_still_makes_an_address(manager):
    first, second = (save(manager, "ﷺ" * 60, is_shared=True) for _ in range(2))
    third, fourth = (save(manager, "ﬃ" * 60, is_shared=True) for _ in range(2))

    assert len({view.slug for view in (first, second, third, fourth)}) == 4
    assert max(len(view.slug) for view in (first, second, third, fourth)) <= 80


def test_only_a_manager_shares(reviewer):
    with pytest.raises(MayNotEdit, match="does not share"):
        save(reviewer, is_shared=True)

    assert not SavedView.objects.exists()


def test_somebody_keeps_fifty_views_and_no_more(reviewer, manager):
    SavedViewFactory.create_batch(MOST_VIEWS, owner=reviewer)

    with pytest.raises(TooManyViews):
        save(reviewer)

    assert save(manager).pk


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_do_not_pass_the_limit(reviewer):
    SavedViewFactory.create_batch(MOST_VIEWS - 1, owner=reviewer)

    def one(number):
        try:
            return save(reviewer, f"View {number}").pk
        except TooManyViews:
            return None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(one, range(2)))

    assert sorted(pk is None for pk in made) == [False, True]
    assert SavedView.objects.count() == MOST_VIEWS


@pytest.mark.django_db(transaction=True)
def test_two_shared_views_of_one_name_made_at_once_are_two_views(manager):
    others = [manager, UserFactory(role=Role.MANAGER)]

    def one(person):
        try:
            return save(person, "Low rating", is_shared=True).slug
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        slugs = set(pool.map(one, others))

    assert len(slugs) == 2
    assert "low-rating" in slugs


# --- changing


def test_renaming_and_sharing_keep_the_address(manager):
    view = save(manager, "Mine")
    slug = view.slug

    view = change(view, manager, name="Everybody's", is_shared=True, query="auto=OK")

    assert (view.slug, view.name, view.is_shared, view.query) == (slug, "Everybody's", True, "auto=OK")


def test_a_change_says_who_and_when(manager, admin):
    view = save(manager, is_shared=True)
    SavedView.objects.update(changed_at=NOON)

    changed = change(view, admin, name="Renamed")

    assert (changed.owner, changed.changed_by) == (manager, admin)
    assert changed.changed_at > NOON


@pytest.mark.parametrize(
    ("is_shared", "who", "may"),
    [
        (False, "owner", True),
        (False, "other reviewer", False),
        (False, "manager", False),
        (False, "admin", False),
        (True, "owner", False),
        (True, "other reviewer", False),
        (True, "manager", True),
        (True, "admin", True),
    ],
)
def test_who_may_change_which_view(reviewer, manager, admin, is_shared, who, may):
    view = SavedViewFactory(owner=reviewer, is_shared=is_shared)
    person = {"owner": reviewer, "other reviewer": UserFactory(), "manager": manager, "admin": admin}[who]

    assert (why_not_edit_view(person, view) == "") is may
    for write in (lambda: change(view, person, name="Renamed"), lambda: delete_view(view=view, by=person)):
        if may:
            write()
        else:
            with pytest.raises(MayNotEdit):
                write()


def test_a_reviewer_does_not_share_an_own_view_later(reviewer):
    view = save(reviewer)

    with pytest.raises(MayNotEdit):
        change(view, reviewer, is_shared=True)

    view.refresh_from_db()
    assert not view.is_shared


def test_a_change_made_from_an_older_version_is_refused(manager, admin):
    view = save(manager, is_shared=True)
    seen = view.version
    change(view, admin, name="By the admin")

    with pytest.raises(ChangedMeanwhile):
        change(view, manager, name="By the manager", version=seen)

    view.refresh_from_db()
    assert view.name == "By the admin"


def test_a_shared_view_of_somebody_deactivated_stays_and_is_managed(manager, admin, reviewer):
    view = save(manager, is_shared=True)
    manager.is_active = False
    manager.save(update_fields=["is_active"])

    assert get_views(reviewer) == [view]
    assert change(view, admin, name="Renamed").name == "Renamed"


# --- the default


def test_a_default_is_ones_own(reviewer, manager):
    view = save(manager, is_shared=True)

    choose_default(view=view, by=reviewer)

    assert (get_default_view(reviewer), get_default_view(manager)) == (view, None)
    choose_default(view=None, by=reviewer)
    assert get_default_view(reviewer) is None


def test_a_private_view_of_another_is_no_default(reviewer, manager):
    view = save(manager)

    with pytest.raises(SavedView.DoesNotExist):
        choose_default(view=view, by=reviewer)


def test_a_deleted_view_is_nobodys_default(reviewer, manager):
    view = save(manager, is_shared=True)
    choose_default(view=view, by=reviewer)

    delete_view(view=view, by=manager)

    reviewer.refresh_from_db()
    assert reviewer.default_view is None


def test_a_view_that_is_no_longer_shared_stays_the_default_of_its_owner_only(reviewer, manager):
    view = save(manager, is_shared=True)
    for person in (reviewer, manager):
        choose_default(view=view, by=person)

    change(view, manager, is_shared=False)

    for person in (reviewer, manager):
        person.refresh_from_db()
    assert (get_default_view(reviewer), get_default_view(manager)) == (None, view)


@pytest.mark.django_db(transaction=True)
def test_choosing_a_view_that_is_being_deleted_breaks_neither(reviewer, manager):
    for _ in range(5):
        view = save(manager, is_shared=True)

        def choose(view=view):
            try:
                choose_default(view=view, by=reviewer)
            except SavedView.DoesNotExist:
                pass
            finally:
                connections.close_all()

        def delete(view=view):
            try:
                delete_view(view=view, by=manager)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(choose), pool.submit(delete)]:
                done.result()

        reviewer.refresh_from_db()
        assert reviewer.default_view_id is None


# --- reading


def test_a_person_opens_shared_views_and_own_ones_shared_first(reviewer, manager):
    own = save(reviewer, "Own")
    save(manager, "Somebody else's")
    shared = save(manager, "Shared", is_shared=True)

    assert get_views(reviewer) == [shared, own]
    assert get_view(own.slug, manager) is None
    assert get_view(own.slug, reviewer) == own


def test_views_are_read_with_one_question_however_many(reviewer, manager, django_assert_num_queries):
    SavedViewFactory.create_batch(8, owner=manager, is_shared=True)

    with django_assert_num_queries(1):
        assert {str(view.owner) for view in get_views(reviewer)} == {"Priya Nair"}


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("", ""),
        ("auto=BAD&agent=2&agent=1", "agent=1&agent=2&auto=BAD"),
        ("agent=1&agent=1&auto=", "agent=1"),
        ("auto=BAD&before=17_2_3&after=1_2_3&open=label&newest=1&role=admin&__class__=x", "auto=BAD"),
        ("q=aB3_-x&label=N%2FA", "label=N%2FA&q=aB3_-x"),
        ("label=%00&auto=%FF&since=a%26b%3Dc+d", "auto=%EF%BF%BD&label=%00&since=a%26b%3Dc+d"),
    ],
)
def test_a_filter_is_kept_in_one_way_whatever_way_it_came(given, kept):
    assert canonical_query(QueryDict(given), KEYS) == kept
    assert canonical_query(QueryDict(kept), KEYS) == kept


@pytest.mark.parametrize(
    ("given", "in_force", "refined"),
    [
        ("", "auto=BAD&label=none", False),
        ("before=1_2_3", "auto=BAD&label=none", False),
        ("label=none&auto=BAD&after=1_2_3", "auto=BAD&label=none", False),
        ("auto=BAD", "auto=BAD", True),
        ("auto=OK&label=none", "auto=OK&label=none", True),
        ("refined=1", "", True),
        ("refined=1&label=none&auto=BAD", "auto=BAD&label=none", False),
    ],
)
def test_an_address_below_a_view_means_its_own_filter_or_the_views(given, in_force, refined):
    view = SavedViewFactory.build(query="label=none&auto=BAD&a_filter_of_earlier=1")

    assert query_in_force(view, QueryDict(given), KEYS) == in_force
    assert is_refined(view, QueryDict(given), KEYS) is refined


def test_counts_come_by_view_and_a_slow_one_does_not_hold_the_others(manager, monkeypatch):
    quick, slow, last = (save(manager, name, is_shared=True) for name in ("Quick", "Slow", "Last"))
    monkeypatch.setattr("labeling.queries.saved_views.COUNTS_BUDGET_MS", 900)

    def count(view):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [30 if view == slow else 0])
        return (7, False)

    assert get_view_counts([quick, slow, last], count) == {quick.pk: (7, False), slow.pk: None, last.pk: (7, False)}


def test_what_quick_counts_leave_goes_to_the_slow_ones(manager, monkeypatch):
    slow, quick, other = (save(manager, name, is_shared=True) for name in ("Slow", "Quick", "Other"))
    monkeypatch.setattr("labeling.queries.saved_views.COUNTS_BUDGET_MS", 1800)

    def count(view):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(%s)", [0.8 if view == slow else 0])
        return (7, False)

    assert get_view_counts([slow, quick, other], count) == {slow.pk: (7, False), quick.pk: (7, False), other.pk: (7, False)}


# --- pages


def test_saving_leads_to_the_view(as_person, reviewer):
    answer = as_person(reviewer).post("/views/", {"name": "  Low \n rating ", "query": "after=1_2_3&auto=BAD&agent=&junk=1"})

    view = SavedView.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/v/{view.slug}/")
    assert (view.name, view.query, view.is_shared, view.owner, view.changed_by) == ("Low rating", "auto=BAD", False, reviewer, reviewer)


def test_a_manager_saves_a_shared_view(as_person, manager):
    answer = as_person(manager).post("/views/", {"name": "Low rating", "query": "auto=BAD", "is_shared": "on"})

    assert answer["Location"] == "/sessions/v/low-rating/"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"name": ""}, "Give the view a name"),
        ({"name": "   "}, "Give the view a name"),
        ({"name": "\u200b\u202e"}, "that can be seen"),
        ({"name": "x" * 61}, "at most 60 characters"),
        ({"name": "a\0b"}, "Null characters"),
        ({"name": "Long", "query": "conversation=" + "x" * 2000}, "too long"),
        ({"name": "Many", "query": "&".join(["agent=1"] * 1500)}, "too long"),
        ({"name": "Shared", "is_shared": "on"}, "does not share"),
    ],
)
def test_what_cannot_be_saved_comes_back_with_a_sentence(as_person, reviewer, sent, words):
    answer = as_person(reviewer).post("/views/", {"query": "auto=BAD", **sent})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert not SavedView.objects.exists()


def test_the_fifty_first_view_comes_back_with_a_sentence(as_person, reviewer):
    SavedViewFactory.create_batch(MOST_VIEWS, owner=reviewer)

    answer = as_person(reviewer).post("/views/", {"name": "One more", "query": "auto=BAD"})

    assert answer.status_code == 422
    assert b"You keep 50 views" in answer.content
    assert b'value="One more"' in answer.content


def test_the_page_of_views_lists_what_may_be_opened(as_person, reviewer, manager):
    own, shared, foreign = save(reviewer, "Own"), save(manager, "Shared", is_shared=True), save(manager, "Foreign")

    page = as_person(reviewer).get("/views/").content.decode()

    assert all(f"/sessions/v/{view.slug}/" in page for view in (own, shared))
    assert foreign.slug not in page


def test_the_page_of_views_asks_the_same_questions_however_many(as_person, reviewer, manager, django_assert_max_num_queries):
    SavedViewFactory.create_batch(12, owner=manager, is_shared=True)
    client = as_person(reviewer)
    client.get("/views/")

    with django_assert_max_num_queries(5):
        client.get("/views/")


def test_the_page_of_a_view_changes_it(as_person, reviewer):
    view = save(reviewer)
    client = as_person(reviewer)

    page = client.get(f"/views/{view.slug}/")
    answer = client.post(f"/views/{view.slug}/", {"name": "Renamed", "query": "label=none", "version": view.version})

    view.refresh_from_db()
    assert b"Auto-rating: BAD" in page.content
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/v/{view.slug}/")
    assert (view.name, view.query, view.is_shared) == ("Renamed", "label=none", False)


def test_the_page_offers_the_refined_filter_of_its_address(as_person, reviewer):
    view = save(reviewer)

    answer = as_person(reviewer).get(f"/views/{view.slug}/?label=none&after=1_2_3")

    assert answer.context["is_replaced"]
    assert 'name="query" value="label=none"' in answer.content.decode()
    assert b"Label: Unlabeled" in answer.content


def test_a_filter_sent_alone_changes_nothing_else(as_person, manager):
    view = save(manager, "Shared", is_shared=True)

    as_person(manager).post(f"/views/{view.slug}/", {"query": "label=none", "version": view.version})

    view.refresh_from_db()
    assert (view.name, view.query, view.is_shared) == ("Shared", "label=none", True)


def test_a_view_that_was_changed_meanwhile_comes_back_as_409_and_can_be_saved_again(as_person, manager, admin):
    view = save(manager, is_shared=True)
    seen = view.version
    change(view, admin, name="By the admin")
    client = as_person(manager)

    answer = client.post(f"/views/{view.slug}/", {"name": "By the manager", "query": "auto=OK", "is_shared": "on", "version": seen})

    assert answer.status_code == 409
    assert b"Somebody changed this view" in answer.content
    again = answer.context["form"]["version"].value()
    assert client.post(f"/views/{view.slug}/", {"name": "By the manager", "query": "auto=OK", "is_shared": "on", "version": again}).status_code == 303
    view.refresh_from_db()
    assert view.name == "By the manager"


def test_a_wrong_version_is_a_conflict_and_no_fault(as_person, reviewer):
    view = save(reviewer)

    assert as_person(reviewer).post(f"/views/{view.slug}/", {"name": "Renamed", "version": "<x>"}).status_code == 409


def test_a_manager_unshares_by_leaving_the_box_empty(as_person, manager):
    view = save(manager, is_shared=True)

    as_person(manager).post(f"/views/{view.slug}/", {"name": view.name, "query": view.query, "version": view.version})

    view.refresh_from_db()
    assert not view.is_shared


def test_a_mistake_on_the_page_of_a_view_comes_back_with_what_was_typed(as_person, reviewer):
    view = save(reviewer)

    answer = as_person(reviewer).post(f"/views/{view.slug}/", {"name": "x" * 61, "query": "&".join(["agent=1"] * 1500)})

    assert answer.status_code == 422
    assert "x" * 61 in answer.content.decode()


def test_a_reviewer_sees_a_shared_view_and_does_not_change_it(as_person, reviewer, manager):
    view = save(manager, "Shared", is_shared=True)
    client = as_person(reviewer)

    answers = [
        client.get(f"/views/{view.slug}/"),
        client.post(f"/views/{view.slug}/", {"name": "Mine now", "query": ""}),
        client.get(f"/views/{view.slug}/deletion/"),
        client.post(f"/views/{view.slug}/deletion/"),
    ]

    assert [answer.status_code for answer in answers] == [200, 403, 403, 403]
    assert all(b"does not change shared views" in answer.content for answer in answers)
    assert all(b'name="name"' not in answer.content for answer in answers)
    view.refresh_from_db()
    assert view.name == "Shared"


@pytest.mark.parametrize("path", ["", "default/", "default/withdrawal/", "deletion/"])
def test_a_private_view_of_somebody_else_is_not_found(as_person, admin, reviewer, path):
    view = save(reviewer)
    client = as_person(admin)

    assert client.post(f"/views/{view.slug}/{path}", {"name": "Taken"}).status_code == 404
    assert client.get(f"/views/{view.slug}/{path}").status_code in (404, 405)
    assert client.get(f"/sessions/v/{view.slug}/").status_code == 404
    view.refresh_from_db()
    assert (view.name, view.owner) == ("Low rating", reviewer)


def test_deleting_asks_first(as_person, reviewer):
    view = save(reviewer)
    client = as_person(reviewer)

    asked = client.get(f"/views/{view.slug}/deletion/")
    assert SavedView.objects.filter(pk=view.pk).exists()
    answer = client.post(f"/views/{view.slug}/deletion/")

    assert b"Low rating" in asked.content
    assert (answer.status_code, answer["Location"]) == (303, "/views/")
    assert not SavedView.objects.exists()
    assert client.post(f"/views/{view.slug}/deletion/").status_code == 404


def test_a_default_is_chosen_followed_and_withdrawn(as_person, reviewer, manager):
    view, other = save(manager, "Shared", is_shared=True), save(reviewer, "Other")
    client = as_person(reviewer)

    assert client.get("/sessions/default/")["Location"] == "/sessions/"
    assert client.post(f"/views/{view.slug}/default/").status_code == 303
    assert client.get("/sessions/default/")["Location"] == f"/sessions/v/{view.slug}/"
    client.post(f"/views/{other.slug}/default/withdrawal/")
    assert client.get("/sessions/default/")["Location"] == f"/sessions/v/{view.slug}/"
    client.post(f"/views/{view.slug}/default/withdrawal/")
    assert client.get("/sessions/default/")["Location"] == "/sessions/"


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_wherever_it_is_shown(as_person, manager, name):
    client = as_person(manager)

    answer = client.post("/views/", {"name": name, "query": "auto=BAD", "is_shared": "on"})
    view = SavedView.objects.get()
    pages = [client.get(address).content.decode() for address in ("/views/", f"/views/{view.slug}/", f"/views/{view.slug}/deletion/", answer["Location"])]

    assert view.name == name
    assert all(sign in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_" for sign in view.slug)
    assert not any(attack in page for page in pages for attack in ("<script>alert", "<img src=x", 'value=""><img'))
    assert not any("14 <input" in page for page in pages)


def test_a_filter_that_names_what_this_person_may_not_see_does_not_name_it(as_person, narrow_reviewer, manager, other_agent):
    view = save(manager, "Elsewhere", query=f"agent={other_agent.pk}", is_shared=True)

    page = as_person(narrow_reviewer).get(f"/views/{view.slug}/").content.decode()

    assert "Agent: one you may not see" in page
    assert other_agent.name not in page


def test_a_filter_that_cannot_be_read_any_more_is_said_so(as_person, reviewer):
    view = save(reviewer, query="since=a+while")

    assert b"It cannot be read any more." in as_person(reviewer).get(f"/views/{view.slug}/").content


def test_the_database_keeps_no_view_without_a_name(manager):
    with pytest.raises(IntegrityError):
        SavedViewFactory(name="", owner=manager)


def test_the_order_is_that_of_making(manager):
    late, early = SavedViewFactory(owner=manager), SavedViewFactory(owner=manager)
    SavedView.objects.filter(pk=early.pk).update(created_at=late.created_at - timedelta(days=1))

    assert get_views(manager) == [early, late]
