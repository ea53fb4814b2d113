"""What a tool was asked and what it answered, laid out for reading: JSON in lines, its longer parts folded."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sessions_app.identifiers import HidesKey
from sessions_app.models import Transcript
from sessions_app.queries.secret_values import hide_secrets, hides_none, without_secrets
from sessions_app.records import read_nested

# What the transcript keeps under a tool call, by the name it has on the page.
PAYLOADS = {"request": "tool_request", "error": "tool_error", "result": "tool_result"}
LARGE = 2_000
# Beyond this a payload is text: folding it would cost more than it helps.
LONGEST_FOLDED = 200_000
LINE = 88
FEW_LINES = 6
DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of text, or the beginning of a fold whose heading it is, or with neither the end of one."""

    text: str = ""
    folds: bool = False

    @property
    def ends(self) -> bool:
        return not self.text


@dataclass(frozen=True, slots=True)
class Payload:
    """`parts` is None where the payload is large: then it is asked for by itself."""

    name: str
    kilobytes: int
    parts: list[Part] | None


def get_payload(transcript: Transcript, *, number: int, name: str, hide: Callable[[str], str] = str, hides_key: HidesKey = hides_none) -> Payload | None:
    """This will lay out the whole of one payload of the tool call with this number, from one; None where there is none."""
    if name not in PAYLOADS or not 1 <= number <= len(transcript.tools):
        return None
    return read_payload(name, transcript.tools[number - 1].get(PAYLOADS[name]), hide=hide, hides_key=hides_key, whole=True)


def read_payload(name: str, value: object, *, hide: Callable[[str], str], hides_key: HidesKey = hides_none, whole: bool = False) -> Payload | None:
    """This will lay out a payload with its secrets hidden. A large one only when the whole is asked for; of nothing it is None."""
    if value is None or value == "":
        return None
    size = _size(value)
    parts = None if size > LARGE and not whole else [Part(hide(part.text), part.folds) for part in _parts(value, hides_key)]
    return Payload(name=name, kilobytes=max(round(size / 1000), 1), parts=parts)


def _size(value: object) -> int:
    return len(value) if isinstance(value, str) else len(json.dumps(value, ensure_ascii=False))


def _parts(given: object, hides_key: HidesKey) -> list[Part]:
    try:
        value = without_secrets(read_nested(given) if isinstance(given, str) else given, hides_key=hides_key)
        if isinstance(value, str):
            return [Part(value)]
        if _size(value) > LONGEST_FOLDED:
            return [Part(json.dumps(value, ensure_ascii=False, indent=1))]
        return _joined(_lines(value, "", "", "", 0))
    except (ValueError, RecursionError):
        # Not JSON, or nested deeper than anybody reads.
        return [Part(hide_secrets(given if isinstance(given, str) else _flat(given), hides_key=hides_key))]


def _lines(value: Any, indent: str, before: str, after: str, depth: int) -> list[Part]:
    if not isinstance(value, (dict, list)) or not value or depth > DEEPEST:
        return [Part(f"{indent}{before}{_flat(value)}{after}\n")]
    if len(value) <= LINE:
        flat = _flat(value)
        if len(indent) + len(before) + len(flat) <= LINE:
            return [Part(f"{indent}{before}{flat}{after}\n")]
    opens, closes = "{}" if isinstance(value, dict) else "[]"
    inner = [part for key, item, end in _items(value) for part in _lines(item, f"{indent}  ", key, end, depth + 1)]
    if depth and (len(inner) > FEW_LINES or any(part.folds for part in inner)):
        return [Part(f"{indent}{before}{opens}{len(value)}{closes}{after}", folds=True), *inner, Part()]
    return [Part(f"{indent}{before}{opens}\n"), *inner, Part(f"{indent}{closes}{after}\n")]


def _items(value: Any) -> Iterator[tuple[str, Any, str]]:
    """Each item with what stands before and after it."""
    pairs = [(f"{_flat(key)}: ", item) for key, item in value.items()] if isinstance(value, dict) else [("", item) for item in value]
    for place, (key, item) in enumerate(pairs, 1):
        yield key, item, "," if place < len(pairs) else ""


def _joined(parts: list[Part]) -> list[Part]:
    """Neighboring texts as one: each part is a piece of HTML."""
    joined: list[Part] = []
    texts: list[str] = []
    for part in [*parts, Part()]:
        if part.text and not part.folds:
            texts.append(part.text)
            continue
        if texts:
            joined.append(Part("".join(texts)))
            texts = []
        joined.append(part)
    return joined[:-1]


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
