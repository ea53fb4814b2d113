"""JSON as the wire writes it: times in UTC with their microseconds."""

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpResponse

JSON = "application/json"


def dumps(data: Any) -> str:
    return json.dumps(data, default=_plain, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def answer(data: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    return HttpResponse(dumps(data), status=status, content_type=JSON, headers=headers)


def wire_time(moment: datetime) -> str:
    """This will write a time as the vendor does: in UTC, with a Z, to the microsecond where it has any."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return wire_time(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} is nothing that JSON has.")
