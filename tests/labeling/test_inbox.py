"""The inbox: every string that no category is known by, once; mapped, made a category or ignored, for good and to be taken back."""

import pytest

from labeling.models import CategoryChange, IncomingIssue, IssueAlias, IssueCategory, LabelIssue, SessionIssue
from labeling.operations.derived import repair_derived
from labeling.operations.inbox import map_issue, unmap_issue
from labeling.operations.label_rows import IssueGiven, LabelGiven
from labeling.operations.labels import record_labels, submit_label
from labeling.operations.session_issues import follow_change
from labeling.queries.inbox import get_lines
from sessions_app.scope import Scope
from tests.factories import AgentFactory, IncomingIssueFactory, IssueCategoryFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db


def labeled(*issues, session=None):
    session = session or SessionFactory()
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="one-key", issues=[IssueGiven(one) for one in issues])
    return session


def follow_all():
    for change in CategoryChange.objects.filter(state="running").order_by("pk"):
        follow_change(change_pk=change.pk)


def issues_of(session):
    return set(SessionIssue.objects.filter(session=session).values_list("category__name", flat=True))


def test_a_string_waits_once_however_often_and_in_whatever_case_it_comes():
    IssueCategoryFactory(name="Known")
    rater = RaterFactory()

    for text in ("Wierd", "wierd", "Known", "known "):
        labeled(text)
    given = [LabelGiven(SessionFactory().pk, rater, "BAD", f"key-{n}", issues=(IssueGiven("WIERD"), IssueGiven("Odd"))) for n in range(3)]
    record_labels(labels=given)

    assert sorted(IncomingIssue.objects.values_list("text", flat=True)) == ["Odd", "Wierd"]


def test_the_inbox_shows_how_many_where_and_what_it_probably_means(as_person, admin):
    IssueCategoryFactory(name="Silent treatment")
    sessions = [labeled("Silent treatmnt") for _ in range(4)]

    page = as_person(admin).get("/admin/issues/inbox/").content.decode()

    assert "Silent treatmnt" in page
    assert ">4</td>" in page
    assert page.count('href="/sessions/') == 3
    assert f'href="/sessions/{sessions[-1].pk}/"' in page
    assert "Map “Silent treatmnt” to Silent treatment" in page


def test_examples_are_within_what_the_viewer_may_see(agent):
    seen = labeled("Odd", session=SessionFactory(seen_agent=agent))
    for _ in range(4):
        labeled("Odd", session=SessionFactory(seen_agent=AgentFactory()))

    line = get_lines([IncomingIssue.objects.get()], scope=Scope(agents=frozenset({agent.pk})))[0]

    assert line.examples == (seen.pk,)


def test_mapping_holds_for_labels_that_exist_and_those_to_come_in_every_spelling(as_person, admin):
    category = IssueCategoryFactory(name="Slow")
    sessions = [labeled("Too  slow"), labeled("too slow")]
    incoming = IncomingIssue.objects.order_by("pk").first()
    client = as_person(admin)

    for _ in range(2):
        answer = client.post(f"/admin/issues/inbox/{incoming.pk}/", {"category": category.pk})
        assert answer.status_code == 303
    follow_all()

    assert [issues_of(session) for session in [*sessions, labeled("TOO SLOW")]] == [{"Slow"}] * 3
    assert IssueAlias.objects.get().text == "Too slow"
    assert CategoryChange.objects.count() == 1
    assert b"Nothing waits" in client.get("/admin/issues/inbox/").content
    assert set(LabelIssue.objects.filter(session__in=sessions).values_list("raw", "category")) == {("Too  slow", None), ("too slow", None)}
    assert repair_derived() == 0


