"""Incidents: raised once, told to whom an admin named, without a word of the session, and open until acknowledged."""

import pytest
from django.core import mail
from django.test import Client
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.masking import Unmasked
from labeling.models import Event, Exposure, Incident, User
from labeling.operations.incidents import AlreadyAcknowledged, KeyOfAnother, MailServerAway, acknowledge_incident, raise_incident, write_to_taker
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.colleagues import covering, get_incident_takers
from labeling.queries.scopes import get_scope
from labeling.queries.waiting import count_waiting, get_session_incidents, get_waiting, tells_what_others_think
from labeling.roles import Role
from labeling.views.incidents import told_words
from sessions_app.scope import EVERYTHING
from tests.factories import AgentFactory, IncidentFactory, IssueCategoryFactory, SessionFactory, UserFactory
from tests.labeling.test_races import together

pytestmark = pytest.mark.django_db

BASE = "https://desk.example.com/"
LINE = "Maria Lopez, +1 202 555 0142, was given another person's prescription."
HTMX = {"HX-Request": "true"}
NOBODY = "Nobody is named to take incidents, so admins will find it on their page."
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7|add:7 }} {% csrf_token %}",
    "'; DROP TABLE labeling_incident; --",
    "a\r\nBcc: x@example.com",
    "\u202etxt.exe",
    "日本語の表示",
    "👩‍🚀" * 7,
    "x" * 300,
]


@pytest.fixture
def session(agent):
    return SessionFactory(seen_agent=agent)


@pytest.fixture
def dana(db):
    return UserFactory(name="Dana Reyes", email="dana@example.com", role=Role.MANAGER, takes_incidents=True, time_zone="Europe/Vienna")


def sent(**changes):
    return {"line": LINE, "client_key": "incident-key-1", **changes}


def post(client, session, headers=None, **changes):
    return client.post(f"/sessions/{session.pk}/incidents/", sent(**changes), headers=headers)


def told_jobs():
    return [(job.task_name, job.args) for job in ProcrastinateJob.objects.order_by("pk")]


def raised(session, by, **changes):
    return raise_incident(**{"session": session, "by": by, "line": LINE, "client_key": "incident-key-1", "base": BASE, **changes})


# --- raising


def test_an_incident_is_raised_at_a_turn_and_told_to_each_who_was_named(reviewer, session, dana):
    mei = UserFactory(name="Mei", takes_incidents=True)
    UserFactory(takes_incidents=True, is_active=False)

    incident = raised(session, reviewer, target_uid="t2", at_ms=4_000)

    assert (incident.line, incident.target_uid, incident.at_ms, incident.raised_by) == (LINE, "t2", 4_000, reviewer)
    assert told_jobs() == [("labeling.tasks.mail_incident", {"incident": incident.pk, "person": person.pk, "base": BASE}) for person in (dana, mei)]
    assert app.tasks["labeling.tasks.mail_incident"] is tasks.mail_incident
    event = Event.objects.get()
    assert (event.kind, event.user, event.session, event.subject) == ("incident_raised", reviewer.pk, session.pk, incident.pk)


def test_the_same_key_again_tells_nobody_twice(reviewer, session, dana):
    assert raised(session, reviewer) == raised(session, reviewer)
    assert (Incident.objects.count(), len(told_jobs()), Event.objects.count()) == (1, 1, 1)


def test_the_same_key_with_another_line_is_not_taken_for_the_first(reviewer, session):
    first = raised(session, reviewer)

    with pytest.raises(KeyOfAnother) as earlier:
        raised(session, reviewer, line="Something else.")

    assert earlier.value.incident == first


def test_a_key_is_of_one_person_and_session(reviewer, manager, session):
    assert len({raised(session, reviewer).pk, raised(session, manager).pk, raised(SessionFactory(), reviewer).pk}) == 3


@pytest.mark.django_db(transaction=True)
def test_twenty_equal_raises_are_one_incident(reviewer, session, dana):
    incidents = together(20, lambda n: raised(session, reviewer).pk)

    assert len(set(incidents)) == 1
    assert (Incident.objects.count(), len(told_jobs()), Event.objects.count()) == (1, 1, 1)


def test_who_is_told_is_named_active_and_may_see_the_session(agent, other_agent, session, reviewer):
    near = UserFactory(takes_incidents=True, all_agents=False, agents=[agent], name="A")
    UserFactory(takes_incidents=True, all_agents=False, agents=[other_agent])
    UserFactory(takes_incidents=False)
    reviewer.takes_incidents = True
    reviewer.save(update_fields=["takes_incidents"])

    assert get_incident_takers(session, raised_by=reviewer) == [near]


