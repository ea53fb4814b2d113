"""The labels of an exported row, with their time, origin and evidence."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.translation import gettext_noop

from labeling.codes import LONGEST_ISSUE, Basis, Code, LabelType, RaterKind, TargetKind, Via
from labeling.imports.exported_values import NO_ROOM, cleaned_whole, is_count, items_of, pk_of
from labeling.imports.taking import cleaned
from labeling.models import Rater
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, LabelGiven, Provenance
from labeling.operations.restoring import Restored
from sessions_app.records import BadRecord, read_time

RaterOf = Callable[[str, str, str], Rater]


def read_labels(values: Mapping[str, Any], *, session_pk: int, rater: RaterOf) -> list[Restored]:
    """Raises BadRecord."""
    evidence: dict[tuple[Any, Any], list[EvidenceGiven]] = defaultdict(list)
    for item in items_of(values.get("evidence"), "evidence"):
        evidence[item.get("label"), item.get("issue")].append(_evidence(item))
    items = [*items_of(values.get("labels"), "labels"), *items_of(values.get("other_labels"), "other_labels")]
    return [_label(item, session_pk, rater, evidence) for item in items]


def _label(item: Mapping[str, Any], session_pk: int, rater: RaterOf, evidence: Mapping[tuple[Any, Any], list[EvidenceGiven]]) -> Restored:
    kind, type_, code, via = item.get("kind"), item.get("type"), item.get("code"), item.get("via")
    basis, probability, guide = item.get("basis", Basis.CHOSEN.value), item.get("selection_probability"), item.get("guide_version")
    email = cleaned(item.get("email"), 254, "The address of a label").lower()
    if (
        kind not in RaterKind.values
        or type_ not in LabelType.values
        or code not in Code.values
        or via not in Via.values
        or basis not in Basis.values
        or not email
    ):
        raise BadRecord(gettext_noop("A label of the session cannot be read."))
    if probability is not None and (isinstance(probability, bool) or not isinstance(probability, (int, float)) or not 0 < probability <= 1):
        raise BadRecord(gettext_noop("The probability of a label is not one."))
    if guide is not None and not is_count(guide):
        raise BadRecord(gettext_noop("The version of the guide of a label is not a number."))
    issues = item.get("issues") or []
    if not isinstance(issues, list):
        raise BadRecord(gettext_noop("The issues of a label are not a list."))
    raws = [cleaned_whole(one, LONGEST_ISSUE, "An issue") for one in issues]
    made_at = read_time(item.get("made_at"), "made_at")
    given = LabelGiven(
        session_id=session_pk,
        rater=rater(kind, email, cleaned(item.get("rater"), 150, "The name of a reviewer")),
        code=code,
        client_key="",
        type=type_,
        comment=cleaned_whole(item.get("comment"), 100_000, "A comment"),
        issues=tuple(IssueGiven(raw=raw, evidence=tuple(evidence.get((item.get("id"), raw), ()))) for raw in raws),
        reason=cleaned_whole(item.get("reason"), 100_000, "A reason"),
        provenance=Provenance(
            via=via,
            claimed_email=cleaned(item.get("claimed_email"), 254, "The address of a label"),
            made_at=made_at,
            basis=basis,
            selection_probability=probability,
            guide_version=guide,
            is_settlement=item.get("is_settlement") is True and type_ == LabelType.HUMAN,
        ),
    )
    return Restored(
        pk=pk_of(item.get("id"), "The id of a label"),
        given=given,
        made_at=made_at,
        independent=item.get("independent") is True,
        saw_auto=item.get("saw_auto") is True,
        saw_others=item.get("saw_others") is True,
    )


def _evidence(item: Mapping[str, Any]) -> EvidenceGiven:
    kind, uid = item.get("target"), cleaned(item.get("uid"), 200, "The target of evidence")
    from_ms, until_ms, revision = item.get("from_ms"), item.get("until_ms"), item.get("transcript_revision")
    moments = [one for one in (from_ms, until_ms) if one is not None]
    fits = all(isinstance(one, int) and not isinstance(one, bool) and abs(one) < NO_ROOM for one in moments)
    if (
        kind not in TargetKind.values
        or revision is None
        or not is_count(revision)
        or not fits
        or (until_ms is not None and (from_ms is None or until_ms < from_ms))
    ):
        raise BadRecord(gettext_noop("Evidence of the session cannot be read."))
    if not uid and kind != TargetKind.MOMENT:
        raise BadRecord(gettext_noop("Evidence of the session names no target."))
    return EvidenceGiven(target_kind=str(kind), target_uid=uid, transcript_revision=revision, from_ms=from_ms, until_ms=until_ms)