def test_a_mapping_is_taken_back_and_given_another_meaning(as_person, admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    session = labeled("Tardy")
    incoming = IncomingIssue.objects.get()
    client = as_person(admin)
    client.post(f"/admin/issues/inbox/{incoming.pk}/", {"category": slow.pk})
    follow_all()
    given_since = labeled("Tardy")
    assert b"Take back" in client.get("/admin/issues/inbox/?show=mapped").content

    client.post(f"/admin/issues/inbox/{incoming.pk}/", {"category": late.pk})
    follow_all()
    assert issues_of(session) == issues_of(given_since) == {"Late"}

    client.post(f"/admin/issues/inbox/{incoming.pk}/return/")
    follow_all()
    assert issues_of(session) == issues_of(given_since) == set()
    assert b"Tardy" in client.get("/admin/issues/inbox/").content
    assert repair_derived() == 0
    assert list(CategoryChange.objects.order_by("pk").values_list("kind", flat=True)) == ["map", "map", "unmap"]


def test_a_category_is_made_out_of_a_string(as_person, admin):
    session = labeled("hold music loop")
    incoming = IncomingIssue.objects.get()

    answer = as_person(admin).post(f"/admin/issues/inbox/{incoming.pk}/category/", {"name": "Hold music", "group": "Audio", "severity": "major"})
    follow_all()

    made = IssueCategory.objects.get()
    assert answer.status_code == 303
    assert (made.name, made.group, made.severity) == ("Hold music", "Audio", "major")
    assert issues_of(session) == {"Hold music"}
    assert repair_derived() == 0


def test_ignoring_takes_a_string_out_and_can_be_taken_back(as_person, admin):
    labeled("noise")
    incoming = IncomingIssue.objects.get()
    client = as_person(admin)

    for _ in range(2):
        client.post(f"/admin/issues/inbox/{incoming.pk}/ignore/")
    assert CategoryChange.objects.filter(kind="ignore").count() == 1
    assert b"noise" not in client.get("/admin/issues/inbox/").content
    assert b"noise" in client.get("/admin/issues/inbox/?show=ignored").content

    for _ in range(2):
        client.post(f"/admin/issues/inbox/{incoming.pk}/return/")
    assert b"noise" in client.get("/admin/issues/inbox/").content
    assert list(CategoryChange.objects.order_by("pk").values_list("kind", "text", "changed_by")) == [
        ("ignore", "noise", admin.pk),
        ("return", "noise", admin.pk),
    ]


@pytest.mark.parametrize("sent", [{}, {"category": ""}, {"category": "x"}, {"category": str(2**70)}, {"category": "retired"}, {"category": "merged"}])
def test_a_meaning_that_cannot_be_is_refused_beside_the_field(as_person, admin, sent):
    incoming = IncomingIssueFactory(text="Odd")
    target = IssueCategoryFactory()
    of = {"retired": IssueCategoryFactory(retired_at="2026-01-01T00:00Z").pk, "merged": IssueCategoryFactory(merged_into=target).pk}
    if sent.get("category") in of:
        sent = {"category": of[sent["category"]]}

    answer = as_person(admin).post(f"/admin/issues/inbox/{incoming.pk}/", sent)

    assert answer.status_code == 422
    assert not IssueAlias.objects.exists()


@pytest.mark.parametrize("text", ["   ", "\u00a0", "a\x1cb", "<b>bold</b>", "=1+1", "x" * 500, "ß straße"])
def test_any_string_can_be_shown_mapped_and_taken_back(as_person, admin, text):
    category = IssueCategoryFactory(name="Slow")
    session = labeled(text)
    incoming = IncomingIssue.objects.get()
    client = as_person(admin)

    assert client.get("/admin/issues/inbox/").status_code == client.get(f"/admin/issues/inbox/{incoming.pk}/").status_code == 200
    answer = client.post(f"/admin/issues/inbox/{incoming.pk}/", {"category": category.pk})
    follow_all()

    if text.strip(" \u00a0"):
        assert (answer.status_code, issues_of(session)) == (303, {"Slow"})
        assert client.get("/admin/issues/inbox/?show=mapped").status_code == 200
        client.post(f"/admin/issues/inbox/{incoming.pk}/return/")
        follow_all()
    else:
        assert answer.status_code == 422
    assert issues_of(session) == set()
    assert repair_derived() == 0


@pytest.mark.parametrize("query", ["show=all", "after=x", "after=-1", f"after={10**30}", "show=%00"])
def test_no_address_of_the_inbox_is_an_error(as_person, admin, query):
    assert as_person(admin).get(f"/admin/issues/inbox/?{query}").status_code == 404


@pytest.mark.parametrize("path", ["", "1/", "1/category/", "1/ignore/", "1/return/"])
def test_only_admins_reach_the_inbox(as_person, manager, path):
    client = as_person(manager)

    assert client.post(f"/admin/issues/inbox/{path}").status_code in (403, 405)
    assert client.get(f"/admin/issues/inbox/{path}").status_code in (403, 405)


def test_a_thousand_strings_are_paged_and_cost_what_a_few_cost(as_person, admin, django_assert_max_num_queries):
    IssueCategoryFactory.create_batch(20)
    IncomingIssue.objects.bulk_create([IncomingIssue(text=f"String {n}") for n in range(1_000)])
    client = as_person(admin)

    with django_assert_max_num_queries(16):
        first = client.get("/admin/issues/inbox/")

    assert first.content.count(b'<th scope="row" class="said"><a') == 50
    assert b"Waiting (999+)" in first.content
    seen, address = set(), "/admin/issues/inbox/"
    while address:
        page = client.get(address).context["page"]
        seen |= {line.incoming.pk for line in page.lines}
        address = f"/admin/issues/inbox/?show=waiting&after={page.after}" if page.after else ""
    assert len(seen) == 1_000


def test_labels_of_a_time_when_a_string_was_mapped_follow_its_next_meaning(admin):
    slow, late = IssueCategoryFactory(name="Slow"), IssueCategoryFactory(name="Late")
    incoming = IncomingIssueFactory(text="too slow")
    map_issue(incoming=incoming, category=slow, by=admin)
    session = labeled("Too  slow")
    unmap_issue(incoming=incoming, by=admin)
    follow_all()

    map_issue(incoming=incoming, category=late, by=admin)
    follow_all()

    assert issues_of(session) == {"Late"}
    assert repair_derived() == 0
