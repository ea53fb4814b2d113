"""Keeping what was typed into the search box, so that an address carries a token instead."""

import secrets
from datetime import timedelta

from django.db.models.functions import Now
from django.http import QueryDict
from django.utils import timezone

from labeling.models import SavedView, Search, User

UNUSED = timedelta(days=90)
A_DAY = timedelta(days=1)


def keep_search(*, text: str, by: User) -> Search:
    """This will return the person's search for that text, made now or before."""
    search, is_new = Search.objects.get_or_create(created_by=by, text=_plain(text), defaults={"token": secrets.token_urlsafe(8)})
    if not is_new:
        Search.objects.filter(pk=search.pk).update(used_at=Now())
    return search


def has_searched(*, text: str, by: User) -> bool:
    return Search.objects.filter(created_by=by, text=_plain(text)).exists()


def note_use(*, search: Search) -> None:
    """This will keep a search whose link is opened, writing at most once a day."""
    if search.used_at < timezone.now() - A_DAY:
        Search.objects.filter(pk=search.pk).update(used_at=Now())


def clear_searches() -> int:
    """This will delete searches that nobody made or opened for 90 days, unless a saved view stands on one."""
    queries = SavedView.objects.filter(query__contains="q=").values_list("query", flat=True)
    kept = {token for query in queries for token in QueryDict(query).getlist("q")}
    return Search.objects.filter(used_at__lt=Now() - UNUSED).exclude(token__in=kept).delete()[0]


def _plain(text: str) -> str:
    return " ".join(text.replace("\0", "").encode("utf-8", "replace").decode().split())
