"""What a session's standing labels add up to. Pure: no database, so that it can be checked against a recomputation."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from labeling.codes import Basis, Code, LabelType, Via
from sessions_app.codes import Verdict
from sessions_app.operations import Pointed

MAJORITY_NEEDS = 3
# What its column holds: 256 people on one session.
MOST_PAIRS = 32_640


@dataclass(frozen=True, slots=True)
class Standing:
    """The columns of a standing label that decide."""

    pk: int
    rater_id: int
    type: str
    code: str
    made_at: datetime
    is_settlement: bool = False
    basis: str = Basis.CHOSEN
    selection_probability: float | None = None
    independent: bool = False
    via: str = Via.PAGE

    @property
    def order(self) -> tuple[datetime, int]:
        return (self.made_at, self.pk)


def current_of(standing: Sequence[Standing]) -> dict[tuple[int, str], Standing]:
    """This will pick each rater's current label of each type: the greatest (made_at, id), never the last to arrive."""
    current: dict[tuple[int, str], Standing] = {}
    for label in sorted(standing, key=lambda label: label.order):
        current[label.rater_id, label.type] = label
    return current


def session_label(standing: Sequence[Standing]) -> Pointed:
    """This will work out the session label: the settled one, else the majority of three, else the common code."""
    current = sorted(current_of(standing).values(), key=lambda label: label.order)
    human = [label for label in current if label.type == LabelType.HUMAN]
    auto = [label for label in current if label.type == LabelType.AUTO]
    settled = max((label for label in standing if label.is_settlement), key=lambda label: label.order, default=None)
    judged = [label for label in human if label.code != Code.NOT_APPLICABLE]
    # "2 of 3" speaks of those who judged; a settlement is no vote.
    counted = [label for label in judged or human if not label.is_settlement]
    code: str | None
    if settled:
        code = settled.code
    elif not human:
        code = None
    elif not judged:
        code = Verdict.NOT_APPLICABLE.value
    else:
        code = _common_code([label.code for label in judged])
    newest = settled or next(reversed(human or auto), None)
    # The first one, also when its rater has changed it since: a change may come of having seen others.
    drawn = (label for label in standing if label.type == LabelType.HUMAN and label.basis == Basis.RANDOM and label.independent)
    sampled = min(drawn, key=lambda label: label.order, default=None)
    first = first_independent(standing)
    votes = Counter(label.code for label in first)
    return Pointed(
        label_id=newest.pk if newest else None,
        code=code,
        raters=len(counted),
        agreeing=sum(1 for label in counted if label.code == code),
        is_settled=settled is not None,
        new_since=bool(settled and human and human[-1].order > settled.order),
        labeled_at=human[-1].made_at if human else None,
        auto_code=auto[-1].code if auto else None,
        sample_code=sampled.code if sampled else None,
        sample_weight=1 / (sampled.selection_probability or 1.0) if sampled else None,
        was_reviewed=any(label.via != Via.BULK for label in human),
        blind_code=first[0].code if first else None,
        pairs=min(_pairs(len(first)), MOST_PAIRS),
        agreeing_pairs=min(sum(map(_pairs, votes.values())), MOST_PAIRS),
    )


def first_independent(standing: Sequence[Standing]) -> list[Standing]:
    """Each person's first label without sight of any judgment, oldest first. A settlement follows from the labels and is none."""
    first: dict[int, Standing] = {}
    for label in sorted(standing, key=lambda label: label.order):
        if label.type == LabelType.HUMAN and label.independent and not label.is_settlement:
            first.setdefault(label.rater_id, label)
    return list(first.values())


def _pairs(n: int) -> int:
    return n * (n - 1) // 2


def _common_code(codes: Sequence[str]) -> str:
    code, votes = Counter(codes).most_common(1)[0]
    if votes == len(codes) or (len(codes) >= MAJORITY_NEEDS and votes * 2 > len(codes)):
        return code
    return Verdict.DISPUTED.value