def test_who_covers_an_agent_is_what_each_persons_scope_says(agent, other_agent):
    for role in Role:
        for fields in ({"all_agents": True}, {"all_agents": False}, {"agents": [agent]}, {"agents": [other_agent]}, {"is_active": False}):
            UserFactory(**{"role": role, "all_agents": False, **fields})

    for one in (agent, other_agent, AgentFactory()):
        assert set(covering(one.pk)) == {person for person in User.objects.all() if get_scope(person).covers(one.pk)}


@pytest.mark.parametrize(
    ("names", "before", "after"),
    [
        ([], NOBODY, NOBODY),
        (["Dana Reyes"], "Dana Reyes will be told now.", "Dana Reyes was told."),
        (["Dana Reyes", "Mei"], "Dana Reyes and 1 other will be told now.", "Dana Reyes and 1 other were told."),
        (["Dana Reyes", "Mei", "Jo"], "Dana Reyes and 2 others will be told now.", "Dana Reyes and 2 others were told."),
    ],
)
def test_the_form_says_who_will_be_told_and_then_who_was(names, before, after):
    takers = [UserFactory.build(name=name) for name in names]

    assert (told_words(takers), told_words(takers, is_over=True)) == (before, after)


# --- the page


def test_the_form_is_a_page_without_script_and_leads_back_to_the_session(as_person, reviewer, session, dana):
    client = as_person(reviewer)

    page = client.get(f"/sessions/{session.pk}/incidents/")
    answer = post(client, session)

    assert b"Dana Reyes will be told now." in page.content
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{session.pk}/")
    assert Incident.objects.get().line == LINE


def test_the_fragment_is_a_fresh_form_with_a_toast_and_closes_the_sheet(as_person, reviewer, session, dana):
    answer = post(as_person(reviewer), session, headers=HTMX)

    page = answer.content.decode()
    assert (answer.status_code, "sheet-done" in answer["HX-Trigger"]) == (200, True)
    assert page.lstrip().startswith('<form class="fields" id="incident-form"')
    assert 'id="toasts" hx-swap-oob' in page
    assert 'id="announce" hx-swap-oob' in page
    assert "Dana Reyes was told." in page
    assert "incident-key-1" not in page
    assert "Lopez" not in page


def test_a_second_press_of_the_same_form_is_one_incident(as_person, reviewer, session):
    client = as_person(reviewer)

    statuses = [post(client, session).status_code for _ in range(2)]

    assert (statuses, Incident.objects.count()) == ([303, 303], 1)


def test_an_answer_that_was_lost_and_a_changed_line_ask_again_with_a_new_key(as_person, reviewer, session):
    client = as_person(reviewer)
    post(client, session)

    answer = post(client, session, headers=HTMX, line="And the wrong dose.")

    assert answer.status_code == 409
    assert b"An earlier try was saved." in answer.content
    assert b"And the wrong dose." in answer.content
    assert b"incident-key-1" not in answer.content


@pytest.mark.parametrize(
    "wrong",
    [
        {"line": ""},
        {"line": "   \n\t "},
        {"line": "x" * 301},
        {"line": "a\0b"},
        {"client_key": ""},
        {"client_key": "short"},
        {"client_key": "k" * 101},
        {"client_key": "key-with-\0"},
    ],
)
@pytest.mark.parametrize("headers", [None, HTMX], ids=["page", "fragment"])
def test_what_says_nothing_is_refused_in_words(as_person, reviewer, session, wrong, headers):
    answer = post(as_person(reviewer), session, headers=headers, **wrong)

    assert answer.status_code == 422
    assert b"Nobody was told yet." in answer.content
    assert not Incident.objects.exists()


@pytest.mark.parametrize(
    "beside",
    [
        {"at_ms": "soon"},
        {"at_ms": 10**30},
        {"target_uid": "u" * 201, "at_ms": 5},
        {"target_uid": "\0", "at_ms": 5},
        {"category": "no such"},
        {"category": "\0"},
        {"category": "Minor one"},
        {"category": "Chat only"},
        {"target_uid": "t2"},
    ],
)
def test_a_place_or_category_that_cannot_be_read_does_not_hold_an_incident_up(as_person, reviewer, session, beside):
    IssueCategoryFactory(name="Minor one", severity="minor")
    IssueCategoryFactory(name="Chat only", severity="critical", channels=["chat"])

    assert post(as_person(reviewer), session, **beside).status_code == 303

    incident = Incident.objects.get()
    assert (incident.target_uid, incident.category) == ("", None)


