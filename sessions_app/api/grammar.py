"""The list grammar: what a list was asked for, as far as it can be told without knowing the list's columns."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from django.http import QueryDict

from sessions_app.api.problems import Refused, Unprocessable, problem

LIMIT, MOST = 25, 1_000
FARTHEST = 100_000
MOST_SEARCHES = 20
LONGEST_VALUE = 2_000
LONGEST_LIST = 20_000
NARROW = "This reaches too many rows. Narrow with start_datetime and end_datetime."
DATES = {"start_datetime": "The earliest timestamp, itself included.", "end_datetime": "The latest timestamp, itself included."}
ONE = ("page", "limit", "order_by", "order_by_direction", *DATES)
MANY = ("search_fields", "search_field_values", "fields")
# In some languages a list is written with brackets after its name.
KNOWN = frozenset((*ONE, *MANY, *(f"{name}[]" for name in MANY)))
DIGITS = re.compile(r"[0-9]{1,18}")
# An address in which nobody escaped the plus before the zone.
UNESCAPED_ZONE = re.compile(r"(?<=\d) (?=\d\d:?\d\d$)")


@dataclass(frozen=True, slots=True)
class Names:
    """Which names a list knows. Nothing else is ever looked up."""

    search: Collection[str]
    order: Collection[str]
    fields: Collection[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request for a list. `order_by` is "" where none was named, `fields` None where all are wanted."""

    page: int
    limit: int
    searches: tuple[tuple[str, str], ...]
    order_by: str
    descending: bool
    fields: frozenset[str] | None
    start: datetime | None
    end: datetime | None

    @property
    def offset(self) -> int:
        return self.page * self.limit

    @property
    def is_dated(self) -> bool:
        return self.start is not None or self.end is not None


def read_list(data: QueryDict, names: Names) -> Asked:
    """This will read the parameters of a list. Raises Unprocessable, Refused."""
    _refuse_unknown(data)
    one = {name: str(data[name]) for name in ONE if name in data}
    searched, values, fields = (data.getlist(name) + data.getlist(f"{name}[]") for name in MANY)
    page, limit = _number(one, "page", 0), _number(one, "limit", LIMIT)
    if limit > MOST:
        raise _wrong("limit", f"At most {MOST}.", "less_than_equal")
    if len(searched) != len(values):
        raise _wrong("search_field_values", "Each of search_fields needs a value, and each value its field.")
    if len(searched) > MOST_SEARCHES:
        raise _wrong("search_fields", f"At most {MOST_SEARCHES}.", "too_long")
    _one_of("search_fields", searched, names.search)
    if any(len(value) > LONGEST_VALUE for name, value in zip(searched, values, strict=True) if not name.endswith("_list")):
        raise _wrong("search_field_values", f"At most {LONGEST_VALUE} characters.", "string_too_long")
    _one_of("fields", fields, names.fields)
    order_by = one.get("order_by", "")
    _one_of("order_by", [order_by] if "order_by" in one else [], names.order)
    # Newest first; another field from its beginning, unless the direction is given.
    direction = one.get("order_by_direction", "desc" if order_by in ("", "timestamp") else "asc")
    _one_of("order_by_direction", [direction], ("asc", "desc"))
    start, end = (_moment(one, name) for name in DATES)
    if page * limit > FARTHEST:
        raise Refused(400, NARROW)
    return Asked(
        page=page,
        limit=limit,
        searches=tuple(zip(searched, values, strict=True)),
        order_by=order_by,
        descending=direction == "desc",
        fields=frozenset(fields) if fields else None,
        start=start,
        end=end,
    )


def read_moment(written: str, name: str) -> datetime:
    """This will read a time; one without a zone is UTC. Raises Refused."""
    try:
        moment = datetime.fromisoformat(UNESCAPED_ZONE.sub("+", written) if "T" in written else written)
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused(400, f"{name} is not a time in ISO 8601, such as 2026-03-02T12:00:00Z.") from None


def read_boolean(written: str) -> bool:
    """Raises Unprocessable."""
    if written.lower() not in ("true", "false"):
        raise _wrong("search_field_values", "This field is true or false.", "bool_parsing")
    return written.lower() == "true"


def read_decimal(written: str) -> float:
    """Raises Unprocessable."""
    if not re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", written):
        raise _wrong("search_field_values", "This field is a number.", "float_parsing")
    return float(written)


def read_id(written: str) -> int | None:
    """This will read an id of ours, which stay below 2^53; None where the text is none."""
    is_id = re.fullmatch(r"[1-9][0-9]{0,15}", written) is not None
    return int(written) if is_id else None


def read_ids(written: str) -> list[int]:
    """This will read ids that stand with commas between them. Raises Unprocessable."""
    parts = [part.strip() for part in written.split(",")]
    ids = [pk for part in parts if (pk := read_id(part)) is not None]
    if len(ids) < len(parts) or len(ids) > MOST:
        raise _wrong("search_field_values", f"This field is a list of at most {MOST} ids with commas between them.")
    return ids


def unknown_value(sentence: str) -> Unprocessable:
    """This will be what a list says of a value that is none of a few."""
    return _wrong("search_field_values", sentence, "enum")


def _refuse_unknown(data: QueryDict) -> None:
    errors = [problem(["query"], "There is no such parameter.", "extra_forbidden") for name in data if name not in KNOWN][:1]
    for name, values in data.lists():
        if name in ONE and len(values) > 1:
            errors.append(problem(["query", name], "Given more than once."))
        longest = LONGEST_LIST if name.startswith("search_field_values") else LONGEST_VALUE
        if name in KNOWN and any("\0" in value or len(value) > longest for value in values):
            errors.append(problem(["query", name], f"A value has a NUL byte, or more than {longest} characters."))
    if errors:
        raise Unprocessable(errors)


def _number(one: Mapping[str, str], name: str, default: int) -> int:
    written = one.get(name)
    if written is None:
        return default
    if not DIGITS.fullmatch(written):
        raise _wrong(name, "A whole number, 0 or more.", "int_parsing")
    return int(written)


def _one_of(name: str, given: Collection[str], known: Collection[str]) -> None:
    if any(value not in known for value in given):
        raise _wrong(name, f"One of: {', '.join(known)}.", "enum")


def _moment(one: Mapping[str, str], name: str) -> datetime | None:
    return read_moment(one[name], name) if name in one else None


def _wrong(name: str, sentence: str, kind: str = "value_error") -> Unprocessable:
    return Unprocessable([problem(["query", name], sentence, kind)])
