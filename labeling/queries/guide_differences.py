"""What a version of the guide says otherwise than the one before, word by word."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any, Literal

from django.utils.translation import gettext as _

from labeling.models import GuideVersion
from labeling.queries.guide import TEXT_OF, channel_words, severity_words

# Beyond this many pairs the old text and the new one stand as wholes: comparing takes more than the product of both.
MOST_PAIRS = 40_000
# Sentences that share fewer words than this are two sentences, not a changed one.
LEAST_ALIKE = 0.35
SENTENCE = re.compile(r"[^.!?\n]*[.!?\n]+\s*|[^.!?\n]+")
WORD = re.compile(r"\s+|\w+|[^\w\s]")
LONGEST_SENTENCE = 300


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of text that stayed, came or went."""

    kind: Literal["same", "added", "removed"]
    text: str


@dataclass(frozen=True, slots=True)
class FieldDifference:
    name: str
    words: tuple[Words, ...]


@dataclass(frozen=True, slots=True)
class CategoryDifference:
    name: str
    fields: list[FieldDifference]


@dataclass(frozen=True, slots=True)
class Differences:
    """Empty where both versions say the same."""

    codes: list[tuple[str, tuple[Words, ...]]]
    changed: list[CategoryDifference]
    added: list[str]
    gone: list[str]

    def __bool__(self) -> bool:
        return bool(self.codes or self.changed or self.added or self.gone)


def get_differences(before: GuideVersion, after: GuideVersion) -> Differences:
    """This will compare two versions; their order of categories is none of it."""
    pairs = [(code.value, getattr(before, field), getattr(after, field)) for code, field in TEXT_OF.items()]
    codes = [(code, compare_words(old, new)) for code, old, new in pairs if old != new]
    changed, added, gone = compare_categories(before.categories, after.categories)
    return Differences(codes, changed, added, gone)


def compare_categories(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> tuple[list[CategoryDifference], list[str], list[str]]:
    """This will return what changed, what came and what went."""
    old = {category["id"]: category for category in before}
    new = {category["id"]: category for category in after}
    pairs = [(str(category["name"]), _fields(old[pk], category)) for pk, category in new.items() if pk in old]
    return (
        [CategoryDifference(name, fields) for name, fields in pairs if fields],
        [str(category["name"]) for pk, category in new.items() if pk not in old],
        [str(category["name"]) for pk, category in old.items() if pk not in new],
    )


def tell_category_changes(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]]) -> str:
    """This will say in closed words and names what changed, or nothing."""
    changed, added, gone = compare_categories(before, after)
    sentences: list[tuple[str, list[str]]] = [
        (_("New: %(names)s."), added),
        (_("No longer in use: %(names)s."), gone),
        (_("Changed: %(names)s."), [f"{one.name} ({', '.join(field.name.lower() for field in one.fields)})" for one in changed]),
    ]
    said = [words % {"names": ", ".join(names)} for words, names in sentences if names]
    sentence = " ".join(said)
    if len(sentence) <= LONGEST_SENTENCE:
        return sentence
    counts = [(_("%(n)d new"), len(added)), (_("%(n)d no longer in use"), len(gone)), (_("%(n)d changed"), len(changed))]
    return _("Issue categories: %(counts)s.") % {"counts": ", ".join(words % {"n": n} for words, n in counts if n)}


@lru_cache(maxsize=256)
def compare_words(old: str, new: str) -> tuple[Words, ...]:
    """This will tell both texts as one, each stretch marked as the same, added or removed: sentence by sentence, then word by word."""
    steps: list[tuple[str, str]] = []
    for was, now in _align(SENTENCE.findall(old), SENTENCE.findall(new)):
        steps += [(was, now)] if was == now else _align(WORD.findall(was), WORD.findall(now), least_alike=LEAST_ALIKE)
    found: list[Words] = []
    removed = added = ""
    for number, (was, now) in enumerate(steps):
        # A space between two changed words belongs to the change: whole phrases read better than single words.
        if was != now or (now.isspace() and 0 < number < len(steps) - 1):
            removed, added = removed + was, added + now
            continue
        found += [*_stretch("removed", removed), *_stretch("added", added), *_stretch("same", now)]
        removed = added = ""
    return (*found, *_stretch("removed", removed), *_stretch("added", added))


def _align(old: Sequence[str], new: Sequence[str], least_alike: float = 0.0) -> list[tuple[str, str]]:
    """This will pair what stayed with itself and what went with what came, in order."""
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    a, b = old[start : len(old) - end], new[start : len(new) - end]
    middle = [(a, b)]
    if len(a) * len(b) <= MOST_PAIRS:
        middle = [(a[i:j], b[k:m]) for _tag, i, j, k, m in SequenceMatcher(None, a, b, autojunk=False).get_opcodes()]
    pairs = [(old[:start], old[:start]), *middle, (old[len(old) - end :], old[len(old) - end :])]
    stayed = sum(_count_words(now) for was, now in pairs if was == now)
    if 2 * stayed < least_alike * (_count_words(old) + _count_words(new)):
        pairs = [(old, new)]
    return [("".join(was), "".join(now)) for was, now in pairs]


def _shared(old: Sequence[str], new: Sequence[str]) -> int:
    """How many stand at the beginning of both."""
    return next((number for number, (was, now) in enumerate(zip(old, new, strict=False)) if was != now), min(len(old), len(new)))


def _count_words(pieces: Sequence[str]) -> int:
    return sum(not piece.isspace() for piece in pieces)


def _stretch(kind: Literal["same", "added", "removed"], text: str) -> list[Words]:
    return [Words(kind, text)] if text else []


def _fields(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FieldDifference]:
    told: list[tuple[str, str, Callable[[Any], str]]] = [
        (_("Name"), "name", str),
        (_("Group"), "group", str),
        (_("Severity"), "severity", severity_words),
        (_("Channels"), "channels", _channels),
        (_("Definition"), "description", str),
        (_("Example"), "example", str),
        (_("Counter-example"), "counter_example", str),
    ]
    # A field that versions did not keep once is no difference.
    both = [(name, words(old[field]), words(new[field])) for name, field, words in told if field in old and field in new]
    return [FieldDifference(name, compare_words(was, now)) for name, was, now in both if was != now]


def _channels(values: Sequence[str]) -> str:
    return channel_words(sorted(values)) or _("every channel")
