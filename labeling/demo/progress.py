"""How far a load is: a bar on a terminal, a line now and then elsewhere."""

import time
from dataclasses import dataclass, field
from typing import Any

BAR = 30


@dataclass(slots=True)
class Progress:
    """Counts sessions, of `total`; writes to a stream that may be a terminal."""

    total: int
    stream: Any
    done: int = 0
    rows: int = 0
    begun: float = field(default_factory=time.monotonic)
    _written: float = 0.0

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.begun

    def add(self, *, sessions: int, rows: int) -> None:
        """This will count what was loaded, and say so if it is time."""
        self.done += sessions
        self.rows += rows
        live = self.stream.isatty()
        if time.monotonic() - self._written < (0.2 if live else 5.0):
            return
        self._written = time.monotonic()
        rate = self.done / max(self.seconds, 0.001)
        left = (self.total - self.done) / max(rate, 0.001)
        told = f"{self.done:,} of {self.total:,} sessions, {rate:,.0f} a second, {_clock(left)} left"
        full = int(BAR * self.done / max(self.total, 1))
        self.stream.write(f"\r[{'#' * full}{'.' * (BAR - full)}] {told}   " if live else f"{told}\n")
        self.stream.flush()

    def say(self, told: str) -> None:
        """This will write a line of its own."""
        self.stream.write(f"\r\033[K{told}\n" if self.stream.isatty() else f"{told}\n")
        self.stream.flush()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02d}"
