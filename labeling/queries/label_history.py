"""The history of a session's labels: each submit, change, settlement and withdrawal, as what it changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from labeling.clock import Shown, show
from labeling.codes import LabelType
from labeling.models import Label, LabelWithdrawal, User
from sessions_app.reading_order import reading_key


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One submit, change or withdrawal. What stayed as it was is left out."""

    at: Shown
    who: str
    verb: str
    label: Label
    reason: str
    code_was: str = ""
    issues_added: tuple[str, ...] = ()
    issues_removed: tuple[str, ...] = ()
    comment_was: str = ""
    comment: str = ""
    guide_version: int | None = None


def get_history(labels: Sequence[Label], viewer: User, *, hide: Callable[[str], str]) -> list[HistoryLine]:
    """This will tell the history of these labels, newest first. `hide` is what the viewer's mask makes of what a reviewer wrote."""
    by_pk = {label.pk: label for label in labels}
    lines: list[tuple[datetime, int, HistoryLine]] = []
    for label in labels:
        lines.append((label.made_at, label.pk, _line(label, by_pk.get(label.replaces_id or 0), viewer, hide)))
        withdrawal: LabelWithdrawal | None = getattr(label, "withdrawal", None)
        if withdrawal:
            at = show(withdrawal.withdrawn_at, agent_zone=viewer.time_zone, viewer=viewer)
            lines.append((withdrawal.withdrawn_at, label.pk, HistoryLine(at, str(withdrawal.withdrawn_by), "withdrew", label, hide(withdrawal.reason))))
    lines.sort(key=lambda line: line[:2], reverse=True)
    return [line for _, _, line in lines]


def _line(label: Label, before: Label | None, viewer: User, hide: Callable[[str], str]) -> HistoryLine:
    verb = "settled" if label.is_settlement else "rated" if label.type == LabelType.AUTO else "changed" if label.replaces_id else "labeled"
    now = {issue.raw for issue in label.issues.all()}
    was = {issue.raw for issue in before.issues.all()} if before else set()
    said = before.comment if before else ""
    return HistoryLine(
        at=show(label.made_at, agent_zone=viewer.time_zone, viewer=viewer),
        who=str(label.rater),
        verb=verb,
        label=label,
        reason=hide(label.reason),
        code_was=before.code if before and before.code != label.code else "",
        issues_added=tuple(hide(name) for name in sorted(now - was, key=reading_key)),
        issues_removed=tuple(hide(name) for name in sorted(was - now, key=reading_key)),
        comment_was=hide(said) if said != label.comment else "",
        comment=hide(label.comment) if said != label.comment else "",
        guide_version=label.guide_version,
    )
