"""Secrets in what tools sent and got: passwords, tokens, keys and card numbers, hidden from everybody before they reach a page.

Patterns have no beginning in common with their own middle, so a megabyte of one character costs one pass.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

DOTS = "•••"
DEEPEST_TEXT = 3
LONGEST_NESTED = 200_000
# Of a key's letters and digits: what it holds is a secret where one of these stands in it, or where it is one of the words.
IN_KEY = re.compile(
    "passw(or)?d|passphrase|secret|token|authorization|apikey|accesskey|privatekey|signingkey|credential|cookie|cvv|cvc|cardnumber|creditcard|cardno"
)
KEYS = frozenset({"pwd", "pass", "pin", "pan", "auth", "jwt", "bearer", "card", "otp", "sessionid"})
WORDS = "passw(?:or)?d|passphrase|secret|token|authorization|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|cvv|cvc|pwd"

PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----.*?(?:-----END [A-Z ]{0,30}PRIVATE KEY-----|\Z)", re.DOTALL)
BEARER = re.compile(r"\b(bearer|basic|token)(\s{1,5})(?=\S*\d)[\w.~+/=-]{8,}", re.IGNORECASE)
SIGNED = re.compile(r"(?<![\w-])eyJ[\w-]{5,}\.[\w-]{5,}(?:\.[\w-]*)?")
KNOWN_KEY = re.compile(
    r"(?<![\w-])(?:AKIA[0-9A-Z]{16}|gh[pousr]_\w{20,}|github_pat_\w{20,}|xox[a-z]-[\w-]{10,}|[spr]k[-_](?:live|test|proj|ant)?[\w-]{20,}|AIza[\w-]{30,})"
)
NAMED = re.compile(rf"({WORDS})([\w-]{{0,20}}\\{{0,4}}[\"']?\s{{0,5}}[:=]\s{{0,5}})(\"[^\"\\]*\"|\\{{0,4}}[\"']?[^\s\"',;&}}\\]+)", re.IGNORECASE)
CARD = re.compile(r"(?<![\w-])(?:3[47](?:[ -]?\d){13}|[2-6]\d{3}(?:[ -]?\d){12})(?![\w-])")


def without_secrets(value: Any, depth: int = 0) -> Any:
    """This will copy a payload with its secrets hidden, in JSON that is written inside its strings too."""
    if isinstance(value, Mapping):
        return {key: DOTS if _is_secret(str(key), item) else without_secrets(item, depth) for key, item in value.items()}
    if isinstance(value, list):
        return [without_secrets(item, depth) for item in value]
    if isinstance(value, str):
        return _without_secrets_inside(value, depth)
    if isinstance(value, int) and value > 10**13:
        return CARD.sub(_hide_card, str(value)) if CARD.fullmatch(str(value)) else value
    return value


def hide_secrets(text: str) -> str:
    """This will hide what looks like a secret in a text that is not JSON."""
    if "PRIVATE KEY" in text:
        text = PRIVATE_KEY.sub(DOTS, text)
    text = BEARER.sub(rf"\1\2{DOTS}", text)
    text = NAMED.sub(rf"\1\2{DOTS}", text)
    text = KNOWN_KEY.sub(DOTS, SIGNED.sub(DOTS, text))
    return CARD.sub(_hide_card, text)


def _is_secret(key: str, value: Any) -> bool:
    # Of nothing there is nothing to hide, and "is there a token" or how many were used tells none.
    if value is None or value == "" or isinstance(value, bool):
        return False
    letters = re.sub(r"[^a-z0-9]", "", key.lower())
    if isinstance(value, (int, float)) and letters.endswith("tokens"):
        return False
    return letters in KEYS or bool(IN_KEY.search(letters))


def _without_secrets_inside(text: str, depth: int) -> str:
    if text.lstrip()[:1] in ("{", "[") and depth < DEEPEST_TEXT and len(text) <= LONGEST_NESTED:
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            return hide_secrets(text)
        hidden = without_secrets(value, depth + 1)
        return text if hidden == value else json.dumps(hidden, ensure_ascii=False)
    return hide_secrets(text)


def _hide_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return f"{DOTS} {digits[-4:]}" if sum(one // 10 + one % 10 for one in doubled) % 10 == 0 else found.group()
