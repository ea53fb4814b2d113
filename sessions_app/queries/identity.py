"""Whom a session was with, and which record it was, as keyed digests: enough to know them again, not to read them."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Collection, Iterator
from functools import cache

from django.conf import settings

from sessions_app.identifiers import DATED, EMAIL, GAP
from sessions_app.models import Session
from sessions_app.search_words import COUNTRY_CODE, LOCAL_DIGITS, digits_of

# What a number is sent with by telephone systems and messengers, and what may stand behind it.
SCHEME = re.compile(r"(?:tel|sips?|sms|whatsapp):", re.IGNORECASE)
EXTENSION = re.compile(r"\s*(?:;|,|x|ext\.?)\s*\S{0,40}$", re.IGNORECASE)
NUMBER_ONLY = re.compile(rf"\+?(?:{GAP}|\d)+")
FEWEST_DIGITS = 7
KEY_ID, DIGEST = 8, 56
ERASED = "erased:"
LONGEST = 500


def identity_of(value: str) -> str:
    """This will write a number, address or name in the one way in which it is compared; empty where it names nobody.

    A number is its digits behind a plus. Ten digits without one are of the United States, and so are eleven that begin
    with its code; any other number is the same only with its country code. An address or name is the same in any case.
    """
    text = " ".join(unicodedata.normalize("NFKC", value[:LONGEST]).split())
    scheme = SCHEME.match(text)
    bare = text[scheme.end() :].partition("@")[0] if scheme else text
    bare = EXTENSION.sub("", bare) if any(sign.isdecimal() for sign in bare[:FEWEST_DIGITS]) else bare
    if NUMBER_ONLY.fullmatch(bare):
        digits = digits_of(bare)
        is_international = "+" in bare[:2] or digits.startswith("00")
        digits = digits.removeprefix("00") if "+" not in bare[:2] else digits
        if len(digits) >= FEWEST_DIGITS:
            return f"+{digits}" if is_international or len(digits) != LOCAL_DIGITS else f"+{COUNTRY_CODE}{digits}"
    return text.casefold()


def caller_digests(value: str) -> list[str]:
    """This will be the digests of whom a number, address or name stands for: by the key of today first, then by former ones."""
    identity = identity_of(value)
    return [_digest(key, "caller", identity) for key in settings.ERASURE_KEYS] if identity else []


def record_digests(source_name: str, external_id: str) -> list[str]:
    """This will be the digests of one record of one source."""
    if external_id.startswith(ERASED):
        return [external_id.removeprefix(ERASED)]
    return [_digest(key, "record", source_name, external_id) for key in settings.ERASURE_KEYS]


def erased_id(source_name: str, external_id: str) -> str:
    """This will be what stands in the place of a record's id once it is erased, so that the record is known when it comes again."""
    return ERASED + record_digests(source_name, external_id)[0]


def key_ids() -> set[str]:
    """This will be the beginnings of the digests that can be compared: those of the keys there are."""
    return {_key_id(key) for key in settings.ERASURE_KEYS}


def callers_of(session: Session) -> Iterator[str]:
    """This will be the values of a session that say whom it was with. The number that a caller dialed does not."""
    return callers_in(session.source, session.target, session.is_outbound, session.conversation_id)


def callers_in(source: str | None, target: str | None, is_outbound: bool | None, conversation_id: str | None) -> Iterator[str]:
    return (value for value in (source, target if is_outbound else None, conversation_id) if value)


def names_one_of(text: str, digests: Collection[str]) -> bool:
    """This will say whether a text is, or holds, a number or address of these digests, or is their name."""
    if not text:
        return False
    found = {match.group() for pattern in (DATED, EMAIL) for match in pattern.finditer(text)}
    return any(digest in digests for value in (text, *found) for digest in caller_digests(value))


def _digest(key: str, *parts: str) -> str:
    told = hmac.digest(key.encode(), "\0".join(("review desk", *parts)).encode(errors="replace"), "sha256")
    return _key_id(key) + told.hex()[:DIGEST]


@cache
def _key_id(key: str) -> str:
    return hashlib.sha256(b"review desk erasure key" + key.encode()).hexdigest()[:KEY_ID]
