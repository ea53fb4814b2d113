"""Erasing a person or a session: ordering it, carrying it out batch by batch, and doing it again after a restore."""

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from django.db import OperationalError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop
from procrastinate.contrib.django import app

from labeling.models import Erasure, Event, Export, User
from labeling.models.erasure import ErasureState, SubjectKind
from labeling.models.event import EventKind
from labeling.models.export import ExportState
from labeling.operations.claims import void_places
from labeling.operations.erasing_requests import erase_requests
from labeling.operations.erasing_words import erase_words
from labeling.operations.erasure_list import Line, append_line
from labeling.operations.events import record_event
from labeling.operations.imports import void_imports
from labeling.queries.erasure import Subject, find_matching, get_erased_callers
from labeling.queries.holds import get_holds, is_held
from sessions_app.models import Session
from sessions_app.operations import erase_sessions
from sessions_app.operations.rejecting import forget_rejected
from sessions_app.queries.identity import KEY_ID, caller_digests, callers_of, key_ids, names_one_of

BATCH = 25
SUBJECT_KIND = "erasure"
# That it stands in the list outside of the database.
LISTED = "listed"
EXPORT_VOID = gettext_noop("Something was erased while this file lay here or was being made. Make the export again.")


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


class NothingToErase(Exception):
    """No key makes a digest of this: it names nobody."""


@dataclass(frozen=True, slots=True)
class Files:
    """What lies outside of the database, and is above an operation: how to remove recordings by name, exports and uploaded files by token."""

    remove_recordings: Callable[[Sequence[str]], None]
    remove_export: Callable[[str], None]
    remove_import: Callable[[str], None] = lambda token: None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a list came to."""

    lines: int
    sessions: int
    held: int
    # Lines whose digests were made with a key that is not here.
    unknown: int


@transaction.atomic
def order_erasure(*, subject: Subject, by: User | None, reference: str = "", sessions: Sequence[int] = (), in_background: bool = True) -> Erasure:
    """This will have a person or a session erased in the background. The same order while one is running is that one.

    `sessions` are those that were found already; the job looks for others, by the digest. Raises NothingToErase.
    """
    if not subject.digests:
        raise NothingToErase
    if by:
        User.objects.select_for_update(no_key=True).get(pk=by.pk)
    running = Erasure.objects.filter(digest__in=subject.digests, state=ErasureState.RUNNING).order_by("pk").first()
    if running:
        return running
    erasure = Erasure.objects.create(subject_kind=subject.kind, digest=subject.digests[0], reference=reference, erased_by=by)
    if in_background:
        # By name: a task is above an operation. One at a time: two would only wait for each other.
        app.configure_task("labeling.tasks.erase", lock="erase").defer(erasure=erasure.pk, sessions=list(sessions))
    return erasure


@transaction.atomic
def retry_erasure(*, erasure: Erasure) -> bool:
    """This will go on with an erasure that failed, got stuck or had to leave something, and say whether there was anything left of it."""
    changed = Erasure.objects.filter(pk=erasure.pk).exclude(state=ErasureState.FINISHED).update(state=ErasureState.RUNNING, finished_at=None)
    if changed:
        app.configure_task("labeling.tasks.erase", lock="erase").defer(erasure=erasure.pk)
    return bool(changed)


def carry_out_erasure(*, erasure_pk: int, files: Files, sessions: Sequence[int] = (), should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will erase what an erasure has not come to yet. Raises Stopped, OSError, and what the database refuses for a while."""
    erasure = Erasure.objects.select_related("erased_by").filter(pk=erasure_pk).exclude(state=ErasureState.FINISHED).first()
    if erasure is None:
        return
    try:
        if LISTED not in erasure.counts:
            append_line(Line(at=erasure.erased_at, kind=erasure.subject_kind, digest=erasure.digest))
            _note(erasure, Counter({LISTED: 1}))
        held = _erase_found([erasure], files, sessions=sessions, should_stop=should_stop)
        _finish(erasure, held[erasure.pk], files)
    except (Stopped, OperationalError):
        raise
    except Exception:
        fail_erasure(erasure_pk=erasure_pk)
        raise


