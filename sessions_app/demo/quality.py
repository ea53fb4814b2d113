"""What the machine makes of a session: an automatic rating, right most of the time."""

from random import Random

from sessions_app.demo.plan import Plan
from sessions_app.demo.records import BAD, GOOD, NA, OK

_RATINGS = {"GOOD": "Good", "OK": "Ok", "BAD": "Bad"}


def auto_code(plan: Plan) -> str | None:
    """The automatic rating: none for legacy sessions, and wrong in ways that have a reason."""
    rng = Random(f"{plan.key}:auto")
    unrated, luck = rng.random(), rng.random()
    if plan.is_legacy or unrated < 0.012:
        return None
    if plan.code == BAD:
        missed = plan.flaw.missed if plan.flaw else 0.28
        return BAD if luck >= missed else GOOD if luck < missed * 0.55 else OK
    if plan.code == GOOD and plan.flaw:
        return BAD if luck < 0.45 else OK if luck < 0.7 else GOOD
    return _pick(luck, _CONFUSION[plan.code])


def rating_of(code: str | None) -> str | None:
    """The same in the words of the summary service."""
    return _RATINGS.get(code or "")


_CONFUSION = {
    GOOD: ((GOOD, 0.905), (OK, 0.07), (BAD, 0.017), (NA, 0.008)),
    OK: ((OK, 0.56), (GOOD, 0.35), (BAD, 0.08), (NA, 0.01)),
    NA: ((NA, 0.82), (GOOD, 0.09), (OK, 0.05), (BAD, 0.04)),
}


def _pick(luck: float, shares: tuple[tuple[str, float], ...]) -> str:
    for code, share in shares:
        luck -= share
        if luck < 0:
            return code
    return shares[0][0]
