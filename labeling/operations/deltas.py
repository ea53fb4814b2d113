"""Verdict deltas: minus what a session counted as, plus what it counts as now."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Q, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce

from labeling.codes import Basis
from labeling.models import VerdictDelta
from sessions_app.models import Session
from sessions_app.operations import recount, session_key

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


def recount_verdicts() -> int:
    """This will put right what the deltas add up to, as contributions() has it, and return under how many keys it was wrong."""
    nothing, one, none, weight = Value(""), Value(1.0), Value(0), F("sample_weight")
    auto: dict[str, Combinable] = {"auto_code": Coalesce(F("auto_code"), nothing)}
    labeled: dict[str, Combinable] = auto | {"basis": nothing, "code": Coalesce(F("label_code"), nothing), "weight": one, "squares": one}
    measured: dict[str, Combinable] = {
        "was_reviewed": F("was_reviewed"),
        "blind_code": Coalesce(F("blind_code"), nothing),
        "pairs": F("pairs"),
        "agreeing_pairs": F("agreeing_pairs"),
    }
    drawn: dict[str, Combinable] = auto | {"basis": Value(Basis.RANDOM.value), "code": F("sample_code"), "weight": weight, "squares": weight * weight}
    unmeasured: dict[str, Combinable] = {"was_reviewed": Value(False), "blind_code": nothing, "pairs": none, "agreeing_pairs": none}
    return recount(VerdictDelta, [(Q(label_code__gt="") | Q(auto_code__gt=""), labeled | measured), (Q(sample_code__gt=""), drawn | unmeasured)])
