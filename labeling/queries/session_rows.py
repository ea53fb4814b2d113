"""What a page of the session list reads of its fifty sessions: three statements, and a third of the columns."""

from collections import defaultdict
from collections.abc import Collection
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce

from labeling.codes import LabelType
from labeling.models import CurrentLabel, SessionIssue
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session
from sessions_app.reading_order import ByName
from sessions_app.scope import Scope

# The columns that lines are made of, and orders.
READ = (
    "timestamp",
    "labeled_at",
    "duration",
    "agent_name",
    "agent_timezone",
    "seen_prompt__version",
    "seen_prompt__version_number",
    "source",
    "channel",
    "is_outbound",
    "is_test",
    "ended_by",
    "tool_errors",
    "longest_silence_ms",
    "reply_p95_ms",
    "auto_code",
    "label_code",
    "label_raters",
    "label_agreeing",
    "label_is_settled",
    "label_new_since",
)


def read_sessions(pks: Collection[int], *, scope: Scope) -> dict[int, Session]:
    """This will read of some sessions what their lines and the key of their page are made of."""
    return {session.pk: session for session in _sessions.all(list(pks), list(scope.agents), all_agents=scope.all_agents)}


def get_issue_names(pks: list[int]) -> dict[int, list[str]]:
    """This will name the issues of each session, in the order of the categories."""
    issues: dict[int, list[str]] = defaultdict(list)
    # While a merge is running, some sessions have the old category, and some both.
    for session_id, name in _issues.all(pks) if pks else ():
        if name not in issues[session_id]:
            issues[session_id].append(name)
    return issues


def get_raters(pks: list[int]) -> dict[int, list[tuple[str, str]]]:
    """This will name the people whose labels stand on each session, in the order they gave them: name and address."""
    raters: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for session_id, name, email in _raters.all(pks) if pks else ():
        raters[session_id].append((name, email))
    return raters


@compiled
def _sessions(pks: Any, agents: Any, *, all_agents: bool) -> QuerySet[Session]:
    sessions = Session.objects.select_related("seen_prompt").only(*READ)
    return sessions.filter(AnyOf(F("pk"), pks), Q() if all_agents else AnyOf(F("seen_agent"), agents))


@compiled
def _issues(sessions: Any) -> QuerySet[SessionIssue, Any]:
    named = SessionIssue.objects.filter(AnyOf(F("session"), sessions)).annotate(name=Coalesce("category__merged_into__name", "category__name"))
    return named.order_by("category__order", ByName("category__name"), "category").values_list("session", "name")


@compiled
def _raters(sessions: Any) -> QuerySet[CurrentLabel, Any]:
    standing = CurrentLabel.objects.filter(AnyOf(F("session"), sessions), type=LabelType.HUMAN)
    return standing.order_by("label").values_list("session", "rater__name", "rater__email")
