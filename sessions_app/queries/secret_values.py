"""Secrets in what tools sent and got: passwords, tokens, keys and card numbers, hidden from everybody before they reach a page.

Beside them, what stands under a key of which the reader may not see the value: `hides_key` says so.

Patterns have no beginning in common with their own middle, so a megabyte of one character costs one pass.
"""

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from sessions_app.identifiers import HidesKey, hide_pairs
from sessions_app.records import read_nested

DOTS = "•••"
DEEPEST_TEXT = 3
LONGEST_NESTED = 200_000
# Of a secret that stands without its name.
SHORTEST = 13
LONGEST_KEPT = 200
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
ANY_DIGIT = re.compile(r"\d")
CARD = re.compile(r"(?<![\w-])(?:3[47](?:[ -]?\d){13}|[2-6]\d{3}(?:[ -]?\d){12})(?![\w-])")


PAYLOADS = frozenset({"tool_request", "tool_error", "tool_result"})
# What says which call it was, and when. Whatever else a source tells of one may hold anything.
OF_THE_CALL = frozenset({"uid", "tool_call_id", "timestamp", "tool_name", "duration_ms"})


def hides_none(key: str) -> bool:
    return False


def tools_without_secrets(tools: Iterable[Mapping[str, Any]], *, hides_key: HidesKey = hides_none) -> list[dict[str, Any]]:
    """This will copy tool calls with the secrets in what they sent and got hidden, and in what their source told under names of its own."""
    return [{key: _told(key, value, hides_key) for key, value in tool.items()} for tool in tools]


def payloads_without_secrets(tools: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """This will copy of tool calls what is searched: their names, and what they sent and got, read where it is JSON, with the secrets in it hidden."""
    return [{key: value if key == "tool_name" else _read(value) for key, value in tool.items() if key == "tool_name" or key in PAYLOADS} for tool in tools]


def without_secrets(value: Any, depth: int = 0, *, hides_key: HidesKey = hides_none) -> Any:
    """This will copy a payload with its secrets hidden, in JSON that is written inside its strings too. Its keys all stay."""
    if isinstance(value, Mapping):
        return {
            key: DOTS if _is_secret(str(key), item) or _is_hidden(str(key), item, hides_key) else without_secrets(item, depth, hides_key=hides_key)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [without_secrets(item, depth, hides_key=hides_key) for item in value]
    if isinstance(value, str):
        return _without_secrets_inside(value, depth, hides_key)
    if isinstance(value, int) and value > 10**13:
        return CARD.sub(_hide_card, str(value)) if CARD.fullmatch(str(value)) else value
    return value


def hide_secrets(text: str, *, hides_key: HidesKey = hides_none) -> str:
    """This will hide what looks like a secret in a text that is not JSON, and the values that are written with their key."""
    if len(text) < SHORTEST and ":" not in text and "=" not in text:
        return text
    if "PRIVATE KEY" in text:
        text = PRIVATE_KEY.sub(DOTS, text)
    # Most texts are a few words. Each pattern needs one of these signs, and to look for a sign costs a tenth.
    has_digits = ANY_DIGIT.search(text) is not None
    if has_digits:
        text = BEARER.sub(rf"\1\2{DOTS}", text)
    if ":" in text or "=" in text:
        text = NAMED.sub(rf"\1\2{DOTS}", text)
    if "_" in text or "-" in text or "eyJ" in text or "AKIA" in text or "AIza" in text:
        text = KNOWN_KEY.sub(DOTS, SIGNED.sub(DOTS, text))
    if has_digits:
        text = CARD.sub(_hide_card, text)
    return text if hides_key is hides_none else hide_pairs(text, DOTS, hides_key)


def _read(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "[") and len(value) <= LONGEST_NESTED:
        try:
            return without_secrets(read_nested(value), 1)
        except (ValueError, RecursionError):
            return hide_secrets(value)
    return without_secrets(value)


def _told(key: str, value: Any, hides_key: HidesKey) -> Any:
    if key in OF_THE_CALL:
        return value
    return without_secrets(value, hides_key=hides_key) if key in PAYLOADS else without_secrets({key: value}, hides_key=hides_key)[key]


def _is_hidden(key: str, value: Any, hides_key: HidesKey) -> bool:
    """Of nothing there is nothing to hide; yes and no identify nobody."""
    return hides_key is not hides_none and value not in (None, "", [], {}) and not isinstance(value, bool) and hides_key(key)


def _is_secret(key: str, value: Any) -> bool:
    # Of nothing there is nothing to hide, and "is there a token" or how many were used tells none.
    if value is None or value == "" or isinstance(value, bool):
        return False
    names_secret, counts_tokens = _meaning(key) if len(key) <= LONGEST_KEPT else _meaning.__wrapped__(key)
    return names_secret and not (counts_tokens and isinstance(value, (int, float)))


@lru_cache(maxsize=5_000)
def _meaning(key: str) -> tuple[bool, bool]:
    """Whether a key names a secret, and whether it says how many tokens were used. The same keys stand in every session."""
    letters = re.sub(r"[^a-z0-9]", "", key.lower())
    return letters in KEYS or bool(IN_KEY.search(letters)), letters.endswith("tokens")


def _without_secrets_inside(text: str, depth: int, hides_key: HidesKey) -> str:
    if text.lstrip()[:1] in ("{", "[") and depth < DEEPEST_TEXT and len(text) <= LONGEST_NESTED:
        try:
            value = read_nested(text)
            hidden = without_secrets(value, depth + 1, hides_key=hides_key)
        except (ValueError, RecursionError):
            return hide_secrets(text, hides_key=hides_key)
        return text if hidden == value else json.dumps(hidden, ensure_ascii=False)
    return hide_secrets(text, hides_key=hides_key)


def _hide_card(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found.group())
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits)))
    return f"{DOTS} {digits[-4:]}" if sum(one // 10 + one % 10 for one in doubled) % 10 == 0 else found.group()
