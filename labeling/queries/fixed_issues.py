"""Which issues a reviewer is offered first: the six on keys, and the ones they use most."""

from collections import Counter
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from labeling.codes import LabelType
from labeling.models import FixedIssue, IssueCategory, Label, LabelIssue, Rater, User
from labeling.models.fixed_issue import PLACES
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session

# Of a reviewer's own labels, the latest say what they use now; all of them would take ever longer to count.
LATEST_LABELS = 300


def get_fixed_places(session: Session) -> dict[int, IssueCategory]:
    """This will return the fixed issues by their place, 1 to 6, which their keys follow: a place that is empty keeps its key.

    An admin orders them for an agent on a channel, for an agent, for a channel, or for everybody; the closest that shows
    anything here counts as a whole. Where none does, they are the first six categories of the channel.
    """
    by_closeness: dict[tuple[bool, bool], dict[int, IssueCategory]] = {}
    for row in _fixed.all(session.seen_agent_id, channel=session.channel):
        by_closeness.setdefault((row.agent_id is not None, bool(row.channel)), {})[row.place] = row.category
    if by_closeness:
        return by_closeness[max(by_closeness)]
    return dict(enumerate(usable_categories(session.channel)[:PLACES], 1))


def usable_categories(channel: str) -> list[IssueCategory]:
    """This will return what a label of a session on this channel may name, in the order of the guide."""
    return _usable.all(channel=channel)


@compiled
def _usable(*, channel: str) -> QuerySet[IssueCategory]:
    return IssueCategory.objects.active().for_channel(channel).in_order()


@compiled
def _fixed(agent: Any, *, channel: str) -> QuerySet[FixedIssue]:
    usable = IssueCategory.objects.active().for_channel(channel)
    rows = FixedIssue.objects.filter(Q(agent=agent) | Q(agent=None), channel__in=(channel, ""), category__in=usable)
    return rows.select_related("category").order_by("place")


def get_used_issues(person: User, session: Session) -> list[IssueCategory]:
    """This will return up to six categories that the person named most of late, on sessions of this session's agent."""
    # Step by step, each by an index: in one query the planner reads every label that names a category, 400 ms at ten million sessions.
    latest = _latest.all(person.pk)
    used = Counter(_named.all(latest, session.seen_agent_id) if latest else [])
    usable = [category for category in usable_categories(session.channel) if category.pk in used] if used else []
    return sorted(usable, key=lambda category: (-used[category.pk], category.order, category.pk))[:PLACES]


@compiled
def _latest(person: Any) -> QuerySet[Label, Any]:
    rater = Rater.objects.filter(user=person).values("pk")[:1]
    return Label.objects.filter(rater=rater, type=LabelType.HUMAN).order_by("-made_at", "-pk").values_list("pk", flat=True)[:LATEST_LABELS]


@compiled
def _named(labels: Any, agent: Any) -> QuerySet[LabelIssue, Any]:
    named = LabelIssue.objects.filter(AnyOf(F("label"), labels), session__seen_agent=agent, category__isnull=False)
    return named.values_list(Coalesce("category__merged_into", "category"), flat=True)
