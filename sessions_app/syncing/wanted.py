"""Which sessions are asked about: none that was erased, and none whose transcript was let go of."""

from collections.abc import Sequence
from dataclasses import dataclass

from sessions_app.codes import TranscriptState
from sessions_app.models import Session


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session to ask about. One that failed before is not tried over and over."""

    session_pk: int
    external_id: str
    channel: str
    failed_before: bool


def wanted_sessions(pks: Sequence[int]) -> list[Wanted]:
    rows = Session.objects.filter(pk__in=pks, erased_at=None).exclude(transcript_state=TranscriptState.ERASED).order_by("pk")
    columns = rows.values_list("pk", "external_id", "channel", "transcript_state")
    return [Wanted(pk, external_id, channel, state == TranscriptState.FAILED) for pk, external_id, channel, state in columns]
