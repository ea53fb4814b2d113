"""What a search marks in a text: the forms of its words, its phrases, and numbers as people write them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from sessions_app.identifiers import GAP
from sessions_app.queries.finding_terms import get_same_words
from sessions_app.queries.search_text import Asked
from sessions_app.search_words import LOCAL_DIGITS

Span = tuple[int, int]
PIECE = re.compile(r"[^\W_]+")
# All forms of a word begin with these letters; a shorter word has no other form.
STEM = 3
# Of one text. More words that begin alike say no more about where to look.
MOST = 100


@dataclass(slots=True)
class Sought:
    """Words by how they begin, until `learn` has asked which forms are meant; everything else as a pattern of its letters."""

    pieces: set[str] = field(default_factory=set)
    patterns: list[re.Pattern[str]] = field(default_factory=list)
    beginnings: dict[str, re.Pattern[str]] = field(default_factory=dict)
    known: dict[str, bool] = field(default_factory=dict)

    @property
    def many(self) -> int:
        """How many different things there are to mark."""
        return len(self.beginnings) + len(self.patterns)

    def count(self, text: str) -> int:
        """This will count how many of them a text has."""
        return len({text[start:end][:STEM] for start, end in self.spans(text)})

    def learn(self, texts: Iterable[str]) -> None:
        """This will find out which words of the texts are forms of what is sought, with one query."""
        begun = {text[start:end] for text in texts for start, end in self._begun(text)} - set(self.known)
        meant = get_same_words(begun, self.pieces) if begun else set()
        self.known |= {word: word in meant for word in begun}

    def spans(self, text: str) -> list[Span]:
        """This will find what is sought in a text of small letters: in order, none over another."""
        found = [span for pattern in self.patterns for span in _found(pattern, text)]
        found += [span for span in self._begun(text) if self.known.get(text[span[0] : span[1]])]
        if len(found) > 1:
            found.sort(key=lambda one: (one[0], -one[1]))
        apart: list[Span] = []
        for span in found:
            if not apart or span[0] >= apart[-1][1]:
                apart.append(span)
        return apart

    def _begun(self, text: str) -> Iterator[Span]:
        return (span for beginning in self.beginnings.values() for span in _found(beginning, text))


def read_sought(asked: Asked, *, may_unmask: bool) -> Sought:
    """This will take from a search what can be marked. Who may not see a number is not shown where it stands either."""
    sought = Sought()
    for term in asked.terms:
        pieces = PIECE.findall(in_small_letters(term.text))
        if term.is_phrase:
            sought.patterns.append(_pattern(pieces))
            continue
        for piece in pieces:
            if piece.isdecimal() and len(piece) >= LOCAL_DIGITS:
                sought.patterns += [re.compile(rf"{GAP}{{0,3}}".join(piece))] if may_unmask else []
            elif len(piece) < STEM:
                sought.patterns.append(_pattern([piece]))
            else:
                sought.pieces.add(piece)
                sought.beginnings[piece[:STEM]] = re.compile(re.escape(piece[:STEM]) + r"[^\W_]*")
    return sought


def in_small_letters(text: str) -> str:
    """This will keep every place: where a letter would become two, all stay as they are."""
    small = text.lower()
    return small if len(small) == len(text) else text


def _pattern(pieces: Iterable[str]) -> re.Pattern[str]:
    return re.compile(r"[\W_]{1,9}".join(re.escape(piece) for piece in pieces) + r"(?![^\W_])")


def _found(pattern: re.Pattern[str], text: str) -> list[Span]:
    # That a word begins there is looked at afterwards: a pattern that begins with letters is found much faster.
    return [found.span() for found in islice(pattern.finditer(text), MOST) if not (found.start() and text[found.start() - 1].isalnum())]
