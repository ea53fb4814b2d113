"""Fetching a recording from its source, in the background and once, however many asked for it."""

import logging
from datetime import timedelta

from django.conf import settings

from sessions_app.codes import RecordingState, SourceKind
from sessions_app.models import Recording
from sessions_app.queries.database_clock import database_now
from sessions_app.recording_operations import Copy, expire_recordings, fail_recording, hold_recording, lose_recording
from sessions_app.recordings import folder
from sessions_app.recordings.demo import fetch_demo
from sessions_app.recordings.fetchers import Fetcher, FetchFailed, Gone
from sessions_app.recordings.measuring import HEAD_BYTES, measure, media_type_of
from sessions_app.recordings.vendor import fetch_vendor

logger = logging.getLogger(__name__)

UNHEARD = timedelta(days=30)
# By the kind of the source.
FETCHERS: dict[str, Fetcher] = {SourceKind.VENDOR: fetch_vendor}
DEMO = "demo:"


def fetch_recording(*, recording_pk: int) -> None:
    """This will fetch a recording that is still wanted, measure it and keep it, or write down that it could not be had."""
    recording = Recording.objects.select_related("session__data_source").filter(pk=recording_pk, state=RecordingState.PENDING).first()
    if recording is None:
        return
    try:
        _fetch(recording)
    except Gone:
        lose_recording(recording=recording)
    except (FetchFailed, folder.TooLarge):
        fail_recording(recording=recording)
    except OSError as problem:
        # A full disk, or a source that does not answer. The whole message may name a file or an address.
        logger.error("A recording could not be fetched or kept: %s.", problem.strerror or type(problem).__name__)
        fail_recording(recording=recording)
    except Exception:
        fail_recording(recording=recording)
        raise


def clear_recordings() -> int:
    """This will delete the files that nobody has asked for in a month, and those that belong to nothing; and return how many went."""
    expired = expire_recordings(before=database_now() - UNHEARD)
    folder.remove(expired)
    return len(expired) + folder.clear_abandoned(lambda name: Recording.objects.filter(file=name).exists())


def _fetch(recording: Recording) -> None:
    # References are the sources' words: where sources are real, none of them is taken for ours.
    is_demo = recording.reference.startswith(DEMO) and not settings.PRODUCTION
    fetcher = fetch_demo if is_demo else FETCHERS.get(recording.session.data_source.kind)
    if fetcher is None:
        raise FetchFailed
    with folder.drafting() as draft:
        head = bytearray()

        def write(data: bytes) -> None:
            head.extend(data[: HEAD_BYTES - len(head)])
            draft.write(data)

        fetcher(recording, write)
        media_type = media_type_of(bytes(head))
        if not media_type:
            raise FetchFailed
        draft.flush()
        measured = measure(draft.path)
        name = draft.keep()
    copy = Copy(name, media_type, draft.size, measured.duration_ms, measured.agent, measured.caller)
    if not hold_recording(recording=recording, copy=copy, at=database_now()):
        folder.remove([name])