def fail_erasure(*, erasure_pk: int) -> None:
    """This will say that an erasure did not come to its end. What was erased is, and the command begins it again."""
    Erasure.objects.filter(pk=erasure_pk, state=ErasureState.RUNNING).update(state=ErasureState.FAILED, finished_at=Now())


def replay_erasures(*, lines: Iterable[Line], files: Files) -> Replayed:
    """This will erase again whoever is on the list or in the table, and put back into the table what a restore took from it. Twice is once."""
    known = key_ids()
    latest: dict[str, Erasure] = {row.digest: row for row in Erasure.objects.select_related("erased_by").order_by("erased_at", "pk")}
    read = list(lines)
    for line in read:
        held = latest.get(line.digest)
        if held is None or held.erased_at < line.at:
            latest[line.digest] = Erasure.objects.create(subject_kind=line.kind, digest=line.digest, erased_at=line.at, counts={LISTED: 1})
    unknown = [erasure for erasure in latest.values() if erasure.digest[:KEY_ID] not in known]
    to_do = [erasure for erasure in latest.values() if erasure.digest[:KEY_ID] in known]
    before = {erasure.pk: len(sessions_of(erasure)) for erasure in to_do}
    waiting = _erase_found(to_do, files)
    for erasure in to_do:
        _finish(erasure, waiting[erasure.pk], files)
    again = sum(len(sessions_of(erasure)) - before[erasure.pk] for erasure in to_do)
    return Replayed(lines=len(read), sessions=again, held=sum(len(pks) for pks in waiting.values()), unknown=len(unknown))


@transaction.atomic
def find_erased(sessions: Sequence[Session]) -> list[Session]:
    """This will be those of sessions not stored yet that say nothing any more.

    What a hold covers is kept whole, as it came; its erasure waits for the end of the hold, although it was over before.
    """
    found = get_erased_callers(sessions)
    waiting = [pk for _, pk, is_covered in found if is_covered]
    Erasure.objects.filter(pk__in=waiting, state=ErasureState.FINISHED).update(state=ErasureState.HELD)
    return list({id(session): session for session, _, is_covered in found if not is_covered}.values())


def sessions_of(erasure: Erasure) -> list[int]:
    """This will be the sessions that an erasure has erased, as the audit knows them."""
    events = Event.objects.filter(kind=EventKind.ERASED, subject_kind=SUBJECT_KIND, subject=erasure.pk, at__gte=erasure.erased_at, session__isnull=False)
    return sorted({pk for pk in events.values_list("session", flat=True) if pk is not None})


def _erase_found(
    erasures: Sequence[Erasure], files: Files, *, sessions: Sequence[int] = (), should_stop: Callable[[], bool] = lambda: False
) -> defaultdict[int, set[int]]:
    """What is held stays, and is returned by erasure. A session that took place after its person was erased is another matter."""
    by_digest = {erasure.digest: erasure for erasure in erasures}
    held: defaultdict[int, set[int]] = defaultdict(set)
    if sessions:
        _erase_all(erasures[0], sessions, files, held, should_stop)
    kinds = {kind: frozenset(erasure.digest for erasure in erasures if erasure.subject_kind == kind) for kind in SubjectKind}
    for batch in find_matching(callers=kinds[SubjectKind.CALLER], records=kinds[SubjectKind.SESSION], should_stop=should_stop):
        found: defaultdict[str, list[int]] = defaultdict(list)
        for pk, digest, timestamp in batch:
            if by_digest[digest].subject_kind == SubjectKind.SESSION or timestamp <= by_digest[digest].erased_at:
                found[digest].append(pk)
        for digest, pks in found.items():
            _erase_all(by_digest[digest], pks, files, held, should_stop)
    if should_stop():
        raise Stopped
    return held


def _erase_all(erasure: Erasure, sessions: Sequence[int], files: Files, held: defaultdict[int, set[int]], should_stop: Callable[[], bool]) -> None:
    for start in range(0, len(sessions), BATCH):
        held[erasure.pk] |= _erase_batch(erasure, sessions[start : start + BATCH], files)
        if should_stop():
            raise Stopped


