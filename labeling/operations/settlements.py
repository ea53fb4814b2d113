"""Settling: a manager's label that decides a session whose people disagree, and that those are told of."""

from dataclasses import dataclass

from django.db import transaction

from labeling.codes import LabelType
from labeling.models import CurrentLabel, Dispute, Evidence, Label, LabelIssue, User
from labeling.models.event import EventKind
from labeling.operations.disputes import add_parties, close_as_settled
from labeling.operations.events import record_event
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, Provenance
from labeling.operations.labels import KeyReused, Submitted, submit_label
from labeling.operations.raters import rater_of
from labeling.queries.disputes import mark_of
from sessions_app.codes import Verdict
from sessions_app.models import Session


class ChangedSince(Exception):
    """Somebody has settled it, or a label has changed, since the page was shown."""


class NothingToSettle(Exception):
    """Nobody disagrees any more, and nothing was settled."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A code that somebody gave, with the issues that those named who gave it, or a label of the manager's own."""

    code: str
    reason: str
    is_third: bool = False
    issues: tuple[str, ...] = ()
    comment: str = ""


@transaction.atomic
def settle(*, session_id: int, by: User, decision: Decision, client_key: str, mark: str, guide_version: int | None = None) -> Submitted:
    """This will insert the label that settles a session. `mark` is what the page said the labels were.

    The same key again gives the first answer. Raises ChangedSince, NothingToSettle, KeyReused, AddressTaken, Session.DoesNotExist.
    """
    session = Session.objects.select_for_update(no_key=True).get(pk=session_id)
    rater = rater_of(user=by)
    earlier = Label.objects.filter(session=session, rater=rater, client_key=client_key).first()
    if earlier:
        if not earlier.is_settlement or earlier.code != decision.code:
            raise KeyReused
        return Submitted(earlier, is_new=False)
    if mark_of(session) != mark:
        raise ChangedSince
    if session.label_code != Verdict.DISPUTED and not session.label_is_settled:
        raise NothingToSettle
    submitted = submit_label(
        session_id=session.pk,
        rater=rater,
        code=decision.code,
        client_key=client_key,
        comment=decision.comment,
        issues=[IssueGiven(name) for name in decision.issues] if decision.is_third else issues_of(session=session, code=decision.code),
        reason=decision.reason,
        provenance=Provenance(is_settlement=True, guide_version=guide_version),
    )
    dispute = Dispute.objects.filter(session=session).order_by("-opened_at", "-pk").first()
    if dispute and dispute.settlement != submitted.label.pk:
        # Settled before, and settled anew: also those are told who labeled it in between.
        add_parties(dispute=dispute)
        close_as_settled(dispute=dispute, label=submitted.label, by=by)
    before = "settled" if session.label_is_settled else session.label_code or ""
    record_event(kind=EventKind.SETTLED, by=by, session=session.pk, subject_kind="label", subject=submitted.label.pk, before=before, after=decision.code)
    return submitted


def issues_of(*, session: Session, code: str) -> list[IssueGiven]:
    """This will gather what those named who gave this code, each issue once, with all that they point at."""
    current = CurrentLabel.objects.filter(session=session, type=LabelType.HUMAN, label__code=code, label__is_settlement=False)
    named = LabelIssue.objects.filter(label__in=current.values("label")).prefetch_related("evidence").order_by("label__made_at", "pk")
    found: dict[str, list[LabelIssue]] = {}
    for issue in named:
        found.setdefault(issue.raw, []).append(issue)
    return [
        IssueGiven(raw, suggested_by=rows[0].suggested_by, evidence=tuple(dict.fromkeys(_given(one) for row in rows for one in row.evidence.all())))
        for raw, rows in found.items()
    ]


def _given(evidence: Evidence) -> EvidenceGiven:
    return EvidenceGiven(evidence.target_kind, evidence.target_uid, evidence.transcript_revision, evidence.from_ms, evidence.until_ms)
