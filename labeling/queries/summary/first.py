"""What a manager has to know first, in three sentences: how it is, whether that changed, and what hurts most."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Q, Sum

from labeling.clock import Shown, show
from labeling.models import IssueCategory, SessionIssue, VerdictDelta
from labeling.queries.summary.agents import FEWEST_TO_FLAG, AgentRow, get_agents
from labeling.queries.summary.critical import Critical, get_critical
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.issues import by_root
from labeling.queries.summary.rates import Rate, get_rate
from labeling.queries.summary.tallies import get_tally
from labeling.queries.summary.target import TargetLine, get_target
from labeling.statistics import Change, change
from sessions_app.codes import Verdict
from sessions_app.models import SessionQuerySet

MOST_EXAMPLES, MOST_LOOKED_THROUGH = 2, 100
# An issue of fewer BAD sessions is nobody's pattern.
FEWEST_OF_AN_ISSUE = 3
BUCKET = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Example:
    """A session that shows it, and when it was."""

    pk: int
    started: Shown


@dataclass(frozen=True, slots=True)
class Issue:
    """The category that most BAD sessions have."""

    category: IssueCategory
    bad: Figure


@dataclass(frozen=True, slots=True)
class First:
    """`verdict` is "worse", "better", or "" for no clear change; without a `change` there is nothing to compare with."""

    bad: Rate
    before: Rate
    change: Change | None
    verdict: str
    version: AgentRow | None
    issue: Issue | None
    examples: list[Example]
    critical: Critical
    target: TargetLine

    @property
    def is_worst(self) -> bool:
        """Worse than its last version, not only worse than the average."""
        return bool(self.version and self.version.against and self.version.against.verdict == "worse")


def get_first(frame: Frame) -> First:
    version = _worst_version(get_agents(frame).rows)
    bad, before = (get_rate(one, get_tally(one), Verdict.BAD) for one in (frame, frame.before))
    found = change(bad.share, before.share)
    issue = None if version else _worst_issue(frame)
    return First(
        bad=bad,
        before=before,
        change=found,
        verdict=_verdict(found, bad, before),
        version=version,
        issue=issue,
        examples=_examples(frame, version, issue),
        critical=get_critical(frame),
        target=get_target(frame, bad),
    )


def _verdict(found: Change | None, bad: Rate, before: Rate) -> str:
    if found is None or not found.is_clear or min(bad.whole.n, before.whole.n) < FEWEST_TO_FLAG:
        return ""
    return "worse" if found.difference > 0 else "better"


def _worst_version(rows: Sequence[AgentRow]) -> AgentRow | None:
    """The first that got worse, else the first that is likely worse than all together."""
    worse = [row for row in rows if row.against and row.against.verdict == "worse"]
    hot = [row for row in rows if row.interval and row.interval.is_hot]
    return next(iter([*worse, *hot]), None)


def _worst_issue(frame: Frame) -> Issue | None:
    named = SessionIssue.objects.filter(session__in=_bad_sessions(frame)).annotate(root=by_root())
    counted = named.order_by().values_list("root").annotate(n=Count("session", distinct=True)).filter(n__gte=FEWEST_OF_AN_ISSUE)
    most = min(counted, key=lambda row: (-row[1], row[0]), default=None)
    if most is None:
        return None
    root, n = most
    return Issue(IssueCategory.objects.get(pk=root), frame.figure(n, issue=[root], **{frame.code_key: [Verdict.BAD.value]}))


def _bad_sessions(frame: Frame) -> SessionQuerySet:
    return frame.judged().filter(Q(sample_code=Verdict.BAD) if frame.basis else Q(label_code=Verdict.BAD))


def _examples(frame: Frame, version: AgentRow | None, issue: Issue | None) -> list[Example]:
    """The newest two."""
    sessions = _bad_sessions(frame)
    if version:
        sessions = sessions.filter(seen_agent=version.agent, seen_prompt=version.prompt)
        if not frame.is_gated:
            sessions = sessions.filter(_within(_newest_buckets(frame, version)))
    elif issue:
        merged = IssueCategory.objects.filter(Q(pk=issue.category.pk) | Q(merged_into=issue.category.pk)).values("pk")
        sessions = sessions.filter(pk__in=SessionIssue.objects.filter(category__in=merged).values("session"))
    else:
        return []
    newest = sessions.newest_first().only("pk", "timestamp", "agent_timezone")[:MOST_EXAMPLES]
    return [Example(session.pk, show(session.timestamp, agent_zone=session.agent_timezone, viewer=frame.viewer)) for session in newest]


def _newest_buckets(frame: Frame, version: AgentRow) -> list[datetime]:
    """When the newest were: of an old version of a busy agent, looking through its sessions would take long."""
    deltas = VerdictDelta.objects.filter(
        bucket__gte=frame.period.start,
        bucket__lt=frame.period.end,
        basis=frame.basis,
        code=Verdict.BAD,
        agent=version.agent,
        prompt=version.prompt,
        is_test=False,
    )
    if frame.channels:
        deltas = deltas.filter(channel__in=frame.channels)
    found = deltas.order_by("-bucket").values_list("bucket").annotate(total=Sum("n")).filter(total__gt=0)
    # The newest may all be kept from somebody who has yet to judge them.
    return [bucket for bucket, _ in found[: MOST_EXAMPLES if frame.drawn() is None else MOST_LOOKED_THROUGH]]


def _within(buckets: Sequence[datetime]) -> Q:
    chosen = Q(pk__in=())
    for bucket in buckets:
        chosen |= Q(timestamp__gte=bucket, timestamp__lt=bucket + BUCKET)
    return chosen
