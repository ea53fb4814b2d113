"""The writes of runs: starting one, the place it has come to, and what is put off in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models.functions import Now

from labeling.models import Run, Skip, User
from labeling.models.run import MOST_IN_RUN, SkipKind

LONGEST_NAME = 200


class NothingMatches(Exception):
    """A run of no sessions."""


class NotInRun(Exception):
    """The session is none of the run's."""


class NotSkipped(Exception):
    """The session is not, or no longer, skipped in the run."""


@dataclass(frozen=True, slots=True)
class Skipped:
    skip: Skip
    is_new: bool


def start_run(*, by: User, name: str, query: str, sessions: Sequence[int], is_cut: bool) -> Run:
    """This will freeze an order of sessions, the first 1,000 of them. Raises NothingMatches."""
    if not sessions:
        raise NothingMatches
    return Run.objects.create(
        owner=by, name=name[:LONGEST_NAME], query=query, sessions=list(sessions[:MOST_IN_RUN]), is_cut=is_cut or len(sessions) > MOST_IN_RUN
    )


def note_place(*, run: Run, session_pk: int, by: User) -> None:
    """This will remember the session a run has come to."""
    Run.objects.filter(pk=run.pk, owner=by).update(at_session=session_pk, used_at=Now())


@transaction.atomic
def skip_session(*, run: Run, session_pk: int, kind: str = SkipKind.LATER) -> Skipped:
    """This will put a session off. One that was skipped before keeps its place among the skipped. Raises NotInRun."""
    if session_pk not in run.sessions:
        raise NotInRun
    _lock(run)
    skip, is_new = Skip.objects.update_or_create(run=run, session_id=session_pk, defaults={"kind": kind})
    return Skipped(skip, is_new)


@transaction.atomic
def change_skip(*, run: Run, session_pk: int, kind: str) -> Skip:
    """This will say why a session was put off. Raises NotSkipped."""
    skip = Skip.objects.select_for_update().filter(run=run, session=session_pk).first()
    if skip is None:
        raise NotSkipped
    skip.kind = kind
    skip.save(update_fields=["kind"])
    return skip


@transaction.atomic
def withdraw_skip(*, run: Run, session_pk: int) -> None:
    """This will take a skip back; twice is once."""
    _lock(run)
    Skip.objects.filter(run=run, session=session_pk).delete()


@transaction.atomic
def reopen_skipped(*, run: Run) -> list[int]:
    """This will take back every skip that was for later, and return its sessions, the oldest skip first."""
    _lock(run)
    skips = list(Skip.objects.select_for_update().filter(run=run, kind=SkipKind.LATER).order_by("skipped_at", "pk"))
    Skip.objects.filter(pk__in=[skip.pk for skip in skips]).delete()
    return [skip.session_id for skip in skips]


def _lock(run: Run) -> None:
    """Skipping and taking back wait for each other: a row that is gone between two looks at it is an error."""
    Run.objects.select_for_update(no_key=True).only("pk").get(pk=run.pk)
