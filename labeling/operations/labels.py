"""The writes of labels: submit, change, withdraw. Each under its session's row lock, each safe to repeat."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now

from labeling.codes import Basis, LabelType, Via
from labeling.models import ApiKey, CurrentLabel, Evidence, Exposure, Label, LabelIssue, LabelWithdrawal, Rater, SessionIssue, User
from labeling.operations import deltas
from labeling.queries.issues import canonical_categories
from labeling.verdict import Standing, current_of, session_label
from sessions_app.models import Session
from sessions_app.operations import point_at_label


@dataclass(slots=True)
class AlreadyLabeled(Exception):
    """The rater's current label is not the one this submit started from."""

    saved: Label | None


class KeyReused(Exception):
    """The same client key came with other content."""


class NotStanding(Exception):
    """The label was withdrawn or replaced, so it cannot be withdrawn again."""


@dataclass(frozen=True, slots=True)
class EvidenceGiven:
    target_kind: str
    target_uid: str
    transcript_revision: int
    from_ms: int | None = None
    until_ms: int | None = None


@dataclass(frozen=True, slots=True)
class IssueGiven:
    """An issue as the rater gave it; `raw` is kept as written, whether or not a category matches."""

    raw: str
    suggested_by: str = ""
    evidence: tuple[EvidenceGiven, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """How a label came to be. The defaults are those of a person on the page."""

    via: str = Via.PAGE
    api_key: ApiKey | None = None
    claimed_email: str = ""
    made_at: datetime | None = None
    basis: str = Basis.CHOSEN
    selection_probability: float | None = None
    assignment: int | None = None
    guide_version: int | None = None
    started_at: datetime | None = None
    active_ms: int | None = None
    is_settlement: bool = False


@dataclass(frozen=True, slots=True)
class Submitted:
    label: Label
    is_new: bool


ANY_VERSION = object()


@transaction.atomic
def submit_label(
    *,
    session_id: int,
    rater: Rater,
    code: str,
    client_key: str,
    type: str = LabelType.HUMAN,
    comment: str = "",
    issues: Sequence[IssueGiven] = (),
    reason: str = "",
    starting_from: object = ANY_VERSION,
    provenance: Provenance = Provenance(),
) -> Submitted:
    """This will insert a label, which replaces the rater's current one of that type.

    `starting_from` is the id of the current label the rater was looking at, or None. Raises AlreadyLabeled when there
    is another by now, KeyReused when the key was used for something else, Session.DoesNotExist.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=session_id)
    request_hash = _hash(type, code, comment, issues, reason, provenance)
    earlier = Label.objects.filter(session=session, rater=rater, client_key=client_key).first()
    if earlier:
        if earlier.request_hash != request_hash:
            raise KeyReused
        return Submitted(earlier, is_new=False)
    current = CurrentLabel.objects.filter(session=session, rater=rater, type=type).select_related("label").first()
    if starting_from is not ANY_VERSION and starting_from != (current.label_id if current else None):
        raise AlreadyLabeled(current.label if current else None)
    label = Label.objects.create(
        session=session,
        rater=rater,
        type=type,
        code=code,
        comment=comment,
        client_key=client_key,
        request_hash=request_hash,
        replaces=current.label if current else None,
        reason=reason,
        made_at=_made_at(session, rater, type, provenance),
        **_provenance_columns(provenance),
        **_independence(session, rater, type, provenance),
    )
    _insert_issues(label, issues)
    repoint(session=session)
    return Submitted(label, is_new=True)


@transaction.atomic
def withdraw_label(*, label: Label, by: User, reason: str = "") -> LabelWithdrawal:
    """This will withdraw the rater's current label; the latest one that still stands takes its place.

    Withdrawing the same label again gives the first withdrawal. Raises NotStanding for a label that was replaced.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=label.session_id)
    earlier = LabelWithdrawal.objects.filter(label=label).first()
    if earlier:
        return earlier
    if not CurrentLabel.objects.filter(label=label).exists():
        raise NotStanding
    withdrawal = LabelWithdrawal.objects.create(label=label, session=session, withdrawn_by=by, reason=reason)
    repoint(session=session)
    return withdrawal


