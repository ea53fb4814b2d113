"""A queue's rule: the filter it is, and the sessions that qualify by it, with the rights of whoever made the queue."""

from datetime import datetime

from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.filters.review_filter import ReviewFilter, Viewpoint
from labeling.models import Queue, User
from labeling.operations.draws import CannotDraw, Frame
from labeling.queries.saved_views import canonical_query
from labeling.queries.scopes import get_scope
from labeling.roles import Permission
from sessions_app.models import Session

LONGEST_RULE = 2_000
# What was typed is forgotten after three months, and finding it may stop halfway.
NOT_IN_RULES = frozenset({"q"})

NO_RIGHTS = _("Whoever made this queue may not make queues any more, so its rule finds nothing. Make a new queue from its rule.")
NO_RULE = _(
    "The rule can no longer be read: something it names is gone, or changed its name. Make a new queue, and choose its rule anew on the list of sessions."
)
NO_SEARCH = _("A search cannot be the rule of a queue: what was typed is forgotten after three months. Take the search out, or add what it finds by hand.")
TOO_LONG = _("This rule is too long to be kept. Leave out some of it.")


class NotARule(Exception):
    """Its words are for the person, and the list is where they go on."""


def read_rule(query: str) -> str:
    """This will write a filter as a queue keeps it. Raises NotARule."""
    try:
        given = QueryDict(query)
    except TooManyFieldsSent:
        raise NotARule(TOO_LONG) from None
    if any(given.get(name) for name in NOT_IN_RULES):
        raise NotARule(NO_SEARCH)
    rule = canonical_query(given, ReviewFilter.keys())
    if len(rule) > LONGEST_RULE:
        raise NotARule(TOO_LONG)
    return rule


def get_rule_filter(query: str, person: User, *, at: datetime | None = None) -> ReviewFilter:
    """This will be the filter of a rule as one person sees the sessions. Relative periods end `at`. Raises NotARule."""
    read_rule(query)
    scope = get_scope(person)
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    if at is not None:
        filtered.now = at
    if not filtered.form.is_valid():
        raise NotARule(NO_RULE)
    return filtered


def get_frame(queue: Queue, at: datetime) -> Frame:
    """This will find what qualifies for a queue. Raises CannotDraw."""
    person = queue.created_by
    if not (person.is_active and person.may(Permission.MANAGE_QUEUES)):
        raise CannotDraw(NO_RIGHTS)
    try:
        filtered = get_rule_filter(queue.query, person, at=at)
    except NotARule as refusal:
        raise CannotDraw(str(refusal)) from None
    return Frame(filtered.qs, filtered.order.sorted(filtered.qs))