def test_the_turn_and_the_critical_category_are_kept(as_person, reviewer, session):
    category = IssueCategoryFactory(name="Privacy", severity="critical")

    post(as_person(reviewer), session, target_uid="t2", at_ms="72000", category="Privacy")

    incident = Incident.objects.get()
    assert (incident.target_uid, incident.at_ms, incident.category) == ("t2", 72_000, category)


@pytest.mark.parametrize("line", HOSTILE)
def test_any_words_are_kept_on_one_line_and_shown_as_words(as_person, reviewer, admin, session, line):
    post(as_person(reviewer), session, line=line)

    kept = Incident.objects.get().line
    page = as_person(admin).get("/review/").content.decode()
    assert kept == " ".join(line.split())
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "14 " not in kept


def test_a_session_out_of_reach_is_not_there(as_person, narrow_reviewer, other_agent):
    hidden = SessionFactory(seen_agent=other_agent)

    assert post(as_person(narrow_reviewer), hidden).status_code == 404
    assert as_person(narrow_reviewer).get(f"/sessions/{hidden.pk}/incidents/").status_code == 404
    assert not Incident.objects.exists()


@pytest.mark.parametrize("pk", [0, 2**63, 10**40])
def test_no_such_session_or_incident(as_person, admin, pk):
    client = as_person(admin)

    assert client.post(f"/sessions/{pk}/incidents/", sent()).status_code == 404
    assert client.post(f"/incidents/{pk}/acknowledgment/", {"note": "Done."}).status_code == 404


def test_without_the_token_of_the_page_nothing_is_raised(reviewer, session):
    client = Client(enforce_csrf_checks=True)
    client.force_login(reviewer)

    assert post(client, session).status_code == 403
    assert client.post(f"/incidents/{IncidentFactory().pk}/acknowledgment/", {"note": "x"}).status_code == 403
    assert Incident.objects.filter(acknowledged_at=None).count() == 1


def test_a_get_writes_nothing(as_person, admin, session):
    incident = IncidentFactory(session=session)
    client = as_person(admin)

    client.get(f"/sessions/{session.pk}/incidents/", sent())
    client.get(f"/incidents/{incident.pk}/acknowledgment/", {"note": "Done."})

    assert Incident.objects.get().acknowledged_at is None


# --- mail


def test_the_mail_links_to_the_session_and_says_nothing_of_it(reviewer, session, dana):
    incident = raised(session, reviewer, at_ms=72_000, target_uid="t2")

    assert tasks.mail_incident(incident=incident.pk, person=dana.pk, base=BASE)

    message = mail.outbox[0]
    whole = f"{message.subject}\n{message.body}"
    assert (message.to, message.subject) == (["dana@example.com"], "Review Desk: an incident waits for you")
    assert f"{BASE}sessions/{session.pk}/" in message.body
    assert "Amara Osei raised an incident on" in message.body
    assert "CE" in message.body
    for word in ("Lopez", "555", "prescription", "1:12", "72", "t2", session.agent_name, session.source, session.external_id):
        assert word not in whole.replace(BASE, "").replace(f"sessions/{session.pk}/", "")


def test_a_name_that_looks_like_a_header_stays_in_the_body(session, dana):
    incident = raised(session, UserFactory(name="Eve\r\nBcc: x@example.com"))

    write_to_taker(incident_pk=incident.pk, person_pk=dana.pk, base=BASE)

    assert mail.outbox[0].recipients() == ["dana@example.com"]


def test_nobody_is_written_to_once_it_is_acknowledged_or_when_they_are_not_named_any_more(reviewer, session, dana, manager):
    incident = raised(session, reviewer)

    assert not write_to_taker(incident_pk=incident.pk, person_pk=manager.pk, base=BASE)
    acknowledge_incident(incident=incident, by=dana, note="Called back.")
    assert not write_to_taker(incident_pk=incident.pk, person_pk=dana.pk, base=BASE)
    assert not write_to_taker(incident_pk=10**9, person_pk=dana.pk, base=BASE)
    assert mail.outbox == []


