"""More people than the machine can serve: some are served in time, and the others are told at once when to come again."""

from collections.abc import Callable
from threading import BoundedSemaphore, Lock

from django.http import HttpRequest, HttpResponseBase

from labeling.views.errors import come_again

# In one process: more threads than this only take turns, and each holds a connection of the pool.
WORKING = 6
WAITING = 18
PATIENCE_SECONDS = 2.5
# What tells of the process must be told in any crowd.
ALWAYS = frozenset({"/healthz", "/readyz", "/metrics"})


class Crowds:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response
        self._places, self._lock, self._waiting = BoundedSemaphore(WORKING), Lock(), 0

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path_info in ALWAYS:
            return self.get_response(request)
        if not self._places.acquire(blocking=False) and not self._waits():
            return come_again(request, "Too many people ask at once.")
        try:
            return self.get_response(request)
        finally:
            self._places.release()

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
