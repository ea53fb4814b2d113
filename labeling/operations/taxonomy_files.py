"""A file of issue categories brought in: all of its plan in one transaction, each change through the operation that makes it."""

import pghistory
from django.db import transaction

from labeling.models import IssueAlias, IssueCategory, User
from labeling.models.category_change import ChangeKind
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.operations.guide import as_one_version
from labeling.operations.taxonomy import (
    follow_word,
    merge_category,
    one_at_a_time,
    rename_category,
    restore_category,
    retire_category,
    unmerge_category,
    write_change,
)
from labeling.queries.taxonomy_plan import PLAIN, Plan, Planned


@one_at_a_time
@transaction.atomic
def import_taxonomy(*, plan: Plan, by: User) -> None:
    """This will do what a plan says, or nothing. Raises NotPossible where something came in between."""
    with pghistory.context(user=by.pk), as_one_version(by=by):
        made = {one.row.key: _make(one, by) for one in plan.new}
        found = {one.row.key: one.category for one in plan.changed if one.category} | made
        for one in plan.changed:
            _change(one, by)
        for one in [*plan.new, *plan.changed]:
            _add_names(one, found[one.row.key], by)
        _merge([*plan.new, *plan.changed], found, by)
    write_change(kind=ChangeKind.IMPORT, category=None, by=by)


def _make(planned: Planned, by: User) -> IssueCategory:
    category = IssueCategory(name=planned.row.name)
    _fill(planned, category)
    category.save()
    record_event(kind=EventKind.CATEGORY_CHANGED, by=by, subject_kind="issue_category", subject=category.pk, after="made")
    follow_word(word=category.name, category=category, by=by)
    return category


def _change(planned: Planned, by: User) -> None:
    category = planned.category
    if category is None:
        return
    if names := _fill(planned, category):
        category.save(update_fields=names)
        record_event(kind=EventKind.CATEGORY_CHANGED, by=by, subject_kind="issue_category", subject=category.pk, after="edited")
    if "name" in planned.changed:
        rename_category(category=category, name=planned.row.name, by=by)


def _fill(planned: Planned, category: IssueCategory) -> list[str]:
    names = [name for name in PLAIN if name in planned.changed]
    for name in names:
        value = planned.row.values[name]
        setattr(category, name, "\n".join(value) if name == "comment_templates" else value)
    return names


def _add_names(planned: Planned, category: IssueCategory, by: User) -> None:
    for text in planned.aliases:
        IssueAlias.objects.create(text=text, category=category)
        follow_word(word=text, category=category, by=by)


def _merge(planned: list[Planned], found: dict[str, IssueCategory], by: User) -> None:
    """Out of merges first, and retired last: nothing is merged into what is retired, and what is merged cannot be retired."""
    steps = [(found[one.row.key], one) for one in planned]
    for category, one in steps:
        if "merged_into" in one.changed and not one.row.values["merged_into"]:
            unmerge_category(category=category, by=by)
    for category, one in steps:
        if "retired" in one.changed and not one.row.values["retired"]:
            restore_category(category=category, by=by)
    for category, one in steps:
        if "merged_into" in one.changed and one.row.values["merged_into"]:
            if "retired" in one.changed and one.row.values["retired"]:
                retire_category(category=category, by=by)
            into = found.get(one.row.values["merged_into"].upper()) or IssueCategory.objects.get(name__iexact=one.row.values["merged_into"])
            merge_category(category=category, into=into, by=by)
    for category, one in steps:
        if "retired" in one.changed and one.row.values["retired"]:
            retire_category(category=category, by=by)
