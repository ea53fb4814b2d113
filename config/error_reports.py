"""Errors for a Sentry of the operator's choice, where SENTRY_DSN names one. A report is made of what it may hold, not cleaned of what it may not:
kinds of errors, places in the code, and the id of the request. No words of an error, no values, no addresses, no person."""

import logging
import traceback
from types import TracebackType
from typing import Any

import sentry_sdk

from config.logs import chain, request_id


class Reports(logging.Handler):
    """What is logged as an error is reported once, in the background."""

    def __init__(self, dsn: str, process: str, **told: Any) -> None:
        super().__init__(level=logging.ERROR)
        self._client: Any = sentry_sdk.Client(
            dsn=dsn,
            # Each of these would add something of its own: the command line, the machine's name, local variables, lines of the code.
            default_integrations=False,
            auto_enabling_integrations=False,
            max_breadcrumbs=0,
            include_local_variables=False,
            include_source_context=False,
            send_client_reports=False,
            auto_session_tracking=False,
            server_name="",
            before_send=_without_additions,
            **told,
        )
        self._process = process

    def emit(self, record: logging.LogRecord) -> None:
        problem = record.exc_info[1] if record.exc_info else None
        event: dict[str, Any] = {
            "level": record.levelname.lower(),
            "logger": record.name,
            "tags": {"request": request_id.get(), "process": self._process},
        }
        if problem is None:
            event["message"] = f"{record.name} at {record.module}:{record.lineno}"
        else:
            event["exception"] = {"values": [_told(one) for one in reversed(chain(problem))]}
        self._client.capture_event(event)


# "breadcrumbs", "contexts", "extra", "modules", "request", "server_name" and "user" are what is missing.
KEPT = frozenset({"event_id", "timestamp", "platform", "level", "logger", "tags", "message", "exception", "environment", "release", "sdk"})


def _without_additions(event: Any, hint: Any) -> Any:
    return {name: value for name, value in event.items() if name in KEPT}


def _told(problem: BaseException) -> dict[str, Any]:
    kind = type(problem)
    return {"type": kind.__qualname__, "module": kind.__module__, "value": "", "stacktrace": {"frames": _frames(problem.__traceback__)}}


def _frames(places: TracebackType | None) -> list[dict[str, Any]]:
    return [
        {"filename": frame.filename, "function": frame.name, "lineno": frame.lineno}
        for frame in traceback.StackSummary.extract(traceback.walk_tb(places), lookup_lines=False)
    ]
