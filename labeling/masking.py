"""Masking: what everybody is shown instead of callers' identities, until they ask for one session. Applied at render, never at rest."""

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from labeling.roles import Permission
from sessions_app.identifiers import DATE, DATED, EMAIL, SSN, hide_identifiers, in_plain_signs


class Viewer(Protocol):
    """A person, or an API key: whoever something is drawn for. A right alone lifts no mask."""

    def may(self, permission: Permission) -> bool: ...


@dataclass(frozen=True, slots=True)
class Unmasked:
    """A viewer for whom masks are lifted in what is drawn now: they asked for it, and it was logged. Who loses the right sees masks again."""

    viewer: Viewer

    def may(self, permission: Permission) -> bool:
        return self.viewer.may(permission)


DOTS = "•••"
# A mask changes nothing else; most of what is said has none of them.
MASKABLE = re.compile(r"[\d@\uff20]|(?i:nineteen|mil novecientos)")
# What a chat platform calls an unknown visitor, such as web-8814: it identifies nobody.
VISITOR = re.compile(r"[a-z]{1,12}[-_](?=[a-f]*\d)[0-9a-f]{1,6}")
# A number may be written without its country code or area code; this many of its digits in a row still tell whose it is.
TELLING_DIGITS = 7


def is_masked(viewer: Viewer) -> bool:
    return not (isinstance(viewer, Unmasked) and viewer.may(Permission.UNMASK))


def mask(value: str | None, viewer: Viewer) -> str:
    """This will hide a caller's number, address or name, leaving the last four digits of a number."""
    if not value or not is_masked(viewer) or VISITOR.fullmatch(value):
        return value or ""
    digits = re.sub(r"\D", "", value)
    if "@" not in value and len(digits) >= 7:
        return f"{DOTS} {DOTS} {digits[-4:]}"
    if "@" in value:
        return f"{value[0]}{DOTS}@{DOTS}"
    return f"{value[0]}{DOTS}"


def mask_text(text: str, viewer: Viewer) -> str:
    """This will hide phone numbers, e-mail addresses, social security numbers and dates of birth that are written out in a text.

    Names in free speech stay: whoever may read transcripts reads them.
    """
    if not is_masked(viewer):
        return text
    plain = in_plain_signs(text)
    hidden = _hidden(plain)
    return text if hidden == plain else hidden


def masks_text(viewer: Viewer) -> Callable[[str], str]:
    """This will be the same for many texts, most of which have nothing that a mask could change."""
    return (lambda text: mask_text(text, viewer) if MASKABLE.search(text) else text) if is_masked(viewer) else str


def _hidden(text: str) -> str:
    if "@" in text or "%40" in text:
        text = EMAIL.sub(f"{DOTS}@{DOTS}", text)
    text = hide_identifiers(text, DOTS)
    text = SSN.sub(f"{DOTS}-{DOTS}", text)
    return DATED.sub(_mask_number, text)


def mask_handle(handle: str, viewer: Viewer, *, callers: Iterable[str | None]) -> str:
    """This will mask an id at the source that holds a caller's number or is a caller's name. Any other long number is an id and stays."""
    if not is_masked(viewer):
        return handle
    if any(tells_whose(handle, caller) for caller in callers if caller):
        return mask(handle, viewer)
    return mask_text(handle, viewer) if "+" in handle or "@" in handle else handle


def tells_whose(handle: str, caller: str) -> bool:
    """This will say whether a handle is a caller's number or name, written in whatever way."""
    if handle.strip().casefold() == caller.strip().casefold():
        return True
    number, digits = re.sub(r"\D", "", caller), re.sub(r"\D", "", handle)
    return any(number[start : start + TELLING_DIGITS] in digits for start in range(len(number) - TELLING_DIGITS + 1))


def _mask_number(found: re.Match[str]) -> str:
    if DATE.fullmatch(found.group()):
        return found.group()
    return f"{DOTS} {re.sub(r'[^0-9]', '', found.group())[-4:]}"


