"""The writes of saved views: keep, change, delete, and the one a person begins with."""

import re
import secrets
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.db.models.functions import Now
from django.utils.text import slugify
from psycopg.errors import UniqueViolation

from labeling.models import SavedView, User
from labeling.policies import why_not_edit_view, why_not_share_views
from sessions_app.identifiers import EMAIL, PHONE, SSN

MOST_VIEWS = 50
LONGEST_WORDS = 60
PART_OF_NUMBER = re.compile(r"\d(?:\D?\d){3}")
ENDING_BYTES = 4
RANDOM_BYTES = 9


class TooManyViews(Exception):
    """The person keeps as many views as anybody may."""


@dataclass(slots=True)
class MayNotEdit(Exception):
    """The person may not do this to the view; `why` is the sentence that says so."""

    why: str


class ChangedMeanwhile(Exception):
    """The view is not what the person was looking at any more."""


def save_view(*, name: str, query: str, is_shared: bool, by: User) -> SavedView:
    """This will keep a filter under a name. Raises TooManyViews, MayNotEdit."""
    if is_shared and (why := why_not_share_views(by)):
        raise MayNotEdit(why)
    words = words_of(name) if is_shared else ""
    try:
        return _insert(slug=words or _random(), name=name, query=query, is_shared=is_shared, by=by)
    except IntegrityError as problem:
        if not isinstance(problem.__cause__, UniqueViolation):
            raise
        return _insert(slug=f"{words}-{secrets.token_hex(ENDING_BYTES)}", name=name, query=query, is_shared=is_shared, by=by)


@transaction.atomic
def change_view(*, view: SavedView, name: str, query: str, is_shared: bool, by: User, version: str = "") -> SavedView:
    """This will change all of a view but its slug, so that addresses keep working. One that is no longer shared is nobody
    else's default any more.

    `version` is what the person was looking at, if that matters. Raises ChangedMeanwhile, MayNotEdit, SavedView.DoesNotExist.
    """
    row = _locked(view, by)
    if version and version != row.version:
        raise ChangedMeanwhile
    if is_shared and not row.is_shared and (why := why_not_share_views(by)):
        raise MayNotEdit(why)
    SavedView.objects.filter(pk=row.pk).update(name=name, query=query, is_shared=is_shared, changed_at=Now(), changed_by=by)
    if row.is_shared and not is_shared:
        User.objects.filter(default_view=row).exclude(pk=row.owner_id).update(default_view=None)
    row.refresh_from_db()
    return row


@transaction.atomic
def delete_view(*, view: SavedView, by: User) -> None:
    """This will delete a view; whoever began with it has no default then. Raises MayNotEdit, SavedView.DoesNotExist."""
    _locked(view, by).delete()


@transaction.atomic
def choose_default(*, view: SavedView | None, by: User) -> None:
    """This will make a view the one that the person begins with, or none. Raises SavedView.DoesNotExist."""
    if view:
        # Locked, so that it is not deleted or withdrawn from others between this look and the choice.
        view = SavedView.objects.open_to(by.pk).select_for_update().get(pk=view.pk)
    by.choose(default_view=view)


def words_of(name: str) -> str:
    """An address lands in logs: a name that holds a number or an address of somebody is not spelled out there."""
    words = slugify(name)[:LONGEST_WORDS].strip("-")
    # The words too: they have lost the signs that kept digits apart.
    return "" if any(pattern.search(text) for text in (name, words) for pattern in (EMAIL, PHONE, SSN, PART_OF_NUMBER)) else words


def _locked(view: SavedView, by: User) -> SavedView:
    row = SavedView.objects.select_for_update().get(pk=view.pk)
    if why := why_not_edit_view(by, row):
        raise MayNotEdit(why)
    return row


@transaction.atomic
def _insert(*, slug: str, name: str, query: str, is_shared: bool, by: User) -> SavedView:
    # One of a person's views at a time, so that the limit holds.
    User.objects.select_for_update(no_key=True).get(pk=by.pk)
    if SavedView.objects.filter(owner=by).count() >= MOST_VIEWS:
        raise TooManyViews
    return SavedView.objects.create(slug=slug, name=name, query=query, is_shared=is_shared, owner=by, changed_by=by)


def _random() -> str:
    return secrets.token_urlsafe(RANDOM_BYTES)
