"""The people of the demo: accounts, six reviewers, and how each of them tends to judge."""

from dataclasses import dataclass
from random import Random

from sessions_app.demo.categories import ISSUE_CATEGORIES, IssueCategory
from sessions_app.demo.records import BAD, GOOD, NA, OK, Truth

_SOUND = ("Silent treatment", "Slow response")


@dataclass(frozen=True)
class Account:
    """Someone who can sign in."""

    name: str
    email: str
    role: str


@dataclass(frozen=True)
class Reviewer:
    """A habit of judging. Shares between 0 and 1: how often a code is moved one step down (`strict`), one step
    up (`lenient`) or to the middle (`middling`), how often an issue is overlooked or a neighbor is named instead,
    and issues this person hardly ever notices."""

    name: str
    email: str
    strict: float = 0.02
    lenient: float = 0.02
    middling: float = 0.02
    overlooks: float = 0.06
    confuses: float = 0.04
    blind_to: tuple[str, ...] = ()
    silent: float = 0.35


REVIEWERS: tuple[Reviewer, ...] = (
    Reviewer("Amara Osei", "amara.osei@example.com", overlooks=0.03, confuses=0.02, silent=0.15),
    Reviewer("Mei Tanaka", "mei.tanaka@example.com", strict=0.09, lenient=0.01, silent=0.25),
    Reviewer("Dana Whitfield", "dana.whitfield@example.com", middling=0.03, overlooks=0.05),
    Reviewer("Tomas Berg", "tomas.berg@example.com", lenient=0.12, strict=0.01, overlooks=0.12),
    Reviewer("Ines Duarte", "ines.duarte@example.com", middling=0.12, silent=0.5),
    Reviewer("Noah Feld", "noah.feld@example.com", blind_to=_SOUND, confuses=0.10),
)
ACCOUNTS: tuple[Account, ...] = (
    Account("Luis Ferrer", "luis.ferrer@example.com", "admin"),
    Account("Priya Nair", "priya.nair@example.com", "manager"),
    Account("Amara Osei", "amara.osei@example.com", "reviewer"),
    Account("Mei Tanaka", "mei.tanaka@example.com", "reviewer"),
)

_DOWN = {GOOD: OK, OK: BAD}
_UP = {BAD: OK, OK: GOOD}
_NEIGHBORS = {
    "Silent treatment": "Slow response", "Slow response": "Silent treatment", "Did not understand": "Missed request",
    "Missed request": "Did not understand", "Speech transcription (STT)": "Did not understand", "Repeated question": "Did not understand",
    "Tool error": "Slow response", "Wrong answer": "Did not understand", "Transfer failed": "Tool error", "Language switch": "Did not understand",
    "Tone": "Did not understand", "Privacy": "Wrong answer",
}  # fmt: skip
_CHANGED = {
    OK: ("Not perfect.", "Fine overall, a little rough.", "Could be smoother."),
    BAD: ("This should not happen.", "Not acceptable for a caller."),
    GOOD: ("Good enough.", "Got what they needed."),
    NA: ("Cannot tell.",),
}


def judge(truth: Truth, profile: Reviewer, rng: Random) -> tuple[str, tuple[str, ...], str]:
    """What this reviewer makes of a session: code, issues and a comment, often empty."""
    issues = tuple(found for issue in truth.issues if (found := _notice(issue, profile, rng)))
    code = _code(truth, issues, profile, rng)
    if code in (GOOD, NA):
        issues = issues[:1] if code == GOOD and truth.code == OK and rng.random() < 0.3 else ()
    comment = truth.comment if code == truth.code and issues == truth.issues else _CHANGED[code][int(rng.random() * len(_CHANGED[code]))]
    return code, tuple(dict.fromkeys(issues)), "" if rng.random() < profile.silent else comment


def _notice(issue: str, profile: Reviewer, rng: Random) -> str:
    luck = rng.random()
    if issue in profile.blind_to:
        return issue if luck < 0.3 else ""
    if luck < profile.overlooks:
        return ""
    return _NEIGHBORS[issue] if luck < profile.overlooks + profile.confuses else issue


def _code(truth: Truth, issues: tuple[str, ...], profile: Reviewer, rng: Random) -> str:
    luck = rng.random()
    if truth.code == NA:
        return NA if luck < 0.93 else GOOD if luck < 0.97 else OK
    if truth.issues and not issues:
        return _UP[truth.code] if luck < 0.7 else truth.code
    if luck < profile.strict:
        return _DOWN.get(truth.code, BAD)
    if luck < profile.strict + profile.lenient:
        return _UP.get(truth.code, GOOD)
    if luck < profile.strict + profile.lenient + profile.middling:
        return OK
    return truth.code


__all__ = ["ACCOUNTS", "ISSUE_CATEGORIES", "REVIEWERS", "Account", "IssueCategory", "Reviewer", "judge"]
