"""What tells in a text who somebody is: dates of birth, social security numbers, and values that stand with their key.

Each pattern is bounded, so that a megabyte of hostile text costs one pass.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable

from django.utils import timezone

# A whole date this many years ago is taken for a birthday: no appointment is that old.
YEARS_OF_A_BIRTHDAY = 10
FEWEST_OF_A_DATE = 4

MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch|zo)?|apr(?:il)?|may(?:o)?|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober|ubre)?|nov(?:ember)?|dec(?:ember)?"
    "|enero|ene|febrero|abril|abr|junio|julio|agosto|ago|sep?tiembre|setiembre|noviembre|diciembre|dic)"
)
DAY = r"(?:\d{1,2}(?:st|nd|rd|th|º|°|ero?)?|[a-z]{4,9}(?:[- ][a-z]{4,7})?)"
YEAR = r"(?:['’]?\d\d|(?:19|20)\d\d)"
TURN = r"\s?[/.\u2010-\u2015\u2212-]\s?"
# Years as people say them and machines write them down: nineteen eighty-four, mil novecientos ochenta y cuatro.
UNIT = "(?:one|two|three|four|five|six|seven|eight|nine)"
TEENS = "(?:ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen|eighteen|nineteen)"
TENS = "(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)"
SPOKEN_YEAR = rf"nineteen[ -](?:hundred(?:[ -]{UNIT})?|oh[ -]{UNIT}|{TEENS}|{TENS}(?:[ -]{UNIT})?)"
SPANISH_YEAR = r"mil novecientos(?:\s[a-záéíóú]{3,12}(?:\sy\s[a-z]{3,6})?)?"
SPANISH_DAY = r"(?:\d{1,2}|(?<![^\W\d_])[a-záéíóú]{2,12}(?:\sy\s[a-z]{3,6})?)"
# Beginning with a digit and nothing before it, so that everything else is passed over quickly.
NUMBERS = re.compile(
    rf"[0-9](?<![0-9/.][0-9])(?:[0-9]?{TURN}[0-9]{{1,2}}{TURN}(?:(?:19|20)[0-9][0-9]|[0-9][0-9])(?![/.-]?[0-9])"
    rf"|[0-9]?\s[0-9]{{1,2}}\s(?:19|20)[0-9][0-9](?![0-9])"
    rf"|(?:(?<=1)9|(?<=2)0)[0-9][0-9]{TURN}[0-9]{{1,2}}{TURN}[0-9]{{1,2}}(?![0-9]))"
)
NAMED_DAYS = (
    rf"(?<!\d)\d{{1,2}}{TURN}?{MONTH}{TURN}?(?:19|20)?\d\d(?!\d)|(?<![^\W\d_]){MONTH}{TURN}\d{{1,2}}{TURN}(?:19|20)\d\d(?!\d)"
    rf"|(?<![^\W\d_]){MONTH}\.?\s{{1,3}}(?:the\s)?{DAY}(?:,\s{{0,3}}|\s{{1,3}})(?:of\s|in\s)?(?:{YEAR}(?!\d)|(?P<spoken>{SPOKEN_YEAR}))"
    rf"|(?<!\d)\d{{1,2}}(?:st|nd|rd|th|º|°|ero?)?\s{{1,3}}(?:of\s|de\s|día\s)?{MONTH}\.?,?\s{{1,3}}(?:of\s|de\s|del\s)?(?:año\s)?{YEAR}(?!\d)"
)
# What each of them begins with stands first: else every sign of a text is held against all of them, which took a third of the time of its words.
WORDS = re.compile(rf"(?=\d|(?<![^\W\d_])[jfmasonde])(?:{NAMED_DAYS})", re.IGNORECASE)
# Any word may be the day in it, so each word is tried: only where such a year is spoken of.
SPANISH_WORDS = re.compile(rf"{NAMED_DAYS}|{SPANISH_DAY}\sde\s{MONTH},?\s(?:de|del)\s(?:año\s)?(?P<said>{SPANISH_YEAR})", re.IGNORECASE)
# Only where a birth is spoken of: a month, eight digits, or a year alone.
LOOSE = re.compile(
    rf"(?<![^\W\d_]){MONTH}\.?,?\s(?:of\s|de\s|del\s)?(?:19|20)\d\d(?!\d)|(?<!\d)(?:(?:19|20)\d{{6}}|[0-3]\d[0-3]\d(?:19|20)\d\d|(?:19|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
# Looked for in small letters, as a quick way to see that there is nothing to look for.
MONTH_WORD = re.compile(rf"{MONTH}(?![a-z])")
BIRTHS = ("birth", "born", "dob", "d.o.b", "nacimiento", "naci", "nací", "cumplea")
SOCIALS = ("ssn", "social", "seguro")
FOUR_DIGITS = re.compile(r"(?:19|20)\d\d")
BIRTH = r"(?:(?<![^\W_])d\.?o\.?b(?![^\W_])\.?|birth|(?<![^\W_])born(?![^\W_])|nacimiento|(?<![^\W_])(?:naci[oó]|nac[ií]|nacid[oa])(?![^\W_])|cumplea[nñ]os)"
BETWEEN = r"(?:[^.!?;,\n]|,(?!\s?[\"'])){0,40}"
BEFORE = re.compile(rf"{BIRTH}(?P<between>{BETWEEN}(?:[.?!]\s{{1,2}}[^.!?;\n]{{0,8}})?)\Z", re.IGNORECASE)
AFTER = re.compile(rf"[\s,\"']{{0,3}}(?:is|was|es|fue)\s[^.!?;,\n]{{0,24}}?{BIRTH}", re.IGNORECASE)
APPOINTED = re.compile("appoint|visit|schedul|(?<![^\\W_])cita|consulta|turno", re.IGNORECASE)
LOOK_BACK, LOOK_AHEAD = 70, 50

# Between the digits of a number: spaces, dots, slashes, brackets, every kind of dash, and signs that have no width.
GAP = r"[\s()\[\]./_·\u00ad\u200b-\u200d\u2060\u2010-\u2015\u2212-]"
# Not the seconds of a time, nor a time after its date. Recognizers of speech write commas into a number: by its groups, or by its digits.
PHONE = re.compile(
    rf"(?<!\d)(?<!\d[:T])(?:\+?\d(?:{GAP}{{0,3}}\d){{9,14}}?(?!\d)|(?<!\d[,.])\d{{3}}, ?\d{{3}}, ?\d{{4}}(?![,.]?\d)|(?<!\d, )(?:\d, ){{9,10}}\d(?!,?\d|, \d))"
)
DATE = re.compile(r"(?:19|20)\d\d-\d\d-\d\d")
# A date with a time or a number after it has as many digits as a number: it is passed over by itself. What every one of them begins with
# stands first: else each sign of a text is held against all of them, which took half of the time of the words.
DATED = re.compile(rf"(?=[\d+])(?:(?<!\d){DATE.pattern}(?!\d)|{PHONE.pattern})")
# A digit with none before it.
SSN = re.compile(rf"\d(?<!\d\d)\d{{2}}{GAP}\d{{2}}{GAP}\d{{4}}(?!\d)")
# Bounded and anchored: without that a long text with no space in it takes the square of its length.
EMAIL = re.compile(r"(?<![^\s@<>\"'(),;:])[^\s@<>\"'(),;:]{1,64}(?:@|%40)[^\s@<>\"'(),;:]{1,190}\.[A-Za-z]{2,24}")
SOCIAL = re.compile(
    rf"((?<![^\W_])(?:ssn|social(?:\ssecurity)?|seguro(?:\ssocial)?)(?![^\W\d_])[^\d\n]{{0,40}})(?:\d(?:{GAP}{{0,2}}\d){{8}}|\d{{4}})(?!\d)", re.IGNORECASE
)
ANY_DIGIT = re.compile(r"[0-9]")
# Digits of other scripts, and the signs that Asian keyboards write wide.
FIRST_OTHER_DIGIT = "\u0660"
OTHER_SIGN = re.compile(r"(?![0-9])\d|[\uff0b\uff0d\uff0f\uff20]")
WIDE = {"\uff0b": "+", "\uff0d": "-", "\uff0f": "/", "\uff20": "@"}
# In a text that is no JSON: up to three words, a sign, and the value to the next sign that ends one. Of an open bracket nobody knows where it ends.
PAIR = re.compile(
    r"(?<![\w-])((?:[^\W\d][\w.-]{0,60} ){0,2}[^\W\d][\w.-]{0,60})(\\{0,4}[\"']?\s{0,5}(?:=>|[:=>])\s{0,5})"
    r"(\\{1,4}[\"'][^\"'\\]*|\"(?:[^\"\\]|\\.)*+\"?|'(?:[^'\\]|\\.)*+'?|[\[{(].*|[^\s\"',;&{}\[\]()\\<>][^\"',;&{}\[\]\n\\<>]{0,80})",
    re.DOTALL,
)
NOTHING = frozenset({"null", "none", "true", "false", "undefined", '""', "''"})
HidesKey = Callable[[str], bool]
# Stands before an answer while it is looked at: what was asked is in the turn before.
ASKED = "born: "


def hide_identifiers(text: str, instead: str) -> str:
    """This will put something else in the place of dates of birth, and of social security numbers that are named as such."""
    small = text.lower()
    digits = len(ANY_DIGIT.findall(text))
    if not digits and "nineteen" not in small and "novecientos" not in small:
        return text
    if digits and _has(small, SOCIALS):
        text = SOCIAL.sub(lambda found: f"{found[1]}{instead}", text)
    this_year = timezone.now().year
    speaks_of_birth = _has(small, BIRTHS)

    def hidden(found: re.Match[str], is_whole: bool = True) -> str:
        return instead if _is_birthday(found, this_year, is_whole, speaks_of_birth) else found.group()

    if digits >= FEWEST_OF_A_DATE:
        text = NUMBERS.sub(hidden, text)
    if _names_month(small):
        words = SPANISH_WORDS if "novecientos" in small else WORDS
        text = words.sub(lambda found: instead if found.lastgroup else hidden(found), text)
    return LOOSE.sub(lambda found: hidden(found, is_whole=False), text) if speaks_of_birth and digits else text


def in_plain_signs(text: str) -> str:
    """This will write numbers and addresses as the patterns here know them, sign for sign."""
    return (
        text
        if text.isascii() or max(text) < FIRST_OTHER_DIGIT
        else OTHER_SIGN.sub(lambda found: WIDE.get(found.group()) or str(unicodedata.decimal(found.group())), text)
    )


def hide_turns(texts: Iterable[str], hide: Callable[[str], str]) -> list[str]:
    """This will hide what is to be hidden in turns that follow each other: after a question for a birth, any date is one."""
    hidden, before = [], ""
    for text in texts:
        asked = asked_before(text, before)
        hidden.append(hide(f"{asked}{text}").removeprefix(asked))
        before = text
    return hidden


def asked_before(text: str, before: str) -> str:
    """This will be what has to stand before a turn for it to be understood, "" where it stands by itself."""
    return ASKED if "?" in before and ANY_DIGIT.search(text) and _has(before.lower(), BIRTHS) else ""


def hide_pairs(text: str, instead: str, hides_key: HidesKey) -> str:
    """This will put something else in the place of values that are written with their key: name=Maria Gomez."""

    def hidden(found: re.Match[str]) -> str:
        is_nothing = found[3].strip().lower() in NOTHING
        return found.group() if is_nothing or not hides_key(found[1]) else f"{found[1]}{found[2]}{instead}"

    # Most values are a word or a number.
    return PAIR.sub(hidden, text) if "=" in text or ":" in text or ">" in text else text


def _names_month(small: str) -> bool:
    """Whether a month stands there as a word, and not inside of another, as in "decided"."""
    return any(found.start() == 0 or not small[found.start() - 1].isalpha() for found in MONTH_WORD.finditer(small))


def _has(text: str, words: tuple[str, ...]) -> bool:
    # Not any(): a generator takes three times as long, and every text comes by here.
    for word in words:  # noqa: SIM110
        if word in text:
            return True
    return False


def _is_birthday(found: re.Match[str], this_year: int, is_whole: bool, speaks_of_birth: bool) -> bool:
    written = FOUR_DIGITS.search(found.group())
    year = int(written.group()) if written else None
    if is_whole and year and year <= this_year - YEARS_OF_A_BIRTHDAY:
        return True
    if not speaks_of_birth or (year and year > this_year):
        return False
    if AFTER.match(found.string, found.end(), found.end() + LOOK_AHEAD):
        return True
    # A form has the answer on the next line.
    before = BEFORE.search(found.string[max(found.start() - LOOK_BACK, 0) : found.start()].rstrip("\r\n"))
    return before is not None and not APPOINTED.search(before["between"])
