"""What the vendor sends, kept: records, what was said, labels. Of each what could not be taken is kept apart, and stops nothing."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_noop

from sessions_app.codes import Channel, TranscriptState
from sessions_app.models import IngestRun, Recording, Session, Source
from sessions_app.models.rejected_record import RecordKind
from sessions_app.operations.rejecting import Refusal, accept_records, name_of_record, refuse_records
from sessions_app.operations.sessions import Ingested, upsert_sessions
from sessions_app.operations.transcripts import store_contents
from sessions_app.queries.database_clock import database_now
from sessions_app.records import BadRecord
from sessions_app.turns import Content, read_content

# A transcript that is not there, or not whole, may come yet: so long after the session it is asked for again.
YOUNG = timedelta(hours=6)
# A recording that the vendor has is named by its place among those of its session.
VENDOR = "vendor:"
COLUMNS = ("pk", "external_id", "changed_at", "transcript_state", "erased_at", "timestamp", "channel")


@dataclass(frozen=True, slots=True)
class Kept:
    """Since when words and sounds are kept here; what is older is not even asked for. None is from the beginning."""

    words: datetime | None = None
    sounds: datetime | None = None


@dataclass(slots=True)
class LabelsTaken:
    """What became of a page of labels: how many are new here, and (position, sentence) of those that were refused."""

    taken: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RecordsTaken:
    """What became of a page of records: whose last word must be asked for, and whose transcripts."""

    ingested: Ingested
    doubtful: list[str]
    owed: list[int]


@dataclass(frozen=True, slots=True)
class TalksTaken:
    """What became of transcripts. `young` may have more to come."""

    kept: int
    refused: int
    labels: int
    young: list[int]


@dataclass(frozen=True, slots=True)
class Talk:
    """What the vendor said of one session beside its record. `problem` says why it could not be had, whatever else came."""

    session_pk: int
    external_id: str
    transcript: Any = None
    latency: Any = None
    summary: Any = None
    problem: str = ""
    may_come: bool = False


# labeling keeps labels, and knows how long words are kept. It registers here, because sessions_app must not import it.
TAKES_LABELS: list[Callable[[Source, Sequence[Any]], LabelsTaken]] = []
TAKES_RATINGS: list[Callable[[Source, Mapping[int, str]], int]] = []
KEPT_SINCE: list[Callable[[], Kept]] = []


@transaction.atomic
def take_records(*, data_source: Source, items: Sequence[Any], run: IngestRun | None, takes_transcripts: bool, by_themselves: bool) -> RecordsTaken:
    """This will take records of sessions. `by_themselves` are those that were asked for one by one.

    The last word on a record is what the vendor says of it by itself: of one that changed, that came twice and not the same, or
    that could not be read, a list may hold an old copy. So the end is the same in whatever order the copies come.
    """
    names = [name_of_record(item, "session_id") for item in items]
    known = _rows(data_source, names)
    ingested = upsert_sessions(data_source=data_source, records=items)
    refused = {place for place, _ in ingested.refused}
    good = {name for place, name in enumerate(names) if place not in refused}
    refuse_records(
        data_source=data_source,
        kind=RecordKind.SESSION,
        run=run,
        refusals=[Refusal(names[place], items[place], sentence) for place, sentence in ingested.refused if names[place] not in good],
    )
    accepted = accept_records(data_source=data_source, kind=RecordKind.SESSION, external_ids=good)
    rows = _rows(data_source, good)
    fresh = [row for name, row in rows.items() if name not in known]
    changed = [row for name, row in rows.items() if name in known and known[name].changed_at != row.changed_at]
    doubtful = {row.external_id for row in changed} | accepted | _contradicted(names, items) | {names[place] for place in refused}
    owing = _owing({row.pk: row for row in (*fresh, *changed, *filter(_lacks_transcript, rows.values()))}.values()) if takes_transcripts else []
    Session.objects.filter(pk__in=[row.pk for row in owing], transcript_state=TranscriptState.NONE).update(transcript_state=TranscriptState.PENDING)
    if takes_transcripts:
        _note_recordings(fresh)
    asked = [] if by_themselves else sorted(name for name in doubtful if not name.startswith("sha256:"))
    return RecordsTaken(ingested, asked, [row.pk for row in owing])


@transaction.atomic
def take_talks(*, data_source: Source, talks: Sequence[Talk], run: IngestRun | None) -> TalksTaken:
    """This will keep what was said in sessions, and rate them by the vendor's summaries. What was erased meanwhile stays erased."""
    rows = {row.pk: row for row in Session.objects.select_for_update(no_key=True).filter(pk__in=[talk.session_pk for talk in talks]).order_by("pk")}
    talks = [talk for talk in talks if talk.session_pk in rows and not _is_erased(rows[talk.session_pk])]
    contents: dict[int, Content] = {}
    refusals: dict[int, Refusal] = {}
    for talk in talks:
        try:
            if content := _content(talk):
                contents[talk.session_pk] = content
        except BadRecord as refusal:
            # With the session's id, by which it is found again.
            came = {} if talk.problem else {"session_id": talk.external_id, "transcript": talk.transcript}
            refusals[talk.session_pk] = Refusal(talk.external_id, came, str(refusal))
    good = [talk for talk in talks if talk.session_pk not in refusals]
    store_contents(contents=contents)
    _set_state(TranscriptState.NONE, [talk.session_pk for talk in good if talk.transcript is None])
    _set_state(TranscriptState.FAILED, refusals)
    refuse_records(data_source=data_source, kind=RecordKind.TRANSCRIPT, run=run, refusals=list(refusals.values()))
    accept_records(data_source=data_source, kind=RecordKind.TRANSCRIPT, external_ids=[talk.external_id for talk in good])
    ratings = {talk.session_pk: rating for talk in good if (rating := _rating(talk))}
    labels = sum(take(data_source, ratings) for take in TAKES_RATINGS) if ratings else 0
    since = database_now() - YOUNG
    young = [talk.session_pk for talk in good if talk.may_come and rows[talk.session_pk].timestamp > since]
    return TalksTaken(len(contents), len(refusals), labels, young)


