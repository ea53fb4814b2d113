"""How a line of the log looks, and what never stands in one: requests are named by an id, errors by their kind and place."""

import json
import logging
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType

request_id: ContextVar[str] = ContextVar("request_id", default="")

# What these say is made of names in the code and addresses of servers. What others say may be what somebody typed.
SPEAKS = frozenset({"OperationalError", "InterfaceError", "PoolTimeout", "NoAnswer", "ImproperlyConfigured", "AttributeError", "NameError", "ImportError"})
Problem = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def _told(problem: BaseException) -> str:
    kind = type(problem)
    named = f"{kind.__module__}.{kind.__qualname__}".removeprefix("builtins.")
    if kind.__name__ in SPEAKS:
        # Further lines quote statements and rows.
        return f"{named}: {str(problem).partition(chr(10))[0]}"
    diagnosis = getattr(problem, "diag", None) or getattr(problem.__cause__, "diag", None)
    said = [f"{name}={value}" for name in ("sqlstate", "constraint_name") if (value := getattr(diagnosis, name, None))]
    return " ".join([named, *said])


def tell(problem: BaseException) -> str:
    """This will be a traceback with the kinds of its errors, and the words of those that cannot quote anybody."""
    return "\nBecause of:\n".join("".join(traceback.format_tb(one.__traceback__)) + _told(one) for one in chain(problem))


def chain(problem: BaseException) -> list[BaseException]:
    """This will be an error, and what it came of; one that leads back to itself ends there."""
    found: list[BaseException] = []
    one: BaseException | None = problem
    while one is not None and all(one is not other for other in found):
        found.append(one)
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return found


class Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        # Kept by the record for the next handler, as the standard one would write it.
        record.exc_text = None
        line = super().format(record)
        record.exc_text = None
        return line

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the name of the standard library
        said = super().formatMessage(record)
        return f"{said} [{request_id.get()}]" if request_id.get() else said

    def formatException(self, ei: Problem) -> str:  # type: ignore[override]  # noqa: N802
        return tell(ei[1]) if ei[1] is not None else ""


class JsonLines(Lines):
    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            "request": request_id.get() or None,
            **getattr(record, "facts", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = tell(record.exc_info[1])
        return json.dumps(told, ensure_ascii=False)
