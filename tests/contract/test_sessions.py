"""Sessions through the vendor's SDK."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from syllable_sdk import SyllableSDK, errors, models
from syllable_sdk.models import SessionProperties

from sessions_app.models import Session
from tests.contract.conftest import key_of
from tests.factories import NOON, AgentFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = {
    "timestamp": NOON.replace(microsecond=123_457),
    "conversation_id": "conv-1",
    "channel_manager_service": "hedy",
    "channel_manager_type": "voice_twilio_v1",
    "channel_manager_sid": "CA01",
    "agent_type": "ca_v1",
    "prompt_id": "52",
    "prompt_name": "Lakeside day",
    "experiment_id": "exp-1",
    "experiment_variant_id": "var-1",
    "source": "+12025550142",
    "target": "Lakeside main line",
    "duration": 138.25,
    "is_outbound": False,
    "is_legacy": False,
    "is_test": True,
}
SECOND = {
    "timestamp": NOON + timedelta(hours=1),
    "conversation_id": "conv-2",
    "channel_manager_service": "console",
    "channel_manager_type": "web_chat_v1",
    "channel_manager_sid": "CA02",
    "agent_type": "ca_v2",
    "prompt_id": "53",
    "prompt_name": "Cedar night",
    "experiment_id": "exp-2",
    "experiment_variant_id": "var-2",
    "source": "+13125550177",
    "target": "Cedar desk",
    "duration": 12.5,
    "is_outbound": True,
    "is_legacy": True,
    "is_test": False,
}


VALUES = {
    "agent_id": "23", "agent_name": "FRONT desk", "prompt_name": "lakeside", "source": "555014", "target": "MAIN", "duration": "138.25",
    "timestamp": "2026-03-02T12:00:00.123457Z", "is_outbound": "false", "is_legacy": "False", "is_test": "true",
}  # fmt: skip


@pytest.fixture
def two():
    """Two sessions that differ in every field."""
    return [
        SessionFactory(seen_agent=AgentFactory(key="23", name="Lakeside Front Desk"), **FIRST),
        SessionFactory(seen_agent=AgentFactory(key="24", name="Cedar Billing"), **SECOND),
    ]


def value_of(field, row):
    return str(row.pk) if field == "session_id" else VALUES.get(field.value, str(FIRST.get(field.value)))


def ids(answer):
    return [item.session_id for item in answer.items]


def test_every_field_arrives_in_its_type(sdk, two):
    row = two[0]
    Session.objects.filter(pk=row.pk).update(
        prompt_version="2025-02-11T16:20:08.114000Z", prompt_version_number=7, experiment_variant="B", experiment_variant_is_control=True,
        user_terminated=None, transfer_voicemail_detected=False, override_timestamp="2030-01-01T00:00:00Z", session_label_id=9,
    )  # fmt: skip

    got = sdk.sessions.get_by_id(session_id=str(row.pk))

    assert (got.session_id, got.session_label_id) == (str(row.pk), "9")
    assert got.timestamp == datetime(2026, 3, 2, 12, 0, 0, 123_457, tzinfo=UTC)
    expected = {name: value for name, value in FIRST.items() if name != "timestamp"}
    assert {name: getattr(got, name) for name in expected} == expected
    assert (got.agent_id, got.agent_name, got.agent_timezone) == ("23", "Lakeside Front Desk", "America/Chicago")
    assert (got.prompt_version, got.prompt_version_number, got.experiment_variant, got.experiment_variant_is_control) == (
        "2025-02-11T16:20:08.114000Z", 7, "B", True,
    )  # fmt: skip
    assert (got.user_terminated, got.transfer_voicemail_detected, got.override_timestamp) == (None, False, "2030-01-01T00:00:00Z")


def test_every_field_can_be_searched(sdk, two):
    for field in SessionProperties:
        answer = sdk.sessions.list(search_fields=[field], search_field_values=[value_of(field, two[0])])

        assert (field, ids(answer)) == (field, [str(two[0].pk)])
        assert (answer.total_count, answer.total_pages, answer.page, answer.page_size) == (1, 1, 0, 25)


def test_every_field_can_be_ordered_by(sdk, two):
    for field in SessionProperties:
        for direction in models.OrderByDirection:
            told = [getattr(item, field.value) for item in sdk.sessions.list(order_by=field, order_by_direction=direction).items]

            assert (field, told) == (field, sorted(told, reverse=direction == "desc"))
            assert len(set(told)) == 2


def test_a_search_of_several_fields_wants_all_of_them(sdk, two):
    both = [SessionProperties.IS_TEST, SessionProperties.AGENT_ID]

    assert ids(sdk.sessions.list(search_fields=both, search_field_values=["true", "23"])) == [str(two[0].pk)]
    assert ids(sdk.sessions.list(search_fields=both, search_field_values=["true", "24"])) == []


def test_what_is_matched_exactly_is_not_matched_in_part(sdk, two):
    for field in set(SessionProperties) - {"agent_name", "prompt_name", "source", "target", "is_outbound", "is_legacy", "is_test"}:
        part = "2026-03-02T12:00:00Z" if field == "timestamp" else value_of(field, two[0])[:-1]

        assert (field, ids(sdk.sessions.list(search_fields=[field], search_field_values=[part]))) == (field, [])


def test_pages_reach_the_end_and_no_session_is_missed_or_told_twice(sdk):
    agent = AgentFactory()
    rows = [SessionFactory(seen_agent=agent, timestamp=NOON + timedelta(seconds=n // 3)) for n in range(23)]
    seen, page = [], 0
    while True:
        answer = sdk.sessions.list(page=page, limit=5)
        seen += ids(answer)
        if page + 1 == answer.total_pages:
            break
        page += 1

    assert seen == [str(row.pk) for row in sorted(rows, key=lambda row: (row.timestamp, row.pk), reverse=True)]
    assert (answer.total_count, answer.total_pages, len(answer.items)) == (23, 5, 3)
    assert sdk.sessions.list(page=9, limit=5).items == []


def test_fields_trims_what_comes_back(sdk, two):
    raw = []
    sdk.sdk_configuration.client.event_hooks = {"response": [lambda response: raw.append(response)]}
    item = sdk.sessions.list(fields=[SessionProperties.AGENT_NAME, SessionProperties.SESSION_ID]).items[1]

    assert (item.agent_name, item.session_id, item.timestamp) == ("Lakeside Front Desk", str(two[0].pk), FIRST["timestamp"])
    assert set(raw[0].json()["items"][0]) == {"timestamp", "agent_name", "session_id"}


def test_both_date_bounds_are_part_of_the_range(sdk, two):
    first, second = (row.timestamp.isoformat() for row in two)

    assert ids(sdk.sessions.list(start_datetime=first, end_datetime=first)) == [str(two[0].pk)]
    assert ids(sdk.sessions.list(start_datetime=second)) == [str(two[1].pk)]
    assert ids(sdk.sessions.list(end_datetime=first)) == [str(two[0].pk)]
    assert ids(sdk.sessions.list(start_datetime=first, end_datetime=second)) == [str(two[1].pk), str(two[0].pk)]
    # A time without a zone is UTC, and one in another zone is the same moment.
    assert ids(sdk.sessions.list(start_datetime="2026-03-02T07:00:01-05:00")) == [str(two[1].pk)]


def test_a_malformed_date_is_an_exception_of_its_own(sdk):
    with pytest.raises(errors.SessionsListBadRequestError) as caught:
        sdk.sessions.list(start_datetime="yesterday")

    assert caught.value.data.detail.startswith("start_datetime is not a time in ISO 8601")


def test_a_list_that_is_asked_for_wrongly_is_a_validation_error(sdk):
    with pytest.raises(errors.HTTPValidationError) as caught:
        sdk.sessions.list(limit=1001)

    assert [(told.loc, told.type) for told in caught.value.data.detail] == [(["query", "limit"], "less_than_equal")]
    with pytest.raises(errors.HTTPValidationError):
        sdk.sessions.list(search_fields=[SessionProperties.AGENT_ID], search_field_values=[])


def test_without_a_key_or_with_an_unknown_one_nothing_is_told(live_server):
    for key in (None, "rd_00000000_secret"):
        with SyllableSDK(api_key_header=key, server_url=live_server.url) as client, pytest.raises(errors.APIError) as caught:
            client.sessions.list()
        assert (caught.value.status_code, "A valid API key is required" in caught.value.body) == (401, True)


def test_a_key_without_the_scope_is_told_which_one_it_needs(live_server, owner):
    with SyllableSDK(api_key_header=key_of(owner, "labels:read"), server_url=live_server.url) as client, pytest.raises(errors.APIError) as caught:
        client.sessions.list()

    assert (caught.value.status_code, "sessions:read" in caught.value.body) == (403, True)


def test_what_is_not_there_or_not_in_scope_is_not_found(live_server, two):
    narrow = UserFactory(all_agents=False, agents=[two[0].seen_agent])
    with SyllableSDK(api_key_header=key_of(narrow), server_url=live_server.url) as client:
        assert ids(client.sessions.list()) == [str(two[0].pk)]
        for unknown in (str(two[1].pk), "1", "abc", str(2**70)):
            with pytest.raises(errors.APIError) as caught:
                client.sessions.get_by_id(session_id=unknown)
            assert caught.value.status_code == 404


def test_a_key_that_asks_too_often_is_told_when_to_come_back(live_server, owner):
    with SyllableSDK(api_key_header=key_of(owner, "sessions:read", rate=1), server_url=live_server.url) as client:
        client.sessions.list()
        # The minute may turn once in between.
        with pytest.raises(errors.APIError) as caught:
            _ = [client.sessions.list() for _ in range(2)]

    assert caught.value.status_code == 429
    assert 1 <= int(caught.value.raw_response.headers["Retry-After"]) <= 60


def test_the_async_client_reads_the_same(live_server, key, two):
    async def read():
        async with SyllableSDK(api_key_header=key, server_url=live_server.url) as client:
            listed = await client.sessions.list_async(limit=1)
            one = await client.sessions.get_by_id_async(session_id=str(two[0].pk))
            with pytest.raises(errors.SessionsListBadRequestError):
                await client.sessions.list_async(end_datetime="x")
            with pytest.raises(errors.HTTPValidationError):
                await client.sessions.list_async(limit=-1)
            return listed, one

    listed, one = asyncio.run(read())

    assert (ids(listed), one.session_id) == ([str(two[1].pk)], str(two[0].pk))


def test_a_field_that_we_do_not_know_is_given_back(live_server, key):
    row = SessionFactory(extra={"queue_name": "north", "agent_name": "shadow"})
    told = httpx.get(f"{live_server.url}/api/v1/sessions/{row.pk}", headers={"Syllable-API-Key": key}).json()

    assert (told["queue_name"], told["agent_name"]) == ("north", row.agent_name)