def test_a_mail_server_that_is_away_is_tried_again_and_no_address_is_logged(reviewer, session, dana, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_TIMEOUT = "127.0.0.1", 1, 1
    incident = raised(session, reviewer)

    with pytest.raises(MailServerAway) as problem:
        write_to_taker(incident_pk=incident.pk, person_pk=dana.pk, base=BASE)

    assert problem.value.__suppress_context__
    assert tasks.mail_incident.retry_strategy.max_attempts > 5


# --- waiting for somebody


def waits_for(person):
    return count_waiting(person, scope=get_scope(person)), [one.incident.pk for one in get_waiting(person, scope=get_scope(person)).incidents]


def test_it_waits_for_those_named_and_for_nobody_else(reviewer, manager, admin, session, dana):
    incident = raised(session, reviewer)

    assert waits_for(dana) == (1, [incident.pk])
    assert waits_for(reviewer) == waits_for(manager) == waits_for(admin) == (0, [])


def test_where_nobody_is_named_it_waits_for_the_admins(reviewer, manager, admin, session, other_agent):
    UserFactory(takes_incidents=True, all_agents=False, agents=[other_agent])
    UserFactory(takes_incidents=True, is_active=False)
    incident = raised(session, reviewer)

    assert waits_for(admin) == (1, [incident.pk])
    assert waits_for(manager) == waits_for(reviewer) == (0, [])


def test_the_only_one_named_cannot_tell_themselves(admin, session, dana):
    incident = raised(session, dana)

    assert waits_for(dana) == (0, [])
    assert waits_for(admin) == (1, [incident.pk])
    assert told_jobs() == []


def test_an_admin_alone_in_the_house_can_close_their_own(as_person, admin, session):
    User.objects.filter(pk=admin.pk).update(takes_incidents=True)
    admin.refresh_from_db()
    incident = raised(session, admin)

    assert waits_for(admin) == (1, [incident.pk])
    assert as_person(admin).post(f"/incidents/{incident.pk}/acknowledgment/", {"note": "Seen."}).status_code == 303


def test_it_stays_until_a_note_acknowledges_it(as_person, reviewer, session, dana):
    incident = raised(session, reviewer)
    client = as_person(dana)

    refused = client.post(f"/incidents/{incident.pk}/acknowledgment/", {"note": "  "})
    waiting = waits_for(dana)
    answer = client.post(f"/incidents/{incident.pk}/acknowledgment/", {"note": "Called back\nat once."})

    incident.refresh_from_db()
    assert (refused.status_code, waiting[0]) == (422, 1)
    assert b"Say in a few words what was done about it." in refused.content
    assert (answer.status_code, answer["Location"], waits_for(dana)[0]) == (303, "/review/", 0)
    assert (incident.acknowledged_by, incident.note) == (dana, "Called back at once.")
    assert Event.objects.filter(kind="incident_closed", user=dana.pk, session=session.pk, subject=incident.pk).count() == 1


def test_from_the_session_it_leads_back_there(as_person, session, dana):
    incident = IncidentFactory(session=session)

    answer = as_person(dana).post(f"/incidents/{incident.pk}/acknowledgment/", {"note": "Done.", "from": "session"})

    assert answer["Location"] == f"/sessions/{session.pk}/"


def test_the_second_sees_who_was_first(as_person, reviewer, admin, session, dana):
    incident = raised(session, reviewer)
    as_person(dana).post(f"/incidents/{incident.pk}/acknowledgment/", {"note": "Called back."})

    answer = as_person(admin).post(f"/incidents/{incident.pk}/acknowledgment/", {"note": "Me too."})

    incident.refresh_from_db()
    assert answer.status_code == 409
    assert b"Dana Reyes was first." in answer.content
    assert b"Called back." in answer.content
    assert (incident.acknowledged_by, incident.note) == (dana, "Called back.")


def test_the_same_note_again_is_no_quarrel(session, dana):
    incident = IncidentFactory(session=session)

    first, again = (acknowledge_incident(incident=incident, by=dana, note="Done.") for _ in range(2))

    assert first.acknowledged_at == again.acknowledged_at
    assert Event.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_ten_at_once_one_acknowledges(session):
    incident = IncidentFactory(session=session)
    people = UserFactory.create_batch(10)

    def one(n):
        try:
            return acknowledge_incident(incident=incident, by=people[n], note=f"Note {n}.").acknowledged_by_id
        except AlreadyAcknowledged as first:
            return first.incident.acknowledged_by_id

    assert len(set(together(10, one))) == 1
    assert Event.objects.count() == 1


def test_who_was_not_told_finds_no_incident(as_person, reviewer, manager, other_agent, session, dana):
    incident = raised(session, reviewer)
    far = UserFactory(takes_incidents=True, all_agents=False, agents=[other_agent])

    for person in (reviewer, manager, far):
        answer = as_person(person).post(f"/incidents/{incident.pk}/acknowledgment/", {"note": "Mine."})
        assert (answer.status_code, as_person(person).get(f"/incidents/{incident.pk}/acknowledgment/").status_code) == (404, 404)

    incident.refresh_from_db()
    assert incident.acknowledged_at is None


# --- an incident is a judgment


def seen(session, person):
    return [one.line for one in get_session_incidents(session, viewer=person, scope=get_scope(person))]


def test_who_must_label_first_does_not_learn_of_an_incident(settings, reviewer, session, dana):
    settings.INDEPENDENT_REVIEW = True
    other = UserFactory(name="Mei")
    raised(session, other, line="Wrong dose.")

    assert seen(session, reviewer) == []
    assert seen(session, other) == seen(session, dana) == ["Wrong dose."]

    submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="BAD", client_key="own-label-key")
    assert seen(session, reviewer) == ["Wrong dose."]


