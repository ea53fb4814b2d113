"""Kinds of sessions: one count by all that sessions are told apart by, for every panel that is about some of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf.locale import LANG_INFO
from django.utils.translation import gettext as _

from labeling.queries.summary.frame import Frame
from labeling.queries.summary.tallies import count_sessions, count_verdicts
from sessions_app.codes import Channel

KINDS = ("agent", "channel", "language", "direction")
JUDGED_KINDS = (*KINDS, "was_reviewed", "code")
# As the list is filtered by what its source does not say.
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Counts:
    names: tuple[str, ...]
    counted: Mapping[tuple[Any, ...], int]

    def by(self, *names: str) -> Counter[tuple[Any, ...]]:
        places = [self.names.index(name) for name in names]
        merged: Counter[tuple[Any, ...]] = Counter()
        for group, n in self.counted.items():
            merged[tuple(group[place] for place in places)] += n
        return merged


def count_kinds(frame: Frame) -> Counts:
    """This will count sessions by kinds."""
    return Counts(KINDS, count_sessions(frame, *KINDS))


def count_judged_kinds(frame: Frame) -> Counts:
    """This will count judged sessions by kinds, by whether somebody looked, and by code."""
    return Counts(JUDGED_KINDS, count_verdicts(frame, *JUDGED_KINDS))


def value_of(kind: str, value: Any) -> Any:
    """This will be what the list is filtered by: what is not known has a word there."""
    return value if value or kind == "agent" else UNKNOWN


def words_of(kind: str, value: str) -> str:
    if not value:
        return _("Not said")
    if kind == "language":
        return str(LANG_INFO.get(value, {}).get("name", value))
    if kind == "direction":
        return _("Outbound") if value == "out" else _("Inbound")
    return str(Channel(value).label)
