"""Changes of the issue categories that keep old labels true: each effective at once, written down, and taken back by a further change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar, cast

import pghistory
from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from psycopg.errors import UniqueViolation

from labeling.models import CategoryChange, FixedIssue, IssueAlias, IssueCategory, User
from labeling.models.category_change import ChangeKind, ChangeState
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.guide import publish_categories
from labeling.operations.session_issues import is_followed, spellings_of
from labeling.queries.taxonomy import why_not_merge, why_not_name, why_not_restore, why_not_retire, why_not_unmerge


@dataclass(slots=True)
class NotPossible(Exception):
    """The sentence says why, for the person who asked."""

    why: str


Write = TypeVar("Write", bound=Callable[..., Any])


def one_at_a_time(write: Write) -> Write:
    """This will turn what only two people at once can bring about, a name that is there by now, into NotPossible."""

    @wraps(write)
    def written(**given: Any) -> Any:
        try:
            return write(**given)
        except IntegrityError as problem:
            if not isinstance(problem.__cause__, UniqueViolation):
                raise
        raise NotPossible(_("Somebody changed the categories in the meantime. Look at them again."))

    return cast(Write, written)


@one_at_a_time
@transaction.atomic
def rename_category(*, category: IssueCategory, name: str, by: User) -> CategoryChange | None:
    """This will rename a category and keep its former name as another name, so that labels which say it still mean it.

    The name that it has already changes nothing. Raises NotPossible.
    """
    row = _locked(category)[0]
    former = row.name
    if former == name:
        return None
    _refuse(why_not_name(name, category=row))
    with pghistory.context(user=by.pk):
        row.name = name
        row.save(update_fields=["name"])
        IssueAlias.objects.filter(text__iexact=name, category=row).delete()
        if former.upper() != name.upper() and not IssueAlias.objects.filter(text__iexact=former).exists():
            IssueAlias.objects.create(text=former, category=row)
    follow_word(word=name, category=row, by=by)
    return write_change(kind=ChangeKind.RENAME, category=row, text=former, by=by)


@transaction.atomic
def merge_category(*, category: IssueCategory, into: IssueCategory, by: User) -> CategoryChange | None:
    """This will let a category count as another one from now on. Labels keep their words; a job rewrites what sessions add up to.

    Merging what is merged there already changes nothing. Raises NotPossible.
    """
    row, target = _locked(category, into)
    if row.merged_into_id == target.pk:
        return None
    _refuse(why_not_merge(row, target))
    with pghistory.context(user=by.pk):
        row.merged_into = target
        row.save(update_fields=["merged_into"])
        if row.suggested_by_signal and not target.suggested_by_signal:
            target.suggested_by_signal = row.suggested_by_signal
            target.save(update_fields=["suggested_by_signal"])
        _move_chips(row, target)
    return write_change(kind=ChangeKind.MERGE, category=row, other=target, by=by)


@transaction.atomic
def unmerge_category(*, category: IssueCategory, by: User) -> CategoryChange | None:
    """This will take a category out of a merge: what its own names say means it again. Raises NotPossible."""
    row = _locked(category)[0]
    target = row.merged_into
    if target is None:
        return None
    _refuse(why_not_unmerge(row))
    with pghistory.context(user=by.pk):
        row.merged_into = None
        row.save(update_fields=["merged_into"])
    return write_change(kind=ChangeKind.UNMERGE, category=row, other=target, by=by)


@one_at_a_time
@transaction.atomic
def split_category(*, category: IssueCategory, names: Sequence[str], moved: Mapping[int, str], retire: bool, by: User) -> list[CategoryChange]:
    """This will make new categories beside one, and give them those of its other names that `moved` says, by their ids.

    Old labels stay with the old category, unless they say a name that was moved. Raises NotPossible.
    """
    row = _locked(category)[0]
    if row.merged_into_id:
        raise NotPossible(_("A merged category is split after it was taken out of the merge."))
    for name in names:
        _refuse(why_not_name(name))
    made = {}
    with pghistory.context(user=by.pk):
        for name in names:
            made[name] = IssueCategory.objects.create(name=name, group=row.group, order=row.order, severity=row.severity, channels=row.channels)
        for alias in IssueAlias.objects.select_for_update().filter(category=row, pk__in=moved):
            alias.category = made[moved[alias.pk]]
            alias.save(update_fields=["category"])
    for new in made.values():
        follow_word(word=new.name, category=new, by=by)
    changes = [write_change(kind=ChangeKind.SPLIT, category=row, other=new, by=by, is_felt=new.name in moved.values()) for new in made.values()]
    if retire:
        retire_category(category=row, by=by)
    return changes


@transaction.atomic
def retire_category(*, category: IssueCategory, by: User) -> CategoryChange | None:
    """This will not offer a category any more. Labels, filters and summaries keep it. Raises NotPossible."""
    row = _locked(category)[0]
    if row.retired_at:
        return None
    _refuse(why_not_retire(row))
    with pghistory.context(user=by.pk):
        row.retired_at = Now()
        row.save(update_fields=["retired_at"])
    return write_change(kind=ChangeKind.RETIRE, category=row, by=by)


@transaction.atomic
def restore_category(*, category: IssueCategory, by: User) -> CategoryChange | None:
    """This will offer a retired category again. Raises NotPossible."""
    row = _locked(category)[0]
    if row.retired_at is None:
        return None
    _refuse(why_not_restore(row))
    with pghistory.context(user=by.pk):
        row.retired_at = None
        row.save(update_fields=["retired_at"])
    return write_change(kind=ChangeKind.RESTORE, category=row, by=by)


def follow_word(*, word: str, category: IssueCategory, by: User) -> CategoryChange | None:
    """This will let labels that said a word before it was a category's name count for that category."""
    return write_change(kind=ChangeKind.MAP, category=category, text=word, by=by) if spellings_of(word) else None


