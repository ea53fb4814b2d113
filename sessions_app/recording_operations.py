"""The only writes of recordings: what is wanted, what was fetched, what could not be had, what is kept no longer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from sessions_app.codes import RecordingState
from sessions_app.models import Recording
from sessions_app.operations.ingesting import VENDOR

# A fetch that has said nothing for this long is asked for again: its worker may have been killed.
PATIENCE = timedelta(minutes=2)
# That somebody listens is written down at most this often; files are kept by the month.
GRAIN = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Copy:
    """A fetched file and what was measured of it; spans in milliseconds of the recording."""

    name: str
    media_type: str
    size: int
    duration_ms: int | None
    agent: Sequence[Sequence[int]]
    caller: Sequence[Sequence[int]]


@transaction.atomic
def want_recording(*, recording: Recording, at: datetime, again: bool = False) -> bool:
    """This will note that somebody wants to hear it, and say whether it has to be fetched. `again` gives a failed one another try."""
    held = Recording.objects.select_for_update(no_key=True).get(pk=recording.pk)
    if again and held.state == RecordingState.FAILED:
        held.state, held.asked_at = RecordingState.PENDING, None
    is_to_fetch = held.state == RecordingState.PENDING and (held.asked_at is None or held.asked_at <= at - PATIENCE)
    if is_to_fetch or (held.state == RecordingState.HELD and (held.asked_at is None or held.asked_at <= at - GRAIN)):
        held.asked_at = at
        held.save(update_fields=["state", "asked_at"])
    recording.state, recording.asked_at = held.state, held.asked_at
    return is_to_fetch


@transaction.atomic
def hold_recording(*, recording: Recording, copy: Copy, at: datetime) -> bool:
    """This will keep what was fetched, unless another fetch was quicker; spans are moved to the session's own clock."""
    changed = Recording.objects.filter(pk=recording.pk, state=RecordingState.PENDING).update(
        state=RecordingState.HELD,
        file=copy.name,
        media_type=copy.media_type,
        size=copy.size,
        duration_ms=copy.duration_ms,
        agent_spans=_moved(copy.agent, recording.starts_ms),
        caller_spans=_moved(copy.caller, recording.starts_ms),
        held_at=at,
    )
    _line_up(recording)
    return changed == 1


def fail_recording(*, recording: Recording) -> None:
    Recording.objects.filter(pk=recording.pk, state=RecordingState.PENDING).update(state=RecordingState.FAILED)


def lose_recording(*, recording: Recording) -> None:
    """This will write down that the source has it no more."""
    Recording.objects.filter(pk=recording.pk, state=RecordingState.PENDING).update(state=RecordingState.GONE)


def release_recording(*, recording: Recording) -> None:
    """This will let a recording be fetched anew whose file is not there any more."""
    Recording.objects.filter(pk=recording.pk, state=RecordingState.HELD, file=recording.file).update(state=RecordingState.PENDING, asked_at=None, file="")


@transaction.atomic
def expire_recordings(*, before: datetime) -> list[str]:
    """This will let go of what nobody has asked for since then, and return the names of the files. What was measured stays."""
    unheard = Q(held_at__lt=before) & (Q(asked_at=None) | Q(asked_at__lt=before))
    expired = list(Recording.objects.select_for_update(no_key=True).filter(unheard, state=RecordingState.HELD).order_by("pk").values_list("pk", "file"))
    Recording.objects.filter(pk__in=[pk for pk, _ in expired]).update(state=RecordingState.PENDING, asked_at=None, file="")
    return [name for _, name in expired]


def _line_up(recording: Recording) -> None:
    """The vendor's parts follow one another: each begins where the one before ends, as far as that is known."""
    begins: int | None = 0
    for part in Recording.objects.select_for_update(no_key=True).filter(session=recording.session_id, reference__startswith=VENDOR).order_by("place"):
        if begins is None:
            break
        if part.starts_ms != begins:
            later = begins - part.starts_ms
            part.starts_ms, part.agent_spans, part.caller_spans = begins, _moved(part.agent_spans, later), _moved(part.caller_spans, later)
            part.save(update_fields=["starts_ms", "agent_spans", "caller_spans"])
        begins = None if part.duration_ms is None else begins + part.duration_ms


def _moved(spans: Sequence[Sequence[int]], by: int) -> list[list[int]]:
    return [[start + by, end + by] for start, end in spans]
