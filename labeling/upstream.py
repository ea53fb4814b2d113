"""The vendor's labels in our words: listing them and creating one. Where a label may come about twice, what it says is what recognizes it."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from labeling.codes import ERASED_WORDS, LabelType
from sessions_app.records import BadRecord, clean, read_time
from sessions_app.upstream.answers import Page
from sessions_app.upstream.client import Patience, Vendor
from sessions_app.upstream.facts import NoAnswer

# A push has a back-off of its own; in between others are sent.
PATIENCE = Patience(attempts=1, seconds=10.0)
PAGE, MOST_PAGES = 500, 40
BEFORE_ALL = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Said:
    """What a label says on the wire, ours or the vendor's."""

    type: str
    code: str
    email: str
    comment: str = ""
    issues: tuple[str, ...] = ()
    # Its words were taken out: what it said is not known any more, and never sent.
    is_erased: bool = False

    def wire(self, session_id: str) -> dict[str, Any]:
        """This will be what is sent, in full."""
        return {
            "session_id": int(session_id),
            "type": self.type,
            "code": self.code,
            "user_email": self.email,
            "comments": self.comment or None,
            "issue_categories": list(self.issues),
        }


@dataclass(frozen=True, slots=True)
class TheirLabel:
    """A label as it stands at the vendor."""

    id: int
    session_id: str
    at: datetime
    said: Said

    @property
    def order(self) -> tuple[datetime, int]:
        return (self.at, self.id)


class TooMany(Exception):
    """More labels than one look takes in."""


def labels_of_session(vendor: Vendor, session_id: str) -> list[TheirLabel]:
    """This will list a session's labels of people at the vendor, the oldest first."""
    pages = _pages(lambda page: vendor.labels_of([session_id], page=page, limit=PAGE))
    return sorted((label for label in pages if label.session_id == session_id), key=lambda label: label.order)


def labels_between(vendor: Vendor, start: datetime, end: datetime) -> list[TheirLabel]:
    """This will list the labels that people made at the vendor in a span of time, the oldest first. Raises TooMany."""
    pages = _pages(lambda page: vendor.labels(start=start, end=end, page=page, limit=PAGE, type=LabelType.HUMAN))
    return sorted(pages, key=lambda label: label.order)


def create_label(vendor: Vendor, session_id: str, said: Said) -> int:
    """This will make a label at the vendor, once, and return its id there."""
    made = read_label(vendor.create_label(said.wire(session_id)))
    if made is None:
        raise NoAnswer("The vendor did not say which label it made.")
    return made.id


def read_label(wire: object) -> TheirLabel | None:
    """This will be a label of a person as the vendor tells it; None for anything else."""
    if not isinstance(wire, Mapping) or wire.get("type") != LabelType.HUMAN:
        return None
    pk, session_id, email = _number(wire.get("id")), _number(wire.get("session_id")), wire.get("user_email")
    if pk is None or session_id is None or not isinstance(email, str):
        return None
    issues, comment = wire.get("issue_categories"), wire.get("comments")
    try:
        at = read_time(wire.get("timestamp"), "timestamp")
    except BadRecord:
        at = BEFORE_ALL
    said = Said(
        type=LabelType.HUMAN,
        code=str(wire.get("code")).upper(),
        email=clean(email).strip().lower(),
        comment=plain(clean(comment)) if isinstance(comment, str) else "",
        issues=tuple(clean(issue) for issue in issues if isinstance(issue, str)) if isinstance(issues, list) else (),
    )
    return TheirLabel(pk, str(session_id), at, said)


def plain(comment: str) -> str:
    """A comment without what may change on the way: the ends of its lines, and space around it."""
    return comment.replace("\r\n", "\n").strip()


def is_erased(words: str) -> bool:
    """Also a reason, which says "(erased 12)"."""
    return words == ERASED_WORDS or re.fullmatch(r"\(erased \d+\)", words) is not None


def _pages(ask: Callable[[int], Page]) -> Iterator[TheirLabel]:
    seen: set[int] = set()
    for number in range(MOST_PAGES):
        page = ask(number)
        for label in map(read_label, page.items):
            # What is made there meanwhile moves others to the next page.
            if label and label.id not in seen:
                seen.add(label.id)
                yield label
        if page.is_last:
            return
    raise TooMany


def _number(value: object) -> int | None:
    """As a number or as text, below what a column holds."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 19:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**18 else None