def write_change(
    *,
    kind: str,
    category: IssueCategory | None,
    by: User | None,
    other: IssueCategory | None = None,
    text: str = "",
    is_felt: bool = True,
) -> CategoryChange:
    """This will write down a change, and have the sessions follow it where there are any that it means."""
    change = CategoryChange.objects.create(kind=kind, category=category, other=other, text=text, changed_by=by, finished_at=Now())
    record_event(kind=EventKind.CATEGORY_CHANGED, by=by, subject_kind="issue_category", subject=category.pk if category else None, after=kind)
    publish_categories(by=by)
    if is_felt and is_followed(change):
        CategoryChange.objects.filter(pk=change.pk).update(state=ChangeState.RUNNING, finished_at=None)
        defer_change(change=change)
    change.refresh_from_db()
    return change


@transaction.atomic
def retry_change(*, change: CategoryChange) -> bool:
    """This will take a failed change up again where it stopped, and say whether there was one."""
    if not CategoryChange.objects.filter(pk=change.pk, state=ChangeState.FAILED).update(state=ChangeState.RUNNING, finished_at=None):
        return False
    defer_change(change=change)
    return True


def defer_change(*, change: CategoryChange) -> None:
    # By name: a task is above an operation. One after the other: they walk over the same sessions.
    app.configure_task("labeling.tasks.follow_category_change", lock="category_changes").defer(change=change.pk)


def _locked(*categories: IssueCategory) -> list[IssueCategory]:
    """In the order they were given, locked in one order; labels that name them are not held up."""
    rows = {row.pk: row for row in IssueCategory.objects.select_for_update(no_key=True).filter(pk__in=[one.pk for one in categories]).order_by("pk")}
    return [rows[one.pk] for one in categories]


def _refuse(why_not: str) -> None:
    if why_not:
        raise NotPossible(why_not)


def _move_chips(category: IssueCategory, into: IssueCategory) -> None:
    """A chip whose place the target has already, or where it does not apply, is dropped."""
    for chip in FixedIssue.objects.select_for_update().filter(category=category):
        is_there = FixedIssue.objects.filter(category=into, agent=chip.agent_id, channel=chip.channel).exists()
        if is_there or (chip.channel and into.channels and chip.channel not in into.channels):
            chip.delete()
        else:
            chip.category = into
            chip.save(update_fields=["category"])
