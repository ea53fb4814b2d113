"""Share links: one session, redacted, for somebody without an account, for a time, and never more than its maker could still show."""

import logging
import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from config.quiet_addresses import WithoutSecrets
from labeling.models import Event, ShareLink
from labeling.operations.labels import submit_label
from labeling.operations.share_links import MayNotShare, hash_of, make_share_link, revoke_share_link
from labeling.roles import Role
from tests.factories import RaterFactory, RecordingFactory, SessionFactory, TranscriptFactory, UserFactory

pytestmark = pytest.mark.django_db

KEY = "a-key-of-one-form-0001"
TURNS = [
    {"uid": "turn-uid-1", "timestamp": "2026-03-02T12:00:00Z", "source": "agent", "text": "How can I help you today?", "lang": "en-US"},
    {
        "uid": "turn-uid-2",
        "timestamp": "2026-03-02T12:00:04Z",
        "source": "user",
        "text": "I am maria.collins, 202-555-0142, m@example.com, born 03/04/1980, ssn 123456789.",
        "lang": "en-US",
    },
]
TOOL = {
    "uid": "tool-uid-1",
    "timestamp": "2026-03-02T12:00:06Z",
    "tool_name": "find_patient",
    "tool_request": '{"plan": "Silver", "where": [{"city": "Collinsville"}, {"city": "Sundown"}], "+12025550142": 1, "open": false}',
    "tool_error": "504 upstream timeout for patient Collinsworth",
    "tool_result": "The patient is Collinswood",
}


@pytest.fixture
def session(agent):
    session = SessionFactory(
        seen_agent=agent, transcript_state="held", source="maria.collins", external_id="their-own-id-77", timestamp="2026-03-02T12:00:00Z", agent_timezone="UTC"
    )
    TranscriptFactory(session=session, turns=TURNS, tools=[TOOL], summary="A refill was promised.")
    RecordingFactory(session=session)
    submit_label(session_id=session.pk, rater=RaterFactory(name="Amara Osei"), code="BAD", comment="Impolite.", client_key="some-own-key")
    session.refresh_from_db()
    return session


def made(session, by, *, lasts=timedelta(days=1), at=None, key=KEY):
    return make_share_link(session=session, by=by, purpose="The authors look at it.", lasts=lasts, client_key=key, at=at or timezone.now())


def opened(token):
    return Client().get(f"/shared/{token}/")


def test_a_link_shows_the_session_redacted_to_somebody_without_an_account(session, manager):
    _, token = made(session, manager)

    answer = opened(token)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Redacted. Names said aloud are not removed." in page
    for shown in ("Northlake Scheduling", "Voice in", "Mar 2, 2026", "How can I help you today?", "find_patient", "plan", "city", "504, timeout"):
        assert shown in page, shown
    hidden = ["maria.collins", "555", "m@example.com", "1980", "123456789", "Silver", "Collins", "Sundown", "their-own-id-77", str(session.pk)]
    hidden += ["turn-uid", "tool-uid", "A refill was promised", "Impolite", "Amara", "BAD", "audio", "12:00", "false"]
    for secret in hidden:
        assert secret not in page, secret