@transaction.atomic
def take_labels(*, data_source: Source, items: Sequence[Any], run: IngestRun | None) -> LabelsTaken:
    """This will hand labels to whoever keeps labels, and keep those that were refused."""
    outcome = LabelsTaken()
    for take in TAKES_LABELS:
        one = take(data_source, items)
        outcome.taken += one.taken
        outcome.refused += one.refused
    names = [name_of_record(item, "id") for item in items]
    refusals = [Refusal(names[place], items[place], sentence) for place, sentence in outcome.refused]
    refuse_records(data_source=data_source, kind=RecordKind.LABEL, run=run, refusals=refusals)
    accept_records(data_source=data_source, kind=RecordKind.LABEL, external_ids=set(names) - {refusal.external_id for refusal in refusals})
    return outcome


def _rows(source: Source, names: Collection[str]) -> dict[str, Session]:
    return {row.external_id: row for row in Session.objects.filter(data_source=source, external_id__in=list(names)).only(*COLUMNS)}


def _contradicted(names: Sequence[str], items: Sequence[Any]) -> set[str]:
    """Records that came twice on one page, and not the same."""
    first: dict[str, Any] = {}
    return {name for name, item in zip(names, items, strict=True) if _differ(first.setdefault(name, item), item)}


def _differ(one: Any, other: Any) -> bool:
    try:
        return bool(one != other)
    except RecursionError:
        return True


def _lacks_transcript(row: Session) -> bool:
    return row.transcript_state in (TranscriptState.PENDING, TranscriptState.FAILED)


def _is_erased(row: Session) -> bool:
    return row.erased_at is not None or row.transcript_state == TranscriptState.ERASED


def _owing(rows: Collection[Session]) -> list[Session]:
    """Of which sessions the transcript is asked for: of none that was erased, and of none older than transcripts are kept."""
    since = _latest(ask().words for ask in KEPT_SINCE)
    return [row for row in rows if not _is_erased(row) and (since is None or row.timestamp >= since)]


def _note_recordings(rows: Sequence[Session]) -> None:
    """A call may have a recording; whether it has one is asked when somebody wants to hear it."""
    since = _latest(ask().sounds for ask in KEPT_SINCE)
    calls = [row for row in rows if row.channel == Channel.VOICE and not _is_erased(row) and (since is None or row.timestamp >= since)]
    Recording.objects.bulk_create([Recording(session=row, reference=f"{VENDOR}1") for row in calls], ignore_conflicts=True, batch_size=500)


def _latest(moments: Any) -> datetime | None:
    return max((moment for moment in moments if moment is not None), default=None)


def _content(talk: Talk) -> Content | None:
    """What was said, checked; None where there is no transcript. Raises BadRecord for what cannot be had or kept."""
    if talk.problem:
        raise BadRecord(talk.problem)
    if talk.transcript is None:
        return None
    if not all(part is None or isinstance(part, Mapping) for part in (talk.transcript, talk.latency, talk.summary)):
        raise BadRecord(gettext_noop("The transcript is not an object."))
    told = talk.transcript.get("session_id")
    if told is not None and str(told) != talk.external_id:
        raise BadRecord(gettext_noop("The transcript is of another session."))
    return read_content(transcript=talk.transcript, latency=talk.latency, summary=talk.summary)


def _set_state(state: TranscriptState, pks: Collection[int]) -> None:
    """Only of sessions that wait for a transcript: one that is held stays held, whatever comes."""
    waiting = Session.objects.filter(pk__in=list(pks), transcript_state__in=(TranscriptState.NONE, TranscriptState.PENDING, TranscriptState.FAILED))
    waiting.update(transcript_state=state)


def _rating(talk: Talk) -> str:
    rating = talk.summary.get("rating") if isinstance(talk.summary, Mapping) else None
    return rating.strip() if isinstance(rating, str) else ""
