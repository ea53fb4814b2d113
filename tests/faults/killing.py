"""A process that works when told to, each time in a child of its own, which a test may kill at any moment."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from django.conf import settings

ROOT = Path(__file__).resolve().parent.parent.parent


class Killable:
    """The process of one of the modules beside this, on the test's own database. Ends with its block, whatever happened in it."""

    def __init__(self, module, **told):
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"tests.faults.{module}"],
            # Where no key was ever written each process has one of its own, and could not open what the other sealed.
            env=os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings", "REVIEW_DESK_PROCESS": "command", "SECRET_KEY": settings.SECRET_KEY},
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.tell(json.dumps({"database": settings.DATABASES["default"]["NAME"], **told}))
        assert self.hear() == "ready"

    def __enter__(self):
        return self

    def __exit__(self, *problem):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait(10)

    def tell(self, what):
        self.process.stdin.write(f"{what}\n")
        self.process.stdin.flush()

    def hear(self):
        return self.process.stdout.readline().strip()

    def work(self, what, *, killed_after=None):
        """How it ended: 0 when it came to its end, below zero when it was killed. `killed_after` are seconds, or returns when the moment has come."""
        self.tell(what)
        child = int(self.hear())
        if killed_after is not None:
            killed_after() if callable(killed_after) else time.sleep(killed_after)
            # It may have come to its end by then.
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        return int(self.hear())
