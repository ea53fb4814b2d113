"""The words of a session that a search looks in: what was said and done, and the AI summary. Reads no database.

A vector holds every word as it stands, with its place, and the stems of the words, without. So a phrase is exact, and a
word finds its other forms. The words of the summary carry a prefix that no typed text can hold: who may not see
judgments searches without it. The same prefix marks the words that stand for the hour and the day of the session, with
which one look into the index gives the matches of a stretch of time.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from django.contrib.postgres.search import SearchVectorField
from django.db.models import Expression

from sessions_app.identifiers import DATE, DATED, EMAIL, SSN, HidesKey, hide_identifiers, hide_pairs, hide_turns, in_plain_signs
from sessions_app.records import read_nested

# Stands before each word of a summary.
MARK = "zqxj"
# Stands between two turns, which no phrase may cross. Of signs that are no word, the mark alone is left in a summary.
BETWEEN = f" {MARK}{MARK} "
MARKS = re.compile(MARK, re.IGNORECASE)
ANY_DIGIT = re.compile(r"\d")
ASCII_WORD = re.compile("[A-Za-z0-9]+")
NO_DIGITS = str.maketrans("0123456789", "ghijklmnop")
# A vector holds at most 1 MB, and grows to six times the text at worst.
MOST_SAID, MOST_SUMMARY, MOST_COMMENTS = 120_000, 30_000, 60_000
DEEPEST = 20
HOURS_OF_A_DAY = 24
# Of a number in the United States, whose country code is often left out.
LOCAL_DIGITS, COUNTRY_CODE = 10, "1"

# Dates have the fewest digits of what is looked for.
FEWEST_DIGITS = 8
# The vector of one session. In the place: two texts, as columns or as placeholders, in the order of `Words`.
VECTOR = """(SELECT exact.english || exact.spanish
    || strip(to_tsvector('english', array_to_string(tsvector_to_array(exact.english), ' ')))
    || strip(to_tsvector('spanish', array_to_string(tsvector_to_array(exact.spanish), ' ')))
    FROM (SELECT to_tsvector('simple', given.english) AS english, to_tsvector('simple', given.spanish) AS spanish
        FROM (VALUES ({texts})) AS given(english, spanish) OFFSET 0) AS exact)"""


class Leaf(Expression):
    """A piece of SQL with its values, however long, as one expression: the ORM copies each of them many times."""

    def __init__(self, statement: str, values: tuple[str, ...], output_field: Any) -> None:
        super().__init__(output_field=output_field)
        self.statement, self.values = statement, values

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[str | int, ...]]:
        return self.statement, self.values


@dataclass(frozen=True, slots=True)
class Words:
    """The two texts that a vector is made of, by the language of their stems."""

    english: str
    spanish: str = ""


class Passage(NamedTuple):
    """One turn or tool call as text. `who` is the turn's source, or "tool"."""

    who: str
    name: str
    text: str
    is_spanish: bool = False


def session_words(
    *, turns: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], summary: str, hour: int, hides_key: HidesKey | None = None
) -> Words:
    """This will gather what one session's vector is made of, without the values under keys that are hidden."""
    said: dict[bool, list[str]] = {False: [], True: []}
    for passage in passages(turns, tools, hides_key=hides_key):
        said[passage.is_spanish].append(f"{passage.name} {passage.text}" if passage.name else passage.text)
    told = cut(marked(searchable(cut(summary, MOST_SUMMARY))), MOST_SUMMARY)
    english = _apart(said[False], MOST_SAID)
    spanish = _apart(said[True], MOST_SAID - len(english.encode()))
    return Words(f"{' '.join(times_of(hour))} {told}{BETWEEN}{english}", f"{told}{BETWEEN}{spanish}" if spanish else "")


def comment_words(comments: Sequence[str], *, hour: int) -> Words:
    """This will gather the words of comments. Nobody knows their language, so they have the stems of both."""
    text = f"{' '.join(times_of(hour))} {_apart(comments, MOST_COMMENTS)}"
    return Words(text, text)


def vector_of(words: Words) -> Leaf:
    """This will be the vector as a value to save."""
    return Leaf(VECTOR.format(texts="%s, %s"), (words.english, words.spanish), SearchVectorField())


