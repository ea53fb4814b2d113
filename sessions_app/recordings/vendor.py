"""A recording of the vendor's: its address is good for a while only, so a fresh one is asked for whenever somebody wants to hear it."""

from collections.abc import Callable
from urllib.parse import urlsplit

from sessions_app import outbound
from sessions_app.codes import RecordingState
from sessions_app.models import Connection, Recording
from sessions_app.operations.ingesting import VENDOR
from sessions_app.recordings.fetchers import FetchFailed, Gone
from sessions_app.sealing import Unreadable, unseal
from sessions_app.upstream.client import Patience, Vendor
from sessions_app.upstream.facts import NotThere, UpstreamProblem

# Somebody waits for it.
PATIENCE = Patience(attempts=3, first_wait=0.5, longest_wait=5.0, seconds=15.0)
SECONDS, MOST_BYTES = 100.0, 500_000_000
MOST_PARTS = 20
HEADER = "Syllable-API-Key"


def fetch_vendor(recording: Recording, write: Callable[[bytes], None]) -> None:
    """This will fetch the recording that `reference` speaks of: "vendor:place". Raises FetchFailed and Gone."""
    kind, _, told = recording.reference.partition(":")
    session = recording.session
    row = Connection.objects.filter(data_source=session.data_source_id).first()
    # Nothing of an erased session is asked for again.
    if row is None or session.erased_at or f"{kind}:" != VENDOR or not told.isdecimal():
        raise FetchFailed
    try:
        key = unseal(row.sealed_key)
        with Vendor(base_url=row.base_url, key=key, patience=PATIENCE) as vendor:
            addresses = vendor.recording_addresses(session.external_id)
    except NotThere:
        raise Gone from None
    except (UpstreamProblem, Unreadable):
        raise FetchFailed from None
    place = int(told)
    _note_parts(recording, len(addresses))
    if place > len(addresses):
        raise Gone
    address = addresses[place - 1]
    # The key is for the vendor's host only, wherever its recordings lie.
    headers = {HEADER: key} if _host(address) == _host(row.base_url) else {}
    try:
        answer = outbound.fetch(address, headers=headers, most_bytes=MOST_BYTES, seconds=SECONDS, write=write)
    except (outbound.Refused, outbound.Away):
        raise FetchFailed from None
    if answer.status in (404, 410):
        raise Gone
    if answer.status != 200:
        raise FetchFailed


def _note_parts(recording: Recording, parts: int) -> None:
    """How many parts there are is known only now. Where each begins is not told; they follow one another."""
    more = range(2, min(parts, MOST_PARTS) + 1) if recording.place == 1 else ()
    rows = [Recording(session_id=recording.session_id, place=place, reference=f"{VENDOR}{place}", state=RecordingState.PENDING) for place in more]
    Recording.objects.bulk_create(rows, ignore_conflicts=True)


def _host(address: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(address)
        return parts.scheme, parts.hostname, parts.port
    except ValueError:
        return "", None, None
