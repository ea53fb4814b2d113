"""Judging on a page: a label with everything that goes with it in one transaction."""

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from labeling.models import Label, LabelIssue, LabelWithdrawal, Queue, User
from labeling.operations.disputes import ask_another
from labeling.operations.drafts import Typed, close_draft, reopen_draft
from labeling.operations.filling import fill_places, find_places, reopen_places
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, LabelGiven, Provenance
from labeling.operations.labels import Submitted, submit_on_locked, withdraw_label
from labeling.operations.raters import rater_of
from labeling.operations.second_opinions import close_second_opinions, reopen_second_opinions
from sessions_app.operations import lock_session


def judge(
    *, session_id: int, by: User, typed: Typed, client_key: str, provenance: Provenance, draft_revision: int | None = None, queue: Queue | None = None
) -> Submitted:
    """This will submit what was typed as the person's label, fill the places it is for, end the draft it was typed in, and answer who asked for an opinion.

    `draft_revision` is the draft its tab last saw, `queue` the one they work in. Raises what submit_label and rater_of raise; and
    QueueNotActive or PlaceTaken, with nothing changed, where that queue has no place for this label.
    """
    told = (session_id, by, typed, client_key, provenance, draft_revision, queue)
    try:
        return _judge(*told)
    except IntegrityError as problem:
        # Their other tab was handed another place of this session in this moment; that one is filled then.
        if not isinstance(problem.__cause__, UniqueViolation) or "assignment_once_per_person" not in str(problem.__cause__):
            raise
    return _judge(*told)


@transaction.atomic
def undo(*, label: Label, by: User) -> Label | None:
    """This will withdraw the person's label and give back what it said as a draft. Returns the label that stands now.

    Undoing twice is undoing once. Raises NotStanding.
    """
    # Locked before it is asked: of two at once the second must not write over what was typed after the first.
    lock_session(label.session_id)
    is_first = not LabelWithdrawal.objects.filter(label=label).exists()
    withdraw_label(label=label, by=by)
    standing = Label.objects.filter(session=label.session_id, rater=label.rater_id, current__isnull=False, type=label.type).first()
    if is_first:
        reopen_places(label=label, by=by, standing=standing)
        reopen_draft(session_id=label.session_id, by=by, typed=typed_of(label, version=standing.pk if standing else None))
        reopen_second_opinions(label=label)
    return standing


@transaction.atomic
def _judge(session_id: int, by: User, typed: Typed, client_key: str, provenance: Provenance, draft_revision: int | None, queue: Queue | None) -> Submitted:
    session = lock_session(session_id)
    rater = rater_of(user=by)
    places = find_places(session=session, by=by, queue=queue)
    # The answer to an earlier send may have been lost, and the queue closed since.
    if places.refusal and not Label.objects.filter(session=session, rater=rater, client_key=client_key).exists():
        raise places.refusal
    given = LabelGiven(
        session_id,
        rater,
        typed.code,
        client_key,
        issues=tuple(issues_given(typed)),
        comment=typed.comment,
        reason=typed.reason,
        provenance=places.provenance(provenance, queue=queue),
    )
    submitted = submit_on_locked(session=session, given=given, starting_from=typed.version)
    if submitted.is_new:
        fill_places(places=places, label=submitted.label, by=by)
        for place in (*places.fresh, *places.followed):
            ask_another(place=place, session=session)
        close_draft(session_id=session_id, by=by, typed=typed, tab=client_key, revision=draft_revision)
        # Who was asked for an opinion is not unaided; that was looked at just now, under the session's lock.
        if not submitted.label.independent:
            close_second_opinions(session_id=session_id, user=by, label=submitted.label)
    return submitted


def issues_given(typed: Typed) -> list[IssueGiven]:
    """This will read the issues of a draft, whose shape the form has checked."""
    return [
        IssueGiven(raw=issue["raw"], suggested_by=issue["suggested_by"], evidence=tuple(EvidenceGiven(**item) for item in issue["evidence"]))
        for issue in typed.issues
    ]


def typed_of(label: Label, *, version: int | None) -> Typed:
    """This will be a label as its form had it."""
    return Typed(
        code=label.code,
        issues=[_issue(issue) for issue in label.issues.prefetch_related("evidence")],
        comment=label.comment,
        reason=label.reason,
        version=version,
    )


def _issue(issue: LabelIssue) -> dict[str, object]:
    evidence = [
        {
            "target_kind": item.target_kind,
            "target_uid": item.target_uid,
            "transcript_revision": item.transcript_revision,
            "from_ms": item.from_ms,
            "until_ms": item.until_ms,
        }
        for item in issue.evidence.all()
    ]
    return {"raw": issue.raw, "suggested_by": issue.suggested_by, "evidence": evidence}