# What may follow the word that says what a value is: phone_number, address_line_1, first_name_2, email_primary, address_city.
_QUALIFIERS = """
number numbers no num nr value values text raw full line digits home mobile cell work day evening primary secondary other main alt first middle last
given family maiden street city state zip zipcode postal postcode county country e164 formatted normalized spoken confirmed entered year month
"""
QUALIFIERS = frozenset(_QUALIFIERS.split())
# A name of these is no person's. Of an insurer or a pharmacy it is nobody's either; whatever is not here is hidden.
_THINGS = """
tool function agent prompt file field event app application service host domain method class type key model column table queue department clinic
practice location facility hospital pharmacy medication medicine drug product plan insurer payer carrier store server bucket branch test lab voice
language flow intent skill action step status template campaign channel variable parameter property resource region zone scope role group
"""
THINGS = tuple(_THINGS.split())
# Other words for what these keys hold.
SAME = {
    "dob": ("dateofbirth", "birthdate", "birthday", "birth", "fechanacimiento", "fechadenacimiento"),
    "ssn": ("socialsecurity", "social"),
    "mrn": ("medicalrecord", "medicalrecordid"),
    "phone": ("mobile", "cell", "tel", "msisdn", "telefono", "callerid", "ani", "fax"),
    "email": ("mail", "correo"),
    "address": ("addr", "direccion", "street", "zip", "zipcode", "postcode", "postalcode"),
    "name": ("nombre", "apellido", "apellidos", "initials"),
    "member_id": ("memberid", "memberno", "subscriberid", "policyholderid", "memberidentifier"),
}
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[^\W\d_A-Z]+|\d+")
# These alone, as keys of a person; in a longer key they only say which.
PARTS_OF_A_NAME = frozenset({"first", "last", "middle", "given", "family", "full"})
MEMBERS = frozenset({"member", "members", "subscriber", "policyholder"})
# They only end like a masked key.
OTHER_WORDS = ("voicemail", "microphone")
# A name this short is looked for as words of its own: "id" stands at the end of "paid", and "mail" at the end of "voicemail".
SHORT, SHORT_OTHER = 3, 7
LONGEST_KEY, MOST_KNOWN = 200, 5_000


class KeyMask:
    """Says of a key in a tool's arguments or results whether its value is hidden. `names` are what the admin lists.

    Case, dashes, underscores and the capitals of camelCase make no difference, and a longer key counts by its last words.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self._listed = {plain_key(name) for name in names} - {""}
        self._meant = {word for name, words in SAME.items() if plain_key(name) in self._listed for word in words} | self._listed
        self._known: dict[str, bool] = {}

    def __call__(self, key: str) -> bool:
        hidden = self._known.get(key)
        if hidden is None:
            hidden = self._hides(key[-LONGEST_KEY:])
            if len(self._known) < MOST_KNOWN:
                self._known[key] = hidden
        return hidden

    def _hides(self, key: str) -> bool:
        words = [word.lower() for word in WORD.findall(_unaccented(key))]
        if len(words) == 1 and words[0] in PARTS_OF_A_NAME and "name" in self._listed:
            return True
        if len(words) == 1 and words[0] in MEMBERS and "memberid" in self._listed:
            return True
        # A last word can be both, as the state of an address is: so each shorter key is tried as well.
        while words:
            if self._ends(words):
                return True
            if not (words[-1] in QUALIFIERS or words[-1].isdecimal()):
                return False
            words.pop()
        return False

    def _ends(self, words: list[str]) -> bool:
        joined = "".join(words)
        if joined.endswith(OTHER_WORDS):
            return False
        ends = {"".join(words[-many:]) for many in range(1, len(words) + 1)}
        for name in self._meant:
            is_long = len(name) > (SHORT if name in self._listed else SHORT_OTHER)
            for written in (name, f"{name}s", f"{name}es"):
                is_last = written in ends or (is_long and joined.endswith(written))
                if is_last and not (name == "name" and joined.removesuffix(written).endswith(THINGS)):
                    return True
        return False


def plain_key(name: str) -> str:
    """This will be a key without what makes no difference: case, signs, accents."""
    return re.sub(r"[^a-z0-9]", "", _unaccented(name).lower())


def _unaccented(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKD", text) if not unicodedata.combining(sign))