def test_it_is_in_no_index_no_cache_and_no_referer(session, manager):
    _, token = made(session, manager)

    for answer in (opened(token), opened("x" * 43), opened("é"), opened("x" * 500)):
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] == "no-referrer"
        assert answer["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer


def test_each_opening_is_counted_and_logged_without_a_person(session, manager):
    link, token = made(session, manager)

    opened(token)
    Client().head(f"/shared/{token}/")
    opened(token)

    link.refresh_from_db()
    assert link.opened == 2
    first, _ = Event.objects.filter(kind="share_opened")
    assert (first.user, first.session, first.subject, first.address) == (None, session.pk, link.pk, "127.0.0.1")


def test_only_a_hash_is_kept_and_the_secret_is_long(session, manager):
    link, token = made(session, manager)

    assert len(token) == 43
    assert link.token_hash == hash_of(token)
    assert token not in str(list(ShareLink.objects.values()))


def test_it_lasts_no_longer_than_thirty_days(session, manager):
    link, _ = made(session, manager, lasts=timedelta(days=400))

    assert link.expires_at - timezone.now() <= timedelta(days=30)


def end_by_time(session, manager, link):
    ShareLink.objects.filter(pk=link.pk).update(expires_at=timezone.now())


def end_by_revoking(session, manager, link):
    revoke_share_link(link=link, by=manager, at=timezone.now())


def end_by_erasing(session, manager, link):
    type(session).objects.filter(pk=session.pk).update(erased_at=timezone.now())


def end_by_losing_the_transcript(session, manager, link):
    type(session).objects.filter(pk=session.pk).update(transcript_state="erased")


def end_by_deactivating(session, manager, link):
    type(manager).objects.filter(pk=manager.pk).update(is_active=False)


def end_by_losing_the_agent(session, manager, link):
    type(manager).objects.filter(pk=manager.pk).update(all_agents=False)


def end_by_losing_the_role(session, manager, link):
    type(manager).objects.filter(pk=manager.pk).update(role=Role.REVIEWER)


def end_by_losing_the_grant(session, manager, link):
    type(manager).objects.filter(pk=manager.pk).update(may_read_transcripts=False)


ENDS = [
    end_by_time,
    end_by_revoking,
    end_by_erasing,
    end_by_losing_the_transcript,
    end_by_deactivating,
    end_by_losing_the_agent,
    end_by_losing_the_role,
    end_by_losing_the_grant,
]


@pytest.mark.parametrize("end", ENDS)
def test_a_link_that_is_over_looks_like_one_that_never_was(session, manager, end):
    link, token = made(session, manager)
    assert opened(token).status_code == 200

    end(session, manager, link)

    over, never = opened(token), opened("x" * 43)
    assert (over.status_code, over.content) == (404, never.content)
    link.refresh_from_db()
    assert link.opened == 1


def test_the_switch_ends_all_of_them(session, manager, settings, as_person):
    _, token = made(session, manager)
    settings.SHARE_LINKS = False

    assert opened(token).status_code == 404
    assert "switched off" in as_person(manager).get(f"/sessions/{session.pk}/share-links/").content.decode()
    with pytest.raises(MayNotShare):
        made(session, manager, key="another-key-of-a-form")


def test_a_manager_makes_lists_and_revokes_links_beside_the_session(as_person, session, manager):
    client = as_person(manager)
    assert f'href="/sessions/{session.pk}/share-links/"' in client.get(f"/sessions/{session.pk}/").content.decode()
    sent = {"purpose": "The authors of the prompt", "hours": "168", "client_key": KEY}

    first = client.post(f"/sessions/{session.pk}/share-links/", sent)
    again = client.post(f"/sessions/{session.pk}/share-links/", sent)

    address = re.search(r'value="http://testserver(/shared/[\w-]{43}/)"', first.content.decode())[1]
    assert address in again.content.decode()
    assert ShareLink.objects.count() == 1
    assert Client().get(address).status_code == 200
    link = ShareLink.objects.get()
    event = Event.objects.get(kind="shared")
    assert (event.user, event.session, event.subject, event.after) == (manager.pk, session.pk, link.pk, "7 days")
    listed = client.get(f"/sessions/{session.pk}/share-links/").content.decode()
    assert "The authors of the prompt" in listed
    assert "opened once" in listed
    assert address not in listed

    answer = client.post(f"/sessions/{session.pk}/share-links/{link.pk}/revocation/")
    client.post(f"/sessions/{session.pk}/share-links/{link.pk}/revocation/")

    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{session.pk}/share-links/")
    assert Client().get(address).status_code == 404
    assert Event.objects.filter(kind="share_revoked").count() == 1
    assert address not in client.post(f"/sessions/{session.pk}/share-links/", sent).content.decode()


@pytest.mark.parametrize(
    "sent",
    [
        {"purpose": "", "hours": "1", "client_key": KEY},
        {"purpose": "x" * 201, "hours": "1", "client_key": KEY},
        {"purpose": "x", "hours": "9999", "client_key": KEY},
        {"purpose": "x", "hours": "soon", "client_key": KEY},
        {"purpose": "x", "hours": "1"},
        {"purpose": "x\0", "hours": "1", "client_key": KEY},
    ],
)
def test_bad_input_makes_no_link(as_person, session, manager, sent):
    answer = as_person(manager).post(f"/sessions/{session.pk}/share-links/", sent)

    assert answer.status_code == 422
    assert "No link was made." in answer.content.decode()
    assert not ShareLink.objects.exists()


def test_the_wrong_role_is_refused_and_a_session_out_of_scope_is_not_found(as_person, session, reviewer, manager, other_agent):
    link, _ = made(session, manager)
    narrow = UserFactory(role=Role.MANAGER, all_agents=False, agents=[other_agent])

    for person, status in ((reviewer, 403), (narrow, 404)):
        client = as_person(person)
        assert client.get(f"/sessions/{session.pk}/share-links/").status_code == status
        assert client.post(f"/sessions/{session.pk}/share-links/", {"purpose": "x", "hours": "1", "client_key": KEY}).status_code == status
        assert client.post(f"/sessions/{session.pk}/share-links/{link.pk}/revocation/").status_code == status
    assert ShareLink.objects.filter(revoked_at=None).count() == 1


def test_a_link_of_another_session_is_not_revoked_beside_this_one(as_person, session, manager):
    other, _ = made(TranscriptFactory().session, manager, key="another-key-of-a-form")

    assert as_person(manager).post(f"/sessions/{session.pk}/share-links/{other.pk}/revocation/").status_code == 404


def test_what_cannot_be_read_cannot_be_shared(as_person, session):
    unread = UserFactory(role=Role.MANAGER, may_read_transcripts=False)

    answer = as_person(unread).post(f"/sessions/{session.pk}/share-links/", {"purpose": "x", "hours": "1", "client_key": KEY})

    assert answer.status_code == 422
    assert not ShareLink.objects.exists()


def test_a_session_without_a_transcript_cannot_be_shared(manager):
    with pytest.raises(MayNotShare):
        made(SessionFactory(), manager)


def test_many_attempts_are_slowed_down(session, settings):
    settings.ACCOUNT_RATE_LIMITS = {"share_link": "3/m/ip"}

    answers = [opened(f"guess-{n}") for n in range(5)]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429, 429]
    assert answers[-1]["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("/shared/kYb3-x_9/", "Internal Server Error: /shared/…/"),
        ("/accounts/invitations/kYb3-x_9/", "Internal Server Error: /accounts/invitations/…/"),
        ("/sessions/42/", "Internal Server Error: /sessions/42/"),
    ],
)
def test_a_secret_in_an_address_is_in_no_log(address, written):
    record = logging.LogRecord("django.request", logging.ERROR, "", 0, "%s: %s", ("Internal Server Error", address), None)

    assert WithoutSecrets().filter(record)
    assert record.getMessage() == written


def test_payloads_that_are_strange_are_shown_as_dots(agent, manager):
    strange = ["[" * 5_000, "{" + '"a":{' * 500, "x" * 60_000, '{"Maria Gomez": {"x": 1}}', "[]", "7", '{"a": ' + "[1," * 300 + "1" + "]" * 300 + "}"]
    tools = [TOOL | {"uid": f"x{n}", "tool_request": value} for n, value in enumerate(strange)] + [
        TOOL | {"uid": "y", "tool_request": {"a": [1, {"b": "Maria"}]}}
    ]
    session = TranscriptFactory(session__seen_agent=agent, turns=TURNS, tools=tools).session
    _, token = made(session, manager)

    answer = opened(token)

    assert answer.status_code == 200
    assert "Maria" not in answer.content.decode()
    assert "xxx" not in answer.content.decode()