def test_a_reviewer_who_was_told_reads_it_and_is_not_independent_any_more(settings, as_person, reviewer, session):
    settings.INDEPENDENT_REVIEW = True
    named = UserFactory(takes_incidents=True)
    raised(session, reviewer, line="Wrong dose.")

    page = as_person(named).get("/review/").content.decode()

    assert "Wrong dose." in page
    assert list(Exposure.objects.values_list("session", "user", "judgment")) == [(session.pk, named.pk, "others")]
    label = submit_label(session_id=session.pk, rater=rater_of(user=named), code="BAD", client_key="own-label-key").label
    assert (label.independent, label.saw_others) == (False, True)


def test_who_reads_it_where_it_is_acknowledged_is_not_independent_any_more(as_person, reviewer, session):
    named = UserFactory(takes_incidents=True)
    incident = raised(session, reviewer, line="Wrong dose.")

    page = as_person(named).get(f"/incidents/{incident.pk}/acknowledgment/").content.decode()

    assert "Wrong dose." in page
    assert list(Exposure.objects.values_list("session", "user", "judgment")) == [(session.pk, named.pk, "others")]


def test_what_a_page_shows_of_others_counts_as_seen_and_what_is_mine_does_not(session, reviewer, dana):
    raised(session, reviewer)

    told = {person: get_session_incidents(session, viewer=person, scope=EVERYTHING) for person in (reviewer, dana)}

    assert not tells_what_others_think(told[reviewer], [], viewer=reviewer)
    assert tells_what_others_think(told[dana], [], viewer=dana)


def test_a_session_without_incidents_is_asked_once(session, reviewer, django_assert_num_queries):
    with django_assert_num_queries(1):
        get_session_incidents(session, viewer=reviewer, scope=EVERYTHING)


def test_a_number_in_the_line_is_masked_until_the_session_is_unmasked(reviewer, session, dana, admin):
    raised(session, reviewer)

    assert "555" not in seen(session, dana)[0]
    assert "0142" in seen(session, dana)[0]
    assert "555" not in seen(session, admin)[0]
    [shown] = get_session_incidents(session, viewer=admin, scope=EVERYTHING, eyes=Unmasked(admin))
    assert "+1 202 555 0142" in shown.line


def test_the_state_of_an_incident_is_told_on_its_session(session, reviewer, dana):
    incident = raised(session, reviewer, at_ms=72_000)

    before = get_session_incidents(session, viewer=dana, scope=EVERYTHING)[0]
    acknowledge_incident(incident=incident, by=dana, note="Done.")
    after = get_session_incidents(session, viewer=dana, scope=EVERYTHING)[0]

    assert (before.at, before.may_acknowledge, before.acknowledged) == ("1:12", True, None)
    assert (after.may_acknowledge, after.acknowledged_by, after.note) == (False, "Dana Reyes", "Done.")


# --- in the admin


def test_the_admin_reads_incidents_and_names_who_takes_them(as_person, admin, reviewer, session):
    incident = raised(session, reviewer)
    client = as_person(admin)

    assert client.get("/admin/labeling/incident/").status_code == 200
    assert client.get(f"/admin/labeling/incident/{incident.pk}/change/").status_code == 200
    assert client.post(f"/admin/labeling/incident/{incident.pk}/change/", {"line": "x"}).status_code == 403
    form = {"email": reviewer.email, "name": reviewer.name, "role": "reviewer", "is_active": "on", "all_agents": "on", "takes_incidents": "on"}
    client.post(f"/admin/labeling/user/{reviewer.pk}/change/", form)

    reviewer.refresh_from_db()
    assert reviewer.takes_incidents
    assert Event.objects.filter(kind="right_changed", subject_kind="user takes_incidents", after="true").count() == 1


def test_an_admin_names_themselves(as_person, admin):
    as_person(admin).post(f"/admin/labeling/user/{admin.pk}/change/", {"name": admin.name, "takes_incidents": "on"})

    admin.refresh_from_db()
    assert (admin.takes_incidents, admin.role) == (True, "admin")
