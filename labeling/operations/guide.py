"""The writes of the guide: publishing a version, and noting who has read it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass

from django.db import connection, transaction
from django.db.models import Q

from labeling.models import GuideVersion, User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.incidents import note_told
from labeling.queries.guide import Texts, get_newest, get_snapshot, texts_of
from labeling.queries.guide_differences import tell_category_changes
from sessions_app.models import Session

GUIDE_LOCK = 0x6B1D
_waits_for_more: ContextVar[bool] = ContextVar("waits_for_more", default=False)


@dataclass(slots=True)
class GuideMovedOn(Exception):
    """Other texts were published since this one was begun."""

    newest: GuideVersion


class NothingChanged(Exception):
    """The texts are those of the newest version."""


@transaction.atomic
def publish_guide(*, texts: Texts, what_changed: str, starting_from: int | None, by: User) -> GuideVersion:
    """This will publish new texts, with the categories as they are now.

    `starting_from` is the version its writer had before them. A version that only changed categories is no obstacle; one
    with other texts is. The same form again gives what it published first. Raises GuideMovedOn, NothingChanged.
    """
    _lock()
    newest = get_newest()
    if newest and texts_of(newest) == texts:
        if starting_from == newest.number:
            raise NothingChanged
        return newest
    begun = GuideVersion.objects.filter(number=starting_from).first() if starting_from else None
    if newest and (begun is None or texts_of(begun) != texts_of(newest)):
        raise GuideMovedOn(newest)
    return _publish(newest, texts=texts, what_changed=what_changed, by=by)


@transaction.atomic
def publish_categories(*, by: User | None) -> GuideVersion | None:
    """This will publish a version if the active categories are not those of the newest one; nothing changed, nothing is published.

    To be called, in its transaction, by whatever changes categories.
    """
    if _waits_for_more.get():
        return None
    _lock()
    newest = get_newest()
    if newest is None:
        return None
    words = tell_category_changes(newest.categories, get_snapshot())
    return _publish(newest, texts=texts_of(newest), what_changed=words, by=by) if words else None


@contextmanager
def as_one_version(*, by: User) -> Iterator[None]:
    """This will publish at its end, as one version, all that is changed inside, such as a whole file."""
    token = _waits_for_more.set(True)
    try:
        yield
    finally:
        _waits_for_more.reset(token)
    publish_categories(by=by)


@transaction.atomic
def note_guide_read(*, version: int, sessions: Sequence[Session], by: User) -> None:
    """This will record that a person has the newest version before them, and which sessions it told them about.

    That a session is an example says what somebody thinks of it, so their label on it is no longer independent.
    """
    note_told(sessions=sessions, by=by)
    User.objects.filter(Q(guide_read=None) | Q(guide_read__lt=version), pk=by.pk).update(guide_read=version)


def _lock() -> None:
    """One publishes at a time, so that each sees what the other published."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, 0)", [GUIDE_LOCK])


def _publish(newest: GuideVersion | None, *, texts: Texts, what_changed: str, by: User | None) -> GuideVersion:
    number = newest.number + 1 if newest else 1
    version = GuideVersion.objects.create(number=number, categories=get_snapshot(), what_changed=what_changed, published_by=by, **asdict(texts))
    record_event(
        kind=EventKind.GUIDE_PUBLISHED,
        by=by,
        subject_kind="guide_version",
        subject=version.pk,
        before=str(newest.number) if newest else "",
        after=str(number),
    )
    return version
