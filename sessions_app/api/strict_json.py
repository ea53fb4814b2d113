"""A body that somebody sent, read so strictly that nothing in it can surprise what comes after."""

import json
import math
from typing import Any

from sessions_app.api.problems import Unprocessable, unprocessable

DEEPEST = 20
LARGEST = 2**63 - 1
MOST_DIGITS = 40
SUSPECT = (b"\\u0000", b"\\ud", b"\\uD")
CONTAINERS = frozenset({dict, list})


class _NotPlain(ValueError):
    """What JSON allows, or Python reads, and nobody means."""


def read_json(body: bytes) -> Any:
    """This will read UTF-8 JSON without NaN, repeated keys, NUL, half signs, numbers beyond 64 bits or deep nesting. Raises Unprocessable."""
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_object, parse_constant=_constant, parse_int=_integer, parse_float=_number)
        _look_at_depth(value)
        # Of the few signs that a text must not have none is written as it is, in JSON that is UTF-8.
        if any(sign in body for sign in SUSPECT):
            _look_at(value)
    except UnicodeDecodeError:
        raise _problem("The body is not UTF-8.") from None
    except _NotPlain as told:
        raise _problem(str(told)) from None
    except RecursionError:
        raise _problem(_TOO_DEEP) from None
    except ValueError:
        raise _problem("The body is not JSON.") from None
    return value


_TOO_DEEP = f"The body is nested deeper than {DEEPEST}."


def _problem(sentence: str) -> Unprocessable:
    return unprocessable(["body"], sentence, "json_invalid")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _NotPlain("A key stands twice in one object.")
    return found


def _constant(name: str) -> Any:
    raise _NotPlain("A number is not finite.")


def _integer(digits: str) -> int:
    if len(digits) > MOST_DIGITS or abs(number := int(digits)) > LARGEST:
        raise _NotPlain("A whole number is beyond 64 bits.")
    return number


def _number(digits: str) -> float:
    if not math.isfinite(number := float(digits)):
        raise _NotPlain("A number is not finite.")
    return number


def _look_at_depth(value: Any) -> None:
    """Level by level, and only at what holds something: nearly all values are leaves."""
    level = [value] if type(value) in CONTAINERS else []
    for _ in range(DEEPEST):
        level = [item for one in level for item in (one.values() if type(one) is dict else one) if type(item) in CONTAINERS]
        if not level:
            return
    if any(level):
        raise _NotPlain(_TOO_DEEP)


def _look_at(value: Any) -> None:
    if isinstance(value, str):
        _look_at_text(value)
    elif isinstance(value, dict):
        for key, item in value.items():
            _look_at_text(key)
            _look_at(item)
    elif isinstance(value, list):
        for item in value:
            _look_at(item)


def _look_at_text(text: str) -> None:
    if "\0" in text:
        raise _NotPlain("A text has a NUL byte.")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _NotPlain("A text has half of a sign.") from None
