"""Asking for everything there is about some sessions: several at once, and only the network in threads."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from sessions_app.codes import Channel
from sessions_app.operations.ingesting import Talk
from sessions_app.syncing.wanted import Wanted
from sessions_app.upstream.client import Vendor
from sessions_app.upstream.facts import NoAnswer, NotAllowed, NotTaken, NotThere

AT_ONCE = 4
Asked = TypeVar("Asked")
Got = TypeVar("Got")


def read_talks(vendor: Vendor, wanted: Sequence[Wanted]) -> list[Talk]:
    """This will ask for transcripts, latencies and summaries. What cannot be had says why, and stops nothing else. Raises KeyRefused and Interrupted."""
    return list(_at_once(lambda one: _read_talk(vendor, one), wanted))


def read_records(vendor: Vendor, external_ids: Sequence[str]) -> list[Any]:
    """This will ask for records one by one. What the vendor does not have or does not give is left out. Raises KeyRefused and Interrupted."""
    return [record for record in _at_once(lambda one: _read_record(vendor, one), external_ids) if record is not None]


def read_labels(vendor: Vendor, ids: Sequence[int]) -> list[Any]:
    """This will ask for labels one by one, as `read_records` does."""
    return [label for label in _at_once(lambda one: _or_none(lambda: vendor.label(one)), ids) if label is not None]


def _at_once(ask: Callable[[Asked], Got], of: Iterable[Asked]) -> Iterator[Got]:
    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upstream") as pool:
        try:
            yield from pool.map(ask, of)
        except BaseException:
            # What was not begun yet would only be asked in vain.
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _read_talk(vendor: Vendor, wanted: Wanted) -> Talk:
    attempts = 1 if wanted.failed_before else None
    try:
        transcript = _there(lambda: vendor.transcript(wanted.external_id, attempts=attempts))
        latency = _there(lambda: vendor.latency(wanted.external_id, attempts=attempts))
        summary = _there(lambda: vendor.summary(wanted.external_id, attempts=attempts))
    except (NoAnswer, NotTaken, NotAllowed) as problem:
        # What the key may not have of one session it may have of others; whether it is good at all is seen at the next list.
        return Talk(wanted.session_pk, wanted.external_id, problem=str(problem))
    # A vendor says of a call whether all of it was written down; of a chat it never does.
    is_partial = isinstance(transcript, Mapping) and transcript.get("transcript_complete") is False and wanted.channel == Channel.VOICE
    return Talk(wanted.session_pk, wanted.external_id, _with_texts(transcript), latency, summary, may_come=transcript is None or is_partial)


def _read_record(vendor: Vendor, external_id: str) -> Any:
    record = _or_none(lambda: vendor.session(external_id))
    # An answer about another session is no answer about this one.
    return record if isinstance(record, Mapping) and str(record.get("session_id")) == external_id else None


def _with_texts(transcript: Any) -> Any:
    """A turn in which nothing was understood comes without a text."""
    turns = transcript.get("transcription") if isinstance(transcript, Mapping) else None
    if not isinstance(turns, list):
        return transcript
    return {**transcript, "transcription": [{**turn, "text": ""} if isinstance(turn, Mapping) and turn.get("text") is None else turn for turn in turns]}


def _there(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except NotThere:
        return None


def _or_none(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except (NotThere, NotTaken, NotAllowed, NoAnswer):
        return None
