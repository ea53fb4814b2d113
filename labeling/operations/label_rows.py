"""A label as it was given, and the rows that it becomes: with its issues, its evidence, and what its rater had been shown."""

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F, QuerySet, Value
from django.db.models.functions import Now

from labeling.codes import ERASED_WORDS, Basis, Judgment, LabelType, Via
from labeling.models import ApiKey, Evidence, Exposure, Label, LabelIssue, Rater, SecondOpinion
from labeling.operations.incoming_issues import remember_unmapped
from labeling.queries.guide import InForce
from labeling.queries.issues import canonical_categories
from sessions_app.compiled import AnyOf, compiled

# What opens the judgments of others beside their being shown, and how long a label may stand without doing so. And what was
# asked for by a colleague who has a view of the session, and chose it.
OWN_LABEL, ASKED = "own label", "asked"
SLIP = timedelta(minutes=1)


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
    # Asked for because others disagree: more pairs of such sessions than of others would make people seem to agree less than they do.
    is_further: bool = False


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

    @property
    def key(self) -> tuple[int, int, str]:
        return (self.session_id, self.rater.pk, self.type)


@dataclass(frozen=True, slots=True)
class Replaced:
    """A current label that another takes the place of. A synced one may claim a time ahead of our clock; what its rater says now still comes after it."""

    label_id: int
    ahead_at: datetime | None = None


def insert_labels(labels: Sequence[LabelGiven], replaced: Mapping[tuple[int, int, str], Replaced], *, erased: Collection[int] = ()) -> list[Label]:
    """This will insert labels on sessions that the caller has locked; `replaced` are the current labels by session, rater and type.

    On sessions that are `erased` a label counts like any other, and nothing is kept of what it says in words.
    """
    labels = _under_the_guide_of_their_time(labels)
    seen = _exposures(labels)
    rows = Label.objects.bulk_create(
        [
            label_row(
                given,
                replaces=replaced[given.key].label_id if given.key in replaced else None,
                made_at=given.provenance.made_at or (replaced[given.key].ahead_at if given.key in replaced else None) or Now(),
                seen=seen.get((given.session_id, given.rater.user_id), set()),
                is_erased=given.session_id in erased,
            )
            for given in labels
        ],
        batch_size=500,
    )
    insert_issues([(row, given.issues) for row, given in zip(rows, labels, strict=True)])
    return rows


def label_row(given: LabelGiven, *, replaces: int | None, made_at: Any, seen: set[str], is_erased: bool = False) -> Label:
    """This will make the row of a label; `seen` are the judgments its rater had been shown."""
    return Label(
        session_id=given.session_id,
        rater=given.rater,
        type=given.type,
        code=given.code,
        comment=_kept(given.comment, is_erased),
        client_key=given.client_key,
        request_hash=request_hash(given),
        replaces_id=replaces,
        reason=_kept(given.reason, is_erased),
        made_at=made_at,
        **_provenance_columns(given.provenance),
        **_independence(given, seen),
    )


def request_hash(given: LabelGiven) -> str:
    """This will tell whether a key that came again came with the same content."""
    provenance = given.provenance
    issues = [asdict(issue) for issue in given.issues]
    content = [given.type, given.code, given.comment, issues, given.reason, provenance.claimed_email.lower(), provenance.is_settlement]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def _under_the_guide_of_their_time(labels: Sequence[LabelGiven]) -> Sequence[LabelGiven]:
    """A page says which version its person had before them. What people judged elsewhere and gave to us names the version in force then.

    A machine reads no guide, and a label of the vendor's was made under theirs.
    """
    if not any(_is_given_to_us(given) for given in labels):
        return labels
    guide = InForce()
    return [
        replace(given, provenance=replace(given.provenance, guide_version=guide.at(given.provenance.made_at))) if _is_given_to_us(given) else given
        for given in labels
    ]


def _is_given_to_us(given: LabelGiven) -> bool:
    return given.type == LabelType.HUMAN and given.provenance.via in (Via.BULK, Via.API, Via.IMPORT) and given.provenance.guide_version is None


def _kept(words: str, is_erased: bool) -> str:
    return ERASED_WORDS if is_erased and words else words


def _provenance_columns(provenance: Provenance) -> dict[str, Any]:
    return {name: getattr(provenance, name) for name in Provenance.__dataclass_fields__ if name not in ("made_at", "is_further")}


def _exposures(labels: Sequence[LabelGiven]) -> dict[tuple[int, int | None], set[str]]:
    """What the raters of labels that may be independent had been shown, or were asked for."""
    unaided = [given for given in labels if _may_be_independent(given)]
    sessions, people = {given.session_id for given in unaided}, {given.rater.user_id for given in unaided if given.rater.user_id}
    if not people:
        return {}
    seen: dict[tuple[int, int | None], set[str]] = {}
    for session_id, user_id, what in _shown.all(list(sessions), list(people)):
        seen.setdefault((session_id, user_id), set()).add(what)
    return seen


@compiled
def _shown(sessions: Any, people: Any) -> QuerySet[Any, Any]:
    shown = Exposure.objects.filter(AnyOf(F("session"), sessions), AnyOf(F("user"), people))
    # A label of their own opens what others think, in lists too; one that was taken back at once was a slip of the hand.
    own = Label.objects.filter(AnyOf(F("session"), sessions), AnyOf(F("rater__user"), people), type=LabelType.HUMAN)
    # A program does not slip: through the API a label would open a session, and be gone before the one that counts.
    own = own.exclude(via=Via.PAGE, withdrawal__withdrawn_at__lte=F("recorded_at") + SLIP)
    asked = SecondOpinion.objects.filter(AnyOf(F("session"), sessions), AnyOf(F("asked_of"), people), closed_at=None)
    return shown.values_list("session", "user", "judgment").union(
        own.values_list("session", "rater__user", Value(OWN_LABEL)), asked.values_list("session", "asked_of", Value(ASKED)), all=True
    )


def _may_be_independent(given: LabelGiven) -> bool:
    return given.type == LabelType.HUMAN and given.provenance.via == Via.PAGE and not given.provenance.is_settlement


def _independence(given: LabelGiven, seen: set[str]) -> dict[str, bool]:
    """Independent is only what we can vouch for: a person's label on our page, who had been shown no judgment before, and whom no colleague asked for it."""
    if not _may_be_independent(given):
        return {"independent": False, "saw_auto": False, "saw_others": False}
    return {"independent": not seen and not given.provenance.is_further, "saw_auto": Judgment.AUTO in seen, "saw_others": Judgment.OTHERS in seen}


def insert_issues(labels: Sequence[tuple[Label, Sequence[IssueGiven]]]) -> None:
    """This will insert the issues of labels that were just inserted, with their evidence; what no category is known by goes to the inbox."""
    pairs = [(label, issue) for label, issues in labels for issue in _once(issues)]
    if not pairs:
        return
    raws = {issue.raw for _, issue in pairs}
    categories = canonical_categories(raws)
    remember_unmapped(raws=raws - set(categories))
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