def hour_of(moment: datetime) -> int:
    """This will number the hour, counted since 1970."""
    return int(moment.timestamp() // 3600)


def times_of(hour: int) -> list[str]:
    """This will name the words that stand for an hour and its day."""
    return [hour_word(hour), day_word(hour // HOURS_OF_A_DAY)]


def hour_word(hour: int) -> str:
    return f"{MARK}h{hour}"


def day_word(day: int) -> str:
    return f"{MARK}d{day}"


def passages(turns: Sequence[Mapping[str, Any]], tools: Sequence[Mapping[str, Any]], *, hides_key: HidesKey | None = None) -> Iterator[Passage]:
    """This will give each turn, then each tool call with the values that went in and came out, but for those of hidden keys."""
    for turn in turns:
        yield Passage(str(turn.get("source") or ""), "", turn["text"], str(turn.get("lang") or "").lower().startswith("es"))
    for tool in tools:
        values = (value for name in ("tool_request", "tool_result", "tool_error") for value in _values(tool.get(name), hides_key))
        yield Passage("tool", str(tool.get("tool_name") or ""), ", ".join(values))


def searchable(text: str) -> str:
    """This will write a text, stored or typed, as the parser of PostgreSQL should read it."""
    return _written(_unidentified(text))


def marked(text: str) -> str:
    """This will write the words of a summary as they stand in a vector.

    Only letters and digits are left: PostgreSQL ends a word at other signs than Python does, and its rest would have no mark.
    """
    if text.isascii():
        words = ASCII_WORD.findall(text)
    else:
        composed = unicodedata.normalize("NFC", text)
        words = "".join(sign if sign.isalpha() or sign.isdecimal() else " " for sign in composed).split()
    return " ".join(f"{MARK}{word}" for word in words)


def cut(text: str, most: int) -> str:
    """This will keep at most so many bytes."""
    return text if len(text) * 4 <= most else text.encode()[: max(most, 0)].decode(errors="ignore")


def digits_of(number: str) -> str:
    """This will be the digits of a number, without what separates them."""
    return "".join(str(int(sign)) for sign in number if sign.isdecimal())


def without_country_code(digits: str) -> str:
    return digits[1:] if len(digits) == LOCAL_DIGITS + 1 and digits[0] == COUNTRY_CODE else digits


def _apart(texts: Iterable[str], most: int) -> str:
    # One by one: most texts are seen at a glance to hold no number and nothing that is hidden, and all of them together never are.
    # No number reaches across what stands between two.
    parts, room = [], most
    for text in hide_turns((cut(text, most) for text in texts), _unidentified):
        if room < 0:
            break
        parts.append(_written(text))
        room -= len(text)
    return cut(BETWEEN.join(parts), most)


def _unidentified(text: str) -> str:
    # Addresses first of all, so that one is what masking takes for one.
    text = in_plain_signs(text)
    return hide_identifiers(EMAIL.sub(_address_word, text) if "@" in text or "%40" in text else text, " ")


def _written(text: str) -> str:
    if MARK in text.lower():
        text = MARKS.sub(" ", text)
    # Of "and/or" it would make the name of a file.
    text = text.replace("/", " ")
    if len(ANY_DIGIT.findall(text)) < FEWEST_DIGITS:
        return text
    return DATED.sub(_as_one_word, SSN.sub(_as_one_word, text))


def _values(payload: object, hides_key: HidesKey | None) -> Iterator[str]:
    """The values in a payload, which is mostly JSON as text: its keys say the same in every session."""
    if isinstance(payload, str) and payload[:1] in ("{", "["):
        with suppress(ValueError, RecursionError):
            payload = read_nested(payload)
    yield from _leaves(payload, DEEPEST, hides_key)


def _leaves(value: object, deepest: int, hides_key: HidesKey | None) -> Iterator[str]:
    if isinstance(value, str):
        yield hide_pairs(value, " ", hides_key) if hides_key else value
    elif value is None or value is True or value is False or deepest == 0:
        return
    elif isinstance(value, (int, float)):
        yield str(value)
    elif isinstance(value, (dict, Mapping)):
        for key, item in value.items():
            if item is not None and not (hides_key and hides_key(str(key))):
                yield from _leaves(item, deepest - 1, hides_key)
    elif isinstance(value, list):
        for item in value:
            yield from _leaves(item, deepest - 1, hides_key)


def _address_word(found: re.Match[str]) -> str:
    """PostgreSQL reads some addresses as several words. A word without digits, of which no number can be made."""
    address = unicodedata.normalize("NFC", found.group()).lower().replace("%40", "@")
    return f" mail{sha256(address.encode(errors='replace')).hexdigest()[:20].translate(NO_DIGITS)} "


def _as_one_word(found: re.Match[str]) -> str:
    """A date with a time or a number after it has as many digits as a number, and stays."""
    return found.group() if DATE.fullmatch(found.group()) else f" {without_country_code(digits_of(found.group()))} "
