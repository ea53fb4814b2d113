"""What requests cost, counted by each web process for itself and added up when somebody asks, whichever process they reach.

A process writes what it counted into a file of its own every few seconds, and holds that file locked for as long as it lives.
What nobody holds any more is added to the file of the ended, so that no counter ever goes back.
"""

import fcntl
import json
import os
import secrets
import threading
import time
from bisect import bisect_left
from collections import Counter
from contextlib import suppress
from pathlib import Path

from django.conf import settings

# Upper bounds in seconds; the last bucket has none.
BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.3, 0.8, 2.0, 5.0, 10.0)
WRITE_EVERY_SECONDS = 2.0
ENDED = "ended.json"
# What is counted: "requests|route|method|status", "bucket|route|place", "microseconds|route".
Counts = Counter[str]


class Measures:
    def __init__(self, folder: Path) -> None:
        self.folder, self.counts = folder, Counts()
        self._lock, self._begun = threading.Lock(), False
        self._own: int | None = None

    def note(self, *, route: str, method: str, status: int, seconds: float) -> None:
        """This will count one request."""
        with self._lock:
            self.counts[f"requests|{route}|{method}|{status}"] += 1
            self.counts[f"bucket|{route}|{bisect_left(BOUNDS, seconds)}"] += 1
            self.counts[f"microseconds|{route}"] += round(seconds * 1_000_000)
            begins, self._begun = not self._begun, True
        if begins:
            threading.Thread(target=self._write_again_and_again, daemon=True).start()

    def write(self) -> None:
        """This will put what this process counted where every process finds it. A folder that cannot be written costs the numbers and nothing else."""
        with self._lock, suppress(OSError):
            if self._own is None:
                self.folder.mkdir(parents=True, exist_ok=True)
                self._own = os.open(self.folder / f"{os.getpid()}-{secrets.token_hex(4)}.json", os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
                fcntl.flock(self._own, fcntl.LOCK_EX)
            # Whole numbers that only grow, so the text never gets shorter: whoever reads meanwhile sees one state, or no JSON and looks again.
            os.pwrite(self._own, json.dumps(self.counts).encode(), 0)

    def read(self) -> Counts:
        """This will add up what all processes counted, those included that have ended."""
        self.write()
        added = Counts()
        with suppress(OSError), (self.folder / "reading.lock").open("w") as alone:
            fcntl.flock(alone, fcntl.LOCK_EX)
            self._gather_ended()
            for file in self.folder.glob("*.json"):
                added.update(_counts(file))
        return added

    def _gather_ended(self) -> None:
        gathered = self.folder / ENDED
        total, gone = _counts(gathered), []
        for file in self.folder.glob("*.json"):
            if file.name == ENDED:
                continue
            with file.open() as held:
                try:
                    fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    continue
                total.update(_counts(file))
                gone.append(file)
        if gone:
            new = gathered.with_suffix(".new")
            new.write_text(json.dumps(total))
            new.replace(gathered)
            for file in gone:
                file.unlink()

    def _write_again_and_again(self) -> None:
        pause = threading.Event()
        while True:
            self.write()
            pause.wait(WRITE_EVERY_SECONDS)


def _counts(file: Path) -> Counts:
    for _ in range(5):
        try:
            return Counts(json.loads(file.read_text()))
        except FileNotFoundError:
            return Counts()
        except ValueError:
            time.sleep(0.002)
    return Counts()


measures = Measures(settings.METRICS_DIR)