def repoint(*, session: Session) -> bool:
    """This will work out everything that is derived from a locked session's labels. True if anything was different."""
    rows = Label.objects.filter(session=session).standing()
    standing = [Standing(*row) for row in rows.values_list(*(name if name != "pk" else "id" for name in Standing.__dataclass_fields__))]
    current = current_of(standing)
    changed = _write_current(session, current)
    summed = session_label(standing)
    changed = _write_issues(session, current, summed.label_id if summed.is_settled else None) or changed
    before = deltas.contributions(session)
    values = asdict(summed)
    if point_at_label(session=session, **values):
        changed = True
        deltas.write_deltas(before=before, after=deltas.contributions(session))
    return changed


def _hash(type_: str, code: str, comment: str, issues: Sequence[IssueGiven], reason: str, provenance: Provenance) -> str:
    content = [type_, code, comment, [asdict(issue) for issue in issues], reason, provenance.claimed_email, provenance.is_settlement]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _made_at(session: Session, rater: Rater, type_: str, provenance: Provenance) -> Any:
    if provenance.made_at:
        return provenance.made_at
    # A synced label may claim a time ahead of our clock; what the rater says now still comes after it.
    ahead = Label.objects.filter(session=session, rater=rater, type=type_, made_at__gt=Now()).aggregate(latest=Max("made_at"))["latest"]
    return ahead or Now()


def _provenance_columns(provenance: Provenance) -> dict[str, Any]:
    return {name: getattr(provenance, name) for name in Provenance.__dataclass_fields__ if name != "made_at"}


def _independence(session: Session, rater: Rater, type_: str, provenance: Provenance) -> dict[str, bool]:
    """Independent is only what we can vouch for: a person's label on our page, who had been shown no judgment before."""
    if type_ != LabelType.HUMAN or provenance.via != Via.PAGE or provenance.is_settlement:
        return {"independent": False, "saw_auto": False, "saw_others": False}
    seen = set(Exposure.objects.filter(session=session, user=rater.user_id).values_list("judgment", flat=True))
    return {"independent": not seen, "saw_auto": "auto" in seen, "saw_others": "others" in seen}


def _insert_issues(label: Label, issues: Sequence[IssueGiven]) -> None:
    if not issues:
        return
    categories = canonical_categories([issue.raw for issue in issues])
    rows = LabelIssue.objects.bulk_create(
        LabelIssue(label=label, session_id=label.session_id, raw=issue.raw, category_id=categories.get(issue.raw), suggested_by=issue.suggested_by)
        for issue in issues
    )
    Evidence.objects.bulk_create(
        Evidence(label=label, label_issue=row, session_id=label.session_id, **asdict(evidence))
        for issue, row in zip(issues, rows, strict=True)
        for evidence in issue.evidence
    )


def _write_current(session: Session, current: dict[tuple[int, str], Standing]) -> bool:
    held = {(row.rater_id, row.type): row for row in CurrentLabel.objects.filter(session=session)}
    gone = [row.pk for key, row in held.items() if key not in current]
    moved = [row for key, row in held.items() if key in current and row.label_id != current[key].pk]
    fresh = [CurrentLabel(session=session, rater_id=rater, type=type_, label_id=label.pk) for (rater, type_), label in current.items() if (rater, type_) not in held]
    if gone:
        CurrentLabel.objects.filter(pk__in=gone).delete()
    for row in moved:
        row.label_id = current[row.rater_id, row.type].pk
        row.save(update_fields=["label"])
    CurrentLabel.objects.bulk_create(fresh)
    return bool(gone or moved or fresh)


def _write_issues(session: Session, current: dict[tuple[int, str], Standing], settled: int | None) -> bool:
    """A settled session has the settled label's issues, any other those of its current human labels."""
    deciding = [settled] if settled else [label.pk for label in current.values() if label.type == LabelType.HUMAN]
    raws = LabelIssue.objects.filter(label__in=deciding).values_list("raw", flat=True) if deciding else []
    wanted = set(canonical_categories(list(raws)).values()) if raws else set()
    held = set(SessionIssue.objects.filter(session=session).values_list("category", flat=True))
    if held - wanted:
        SessionIssue.objects.filter(session=session, category__in=held - wanted).delete()
    SessionIssue.objects.bulk_create(SessionIssue(session=session, category_id=category) for category in sorted(wanted - held))
    return held != wanted
