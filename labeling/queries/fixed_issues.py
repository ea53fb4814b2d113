"""Which issues a reviewer is offered first: the six on keys, and the ones they use most."""

from collections import Counter

from django.db.models import Q
from django.db.models.functions import Coalesce

from labeling.codes import LabelType
from labeling.models import FixedIssue, IssueCategory, Label, LabelIssue, Rater, User
from labeling.models.fixed_issue import PLACES
from sessions_app.models import Session

# Of a reviewer's own labels, the latest say what they use now; all of them would take ever longer to count.
LATEST_LABELS = 300


def get_fixed_places(session: Session) -> dict[int, IssueCategory]:
    """This will return the fixed issues by their place, 1 to 6, which their keys follow: a place that is empty keeps its key.

    An admin orders them for an agent on a channel, for an agent, for a channel, or for everybody; the closest that shows
    anything here counts as a whole. Where none does, they are the first six categories of the channel.
    """
    usable = IssueCategory.objects.active().for_channel(session.channel)
    rows = FixedIssue.objects.filter(Q(agent=session.seen_agent_id) | Q(agent=None), channel__in=(session.channel, ""), category__in=usable).select_related(
        "category"
    )
    by_closeness: dict[tuple[bool, bool], dict[int, IssueCategory]] = {}
    for row in rows.order_by("place"):
        by_closeness.setdefault((row.agent_id is not None, bool(row.channel)), {})[row.place] = row.category
    if by_closeness:
        return by_closeness[max(by_closeness)]
    return dict(enumerate(usable.in_order()[:PLACES], 1))


def get_fixed_issues(session: Session) -> list[IssueCategory]:
    """This will return the fixed issues in the order of their keys."""
    return list(get_fixed_places(session).values())


def get_used_issues(person: User, session: Session) -> list[IssueCategory]:
    """This will return up to six categories that the person named most of late, on sessions of this session's agent."""
    # Step by step, each by an index: in one query the planner reads every label that names a category, 400 ms at ten million sessions.
    rater = Rater.objects.filter(user=person).values("pk")[:1]
    latest = list(Label.objects.filter(rater=rater, type=LabelType.HUMAN).order_by("-made_at", "-pk").values_list("pk", flat=True)[:LATEST_LABELS])
    named = LabelIssue.objects.filter(label__in=latest, session__seen_agent=session.seen_agent_id, category__isnull=False)
    used = Counter(named.values_list(Coalesce("category__merged_into", "category"), flat=True) if latest else [])
    usable = IssueCategory.objects.active().for_channel(session.channel).filter(pk__in=used)
    return sorted(usable, key=lambda category: (-used[category.pk], category.order, category.pk))[:PLACES] if used else []
