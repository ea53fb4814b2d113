"""What belongs to the sessions of a batch: labels, evidence, issues, transcripts. Each for all of them at once."""

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Coalesce

from labeling.codes import LabelType, TargetKind
from labeling.models import CurrentLabel, Evidence, Label, LabelIssue, SessionIssue
from sessions_app.compiled import AnyOf
from sessions_app.identifiers import HidesKey, hide_turns
from sessions_app.models import Transcript
from sessions_app.queries.secret_values import tools_without_secrets

Hide = Callable[[str], str]
# What a label has beside what everybody reads of it, in a file without a mask.
WHOLE = {
    "email": "rater__email",
    "kind": "rater__kind",
    "type": "type",
    "reason": "reason",
    "claimed_email": "claimed_email",
    "basis": "basis",
    "selection_probability": "selection_probability",
    "independent": "independent",
    "saw_auto": "saw_auto",
    "saw_others": "saw_others",
}
Item = dict[str, Any]
BySession = Mapping[int, list[Item]]
# Digits in these are not a caller's, and evidence and tools are found again by them.
KEPT = frozenset({"uid", "timestamp", "tool_call_id"})
SHORTEST_NUMBER = 10**6


def get_issues(sessions: Collection[int]) -> Mapping[int, list[str]]:
    issues: dict[int, list[str]] = defaultdict(list)
    rows = SessionIssue.objects.filter(AnyOf(F("session"), sessions)).order_by("category__order", "category__name", "category")
    # While a merge is running, some sessions have the old category, and some both.
    for session, name in rows.values_list("session", Coalesce("category__merged_into__name", "category__name")):
        if name not in issues[session]:
            issues[session].append(name)
    return issues


def get_labels(sessions: Collection[int], *, hide: Hide, is_whole: bool = False) -> BySession:
    """This will gather the current human labels, the earliest first, each with its issues as they were given.

    A whole one has beside them what an import needs to make the same label of it.
    """
    return _labels(AnyOf(F("session"), sessions), Q(current__type=LabelType.HUMAN), hide, is_whole)


def get_other_labels(sessions: Collection[int], *, hide: Hide, is_whole: bool = False) -> BySession:
    """This will gather what stands beside these: auto-ratings, and labels that their reviewers have replaced."""
    return _labels(AnyOf(F("session"), sessions), ~Q(current__isnull=False, type=LabelType.HUMAN), hide, is_whole)


def _labels(of_sessions: AnyOf, chosen: Q, hide: Hide, is_whole: bool) -> BySession:
    rows = list(
        Label.objects.standing()
        .filter(of_sessions, chosen)
        .order_by("made_at", "pk")
        .values_list("session", "pk", "rater__name", "rater__email", "code", "comment", "made_at", "via", "is_settlement", "guide_version", *WHOLE.values())
    )
    raws: dict[int, list[str]] = defaultdict(list)
    for label, raw in LabelIssue.objects.filter(AnyOf(F("label"), [row[1] for row in rows])).order_by("pk").values_list("label", "raw"):
        raws[label].append(hide(raw))
    labels: dict[int, list[Item]] = defaultdict(list)
    for session, label, name, email, code, comment, made_at, via, is_settlement, guide_version, *whole in rows:
        item = {
            "id": str(label),
            "rater": name or email,
            "code": code,
            "issues": raws[label],
            "comment": hide(comment),
            "made_at": moment(made_at),
            "via": via,
            "is_settlement": is_settlement,
            "guide_version": guide_version,
        }
        labels[session].append(item | dict(zip(WHOLE, whole, strict=True)) if is_whole else item)
    return labels


