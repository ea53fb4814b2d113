"""Following what a summary links to."""

import html
import re

from django.http import QueryDict

from labeling.filters.review_filter import ReviewFilter, Viewpoint
from labeling.queries.scopes import get_scope
from sessions_app.models import Session

DOOR = re.compile(r'href="/sessions/\?([^"]*)" data-n="(\d+)"')


def wrong_doors(answer, person, known=None):
    """How many doors a page has, and those behind which that person finds another number of sessions than it says. What is `known` to be
    behind one is not counted again."""
    assert answer.status_code == 200
    known = {} if known is None else known
    doors = {(html.unescape(query), int(n)) for query, n in DOOR.findall(answer.content.decode())}
    # As in a request, which asks once which judgments are kept from its person.
    person.remembered = {}
    known |= {query: count(query, person) for query, _ in doors if query not in known}
    person.remembered = None
    return len(doors), [(n, known[query], query) for query, n in sorted(doors) if known[query] != n]


def count(query, person):
    scope = get_scope(person)
    filtered = ReviewFilter(QueryDict(query), Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    assert filtered.form.is_valid(), filtered.form.errors
    return filtered.filter_queryset(filtered.queryset.all()).count()