@transaction.atomic
def _erase_batch(erasure: Erasure, pks: Sequence[int], files: Files) -> set[int]:
    """Each batch is a transaction with its counts and its events, so that a killed worker loses none and doubles none."""
    # Locked against those too who only point at a session: what they write is either seen here, or comes after.
    locked = Session.objects.select_for_update(of=("self",)).select_related("data_source").filter(pk__in=pks, erased_at=None).order_by("pk")
    rows = list(locked)
    held = set(Session.objects.filter(is_held(get_holds()), pk__in=[row.pk for row in rows]).values_list("pk", flat=True))
    free = [row for row in rows if row.pk not in held]
    if free:
        # Before it is forgotten whom they were with.
        names = _names(erasure, {digest for row in free for value in callers_of(row) for digest in caller_digests(value)})
        rejected = forget_rejected(sessions=free)
        transcripts, recordings = erase_sessions(sessions=free)
        counts = erase_words(sessions=[row.pk for row in free], names=names, by=erasure.erased_by)
        void_places(sessions=[row.pk for row in free])
        _note(erasure, counts + Counter(sessions=len(free), transcripts=transcripts, recordings=len(recordings), rejected=rejected))
        for row in free:
            record_event(kind=EventKind.ERASED, by=erasure.erased_by, session=row.pk, subject_kind=SUBJECT_KIND, subject=erasure.pk)
        # Before the end: a batch that is undone finds its file gone and fetches nothing, one that is done has left none behind.
        files.remove_recordings(recordings)
    return held


def _finish(erasure: Erasure, held: Collection[int], files: Files) -> None:
    """What is not on a session, what was written at the very moment, and how it ended."""
    names = _names(erasure)
    if erasure.subject_kind == SubjectKind.CALLER:
        _note(erasure, erase_requests(names=names))
    touched = sessions_of(erasure)
    for start in range(0, len(touched), BATCH):
        with transaction.atomic():
            batch = touched[start : start + BATCH]
            list(Session.objects.select_for_update().filter(pk__in=batch).order_by("pk").values_list("pk", flat=True))
            _note(erasure, erase_words(sessions=batch, names=names, by=erasure.erased_by))
    if touched:
        _note(erasure, Counter(exports=_void_exports(files)))
    # Whether or not anything of them was here: a file that waits, and the rows it was not taken of, may name them.
    uploads = void_imports()
    for token in uploads:
        files.remove_import(token)
    _note(erasure, Counter(uploads=len(uploads)))
    with transaction.atomic():
        row = Erasure.objects.select_for_update().get(pk=erasure.pk)
        row.counts["held"] = len(held)
        row.state, row.finished_at = ErasureState.HELD if held else ErasureState.FINISHED, Now()
        row.save(update_fields=["counts", "state", "finished_at"])
        record_event(kind=EventKind.ERASED, by=erasure.erased_by, subject_kind=SUBJECT_KIND, subject=erasure.pk, after=f"{len(touched)} sessions")


def _void_exports(files: Files) -> int:
    """All files there are, and those being made, which read the sessions as they were."""
    tokens: list[str] = []
    for state, after in ((ExportState.READY, ExportState.EXPIRED), (ExportState.RUNNING, ExportState.FAILED)):
        for export in Export.objects.filter(state=state):
            if Export.objects.filter(pk=export.pk, state=state).update(state=after, problem=EXPORT_VOID):
                tokens.append(export.token)
    for token in tokens:
        files.remove_export(token)
    return len(tokens)


def _names(erasure: Erasure, more: Collection[str] = ()) -> Callable[[str], bool]:
    digests = {erasure.digest, *more}
    return lambda text: names_one_of(text, digests)


@transaction.atomic
def _note(erasure: Erasure, counts: Counter[str]) -> None:
    """This will add to what was counted, in the transaction of what was counted."""
    row = Erasure.objects.select_for_update().get(pk=erasure.pk)
    row.counts = {name: row.counts.get(name, 0) + counts.get(name, 0) for name in sorted({*row.counts, *(name for name, n in counts.items() if n)})}
    row.save(update_fields=["counts"])
    erasure.counts = row.counts
