"""Following what a summary links to."""

import html
import re

from django.http import QueryDict

from labeling.filters.review_filter import ReviewFilter, Viewpoint
from labeling.queries.scopes import get_scope
from sessions_app.models import Session

DOOR = re.compile(r'href="/sessions/\?([^"]*)" data-n="(\d+)"')


def wrong_doors(answer, person):
    """How many doors a page has, and those behind which that person finds another number of sessions than it says."""
    assert answer.status_code == 200
    doors = {(html.unescape(query), int(n)) for query, n in DOOR.findall(answer.content.decode())}
    return len(doors), [(n, found, query) for query, n in sorted(doors) if (found := count(query, person)) != n]


def count(query, person):
    scope = get_scope(person)
    filtered = ReviewFilter(QueryDict(query), Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    assert filtered.form.is_valid(), filtered.form.errors
    return filtered.filter_queryset(filtered.queryset.all()).count()
