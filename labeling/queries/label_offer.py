"""What the label panel offers for a session: categories, those on keys, those used most, and what the signals suggest."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from labeling.codes import TargetKind
from labeling.models import IssueCategory, User
from labeling.models.issue_category import Signal
from labeling.queries.fixed_issues import get_fixed_places, get_used_issues, usable_categories
from sessions_app.compiled import compiled
from sessions_app.models import Session
from sessions_app.queries.timeline import Timeline
from sessions_app.queries.timeline_events import Silence, ToolCall, Turn
from sessions_app.signals import LONG_SILENCE_MS


@dataclass(frozen=True, slots=True)
class Suggestion:
    name: str
    signal: str
    words: str
    cited: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Offer:
    categories: list[IssueCategory]
    # By place, 1 to 6: one that is empty keeps its key.
    fixed: dict[int, str]
    used: frozenset[str]
    suggestions: list[Suggestion]


def get_names(session: Session) -> list[str]:
    """This will return the issues that a label of this session may name."""
    return _names.all(channel=session.channel)


@compiled
def _names(*, channel: str) -> QuerySet[IssueCategory, Any]:
    return IssueCategory.objects.active().for_channel(channel).in_order().values_list("name", flat=True)


def get_offer(session: Session, *, viewer: User, timeline: Timeline | None, revision: int) -> Offer:
    """This will gather what a reviewer can say about this session, and nothing that does not apply to its channel."""
    categories = usable_categories(session.channel)
    offered = {category.name for category in categories}
    return Offer(
        categories=categories,
        fixed={place: category.name for place, category in get_fixed_places(session).items() if category.name in offered},
        used=frozenset(category.name for category in get_used_issues(viewer, session)),
        suggestions=_suggestions(categories, timeline, revision) if timeline else [],
    )


def _suggestions(categories: list[IssueCategory], timeline: Timeline, revision: int) -> list[Suggestion]:
    """The worst moment of each signal. A category is suggested once, however often its signal shows."""
    found: dict[str, tuple[str, dict[str, Any]]] = {}
    silences = [event for event in timeline.events if isinstance(event, Silence) and event.ms >= LONG_SILENCE_MS]
    if silences:
        worst = max(silences, key=lambda event: event.ms)
        said = _("%(seconds)s s silence at %(at)s") if worst.is_measured else _("about %(seconds)s s silence at %(at)s")
        cited = _cited(TargetKind.MOMENT, "", worst.at_ms, worst.at_ms + worst.ms, revision)
        found[Signal.SILENCE] = (said % {"seconds": round(worst.ms / 1000), "at": worst.at}, cited)
    slow = [event for event in timeline.events if isinstance(event, Turn) and event.is_slow]
    if slow:
        slowest = max(slow, key=lambda event: event.reply.ms if event.reply else 0)
        found[Signal.SLOW_REPLY] = (
            _("slow reply %(seconds)s s at %(at)s") % {"seconds": f"{(slowest.reply.ms if slowest.reply else 0) / 1000:.1f}", "at": slowest.at},
            _cited(TargetKind.TURN, slowest.uid, slowest.at_ms, None, revision),
        )
    failed = next((event for event in timeline.events if isinstance(event, ToolCall) and event.error), None)
    if failed:
        found[Signal.TOOL_ERROR] = (_("tool error at %(at)s") % {"at": failed.at}, _cited(TargetKind.TOOL, failed.uid, failed.at_ms, None, revision))
    asked = [(category.name, category.suggested_by_signal) for category in categories]
    return [Suggestion(name, signal, *found[signal]) for name, signal in asked if signal in found]


def _cited(kind: str, uid: str, start: int, end: int | None, revision: int) -> dict[str, Any]:
    return {"target_kind": kind, "target_uid": uid, "transcript_revision": revision, "from_ms": start, "until_ms": end}
