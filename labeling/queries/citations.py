"""What the issues of a label point at, as a page links to it."""

from collections.abc import Callable
from dataclasses import dataclass

from labeling.models import Evidence, Label
from sessions_app.queries.timeline import Timeline
from sessions_app.queries.timeline_events import Silence, ToolCall, Turn, clock


@dataclass(frozen=True, slots=True)
class Citation:
    """`anchor` is empty where the target is gone: the transcript changed after the label."""

    at: str
    anchor: str


@dataclass(frozen=True, slots=True)
class CitedIssue:
    name: str
    is_suggestion: bool
    citations: list[Citation]


@dataclass(frozen=True, slots=True)
class LabelShown:
    label: Label
    issues: list[CitedIssue]
    comment: str


def show_label(label: Label, timeline: Timeline | None, *, hide: Callable[[str], str], cites: bool = True) -> LabelShown:
    """This will pair a label with what each of its issues points at. `hide` is what the viewer's mask makes of what a reviewer wrote.

    Without `cites` it names no place: the viewer may not read what is there.
    """
    issues = [
        CitedIssue(hide(issue.raw), bool(issue.suggested_by), [_citation(one, timeline) for one in issue.evidence.all()] if cites else [])
        for issue in label.issues.all()
    ]
    return LabelShown(label, issues, hide(label.comment))


def _citation(cited: Evidence, timeline: Timeline | None) -> Citation:
    events = timeline.events if timeline else []
    found: Turn | ToolCall | Silence | None
    if cited.target_uid:
        found = next((event for event in events if not isinstance(event, Silence) and event.kind == cited.target_kind and event.uid == cited.target_uid), None)
    else:
        # A moment is no turn's own: the last line that had begun by then.
        found = next((event for event in reversed(events) if cited.from_ms is not None and event.at_ms <= cited.from_ms), None)
    at = "" if cited.from_ms is None else clock(cited.from_ms)
    return Citation(at or (found.at if found else ""), found.anchor if found else "")
