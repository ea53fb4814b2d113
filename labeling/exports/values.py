"""Values of columns that are worked out of others, for all rows of a batch."""

import math
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple, cast

from labeling.clock import zone
from labeling.exports.batches import Batch
from labeling.exports.words import joined
from labeling.queries.session_lines import label_note, signals_of
from sessions_app.models import Prompt, Session
from sessions_app.signals import LONG_SILENCE_MS, SLOW_REPLY_MS

# What the kind of the source says of the one whose ids are the vendor's.
PRIMARY = "primary"
WITHOUT_OFFSET = len("2026-03-02 12:00:00")


class SignalFacts(NamedTuple):
    """The columns of a session that the list's own rules for signals look at."""

    tool_errors: int | None
    longest_silence_ms: int | None
    reply_p95_ms: int | None
    ended_by: str


class LabelFacts(NamedTuple):
    """The columns of a session that say how its label came about."""

    label_code: str | None
    label_raters: int
    label_agreeing: int
    label_is_settled: bool
    label_new_since: bool


def ids(field: str) -> Callable[[Batch], list[str | None]]:
    return lambda batch: [str(pk) if pk else None for pk in batch[field]]


def local_times(batch: Batch) -> list[str]:
    # As a spreadsheet reads a time; the zone is a column of its own.
    return [
        datetime.fromtimestamp(seconds, _zone(name)).isoformat(sep=" ")[:WITHOUT_OFFSET]
        for seconds, name in zip(batch["started_s"], batch["agent_timezone"], strict=True)
    ]


def addresses(batch: Batch) -> list[str]:
    before, after = batch.pages
    return [f"{before}{pk}{after}" for pk in batch.pks]


def directions(batch: Batch) -> list[str]:
    return ["" if out is None else "out" if out else "in" for out in batch["is_outbound"]]


def durations(batch: Batch) -> list[float | None]:
    return [seconds if seconds is not None and math.isfinite(seconds) else None for seconds in batch["duration"]]


def versions(batch: Batch) -> list[str]:
    return [_version(version, number) for version, number in zip(batch["prompt_version"], batch["prompt_version_number"], strict=True)]


def signals(batch: Batch) -> list[str]:
    facts = zip(*(batch[field] for field in SignalFacts._fields), strict=True)
    return [
        # What is within bounds says nothing, and as one value it is remembered.
        _signal_words(SignalFacts(errors, _beyond(silence, LONG_SILENCE_MS), _beyond(wait, SLOW_REPLY_MS), ended_by))
        for errors, silence, wait, ended_by in facts
    ]


def label_notes(batch: Batch) -> list[str]:
    return [_label_note(LabelFacts(*facts)) for facts in zip(*(batch[field] for field in LabelFacts._fields), strict=True)]


def source_kinds(batch: Batch) -> list[str]:
    rows = zip(batch["data_source__kind"], batch["data_source__is_primary"], strict=True)
    return [PRIMARY if is_primary else kind for kind, is_primary in rows]


def extras(batch: Batch) -> list[dict[str, Any] | None]:
    """Nobody knows what a source sends there, so no mask could find it all."""
    return [None for _ in batch.pks] if batch.is_masked else [value or None for value in batch["extra"]]


def comments(batch: Batch) -> list[Any]:
    return [
        [{"rater": label["rater"], "comment": label["comment"], "made_at": label["made_at"]} for label in batch.labels.get(pk, ()) if label["comment"]]
        for pk in batch.pks
    ]


def _beyond(ms: int | None, bound: int) -> int | None:
    return ms if ms is not None and ms >= bound else None


_zone = lru_cache(maxsize=600)(zone)


@lru_cache(maxsize=10_000)
def _version(version: str | None, number: int | None) -> str:
    return Prompt(version=version or "", version_number=number).version_label


@lru_cache(maxsize=10_000)
def _signal_words(facts: SignalFacts) -> str:
    return joined([signal.words for signal in signals_of(cast(Session, facts))])


@lru_cache(maxsize=10_000)
def _label_note(facts: LabelFacts) -> str:
    return label_note(cast(Session, facts))