def get_evidence(sessions: Collection[int], *, hide: Hide, is_whole: bool = False) -> BySession:
    """This will gather what the current human labels point at, with the number of the turn or tool call on the page."""
    current = CurrentLabel.objects.filter(AnyOf(F("session"), sessions), type=LabelType.HUMAN).values("label")
    rows = list(
        Evidence.objects.filter(label__in=current)
        .order_by("label", "pk")
        .values_list(
            "session",
            "label__rater__name",
            "label__rater__email",
            "label_issue__raw",
            "target_kind",
            "target_uid",
            "from_ms",
            "until_ms",
            "label",
            "transcript_revision",
        )
    )
    numbers = _numbers({row[0] for row in rows})
    evidence: dict[int, list[Item]] = defaultdict(list)
    for session, name, email, issue, kind, uid, from_ms, until_ms, label, revision in rows:
        evidence[session].append(
            ({"label": str(label), "transcript_revision": revision} if is_whole else {})
            | {
                "issue": hide(issue),
                "rater": name or email,
                "target": kind,
                "number": numbers.get((session, kind, uid)),
                "uid": uid,
                "from_ms": from_ms,
                "until_ms": until_ms,
            }
        )
    return evidence


def get_transcripts(started: Mapping[int, str], *, hide: Hide | None, hides_key: HidesKey) -> Mapping[int, Item]:
    """This will gather the turns and tool calls of sessions, given with their start. Secrets are in no file, whoever makes it."""
    rows = Transcript.objects.filter(AnyOf(F("pk"), started)).values_list("pk", "revision", "turns", "tools")
    return {
        pk: {
            "revision": revision,
            "started_at": started[pk],
            "turns": _turns(turns, hide),
            "tools": _events(tools_without_secrets(tools, hides_key=hides_key), hide),
        }
        for pk, revision, turns, tools in rows
    }


def get_latencies(sessions: Collection[int], *, hide: Hide | None) -> Mapping[int, list[Item]]:
    return {pk: _events(latencies, hide) for pk, latencies in Transcript.objects.filter(AnyOf(F("pk"), sessions)).values_list("pk", "latencies")}


def get_summaries(sessions: Collection[int], *, hide: Hide) -> Mapping[int, tuple[str, str]]:
    rows = Transcript.objects.filter(AnyOf(F("pk"), sessions)).values_list("pk", "summary", "summary_rating")
    return {pk: (hide(summary), hide(rating)) for pk, summary, rating in rows}


def hide_in(value: Any, hide: Hide) -> Any:
    """This will mask every text in a payload, and every number that is long enough to be a phone number."""
    if isinstance(value, str):
        return hide(value)
    if isinstance(value, dict):
        return {hide(key): hide_in(item, hide) for key, item in value.items()}
    if isinstance(value, list):
        return [hide_in(item, hide) for item in value]
    if isinstance(value, int) and abs(value) >= SHORTEST_NUMBER:
        hidden = hide(str(value))
        return value if hidden == str(value) else hidden
    return value


def moment(at: datetime) -> str:
    """This will write a moment in UTC to the microsecond."""
    return f"{at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='microseconds')}Z"


def _events(events: list[Item], hide: Hide | None) -> list[Item]:
    if hide is None:
        return events
    return [{key: value if key in KEPT else hide_in(value, hide) for key, value in event.items()} for event in events]


def _turns(turns: list[Item], hide: Hide | None) -> list[Item]:
    if hide is None:
        return turns
    texts = hide_turns((turn["text"] for turn in turns), hide)
    return [event | {"text": text} for event, text in zip(_events(turns, hide), texts, strict=True)]


def _numbers(sessions: Collection[int]) -> dict[tuple[int, str, str], int]:
    if not sessions:
        return {}
    numbers = {}
    for pk, turns, tools in Transcript.objects.filter(AnyOf(F("pk"), sessions)).values_list("pk", "turns", "tools"):
        for kind, items in ((TargetKind.TURN, turns), (TargetKind.TOOL, tools)):
            numbers.update({(pk, kind.value, uid): number for number, uid in enumerate(_uids(items), 1)})
    return numbers


def _uids(items: Sequence[Mapping[str, Any]]) -> list[str]:
    return [str(item.get("uid")) for item in items]
