"""Dates, times and numbers as people write and say them, in English and Spanish."""

from datetime import date, timedelta

_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "es": ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"),
}
_MONTHS = {
    "en": ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
    "es": ("enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"),
}  # fmt: skip
_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = (
    "zero", "ten", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
_ORDINALS = {
    "one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth", "twelve": "twelfth",
    "twenty": "twentieth", "thirty": "thirtieth",
}  # fmt: skip
_SMALL_ES = (
    "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiuno",
    "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
    "veintinueve",
)  # fmt: skip
_TENS_ES = (
    "cero", "diez", "veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa",
)  # fmt: skip


def weekday(day: date, lang: str = "en") -> str:
    return _DAYS[lang][day.weekday()]


def written_day(day: date, lang: str = "en") -> str:
    """Thursday, November 20 · jueves 20 de noviembre"""
    month = _MONTHS[lang][day.month - 1]
    return f"{weekday(day)}, {month} {day.day}" if lang == "en" else f"{weekday(day, lang)} {day.day} de {month}"


def written_time(minutes: int, lang: str = "en") -> str:
    """10:30 AM · 10:30 de la mañana"""
    hour, minute = divmod(minutes, 60)
    clock = f"{(hour - 1) % 12 + 1}:{minute:02d}"
    if lang == "en":
        return f"{clock} {'AM' if hour < 12 else 'PM'}"
    return f"{clock} {'de la mañana' if hour < 12 else 'de la tarde'}"


def said_time(minutes: int, lang: str = "en") -> str:
    """three fifteen · las tres y cuarto"""
    hour, minute = divmod(minutes, 60)
    twelve = (hour - 1) % 12 + 1
    if lang == "en":
        return f"{_SMALL[twelve]} {words(minute) if minute else 'o’clock'}"
    tail = {0: "", 15: " y cuarto", 30: " y media", 45: " y cuarenta y cinco"}[minute]
    return f"{'la una' if twelve == 1 else 'las ' + _SMALL_ES[twelve]}{tail}"


def clock(minutes: int) -> str:
    """15:15, for payloads."""
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def said_birthday(day: date, lang: str = "en") -> str:
    """March ninth, nineteen eighty-one · nueve de marzo de mil novecientos ochenta y uno"""
    month = _MONTHS[lang][day.month - 1]
    if lang == "en":
        return f"{month} {ordinal(day.day)}, {_said_year(day.year)}"
    number = "primero" if day.day == 1 else words_es(day.day)
    century = "mil novecientos" if day.year < 2000 else "dos mil"
    rest = f" {words_es(day.year % 100)}" if day.year % 100 else ""
    return f"{number} de {month} de {century}{rest}"


def written_birthday(day: date) -> str:
    return f"{day.month:02d}/{day.day:02d}/{day.year}"


def ordinal(number: int) -> str:
    """twenty-fourth"""
    head, _, last = words(number).rpartition("-")
    last = _ORDINALS.get(last, f"{last}th")
    return f"{head}-{last}" if head else last


def words(number: int) -> str:
    """A number below 1,000 in English."""
    if number < 20:
        return _SMALL[number]
    if number < 100:
        return _TENS[number // 10] + (f"-{_SMALL[number % 10]}" if number % 10 else "")
    rest = f" {words(number % 100)}" if number % 100 else ""
    return f"{_SMALL[number // 100]} hundred{rest}"


def words_es(number: int) -> str:
    """A number below 100 in Spanish."""
    if number < 30:
        return _SMALL_ES[number]
    return _TENS_ES[number // 10] + (f" y {_SMALL_ES[number % 10]}" if number % 10 else "")


def spelled(text: str, lang: str = "en") -> str:
    """Digits one by one: 48120 as four eight one two zero."""
    names = _SMALL if lang == "en" else _SMALL_ES
    return " ".join(names[int(digit)] for digit in text)


def workday(day: date, ahead: int) -> date:
    """The first weekday at least `ahead` days after `day`."""
    found = day + timedelta(days=ahead)
    return found + timedelta(days=max(0, 7 - found.weekday()) if found.weekday() > 4 else 0)


def _said_year(year: int) -> str:
    if year < 2000:
        low = year % 100
        return f"nineteen {words(low) if low > 9 else 'oh ' + words(low)}"
    return f"two thousand {words(year % 100)}" if year % 100 else "two thousand"


def plain(name: str) -> str:
    """A name as it stands in an e-mail address."""
    return name.lower().translate(str.maketrans("áéíóúñ", "aeioun"))
