"""More people than the machine can serve: some are served in time, and the others are told at once when to come again."""

import logging
import time
from collections.abc import Callable
from threading import BoundedSemaphore, Lock

from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext as _

from labeling.views.errors import come_again

logger = logging.getLogger(__name__)

# In one process: more threads than this only take turns, and each holds a connection of the pool.
WORKING = 6
WAITING = 28
PATIENCE_SECONDS = 2.5
SAY_EVERY_SECONDS = 10.0
# What tells of the process must be told in any crowd.
ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})


class Crowds:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._places, self._lock, self._waiting = BoundedSemaphore(WORKING), Lock(), 0
        self._refused, self._said_at = 0, -SAY_EVERY_SECONDS

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in ALWAYS:
            return self.get_response(request)
        if not self._places.acquire(blocking=False) and not self._waits():
            refused = come_again(request, _("Too many people ask at once."))
            # In a crowd a line for each would be a flood of its own: they are counted, and one says so now and then.
            refused._has_been_logged = True  # type: ignore[attr-defined]
            self._say()
            return refused
        try:
            return self.get_response(request)
        finally:
            self._places.release()

    def _say(self) -> None:
        with self._lock:
            self._refused += 1
            if time.monotonic() - self._said_at < SAY_EVERY_SECONDS:
                return
            refused, self._refused, self._said_at = self._refused, 0, time.monotonic()
        logger.warning("More ask than this process can serve: %s were told to come again.", refused)

    def _waits(self) -> bool:
        """Whether a place came free in time."""
        with self._lock:
            if self._waiting >= WAITING:
                return False
            self._waiting += 1
        try:
            return self._places.acquire(timeout=PATIENCE_SECONDS)
        finally:
            with self._lock:
                self._waiting -= 1
