"""What somebody typed into the search box, taken apart. Reads no database, and never makes a pattern of what was typed."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from sessions_app.search_words import digits_of, searchable

SHORTEST, LONGEST = 3, 200
QUOTES = str.maketrans("“”„«»", '"' * 5)
# A number, or a part of one, as people write them.
NUMBER_PART = r"[+(]*\d(?:[\d\s().-]*\d)?"
FEWEST_DIGITS = 3
TOKEN = re.compile(
    rf"""
    (?P<name>from|to|id|sid|conversation):(?:"(?P<quoted>[^"]*)"?|(?P<number>{NUMBER_PART})(?!\S)|(?P<value>[^\s"]+))
    | (?P<minus>(?<!\S)-)?(?:"(?P<phrase>[^"]*)"?|(?P<word>[^\s"]+))
    """,
    re.IGNORECASE | re.VERBOSE,
)


class NotSearchable(Exception):
    """Typed text that asks for nothing; the message is for the person who typed it."""


@dataclass(frozen=True, slots=True)
class Term:
    """A word, or with `is_phrase` words in that order and form."""

    text: str
    is_phrase: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything here must hold, and nothing in `without` may.

    `whole` is the typed text where it can be one value: an id, a number, an address or a name. Then a session that has
    that value is meant too, whatever was said in it. `digits` is what a number or a part of one comes to.
    """

    terms: tuple[Term, ...] = ()
    without: tuple[Term, ...] = ()
    whole: str = ""
    digits: str = ""
    callers: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()
    sids: tuple[str, ...] = ()
    conversations: tuple[str, ...] = ()

    @property
    def has_phrase(self) -> bool:
        return any(term.is_phrase for term in self.terms)


FIELDS = {"from": "callers", "to": "targets", "id": "ids", "sid": "sids", "conversation": "conversations"}


def read_search(typed: str) -> Asked:
    """This will take typed text apart. Raises NotSearchable."""
    text = " ".join(typed.replace("\0", "").encode("utf-8", "replace").decode().translate(QUOTES).split())
    if len(text) < SHORTEST:
        raise NotSearchable(_("Type at least 3 characters."))
    if len(text) > LONGEST:
        raise NotSearchable(_("Type at most 200 characters."))
    named: dict[str, list[str]] = {field: [] for field in FIELDS.values()}
    terms: list[Term] = []
    without: list[Term] = []
    plain: list[str] = []
    for found in TOKEN.finditer(text):
        value = (found["quoted"] or found["number"] or found["value"] or "").strip()
        if found["name"]:
            if value:
                named[FIELDS[found["name"].lower()]].append(value)
        elif found["phrase"] is not None:
            (without if found["minus"] else terms).append(Term(found["phrase"], is_phrase=True))
        elif found["minus"]:
            without.append(Term(found["word"]))
        else:
            plain.append(found["word"])
    words = " ".join(plain)
    terms += [Term(word) for word in searchable(words).split()]
    asked = Asked(
        terms=tuple(_kept(terms)),
        without=tuple(_kept(without)),
        whole=text if words == text else "",
        digits=digits_in(words) if words == text else "",
        **{field: tuple(values) for field, values in named.items()},
    )
    if not asked.terms and not any(named.values()):
        raise NotSearchable(_("Type at least one word to look for."))
    return asked


def values_in(typed: str) -> set[str]:
    """This will be what a search can name somebody by: the whole of it, what stands behind its operators, and its phrases."""
    try:
        asked = read_search(typed)
    except NotSearchable:
        return {typed}
    phrases = (term.text for term in (*asked.terms, *asked.without) if term.is_phrase)
    return {typed, *asked.callers, *asked.targets, *asked.conversations, *phrases}


def digits_in(text: str) -> str:
    """This will be the digits of text that is nothing but a number or a part of one, and otherwise empty."""
    digits = digits_of(text) if re.fullmatch(NUMBER_PART, text) else ""
    return digits if len(digits) >= FEWEST_DIGITS else ""


def _kept(terms: list[Term]) -> Iterator[Term]:
    """Signs alone are no word. The same word twice asks no more than once."""
    for term in dict.fromkeys(Term(" ".join(searchable(term.text).split()), term.is_phrase) for term in terms):
        if any(sign.isalpha() or sign.isdecimal() for sign in term.text):
            yield term
