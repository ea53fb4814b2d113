"""Counts of a period by code, issue and agent. Each carries the filter that lists exactly its sessions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from labeling.models import IssueCategory, SessionIssue, User
from labeling.policies import judgments_open_to
from sessions_app.codes import Verdict
from sessions_app.models import Agent, Session
from sessions_app.scope import Scope

RATED = (Verdict.GOOD, Verdict.OK, Verdict.BAD)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the query string of the list behind it."""

    n: int
    query: str


@dataclass(frozen=True, slots=True)
class CodeRow:
    """`share` is of the rated sessions; N/A and disputed ones stand beside and have none."""

    code: str
    figure: Figure
    share: float | None


@dataclass(frozen=True, slots=True)
class IssueRow:
    category: IssueCategory
    figure: Figure
    share: float


@dataclass(frozen=True, slots=True)
class AgentRow:
    agent: Agent
    sessions: Figure
    labeled: Figure
    codes: list[CodeRow]


@dataclass(frozen=True, slots=True)
class Summary:
    start: datetime
    end: datetime
    sessions: Figure
    labeled: Figure
    coverage: float
    rated: int
    codes: list[CodeRow]
    issues: list[IssueRow]
    agents: list[AgentRow]


def get_summary(*, viewer: User, scope: Scope, weeks: int, agents: Sequence[Agent]) -> Summary:
    """This will count the sessions of the last weeks. Test sessions are out, as they are on the list."""
    end = timezone.now()
    start = end - timedelta(weeks=weeks)
    sessions = Session.objects.visible_to(scope).live().filter(timestamp__gte=start, timestamp__lt=end)
    if agents:
        sessions = sessions.filter(seen_agent__in=agents)
    base = {"start": [start.isoformat()], "end": [end.isoformat()], "agent": [str(agent.pk) for agent in agents]}
    judged = sessions.filter(judgments_open_to(viewer))
    counted = judged.exclude(label_code=None).order_by().values_list("seen_agent", "label_code").annotate(n=Count("pk"))
    by_agent: dict[int, dict[str, int]] = {}
    for agent_pk, code, n in counted:
        by_agent.setdefault(agent_pk, {})[code] = n
    totals = dict(sessions.order_by().values_list("seen_agent").annotate(n=Count("pk")))
    codes = {code: sum(row.get(code, 0) for row in by_agent.values()) for code in Verdict.values}
    labeled, rated = sum(codes.values()), sum(codes[code] for code in RATED)
    return Summary(
        start=start,
        end=end,
        sessions=_figure(sum(totals.values()), base),
        labeled=_figure(labeled, base, label=Verdict.values),
        coverage=labeled / sum(totals.values()) if totals else 0.0,
        rated=rated,
        codes=_code_rows(codes, base),
        issues=_issue_rows(judged, base, rated),
        agents=[
            AgentRow(
                agent=agent,
                sessions=_figure(totals[agent.pk], base, agent=[agent.pk]),
                labeled=_figure(sum(by_agent.get(agent.pk, {}).values()), base, agent=[agent.pk], label=Verdict.values),
                codes=_code_rows(by_agent.get(agent.pk, {}), base | {"agent": [str(agent.pk)]}),
            )
            for agent in Agent.objects.filter(pk__in=totals).order_by("name", "pk")
        ],
    )


def _figure(n: int, base: dict[str, list[str]], **more: Sequence[object]) -> Figure:
    params = QueryDict(mutable=True)
    for name, values in {**base, **more}.items():
        params.setlist(name, [str(value) for value in values])
    return Figure(n, params.urlencode())


def _code_rows(codes: dict[str, int], base: dict[str, list[str]]) -> list[CodeRow]:
    rated = sum(codes.get(code, 0) for code in RATED)
    return [
        CodeRow(code, _figure(codes.get(code, 0), base, label=[code]), codes.get(code, 0) / rated if rated and code in RATED else None)
        for code in Verdict.values
    ]


def _issue_rows(judged: QuerySet[Session], base: dict[str, list[str]], rated: int) -> list[IssueRow]:
    # While a merge is running, some of its sessions have the old category: they count as the new one, each once.
    counted = SessionIssue.objects.filter(session__in=judged).order_by().annotate(root=Coalesce("category__merged_into", "category"))
    found = dict(counted.values_list("root").annotate(n=Count("session", distinct=True)))
    categories = IssueCategory.objects.filter(pk__in=found)
    rows = [IssueRow(category, _figure(found[category.pk], base, issue=[category.pk]), found[category.pk] / rated if rated else 0.0) for category in categories]
    return sorted(rows, key=lambda row: (-row.figure.n, row.category.name, row.category.pk))
