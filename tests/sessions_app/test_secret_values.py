"""Secrets in payloads: hidden wherever they stand, and nothing else with them."""

import json
import time

import pytest

from sessions_app.queries.secret_values import hide_secrets, payloads_without_secrets, tools_without_secrets, without_secrets
from sessions_app.search_words import passages, session_words

JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N"


@pytest.mark.parametrize(
    "key",
    [
        "password", "Password", "new_password", "passwd", "pwd", "pin", "secret", "client-secret", "clientSecret", "token", "access_token", "refreshToken",
        "authorization", "Authorization", "api_key", "apiKey", "x-api-key", "private_key", "credentials", "cookie",
        "Set-Cookie", "cvv", "card_number", "cardNumber",
    ],
)  # fmt: skip
def test_the_value_of_a_secret_key_is_hidden(key):
    assert without_secrets({"a": [{key: "hunter2"}], "b": 1}) == {"a": [{key: "•••"}], "b": 1}
    assert without_secrets({key: {"inner": "hunter2"}}) == {key: "•••"}
    assert without_secrets({key: 4321}) == {key: "•••"}


@pytest.mark.parametrize("value", [None, "", False, True])
def test_that_there_is_a_secret_or_none_may_be_read(value):
    assert without_secrets({"token": value}) == {"token": value}


def test_what_only_sounds_like_a_secret_stays():
    plain = {"max_tokens": 900, "key": "front", "author": "Ana", "passenger": "Ana", "spin": 3, "notes": "The secretary will call.", "id": "p_5512"}

    assert without_secrets(plain) == plain


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Authorization: Bearer abc123def456", "Authorization: ••• •••"),
        ("sent bearer abc123def456.", "sent bearer •••"),
        (f"the token is {JWT} today", "the token is ••• today"),
        ("AKIAIOSFODNN7EXAMPLE", "•••"),
        ("use sk-live_abcdefghijklmnopqrstuvwx", "use •••"),
        ("ghp_abcdefghijklmnopqrstuvwxyz0123", "•••"),
        ("https://a.example/?api_key=abc&day=3", "https://a.example/?api_key=•••&day=3"),
        ("password = 'hunter2'", "password = •••'"),
        ('{\\"password\\": \\"hunter2\\"}', '{\\"password\\": •••\\"}'),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- after", "••• after"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "•••"),
        ("card 4111 1111 1111 1111, exp 04/29", "card ••• 1111, exp 04/29"),
        ("378282246310005", "••• 0005"),
    ],
)
def test_a_secret_in_a_text_is_hidden(text, shown):
    assert hide_secrets(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "4111 1111 1111 1112 fails the check of a card",
        "1732012345678901234567",
        "a4111111111111111",
        "The basic information was given.",
        "2025-11-24T15:15:00Z",
        "token expired",
        "Timed out, 504",
    ],
)
def test_what_is_no_secret_stays_as_it_is(text):
    assert hide_secrets(text) == text


def test_a_card_that_was_sent_as_a_number_is_hidden():
    assert without_secrets({"n": 4111111111111111, "id": 1234567890123456}) == {"n": "••• 1111", "id": 1234567890123456}


def test_json_inside_a_string_is_searched_too():
    inner = json.dumps({"user": "ana", "password": "hunter2", "deep": json.dumps({"token": "abc"})})

    hidden = without_secrets({"body": inner, "plain": '{"a": 1}'})

    assert "hunter2" not in json.dumps(hidden)
    assert "abc" not in json.dumps(hidden)
    assert json.loads(hidden["body"])["user"] == "ana"
    assert hidden["plain"] == '{"a": 1}'


