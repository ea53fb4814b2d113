"""The writes of labels: submit, change, withdraw. Each under its session's row lock, each safe to repeat."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now

from labeling.codes import Basis, Judgment, LabelType, Via
from labeling.models import ApiKey, CurrentLabel, Evidence, Exposure, Label, LabelIssue, LabelWithdrawal, Rater, User
from labeling.operations.derived import derive
from labeling.queries.issues import canonical_categories
from sessions_app.models import Session


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
class LabelGiven:
    """One label to insert."""

    session_id: int
    rater: Rater
    code: str
    client_key: str
    type: str = LabelType.HUMAN
    comment: str = ""
    issues: tuple[IssueGiven, ...] = ()
    reason: str = ""
    provenance: Provenance = Provenance()


@dataclass(frozen=True, slots=True)
class Submitted:
    label: Label
    is_new: bool


ANY_VERSION = object()
# What opens the judgments of others beside their being shown, and how long a label may stand without doing so.
OWN_LABEL = "own label"
SLIP = timedelta(minutes=1)


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
    given = LabelGiven(session.pk, rater, code, client_key, type, comment, tuple(issues), reason, provenance)
    earlier = Label.objects.filter(session=session, rater=rater, client_key=client_key).first()
    if earlier:
        if earlier.request_hash != _hash(given):
            raise KeyReused
        return Submitted(earlier, is_new=False)
    current = CurrentLabel.objects.filter(session=session, rater=rater, type=type).select_related("label").first()
    if starting_from is not ANY_VERSION and starting_from != (current.label_id if current else None):
        raise AlreadyLabeled(current.label if current else None)
    replaced = {(session.pk, rater.pk, type): current.label_id} if current else {}
    label = _insert([given], replaced)[0]
    derive(sessions=[session])
    return Submitted(label, is_new=True)


@transaction.atomic
def record_labels(*, labels: Sequence[LabelGiven]) -> list[Label]:
    """This will insert many labels at once, on any sessions, and derive what follows once a session.

    For imports and bulk actions: a label whose key is known, or that is in the batch twice, is left out, so that the
    same file twice adds nothing.
    """
    sessions = list(Session.objects.select_for_update(no_key=True).filter(pk__in={given.session_id for given in labels}).order_by("pk"))
    known = set(Label.objects.filter(session__in=sessions).values_list("session", "rater", "client_key"))
    current = {(row.session_id, row.rater_id, row.type): row.label_id for row in CurrentLabel.objects.filter(session__in=sessions)}
    fresh = {
        (given.session_id, given.rater.pk, given.client_key): given
        for given in reversed(labels)
        if (given.session_id, given.rater.pk, given.client_key) not in known
    }
    rows = _insert(list(reversed(fresh.values())), current)
    derive(sessions=sessions)
    return rows


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
    derive(sessions=[session])
    return withdrawal


def _hash(given: LabelGiven) -> str:
    provenance = given.provenance
    issues = [asdict(issue) for issue in given.issues]
    content = [given.type, given.code, given.comment, issues, given.reason, provenance.claimed_email, provenance.is_settlement]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _insert(labels: Sequence[LabelGiven], replaced: Mapping[tuple[int, int, str], int]) -> list[Label]:
    """The sessions are locked by the caller; `replaced` are the current labels by session, rater and type."""
    seen = _exposures(labels)
    ahead = _claims_ahead_of_our_clock(labels)
    rows = Label.objects.bulk_create(
        [
            label_row(
                given,
                replaces=replaced.get((given.session_id, given.rater.pk, given.type)),
                made_at=given.provenance.made_at or ahead.get((given.session_id, given.rater.pk, given.type)) or Now(),
                seen=seen.get((given.session_id, given.rater.user_id), set()),
            )
            for given in labels
        ],
        batch_size=500,
    )
    _insert_issues([(row, given.issues) for row, given in zip(rows, labels, strict=True)])
    return rows


def label_row(given: LabelGiven, *, replaces: int | None, made_at: Any, seen: set[str]) -> Label:
    """This will make the row of a label; `seen` are the judgments its rater had been shown."""
    return Label(
        session_id=given.session_id,
        rater=given.rater,
        type=given.type,
        code=given.code,
        comment=given.comment,
        client_key=given.client_key,
        request_hash=_hash(given),
        replaces_id=replaces,
        reason=given.reason,
        made_at=made_at,
        **_provenance_columns(given.provenance),
        **_independence(given, seen),
    )


def _provenance_columns(provenance: Provenance) -> dict[str, Any]:
    return {name: getattr(provenance, name) for name in Provenance.__dataclass_fields__ if name != "made_at"}


def _claims_ahead_of_our_clock(labels: Sequence[LabelGiven]) -> dict[tuple[int, int, str], datetime]:
    """A synced label may claim a time ahead of our clock; what its rater says now still comes after it."""
    ours = {given.session_id for given in labels if given.provenance.made_at is None}
    rows = Label.objects.filter(session__in=ours, made_at__gt=Now()).order_by("made_at") if ours else []
    return {(row.session_id, row.rater_id, row.type): row.made_at for row in rows}


def _exposures(labels: Sequence[LabelGiven]) -> dict[tuple[int, int | None], set[str]]:
    people = {given.rater.user_id for given in labels if given.rater.user_id}
    seen: dict[tuple[int, int | None], set[str]] = {}
    if people:
        rows = Exposure.objects.filter(session__in={given.session_id for given in labels}, user__in=people)
        for session_id, user_id, judgment in rows.values_list("session", "user", "judgment"):
            seen.setdefault((session_id, user_id), set()).add(judgment)
        # A label of their own opens what others think, in lists too; one that was taken back at once was a slip of the hand.
        own = Label.objects.filter(session__in={given.session_id for given in labels}, rater__user__in=people, type=LabelType.HUMAN)
        for session_id, user_id in own.exclude(withdrawal__withdrawn_at__lte=F("recorded_at") + SLIP).values_list("session", "rater__user"):
            seen.setdefault((session_id, user_id), set()).add(OWN_LABEL)
    return seen


def _independence(given: LabelGiven, seen: set[str]) -> dict[str, bool]:
    """Independent is only what we can vouch for: a person's label on our page, who had been shown no judgment before."""
    if given.type != LabelType.HUMAN or given.provenance.via != Via.PAGE or given.provenance.is_settlement:
        return {"independent": False, "saw_auto": False, "saw_others": False}
    return {"independent": not seen, "saw_auto": Judgment.AUTO in seen, "saw_others": Judgment.OTHERS in seen}


def _insert_issues(labels: Sequence[tuple[Label, Sequence[IssueGiven]]]) -> None:
    pairs = [(label, issue) for label, issues in labels for issue in _once(issues)]
    if not pairs:
        return
    categories = canonical_categories({issue.raw for _, issue in pairs})
    rows = LabelIssue.objects.bulk_create(
        LabelIssue(label=label, session_id=label.session_id, raw=issue.raw, category_id=categories.get(issue.raw), suggested_by=issue.suggested_by)
        for label, issue in pairs
    )
    Evidence.objects.bulk_create(
        Evidence(label=label, label_issue=row, session_id=label.session_id, **asdict(evidence))
        for (label, issue), row in zip(pairs, rows, strict=True)
        for evidence in issue.evidence
    )


def _once(issues: Sequence[IssueGiven]) -> list[IssueGiven]:
    """A label names an issue once; the first of two equal ones counts, in the order in which they were given."""
    return list(reversed({issue.raw: issue for issue in reversed(issues)}.values()))
