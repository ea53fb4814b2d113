"""What a key shows: callers masked, judgments behind the gate, sessions in scope, and each reading written down."""

import pytest
from pytest_django.asserts import assertNumQueries

from labeling.models import Event, Exposure
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_named, rater_of
from labeling.roles import Role
from sessions_app.codes import TranscriptState
from tests.contract.conftest import key_of
from tests.factories import AgentFactory, RaterFactory, SessionFactory, TranscriptFactory

pytestmark = pytest.mark.django_db
NUMBER = "+12025550142"
SESSIONS, LABELS = "/api/v1/sessions/", "/api/v1/session_labels/"


@pytest.fixture
def ask(client):
    def asking(key, path, **asked):
        return client.get(path, asked, headers={"Syllable-API-Key": key})

    return asking


@pytest.fixture
def admin_key(admin):
    return key_of(admin)


@pytest.fixture
def masked_key(admin):
    return key_of(admin, "sessions:read", "labels:read")


def called(**values):
    named = {"source": NUMBER, "conversation_id": "sms:2025550142", "channel_manager_sid": "CA7"}
    return SessionFactory(**{**named, **values})


def searched(name, value):
    return {"search_fields": name, "search_field_values": value}


def found(answer):
    return [item["session_id"] for item in answer.json()["items"]]


def test_callers_are_masked_unless_the_key_has_pii_read(ask, admin_key, masked_key):
    session = called(is_outbound=True, target="+13125550177", extra={"callback": "call 312-555-0199", "dob": "1980-01-02"})

    masked, open_ = ask(masked_key, f"{SESSIONS}{session.pk}").json(), ask(admin_key, f"{SESSIONS}{session.pk}").json()
    listed = ask(masked_key, SESSIONS).json()["items"][0]

    assert listed == masked
    assert (masked["source"], masked["target"]) == ("••• ••• 0142", "••• ••• 0177")
    assert "5550142" not in str(masked)
    assert "555-0199" not in str(masked)
    assert (open_["source"], open_["target"], open_["conversation_id"], open_["callback"]) == (NUMBER, "+13125550177", "sms:2025550142", "call 312-555-0199")
    assert masked["channel_manager_sid"] == "CA7"


def test_a_key_with_pii_read_masks_again_when_its_owner_may_not_unmask_any_more(ask, admin):
    key, session = key_of(admin), called()
    admin.role = Role.MANAGER
    admin.save()

    assert ask(key, f"{SESSIONS}{session.pk}").json()["source"] == "••• ••• 0142"


def test_reading_callers_unmasked_is_written_down(ask, admin_key, masked_key, admin):
    session = called()
    ask(masked_key, SESSIONS)
    assert not Event.objects.filter(kind="unmasked").exists()

    ask(admin_key, SESSIONS)
    ask(admin_key, SESSIONS, fields="duration")
    ask(admin_key, f"{SESSIONS}{session.pk}")

    assert list(Event.objects.filter(kind="unmasked").order_by("pk").values_list("user", "session", "after")) == [
        (admin.pk, None, "api"), (admin.pk, session.pk, "api"),
    ]  # fmt: skip
    assert not Event.objects.filter(kind="unmasked", api_key=None).exists()


@pytest.mark.parametrize("part", ["5550142", "+1202", "0142", "+12025550142 ", "%", "_2025550142"])
def test_with_a_masked_key_a_number_is_found_whole_or_not_at_all(ask, admin_key, masked_key, part):
    called(is_outbound=True, target="+13125550177")

    assert found(ask(masked_key, SESSIONS, **searched("source", part))) == []
    assert found(ask(masked_key, SESSIONS, **searched("target", part.replace("2025550142", "3125550177")))) == []
    assert len(found(ask(masked_key, SESSIONS, **searched("source", NUMBER)))) == 1
    assert len(found(ask(masked_key, SESSIONS, **searched("target", "+13125550177")))) == 1
    assert len(found(ask(admin_key, SESSIONS, **searched("source", "5550142")))) == 1


def test_with_a_masked_key_the_name_of_a_line_is_found_anywhere_and_whom_a_call_went_to_is_not(ask, masked_key):
    line = called(target="Lakeside night line", is_outbound=False)
    called(target="Dana Miller at home", is_outbound=True)

    assert found(ask(masked_key, SESSIONS, **searched("target", "NIGHT"))) == [str(line.pk)]
    assert found(ask(masked_key, SESSIONS, **searched("target", "miller"))) == []


def test_with_a_masked_key_the_order_tells_no_more_than_what_is_shown(ask, admin_key, masked_key):
    low, high = called(source="+12025550999"), called(source="+19995550001")
    by_source = {"order_by": "source"}

    assert found(ask(admin_key, SESSIONS, **by_source)) == [str(low.pk), str(high.pk)]
    assert found(ask(masked_key, SESSIONS, **by_source)) == [str(high.pk), str(low.pk)]