@pytest.mark.parametrize(
    "piece",
    ["a", "1", "eyJ-", "sk-", "-----BEGIN PRIVATE KEY-----", "token", 'password:"', "bearer ", "4111 ", "\\", "=", '"', "xoxb-", "secret_", "basic\n", "3 4-"],
)
def test_a_megabyte_of_anything_takes_no_time(piece):
    text = piece * (1_000_000 // len(piece))
    begun = time.perf_counter()

    hide_secrets(text)
    without_secrets({"a": text})

    assert time.perf_counter() - begun < 3


def hides(key):
    return key.lower().endswith("name")


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"name": "Maria", "plan": "Silver"}, {"name": "•••", "plan": "Silver"}),
        ({"name": {"first": "Maria", "all": ["M"]}, "n": 2}, {"name": "•••", "n": 2}),
        ({"name": ["Maria", "Jo"]}, {"name": "•••"}),
        ({"name": 7}, {"name": "•••"}),
        (
            {"rows": [{"name": "Maria"}, {"name": None}, {"name": ""}, {"name": True}, {"name": []}]},
            {"rows": [{"name": "•••"}, {"name": None}, {"name": ""}, {"name": True}, {"name": []}]},
        ),
        ({"body": '{"name": "Maria", "plan": "Silver"}'}, {"body": '{"name": "•••", "plan": "Silver"}'}),
        ({"error": "no match for name=Maria Gomez, plan=Silver"}, {"error": "no match for name=•••, plan=Silver"}),
    ],
)
def test_what_is_below_a_masked_key_is_hidden_whole_and_the_keys_stay(value, shown):
    assert without_secrets(value, hides_key=hides) == shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("name=Maria Gomez; plan=Silver", "name=•••; plan=Silver"),
        ("patient name: Maria Gomez, 12 Main", "patient name: •••, 12 Main"),
        ("{'name': 'Maria', 'plan': 'Silver'}", "{'name': •••, 'plan': 'Silver'}"),
        ('{"name": "Maria", "plan": "Sil', '{"name": •••, "plan": "Sil'),
        ('{\\"name\\": \\"Maria\\", \\"plan\\": 1}', '{\\"name\\": •••\\", \\"plan\\": 1}'),
        ('{"name": {"first": "Maria", "last": "Go', '{"name": •••'),
        ("<name>Maria Gomez</name><plan>Silver</plan>", "<name>•••</name><plan>Silver</plan>"),
        ("GET /x?name=Maria+Gomez&plan=Silver", "GET /x?name=•••&plan=Silver"),
        ("name: null, plan: Silver", "name: null, plan: Silver"),
        ("504 upstream timeout", "504 upstream timeout"),
    ],
)
def test_a_value_that_stands_with_its_key_in_plain_text_is_hidden(text, shown):
    assert hide_secrets(text, hides_key=hides) == shown


@pytest.mark.parametrize("piece", ["name=", "a ", "name:a ", '"name": ', "name", "a.", "\\", "'", 'name="', "name: {", "name>"])
def test_a_megabyte_of_hostile_pairs_costs_one_pass(piece):
    text = (piece * (1_000_000 // len(piece) + 1))[:1_000_000]
    begun = time.perf_counter()

    hide_secrets(text, hides_key=hides)

    assert time.perf_counter() - begun < 10.0


def test_what_a_source_tells_of_a_call_under_names_of_its_own_is_hidden_like_the_rest():
    call = {"uid": "a1", "timestamp": "2026-03-02T15:14:00Z", "tool_name": "find", "duration_ms": 12}
    told = call | {"tool_arguments": {"name": "Maria", "pin": 4321, "plan": "Silver"}, "full_name": "Maria", "token": "hunter2", "retries": 2}

    shown = tools_without_secrets([told], hides_key=hides)

    assert shown == [call | {"tool_arguments": {"name": "•••", "pin": "•••", "plan": "Silver"}, "full_name": "•••", "token": "•••", "retries": 2}]


@pytest.mark.parametrize(
    "payload",
    [
        '{"to": "+12025550177", "password": "hunter2", "inner": "{\\"token\\": \\"abc\\", \\"n\\": 4111111111111111}"}',
        ' {"password": "hunter2"}',
        '[1, {"pin": 4321}]',
        "{not JSON, password: hunter2",
        {"secret": "hunter2", "note": "Bearer abcdefgh12345678"},
        "k-12 sk-live_abcdefghijklmnopqrstuv",
        None,
        4111111111111111,
    ],
)
def test_what_is_searched_of_a_call_has_the_words_of_the_call_without_secrets(payload):
    tool = {"tool_name": "dial", "tool_request": payload, "tool_result": "ok", "tool_error": None, "password": "hunter2", "uid": "1"}

    found = list(passages([], payloads_without_secrets([tool])))

    assert found == list(passages([], tools_without_secrets([tool])))
    assert "hunter2" not in found[0].text


@pytest.mark.parametrize("text", ['{"a": "x\\ud83d"}', ' {"a": "\\ud83d"}', '{"a": "\\u0000b"}', '["\\udc00"]', '{"a": "{\\"b\\": \\"\\\\ud83d\\"}"}'])
def test_signs_that_nothing_can_hold_are_left_as_they_were_written(text):
    [hidden] = tools_without_secrets([{"tool_name": "find", "tool_result": text}])
    [payload] = payloads_without_secrets([{"tool_name": "find", "tool_result": text}])
    words = session_words(turns=[], tools=[{**payload, "timestamp": "2026-03-02T12:00:00+00:00", "uid": "k0"}], summary="", hour=1)

    for written in (json.dumps(hidden, ensure_ascii=False), words.english):
        written.encode()
        assert "\0" not in written


@pytest.mark.parametrize("depth", [300, 500, 600, 900, 5_000])
@pytest.mark.parametrize("written", ["{}", " {}", '{{"a": {}}}'])
def test_what_is_nested_deeper_than_anybody_reads_is_a_text(depth, written):
    text = written.format("[" * depth + "]" * depth)

    assert tools_without_secrets([{"tool_name": "find", "tool_result": text}])
    assert payloads_without_secrets([{"tool_name": "find", "tool_result": text}])
