"""Settling: the list of disagreements, one of them side by side, and the label that decides it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labeling.models import Dispute, DisputeParty, Event, Exposure, Label
from labeling.models.event import EventKind
from labeling.operations.label_rows import EvidenceGiven, IssueGiven
from labeling.operations.labels import KeyReused, submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.settlements import ChangedSince, Decision, NothingToSettle, issues_of, settle
from labeling.queries.disputes import mark_of, waits_words
from labeling.queries.scopes import get_scope
from labeling.queries.waiting import get_waiting
from labeling.roles import Role
from tests.factories import AgentFactory, AssignmentFactory, IssueCategoryFactory, QueueFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.labeling.test_races import together

pytestmark = pytest.mark.django_db
KEY = "settling-key-1"


@pytest.fixture
def amara(db):
    return UserFactory(name="Amara Osei")


@pytest.fixture
def ben(db):
    return UserFactory(name="Ben Ito")


@pytest.fixture
def session(agent):
    return TranscriptFactory(session__seen_agent=agent).session


@pytest.fixture
def disputed(session, amara, ben):
    judge(amara, session, "GOOD", comment="It went well.")
    uid = session.transcript.turns[0]["uid"]
    cited = EvidenceGiven("turn", uid, session.transcript.revision, 1000)
    judge(ben, session, "BAD", comment="Call 202 555 0142.", issues=[IssueGiven("Wrong answer", evidence=(cited,))])
    session.refresh_from_db()
    return session


def judge(person, session, code, key=None, **more):
    return submit_label(session_id=session.pk, rater=rater_of(user=person), code=code, client_key=key or f"{person.pk}-{code}", **more).label


def settled_for(person):
    return [party.session.pk for party in get_waiting(person, scope=get_scope(person)).parties if party.is_settled]


def decide(session, by, code="BAD", key=KEY, mark=None, reason="The date was wrong.", **more):
    session.refresh_from_db()
    decision = Decision(code=code, reason=reason, **more)
    return settle(session_id=session.pk, by=by, decision=decision, client_key=key, mark=mark_of(session) if mark is None else mark)


def post(client, session, **changes):
    data = {"choice": "BAD", "reason": "The date was wrong.", "client_key": KEY, "mark": mark_of(session)}
    return client.post(f"/disagreements/{session.pk}/", {name: value for name, value in (data | changes).items() if value is not None})


# --- the operation


def test_settling_decides_the_session_and_says_why_and_by_whom(disputed, manager):
    label = decide(disputed, manager).label

    disputed.refresh_from_db()
    assert (disputed.label_code, disputed.label_is_settled, disputed.session_label_id) == ("BAD", True, label.pk)
    assert (label.is_settlement, label.independent, label.reason, label.rater.user) == (True, False, "The date was wrong.", manager)
    event = Event.objects.get(kind=EventKind.SETTLED)
    assert (event.user, event.session, event.subject, event.before, event.after) == (manager.pk, disputed.pk, label.pk, "DISPUTED", "BAD")


def test_a_code_that_was_given_brings_its_issues_and_where_they_point(disputed, manager):
    category = IssueCategoryFactory(name="Wrong answer")

    label = decide(disputed, manager).label

    [issue] = label.issues.all()
    [cited] = issue.evidence.all()
    assert (issue.raw, issue.category, cited.from_ms, label.comment) == ("Wrong answer", category, 1000, "")
    assert [row.category for row in disputed.issues.all()] == [category]


def test_the_other_code_brings_none(disputed, manager):
    assert not decide(disputed, manager, code="GOOD").label.issues.exists()


def test_issues_that_several_named_come_once_with_all_they_point_at(session, amara, ben):
    for person, at in ((amara, 1000), (ben, 2000)):
        judge(person, session, "BAD", issues=[IssueGiven("Wrong answer", evidence=(EvidenceGiven("moment", "", 1, at),)), IssueGiven(f"Only {person.name}")])

    found = issues_of(session=session, code="BAD")

    assert [(one.raw, [cited.from_ms for cited in one.evidence]) for one in found] == [
        ("Wrong answer", [1000, 2000]),
        ("Only Amara Osei", []),
        ("Only Ben Ito", []),
    ]


def test_a_third_label_has_its_own_issues_and_comment(disputed, manager):
    label = decide(disputed, manager, code="OK", is_third=True, issues=("Slow reply",), comment="Late, but right.").label

    disputed.refresh_from_db()
    assert (disputed.label_code, label.comment, [issue.raw for issue in label.issues.all()]) == ("OK", "Late, but right.", ["Slow reply"])


def test_the_same_key_again_is_one_settlement(disputed, manager):
    first, again = decide(disputed, manager), decide(disputed, manager)

    assert (again.label, again.is_new) == (first.label, False)
    assert Label.objects.filter(is_settlement=True).count() == Event.objects.filter(kind=EventKind.SETTLED).count() == 1


def test_the_same_key_for_something_else_is_refused(disputed, manager):
    decide(disputed, manager)

    with pytest.raises(KeyReused):
        decide(disputed, manager, code="GOOD")


def test_what_changed_since_the_page_was_shown_is_not_settled(disputed, manager, amara, ben, admin):
    shown = mark_of(disputed)
    judge(amara, disputed, "OK")
    with pytest.raises(ChangedSince):
        decide(disputed, manager, mark=shown)

    shown = mark_of(disputed)
    decide(disputed, admin)
    with pytest.raises(ChangedSince):
        decide(disputed, manager, mark=shown)

    shown = mark_of(disputed)
    withdraw_label(label=Label.objects.get(rater__user=ben, current__isnull=False), by=ben)
    with pytest.raises(ChangedSince):
        decide(disputed, manager, mark=shown)


def test_where_nobody_disagrees_there_is_nothing_to_settle(session, amara, manager):
    judge(amara, session, "GOOD")

    with pytest.raises(NothingToSettle):
        decide(session, manager, code="GOOD")


@pytest.mark.django_db(transaction=True)
def test_of_ten_managers_at_once_one_settles(disputed):
    managers = [UserFactory(role=Role.MANAGER) for _ in range(10)]
    for one in managers:
        rater_of(user=one)
    shown = mark_of(disputed)

    def work(n):
        try:
            return settle(session_id=disputed.pk, by=managers[n], decision=Decision("BAD", "Said so."), client_key=f"{KEY}-{n}", mark=shown).is_new
        except ChangedSince:
            return False

    assert sum(together(10, work)) == 1
    assert Label.objects.filter(is_settlement=True).count() == 1


def test_settling_anew_tells_everybody_again_and_who_labeled_since(disputed, manager, amara, ben, admin):
    decide(disputed, manager)
    DisputeParty.objects.update(seen_at=Dispute.objects.get().opened_at)
    third = UserFactory()
    judge(third, disputed, "OK")

    label = decide(disputed, admin, code="OK", key="another-key", is_third=True).label

    assert Dispute.objects.get().settlement == label.pk
    for person in (amara, ben, third):
        assert settled_for(person) == [disputed.pk]


# --- the page


def test_the_page_shows_the_labels_side_by_side_with_what_they_point_at(as_person, disputed, manager):
    page = as_person(manager).get(f"/disagreements/{disputed.pk}/").content.decode()

    assert "Amara Osei" in page
    assert "Ben Ito" in page
    assert "It went well." in page
    assert "Wrong answer" in page
    assert 'class="pill" href="#turn-' in page
    assert "as Amara Osei said" in page
    assert "202 555 0142" not in page


def test_reading_it_is_an_event_and_an_exposure(as_person, disputed, manager):
    as_person(manager).get(f"/disagreements/{disputed.pk}/")

    assert Event.objects.filter(kind=EventKind.TRANSCRIPT_READ, user=manager.pk, session=disputed.pk).count() == 1
    assert set(Exposure.objects.filter(user=manager).values_list("judgment", flat=True)) >= {"others"}


def test_settling_goes_on_with_the_next_oldest(as_person, agent, disputed, manager, amara, ben):
    another = SessionFactory(seen_agent=agent)
    judge(amara, another, "GOOD", key="a")
    judge(ben, another, "BAD", key="b")
    client = as_person(manager)

    answer = post(client, disputed)
    last = post(client, another, client_key="another-key")

    assert (answer.status_code, answer["Location"]) == (303, f"/disagreements/{another.pk}/")
    assert (last.status_code, last["Location"]) == (303, "/disagreements/")
    assert b"Settled as BAD" in client.get("/disagreements/").content


def test_both_people_see_on_the_session_who_settled_it_and_why(as_person, disputed, manager, amara, ben):
    decide(disputed, manager, reason="The date was wrong.")

    for person in (amara, ben):
        assert settled_for(person) == [disputed.pk]
        page = as_person(person).get(f"/sessions/{disputed.pk}/").content.decode()
        assert f"{manager} settled this session." in page
        assert "The date was wrong." in page
        assert settled_for(person) == []


def test_a_third_label_is_asked_for_its_code_and_bad_for_an_issue(as_person, disputed, manager):
    client = as_person(manager)

    without = post(client, disputed, choice="third")
    bare = post(client, disputed, choice="third", code="BAD")
    unknown = post(client, disputed, choice="third", code="BAD", issues="Not one of ours")
    good = post(client, disputed, choice="third", code="OK", comments="Late.")

    assert [answer.status_code for answer in (without, bare, unknown, good)] == [422, 422, 422, 303]
    assert b"Choose GOOD, OK, BAD or N/A for the third label." in without.content
    assert b"BAD needs an issue or a comment" in bare.content


@pytest.mark.parametrize(
    "changes",
    [
        {"choice": ""},
        {"choice": "OK"},
        {"choice": "nonsense" * 99},
        {"reason": ""},
        {"reason": "   "},
        {"reason": "x" * 501},
        {"reason": "nul\0"},
        {"client_key": ""},
        {"client_key": "x" * 101},
        {"guide_version": "x"},
        {"choice": "third", "code": "FINE"},
        {"choice": "third", "code": "OK", "comments": "x" * 10_001},
        {"choice": "third", "code": "OK", "issues": "nul\0"},
        {"mark": "1" * 10_001},
    ],
)
def test_bad_input_is_refused_with_a_sentence_and_settles_nothing(as_person, disputed, manager, changes):
    answer = post(as_person(manager), disputed, **changes)

    assert answer.status_code == 422
    assert b"Not settled." in answer.content
    assert not Label.objects.filter(is_settlement=True).exists()


def test_a_conflict_shows_what_stands_now_and_keeps_what_was_chosen(as_person, disputed, manager, admin):
    shown = mark_of(disputed)
    decide(disputed, admin, code="GOOD", key="first-key", reason="Nothing went wrong.")
    client = as_person(manager)

    answer = post(client, disputed, mark=shown)
    page = answer.content.decode()

    assert answer.status_code == 409
    assert f"{admin} settled it meanwhile." in page
    assert "Nothing went wrong." in page
    assert 'value="The date was wrong."' in page
    assert Label.objects.filter(is_settlement=True).count() == 1

    disputed.refresh_from_db()
    again = post(client, disputed, client_key=str(answer.context["form"]["client_key"].value()))
    assert again.status_code == 303
    disputed.refresh_from_db()
    assert disputed.label_code == "BAD"


def test_where_nobody_disagrees_the_page_says_so_and_has_no_form(as_person, session, amara, manager):
    judge(amara, session, "GOOD")
    client = as_person(manager)

    page = client.get(f"/disagreements/{session.pk}/").content.decode()
    answer = post(client, session, choice="GOOD")

    assert "Nobody disagrees about this session." in page
    assert 'id="settlement-form"' not in page
    assert answer.status_code == 409


def test_a_manager_who_is_a_party_is_told_so_and_may_settle(as_person, session, amara, manager):
    judge(amara, session, "GOOD")
    judge(manager, session, "BAD", comment="Wrong.")
    client = as_person(manager)

    assert b"One of these labels is yours." in client.get(f"/disagreements/{session.pk}/").content
    assert post(client, session).status_code == 303


def test_the_gate_asks_a_manager_to_label_or_reveal_first_and_does_not_say_whether_anybody_disagrees(as_person, disputed, agent, manager):
    agreed = SessionFactory(seen_agent=agent)
    queue = QueueFactory(open_to="everybody")
    for one in (disputed, agreed):
        AssignmentFactory(queue=queue, session=one)
    client = as_person(manager)

    pages = [client.get(f"/disagreements/{one.pk}/") for one in (disputed, agreed)]
    answer = post(client, disputed)

    assert [page.status_code for page in pages] == [200, 200]
    assert pages[0].content.replace(str(disputed.pk).encode(), b"").count(b"hidden from you") == 1
    assert b"Amara" not in pages[0].content
    assert answer.status_code == 403
    assert client.get("/disagreements/").content.count(b"rowlink") == 0
    assert not Label.objects.filter(is_settlement=True).exists()


def test_a_manager_who_may_not_read_transcripts_sees_the_labels_and_may_not_settle(as_person, disputed):
    deaf = UserFactory(role=Role.MANAGER, may_read_transcripts=False)

    page = as_person(deaf).get(f"/disagreements/{disputed.pk}/").content.decode()
    answer = post(as_person(deaf), disputed)

    assert "Your account does not cover reading transcripts" in page
    assert 'id="settlement-form"' not in page
    assert (answer.status_code, Label.objects.filter(is_settlement=True).exists()) == (403, False)
    assert 'class="pill" href="#turn-' not in page


def test_a_session_outside_the_scope_is_not_found_and_a_reviewer_is_refused(as_person, disputed, reviewer):
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[AgentFactory()])

    assert as_person(narrow).get(f"/disagreements/{disputed.pk}/").status_code == 404
    assert post(as_person(narrow), disputed).status_code == 404
    assert as_person(narrow).get("/disagreements/").content.count(b"rowlink") == 0
    assert as_person(reviewer).get("/disagreements/").status_code == 403
    assert post(as_person(reviewer), disputed).status_code == 403


# --- the list


def test_the_list_has_the_oldest_first_with_every_code(as_person, disputed, agent, manager, amara, ben):
    older = SessionFactory(seen_agent=agent)
    judge(amara, older, "OK", key="a")
    judge(ben, older, "BAD", key="b")
    first = Dispute.objects.get(session=older)
    Dispute.objects.filter(pk=first.pk).update(opened_at=first.opened_at - timedelta(days=3))

    page = as_person(manager).get("/disagreements/").content.decode()

    assert page.index(f"/disagreements/{older.pk}/") < page.index(f"/disagreements/{disputed.pk}/")
    assert "3 days" in page
    assert page.count("Amara Osei") == 2
    assert set(Exposure.objects.filter(user=manager, judgment="others").values_list("session", flat=True)) == {older.pk, disputed.pk}


def test_pages_go_on_by_key_and_cost_the_same(as_person, agent, manager, amara, ben, monkeypatch):
    monkeypatch.setattr("labeling.queries.disputes.PAGE_SIZE", 2)
    made = [SessionFactory(seen_agent=agent) for _ in range(5)]
    for n, one in enumerate(made):
        judge(amara, one, "GOOD", key=f"a{n}")
        judge(ben, one, "BAD", key=f"b{n}")
    client = as_person(manager)
    client.get("/disagreements/")

    seen, address, costs = [], "/disagreements/", []
    while address:
        with CaptureQueriesContext(connection) as asked:
            answer = client.get(address)
        page = answer.context["page"]
        seen += [line.session.pk for line in page.lines]
        costs.append(len(asked))
        address = f"/disagreements/?after={page.after}" if page.after else ""

    assert seen == [one.pk for one in made]
    assert len(set(costs)) == 1


@pytest.mark.parametrize("after", ["x", "1_x", "-1_1", "1_9223372036854775808", "9" * 30 + "_1", "1", "9" * 60, "²_1"])
def test_an_address_that_we_did_not_write_is_the_first_page(as_person, manager, after):
    answer = as_person(manager).get("/disagreements/", {"after": after})

    assert (answer.status_code, answer["Location"]) == (302, "/disagreements/")


def test_how_long_it_waits_is_in_hours_and_then_in_days():
    assert [waits_words(timedelta(hours=n)) for n in (0, 1, 47, 48, 100)] == ["less than an hour", "1 hour", "47 hours", "2 days", "4 days"]
