"""The writes of the inbox: a string of labels is mapped to a category, made one, or ignored; each can be taken back."""

import pghistory
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from labeling.models import CategoryChange, IncomingIssue, IssueAlias, IssueCategory, User
from labeling.models.category_change import ChangeKind
from labeling.operations.incoming_issues import remember_unmapped
from labeling.operations.taxonomy import NotPossible, one_at_a_time, write_change
from labeling.queries.inbox import why_not_map
from labeling.queries.issues import one_spaced
from labeling.queries.taxonomy import why_not_name


@one_at_a_time
@transaction.atomic
def map_issue(*, incoming: IncomingIssue, category: IssueCategory, by: User) -> CategoryChange | None:
    """This will make a string another name of a category, for all labels that said it and all that will.

    Mapping it there again changes nothing; mapping it elsewhere moves it. Raises NotPossible.
    """
    text = one_spaced(incoming.text)
    locked = IssueCategory.objects.select_for_update(no_key=True).get(pk=category.pk)
    alias = IssueAlias.objects.select_for_update().filter(text__iexact=text).select_related("category").first()
    if alias and alias.category_id == locked.pk:
        return None
    if why_not := why_not_map(text, locked):
        raise NotPossible(why_not)
    before = alias.category if alias else None
    with pghistory.context(user=by.pk):
        if alias:
            alias.category = locked
            alias.save(update_fields=["category"])
        else:
            IssueAlias.objects.create(text=text, category=locked)
    _stop_ignoring(incoming)
    return write_change(kind=ChangeKind.MAP, category=locked, other=before, text=text, by=by)


@one_at_a_time
@transaction.atomic
def make_category(*, incoming: IncomingIssue, name: str, group: str, severity: str, by: User) -> CategoryChange | None:
    """This will make a category out of a string; where it gets another name, the string is one of its other names. Raises NotPossible."""
    text = one_spaced(incoming.text)
    if why_not := why_not_name(name) or why_not_map(text, None):
        raise NotPossible(why_not)
    if IssueAlias.objects.filter(text__iexact=text).exists():
        raise NotPossible(_("This string was mapped in the meantime."))
    with pghistory.context(user=by.pk):
        category = IssueCategory.objects.create(name=name, group=group, severity=severity)
        if text.upper() != name.upper():
            IssueAlias.objects.create(text=text, category=category)
    _stop_ignoring(incoming)
    return write_change(kind=ChangeKind.MAP, category=category, text=text, by=by)


@transaction.atomic
def unmap_issue(*, incoming: IncomingIssue, by: User) -> CategoryChange | None:
    """This will take a mapping back: the string waits in the inbox again, and sessions count without it."""
    alias = IssueAlias.objects.select_for_update(of=("self",)).filter(text__iexact=one_spaced(incoming.text)).select_related("category").first()
    if alias is None:
        return None
    with pghistory.context(user=by.pk):
        text, category = alias.text, alias.category
        alias.delete()
    remember_unmapped(raws=[text])
    return write_change(kind=ChangeKind.UNMAP, category=category, text=text, by=by)


@transaction.atomic
def ignore_issue(*, incoming: IncomingIssue, by: User) -> None:
    """This will take a string out of the inbox without giving it a meaning."""
    if IncomingIssue.objects.filter(pk=incoming.pk, ignored_at=None).update(ignored_at=Now(), ignored_by=by):
        write_change(kind=ChangeKind.IGNORE, category=None, text=incoming.text, by=by)


@transaction.atomic
def wait_again(*, incoming: IncomingIssue, by: User) -> None:
    """This will put an ignored string back into the inbox. One that is not ignored stays where it is."""
    if _stop_ignoring(incoming):
        write_change(kind=ChangeKind.RETURN, category=None, text=incoming.text, by=by)


def _stop_ignoring(incoming: IncomingIssue) -> bool:
    return bool(IncomingIssue.objects.filter(pk=incoming.pk, ignored_at__isnull=False).update(ignored_at=None, ignored_by=None))
