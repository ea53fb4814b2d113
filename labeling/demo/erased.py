"""What stays of sessions whose transcripts were erased: their signals. Drawn from sessions that did speak."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sessions_app.codes import EndedBy, TranscriptState
from sessions_app.demo import DemoSession, generate
from sessions_app.models import Session
from sessions_app.operations import derived_columns
from sessions_app.records import ended_by, read_record
from sessions_app.turns import read_content

MOST_SPOKEN = 3_000
Kind = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Erased:
    """Signals of spoken sessions, by prompt, channel and code."""

    signals: Mapping[Kind, list[dict[str, Any]]]

    def columns(self, demo: DemoSession, row: Session) -> dict[str, Any]:
        """This will be what the row of a session says whose transcript nobody holds any more; nothing where no such session spoke."""
        found = self.signals.get(_kind(demo, row))
        if not found:
            return {}
        drawn = found[int((row.conversation_id or "0")[:6], 16) % len(found)]
        wire = {"transfer_voicemail_detected": row.transfer_voicemail_detected, "user_terminated": row.user_terminated}
        return drawn | {
            "transcript_state": TranscriptState.ERASED.value,
            "ended_by": str(ended_by(wire, transferred=drawn["ended_by"] == EndedBy.TRANSFER)),
        }


def remember(*, sessions: int, seed: int, until: datetime) -> Erased:
    """This will let some sessions speak, up to a few thousand, and keep their signals only."""
    signals: dict[Kind, list[dict[str, Any]]] = defaultdict(list)
    for demo in generate(min(sessions, MOST_SPOKEN), seed, until):
        row = Session(**read_record(demo.record, keeps_vendor_ids=False).values)
        content = read_content(transcript=demo.transcript or {}, latency=demo.latency)
        signals[_kind(demo, row)].append(derived_columns(row, content))
    return Erased(dict(signals))


def _kind(demo: DemoSession, row: Session) -> Kind:
    return row.prompt_id or "", row.channel, demo.truth.code
