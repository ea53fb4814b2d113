"""Bodies that are read so strictly that nothing in them surprises what comes after."""

import json

import pytest

from sessions_app.api.problems import Unprocessable
from sessions_app.api.strict_json import DEEPEST, read_json


def nested(depth, within):
    """So many lists and objects in turn around something."""
    return within if not depth else nested(depth - 1, [within] if depth % 2 else {"a": within})


@pytest.mark.parametrize(
    "value", [1, "x", {"a": ["é", 1.5, None, True]}, "😀", "\\u0000 and \\ud800 as they are written", nested(DEEPEST, 1), nested(DEEPEST, [])]
)
def test_what_is_plain_is_read(value):
    assert read_json(json.dumps(value).encode()) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    "body",
    [
        json.dumps(nested(DEEPEST + 1, 1)).encode(),
        json.dumps(nested(DEEPEST, [1])).encode(),
        b'{"a": ["\\u0000"]}',
        b'{"a\\u0000": 1}',
        b'["\\ud83d"]',
        b'["\\uDE00 x"]',
        b'{"\\uD83d": 1}',
        b'"\\ud83d\\ud83d"',
        b'["\xed\xa0\x80"]',
        b'["\x00"]',
        b'{"a": 1, "a": 2}',
        b"[1e400]",
        b"[NaN]",
        b"[9223372036854775808]",
    ],
)
def test_what_nobody_means_is_refused(body):
    with pytest.raises(Unprocessable):
        read_json(body)
