"""Verdict deltas: minus what a session counted as, plus what it counts as now."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from labeling.codes import Basis
from labeling.models import VerdictDelta
from sessions_app.models import Session
from sessions_app.operations import session_key

Contribution = tuple[tuple[str, Any], ...]


def contributions(session: Session) -> Counter[Contribution]:
    """This will list under which keys a session is counted: by its label, and by its random draw."""
    key = session_key(session)
    auto_code = session.auto_code or ""
    counted: Counter[Contribution] = Counter()
    if session.label_code or auto_code:
        measured = {
            "was_reviewed": session.was_reviewed,
            "blind_code": session.blind_code or "",
            "pairs": session.pairs,
            "agreeing_pairs": session.agreeing_pairs,
        }
        row = key | measured | {"basis": "", "code": session.label_code or "", "auto_code": auto_code, "weight": 1.0}
        counted[tuple(sorted(row.items()))] += 1
    if session.sample_code:
        row = key | {"basis": Basis.RANDOM.value, "code": session.sample_code, "auto_code": auto_code, "weight": session.sample_weight}
        counted[tuple(sorted(row.items()))] += 1
    return counted


def write_deltas(*, before: Counter[Contribution], after: Counter[Contribution]) -> None:
    """This will insert the difference, under the session's lock that the caller holds."""
    change = Counter(after)
    change.subtract(before)
    VerdictDelta.objects.bulk_create([delta_row(contribution, n) for contribution, n in change.items() if n])


def delta_row(contribution: Contribution, n: int) -> VerdictDelta:
    """This will be a delta that is not saved: so many more or fewer under a key, of whom each stands for as many."""
    values = dict(contribution)
    weight = values["weight"]
    return VerdictDelta(**values | {"n": n, "weight": n * weight, "squares": n * weight * weight})


def follow_rekeyed(pairs: Sequence[tuple[Session, Session]]) -> None:
    """This will move what labels add up to along with sessions whose keys a sync has changed."""
    before: Counter[Contribution] = Counter()
    after: Counter[Contribution] = Counter()
    for old, new in pairs:
        before += contributions(old)
        after += contributions(new)
    write_deltas(before=before, after=after)