def test_what_was_said_is_masked_and_secrets_are_in_no_answer(ask, admin_key, masked_key, masked_keys):
    turns = [{"uid": "t1", "timestamp": "2026-03-02T12:00:00Z", "source": "user", "text": "My number is 202 555 0142.", "lang": "en-US"}]
    tools = [
        {"uid": "k", "timestamp": "2026-03-02T12:00:01Z", "tool_name": "find", "tool_request": '{"phone": "2025550142", "api_key": "hunter2hunter2"}',
         "tool_result": '{"dob": "1980-01-02", "n": 2025550142}', "tool_error": None, "duration_ms": 3}
    ]  # fmt: skip
    session = called(transcript_state=TranscriptState.HELD)
    TranscriptFactory(session=session, turns=turns, tools=tools, summary="Called from 202-555-0142.", latencies=[])
    paths = [f"{SESSIONS}{part}/{session.pk}" for part in ("transcript", "timeline", "full-summary")]
    paths += [f"/api/v1/session_debug/{part}" for part in (f"session_id/{session.pk}", f"tool_result/{session.pk}/k")]

    masked = [ask(masked_key, path).content.decode() for path in paths]
    whole = [ask(admin_key, path).content.decode() for path in paths]

    for text in masked:
        assert not any(part in text for part in ("5550142", "555 0142", "555-0142", "1980-01-02", "hunter2"))
    assert "202 555 0142" in whole[0]
    assert "hunter2" not in "".join(whole)
    assert "1980-01-02" in whole[4]
    assert Event.objects.filter(kind="transcript_read", session=session.pk).count() == 10
    assert Event.objects.filter(kind="unmasked", session=session.pk).count() == 5


@pytest.fixture
def judged(settings):
    """A session that somebody rated, and a reviewer who has to judge by themselves first."""
    settings.INDEPENDENT_REVIEW = True
    session = SessionFactory(transcript_state=TranscriptState.HELD)
    TranscriptFactory(session=session, summary_rating="Bad")
    other = submit_label(session_id=session.pk, rater=RaterFactory(email="zoe@example.com"), code="BAD", client_key="a", comment="No.").label
    auto = submit_label(session_id=session.pk, rater=rater_named(kind="machine", email="auto@example.com"), type="auto-rating", code="OK", client_key="b").label
    return session, other, auto


def test_judgments_wait_for_a_label_of_the_owner_in_every_answer(ask, reviewer, judged):
    session, other, auto = judged
    key = key_of(reviewer)

    assert ask(key, f"{SESSIONS}{session.pk}").json()["session_label_id"] is None
    assert ask(key, SESSIONS).json()["items"][0]["session_label_id"] is None
    assert ask(key, LABELS).json() == {"items": [], "page": 0, "page_size": 25, "total_pages": 0, "total_count": 0}
    for name, value in (("code", "BAD"), ("type", "auto-rating"), ("user_email", "zoe@example.com"), ("session_id", session.pk)):
        assert ask(key, LABELS, **searched(name, value)).json()["total_count"] == 0
    assert [ask(key, f"{LABELS}{label.pk}").status_code for label in (other, auto)] == [404, 404]
    assert ask(key, f"{SESSIONS}full-summary/{session.pk}").status_code == 403
    assert not Exposure.objects.exists()

    own = submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="GOOD", client_key="c").label

    assert own.independent
    assert {item["id"] for item in ask(key, LABELS).json()["items"]} == {other.pk, auto.pk, own.pk}
    assert ask(key, f"{SESSIONS}{session.pk}").json()["session_label_id"] is not None
    assert ask(key, f"{SESSIONS}full-summary/{session.pk}").json()["rating"] == "Bad"


def test_a_judgment_read_with_a_key_is_one_its_owner_has_seen(ask, manager, judged):
    session, other, _ = judged
    key = key_of(manager)

    ask(key, f"{LABELS}{other.pk}")
    assert list(Exposure.objects.values_list("session", "user", "judgment")) == [(session.pk, manager.pk, "others")]
    ask(key, LABELS)
    assert set(Exposure.objects.values_list("judgment", flat=True)) == {"others", "auto"}

    assert not submit_label(session_id=session.pk, rater=rater_of(user=manager), code="GOOD", client_key="c").label.independent


def test_labels_and_conversations_of_other_agents_are_not_there(client, ask, narrow_reviewer, agent):
    mine, hidden = SessionFactory(seen_agent=agent, conversation_id="a"), SessionFactory(seen_agent=AgentFactory(), conversation_id="b")
    labels = [submit_label(session_id=row.pk, rater=RaterFactory(), code="OK", client_key="k").label for row in (mine, hidden)]
    key = key_of(narrow_reviewer)

    assert [item["id"] for item in ask(key, LABELS).json()["items"]] == [labels[0].pk]
    assert ask(key, LABELS, **searched("session_id_list", f"{mine.pk},{hidden.pk}")).json()["total_count"] == 1
    assert ask(key, f"{LABELS}{labels[1].pk}").status_code == 404
    assert [item["conversation_id"] for item in ask(key, "/api/v1/conversations/").json()["items"]] == ["a"]
    for part in ("transcript", "timeline", "latency", "full-summary"):
        assert ask(key, f"{SESSIONS}{part}/{hidden.pk}").status_code == 404
    sent = {"session_id": hidden.pk, "type": "human-rating", "code": "OK", "user_email": narrow_reviewer.email}
    assert client.post(LABELS, sent, content_type="application/json", headers={"Syllable-API-Key": key}).status_code == 404


def test_a_page_of_sessions_costs_the_same_however_many_stand_on_it(ask, admin_key):
    agent = AgentFactory()
    for _ in range(30):
        SessionFactory(seen_agent=agent)
    ask(admin_key, SESSIONS)

    with assertNumQueries(11):
        ask(admin_key, SESSIONS, limit=1)
    with assertNumQueries(11):
        ask(admin_key, SESSIONS, limit=25)


def test_the_comments_of_labels_are_masked(ask, masked_key, admin_key):
    session = SessionFactory()
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="k", comment="Call back 202-555-0142.")

    assert "555-0142" not in ask(masked_key, LABELS).json()["items"][0]["comments"]
    assert ask(admin_key, LABELS).json()["items"][0]["comments"] == "Call back 202-555-0142."
