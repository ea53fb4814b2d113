"""What an import does with some rows: look at them without writing anything, or take them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from sessions_app.ingest.rows import Row
from sessions_app.records import NOT_TEXT, TOO_LONG, BadRecord

BATCH = 1_000
# Of a batch of rows with much in them.
MOST_CHARACTERS = 8_000_000


@dataclass(slots=True)
class Outcome:
    """What became of some rows. Looked at only, `unchanged` are those whose session or label is here already."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: list[tuple[Row, str]] = field(default_factory=list)


class Taker(Protocol):
    def look(self, rows: Sequence[Row]) -> Outcome: ...

    def take(self, rows: Sequence[Row]) -> Outcome: ...


def told(problem: BadRecord | str) -> str:
    """This will make a sentence of what is wrong with a row."""
    words = str(problem)
    return words if words.endswith((".", "?")) else f"{words}."


def cleaned(value: Any, most: int, name: str) -> str:
    """This will read a text of so many characters at most. Raises BadRecord."""
    if value is None:
        return ""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise BadRecord(NOT_TEXT % {"name": name})
    words = value.replace("\0", "").encode("utf-8", "replace").decode().strip()
    if len(words) > most:
        raise BadRecord(TOO_LONG % {"name": name, "most": f"{most:,}"})
    return words
