"""Labels through the vendor's SDK."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import httpx
import pytest
from syllable_sdk import SyllableSDK, errors, models
from syllable_sdk.models import SessionLabelProperties
from syllable_sdk.utils import BackoffStrategy, RetryConfig

from labeling.models import CurrentLabel, IncomingIssue, Label, Rater
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from tests.contract.conftest import key_of
from tests.contract.proxy import LossyProxy
from tests.factories import NOON, AgentFactory, IssueAliasFactory, IssueCategoryFactory, RaterFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
AUTO, HUMAN = "auto-rating", "human-rating"


@pytest.fixture
def session():
    return SessionFactory()


def sent(session, **changes):
    return {"session_id": session.pk, "type": HUMAN, "code": "BAD", "user_email": "luis@example.com", **changes}


def labeled(session, rater, code="GOOD", type=HUMAN, comment="", issues=(), made_at=NOON):
    return submit_label(
        session_id=session.pk, rater=rater, code=code, type=type, comment=comment, client_key=f"{rater.pk}-{session.pk}-{code}-{type}",
        issues=[IssueGiven(raw) for raw in issues], provenance=Provenance(via="sync", made_at=made_at),
    ).label  # fmt: skip


def ids(answer):
    return [item.id for item in answer.items]


def test_a_label_is_created_read_and_found_at_its_session(sdk, session, owner):
    IssueCategoryFactory(name="Silent treatment")

    made = sdk.session_labels.create(request=sent(session, comments="Nobody spoke.", issue_categories=["silent TREATMENT", "Never heard of"]))

    row = Label.objects.get()
    got = sdk.session_labels.get_by_id(session_label_id=made.id)
    assert got == made
    assert (made.id, made.session_id, made.type, made.code, made.user_email) == (row.pk, session.pk, HUMAN, "BAD", "luis@example.com")
    assert (made.comments, made.issue_categories) == ("Nobody spoke.", ["Silent treatment", "Never heard of"])
    assert datetime.fromisoformat(made.timestamp) == row.made_at
    assert (row.via, row.api_key.user, row.rater, row.claimed_email) == ("api", owner, rater_of(user=owner), "luis@example.com")
    assert IncomingIssue.objects.get().text == "Never heard of"
    # Two ways to write one id: a session tells its label's as text, a label its session's as a number.
    told = sdk.sessions.get_by_id(session_id=str(made.session_id))
    assert (told.session_label_id, int(told.session_id)) == (str(made.id), session.pk)
    assert sdk.session_labels.get_by_id(session_label_id=int(told.session_label_id)).session_id == int(told.session_id)


def test_an_auto_rating_is_a_machines_and_changes_no_persons_label(sdk, session):
    person = sdk.session_labels.create(request=sent(session, code="GOOD"))
    machine = sdk.session_labels.create(request=sent(session, type=AUTO, code="BAD"))

    session.refresh_from_db()
    assert (machine.type, machine.user_email) == (AUTO, "luis@example.com")
    assert (session.label_code, session.auto_code, session.session_label_id) == ("GOOD", "BAD", person.id)
    assert set(Rater.objects.values_list("kind", "email")) == {("person", "luis@example.com"), ("machine", "luis@example.com")}


def test_every_field_can_be_searched_and_ordered_by(sdk):
    first, second = SessionFactory(), SessionFactory()
    silence = IssueCategoryFactory(name="Silent treatment")
    IssueAliasFactory(text="Dead air", category=silence)
    amara, auto = RaterFactory(email="amara@example.com"), RaterFactory(email="zoe@example.com", kind="machine")
    wanted = labeled(first, amara, issues=["Dead AIR"], made_at=NOON.replace(microsecond=7))
    other = labeled(second, auto, code="OK", type=AUTO, issues=["Wrong number"], made_at=NOON + timedelta(days=1))
    searches = {
        "timestamp": ["2026-03-02T12:00:00.000007Z"], "session_id": [str(first.pk)], "type": [HUMAN], "code": ["GOOD"],
        "user_email": ["Amara@example.com"], "session_id_list": [f"{first.pk}", f" {first.pk} ,999"],
        "issue_categories": ["Silent treatment", "silent Treatment", "Dead air", "dead AIR"],
    }  # fmt: skip

    for field in SessionLabelProperties:
        for value in searches[field.value]:
            assert (field, value, ids(sdk.session_labels.list(search_fields=[field], search_field_values=[value]))) == (field, value, [wanted.pk])
        for direction in models.OrderByDirection:
            told = ids(sdk.session_labels.list(order_by=field, order_by_direction=direction))
            # Of the two labels the first is the lesser in each field, but in type and in what its issue was called.
            is_turned = (direction == "desc") != (field in ("type",))
            assert (field, direction, told) == (field, direction, [other.pk, wanted.pk] if is_turned else [wanted.pk, other.pk])
    assert ids(sdk.session_labels.list(search_fields=["issue_categories"], search_field_values=["wrong number"])) == [other.pk]
    assert ids(sdk.session_labels.list(search_fields=["session_id_list"], search_field_values=[f"{second.pk},{first.pk}"])) == [other.pk, wanted.pk]


def test_a_string_that_was_given_before_anybody_knew_what_it_meant_means_it_now(sdk):
    given = labeled(SessionFactory(), RaterFactory(email="amara@example.com"), issues=["Dead Air", "Odd"])
    IssueAliasFactory(text="Dead air", category=IssueCategoryFactory(name="Silent treatment"))

    [told] = sdk.session_labels.list(search_fields=["issue_categories"], search_field_values=["silent treatment"]).items

    assert (told.id, told.issue_categories) == (given.pk, ["Silent treatment", "Odd"])


def test_pages_fields_and_dates_of_labels(sdk):
    agent = AgentFactory()
    rows = [labeled(SessionFactory(seen_agent=agent), RaterFactory(), comment="Fine.", made_at=NOON + timedelta(seconds=n // 2)) for n in range(7)]
    newest_first = [row.pk for row in sorted(rows, key=lambda row: (row.made_at, row.pk), reverse=True)]

    pages = [sdk.session_labels.list(page=page, limit=3) for page in range(3)]

    assert [pk for page in pages for pk in ids(page)] == newest_first
    assert {(page.total_count, page.total_pages) for page in pages} == {(7, 3)}
    trimmed = sdk.session_labels.list(fields=["code"], limit=1).items[0]
    assert (trimmed.code, trimmed.comments, trimmed.issue_categories) == ("GOOD", models.session.UNSET, models.session.UNSET)
    bounded = sdk.session_labels.list(start_datetime=(NOON + timedelta(seconds=1)).isoformat(), end_datetime=(NOON + timedelta(seconds=2)).isoformat())
    assert ids(bounded) == newest_first[1:5]
    with pytest.raises(errors.SessionLabelsListBadRequestError):
        sdk.session_labels.list(start_datetime="2026-02-30")


def test_what_a_label_says_wrongly_is_named(sdk, session):
    wrong = {"code": "good", "type": "human", "user_email": "nobody", "comments": "x" * 10_001, "issue_categories": ["x" * 501]}
    for name, value in wrong.items():
        with pytest.raises(errors.HTTPValidationError) as caught:
            sdk.session_labels.create(request=sent(session, **{name: value}))
        assert [told.loc for told in caught.value.data.detail] == [["body", name]]
    with pytest.raises(errors.HTTPValidationError) as caught:
        sdk.session_labels.create(request=sent(session, code="FINE"))
    assert caught.value.data.detail[0].msg == "One of: GOOD, OK, BAD, N/A."
    with pytest.raises(errors.APIError) as caught:
        sdk.session_labels.create(request=sent(session) | {"session_id": session.pk + 1})
    assert caught.value.status_code == 404
    assert not Label.objects.exists()


def test_whose_label_it_is_is_for_the_key_to_allow(live_server, session):
    owner = UserFactory(email="mei@example.com")
    with SyllableSDK(api_key_header=key_of(owner), server_url=live_server.url) as client:
        assert client.session_labels.create(request=sent(session, user_email="Mei@example.com")).user_email == "Mei@example.com"
        with pytest.raises(errors.APIError) as caught:
            client.session_labels.create(request=sent(session, user_email="other@example.com"))
        assert client.session_labels.create(request=sent(session, user_email="mei@EXAMPLE.com")).user_email == "Mei@example.com"
        with pytest.raises(errors.APIError) as rated:
            client.session_labels.create(request=sent(session, type=AUTO, user_email="mei@example.com"))
    assert (caught.value.status_code, "labels:write_as_any" in caught.value.body, Label.objects.count()) == (403, True, 1)
    assert (rated.value.status_code, "labels:write_as_any" in rated.value.body) == (403, True)
    with SyllableSDK(api_key_header=key_of(owner, "labels:read"), server_url=live_server.url) as client, pytest.raises(errors.APIError) as caught:
        client.session_labels.create(request=sent(session, user_email="mei@example.com"))
    assert caught.value.status_code == 403


def test_the_same_label_again_is_the_first_until_another_takes_its_place(sdk, session):
    good, again, bad, good_again = [sdk.session_labels.create(request=sent(session, code=code)) for code in ("GOOD", "GOOD", "BAD", "GOOD")]

    assert good == again
    assert len({good.id, bad.id, good_again.id}) == 3
    assert ids(sdk.session_labels.list()) == [good_again.id, bad.id, good.id]
    assert sdk.session_labels.create(request=sent(session, code="GOOD", comments="More.")).id > good_again.id


def test_a_lost_answer_and_a_retry_are_one_label(live_server, key, session):
    proxy = LossyProxy(urlsplit(live_server.url).port, losses=2)
    retries = RetryConfig("backoff", BackoffStrategy(1, 20, 1.5, 20_000), True)
    with SyllableSDK(api_key_header=key, server_url=proxy.url, retry_config=retries) as client:
        made = client.session_labels.create(request=sent(session, comments="Lost twice."))
    proxy.close()

    assert (proxy.requests, Label.objects.get().pk) == (3, made.id)


def test_an_idempotency_key_gives_the_first_answer_whatever_came_after(live_server, key, session):
    headers = {"Syllable-API-Key": key, "Idempotency-Key": "one"}
    address = f"{live_server.url}/api/v1/session_labels/"
    first = httpx.post(address, json=sent(session), headers=headers).json()
    httpx.post(address, json=sent(session, code="GOOD"), headers={"Syllable-API-Key": key})

    again = httpx.post(address, json=sent(session), headers=headers)
    other = httpx.post(address, json=sent(session, code="OK"), headers=headers)
    elsewhere = httpx.post(address, json=sent(SessionFactory()), headers=headers)

    assert (again.json(), again.status_code, Label.objects.count()) == (first, 200, 2)
    assert [answer.status_code for answer in (other, elsewhere)] == [422, 422]
    assert other.json()["detail"][0]["loc"] == ["header", "Idempotency-Key"]


def test_a_withdrawn_label_is_gone_and_a_replaced_one_is_still_told(sdk, session, owner):
    mine = rater_of(user=owner)
    first, second = labeled(session, mine, "GOOD"), labeled(session, mine, "BAD", made_at=NOON + timedelta(days=1))
    assert ids(sdk.session_labels.list()) == [second.pk, first.pk]

    withdraw_label(label=second, by=owner)

    assert ids(sdk.session_labels.list()) == [first.pk]
    with pytest.raises(errors.APIError) as caught:
        sdk.session_labels.get_by_id(session_label_id=second.pk)
    assert caught.value.status_code == 404
    assert CurrentLabel.objects.get().label_id == first.pk


def test_the_async_client_labels_too(live_server, key, session):
    async def work():
        async with SyllableSDK(api_key_header=key, server_url=live_server.url) as client:
            made = await client.session_labels.create_async(request=sent(session))
            listed = await client.session_labels.list_async(search_fields=["session_id"], search_field_values=[str(session.pk)])
            with pytest.raises(errors.HTTPValidationError):
                await client.session_labels.create_async(request=sent(session, code="FINE"))
            return made, listed, await client.session_labels.get_by_id_async(session_label_id=made.id)

    made, listed, got = asyncio.run(work())

    assert (ids(listed), got) == ([made.id], made)


def test_times_of_labels_keep_their_microseconds(sdk, session):
    labeled(session, RaterFactory(), made_at=datetime(2026, 3, 2, 12, 0, 0, 1, tzinfo=UTC))

    assert sdk.session_labels.list().items[0].timestamp == "2026-03-02T12:00:00.000001Z"
