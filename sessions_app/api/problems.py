"""What can be wrong with a request to the API, in the shapes of the wire."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

Location = Sequence[str | int]


@dataclass(slots=True)
class Refused(Exception):
    """Answered with a status and a sentence."""

    status: int
    sentence: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Unprocessable(Exception):
    """Answered with 422 and the list that the vendor's SDK reads."""

    errors: list[dict[str, Any]]


def problem(loc: Location, sentence: str, kind: str = "value_error") -> dict[str, Any]:
    """This will be one entry of that list. It says nothing of the value that was sent."""
    return {"loc": list(loc), "msg": sentence, "type": kind}


def unprocessable(loc: Location, sentence: str, kind: str = "value_error") -> Unprocessable:
    return Unprocessable([problem(loc, sentence, kind)])
