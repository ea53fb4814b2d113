"""The vendor as an object with questions. Every call has a time limit, is tried again with back-off, and raises our own exceptions.

What comes back is the JSON as the vendor sent it, not the SDK's models: those drop fields they do not know, and one record
that does not fit them would spoil the whole page.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import import_module
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_noop

from sessions_app.upstream.answers import Again, Page, meaning_of, read_answer, read_page
from sessions_app.upstream.facts import NO_ANSWER, Interrupted, NoAnswer

if TYPE_CHECKING:
    from sessions_app.upstream import sdk
else:
    # Most processes never ask the vendor.
    sdk = SimpleLazyObject(lambda: import_module("sessions_app.upstream.sdk"))

# Of one answer. The longest call there is takes a tenth of it.
MOST_BYTES = 20_000_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one question may take. The waits grow; what the vendor asks for is honored up to the longest."""

    attempts: int = 7
    first_wait: float = 0.5
    longest_wait: float = 60.0
    seconds: float = 30.0


class Vendor:
    """Safe to be asked from several threads. `requests` counts every try."""

    def __init__(self, *, base_url: str, key: str, patience: Patience = Patience(), should_stop: Callable[[], bool] = lambda: False) -> None:
        self.patience = patience
        self.requests = 0
        self._should_stop = should_stop
        self._client = sdk.RememberingClient(sdk.GuardedTransport(seconds=patience.seconds, most_bytes=MOST_BYTES))
        self._sdk = sdk.SyllableSDK(
            api_key_header=key,
            server_url=base_url.rstrip("/"),
            client=self._client,
            async_client=sdk.NoAsyncClient(),  # type: ignore[arg-type]
            # Its log holds whole bodies. No logger at all: one that is switched off can be switched on again.
            debug_logger=sdk.NoOpLogger(),
            timeout_ms=round(patience.seconds * 1000),
        )
        self._counting = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None) -> None:
        self._client.close()

    def sessions(self, *, start: datetime, end: datetime, page: int, limit: int) -> Page:
        """This will ask for sessions of a span of time, the oldest first."""
        asked: dict[str, Any] = {"page": page, "limit": limit, "start_datetime": _time(start), "end_datetime": _time(end)}
        order: dict[str, Any] = {"order_by": sdk.SessionProperties.TIMESTAMP, "order_by_direction": sdk.OrderByDirection.ASC}
        return read_page(self._ask(self._sdk.sessions.list, **asked, **order), limit)

    def session(self, session_id: str) -> Any:
        """Raises NotThere."""
        return self._ask(self._sdk.sessions.get_by_id, session_id=session_id)

    def transcript(self, session_id: str, *, attempts: int | None = None) -> Any:
        """Raises NotThere."""
        return self._ask(self._sdk.sessions.transcript.get_by_id, session_id=session_id, attempts=attempts)

    def latency(self, session_id: str, *, attempts: int | None = None) -> Any:
        """Raises NotThere."""
        return self._ask(self._sdk.sessions.latency.get_by_id, session_id=session_id, attempts=attempts)

    def summary(self, session_id: str, *, attempts: int | None = None) -> Any:
        """Raises NotThere."""
        return self._ask(self._sdk.sessions.full_summary.get_by_id, session_id=session_id, attempts=attempts)

    def recording_addresses(self, session_id: str) -> list[str]:
        """This will ask for addresses at which the session's recordings can be had for a while. Raises NotThere."""
        answer = self._ask(self._sdk.sessions.generate_session_recording_urls, session_id=session_id)
        addresses = answer.get("recordings") if isinstance(answer, Mapping) else None
        return [address for address in addresses or [] if isinstance(address, str)]

    def labels(self, *, start: datetime, end: datetime, page: int, limit: int, type: str = "") -> Page:
        """This will ask for the labels made in a span of time, of one type or of all, the oldest first."""
        asked: dict[str, Any] = {"page": page, "limit": limit, "start_datetime": _time(start), "end_datetime": _time(end)}
        if type:
            asked |= {"search_fields": [sdk.SessionLabelProperties.TYPE], "search_field_values": [type]}
        order: dict[str, Any] = {"order_by": sdk.SessionLabelProperties.TIMESTAMP, "order_by_direction": sdk.OrderByDirection.ASC}
        return read_page(self._ask(self._sdk.session_labels.list, **asked, **order), limit)

    def labels_of(self, session_ids: Sequence[str], *, page: int = 0, limit: int = 500) -> Page:
        """This will ask for the labels of some sessions."""
        search: dict[str, Any] = {"search_fields": [sdk.SessionLabelProperties.SESSION_ID_LIST], "search_field_values": [",".join(session_ids)]}
        return read_page(self._ask(self._sdk.session_labels.list, page=page, limit=limit, **search), limit)

    def label(self, label_id: int) -> Any:
        """Raises NotThere."""
        return self._ask(self._sdk.session_labels.get_by_id, session_label_id=label_id)

    def create_label(self, wire: Mapping[str, Any]) -> Any:
        """This will make a label, and try once only: whether it came about after all must be looked up before the next try."""
        return self._ask(self._sdk.session_labels.create, request=dict(wire), attempts=1)

    def _ask(self, question: Callable[..., object], *, attempts: int | None = None, **asked: Any) -> Any:
        most = attempts or self.patience.attempts
        for attempt in range(1, most + 1):
            if self._should_stop():
                raise Interrupted(gettext_noop("This process has to end."))
            try:
                return self._ask_once(question, asked)
            except Again as problem:
                if attempt == most:
                    raise NoAnswer(str(problem), after=problem.after) from None
                self._wait(min(max(problem.after, self._back_off(attempt)), self.patience.longest_wait))
        raise NoAnswer(gettext_noop("Nothing was asked."))

    def _ask_once(self, question: Callable[..., object], asked: Mapping[str, Any]) -> Any:
        with self._counting:
            self.requests += 1
        try:
            question(**asked)
        except sdk.ResponseValidationError as unfit:
            return read_answer(unfit.raw_response)
        except sdk.SyllableSDKError as problem:
            raise meaning_of(problem.raw_response) from None
        except sdk.HTTPError as problem:
            raise Again(NO_ANSWER % {"problem": problem}) from None
        if self._client.last is None:
            raise Again(gettext_noop("The vendor gave no answer."))
        return read_answer(self._client.last)

    def _back_off(self, attempt: int) -> float:
        """Doubled each time, and spread, so that four threads do not come back at one moment."""
        return self.patience.first_wait * 2.0 ** (attempt - 1) * random.uniform(0.5, 1.0)  # noqa: S311

    def _wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._should_stop():
                raise Interrupted(gettext_noop("This process has to end."))
            time.sleep(min(left, 0.5))


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
