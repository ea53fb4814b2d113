"""The other side of killing.py: what runs in the process."""

import json
import os
import sys

import django
from django.conf import settings


def serve(begin):
    """This will do what it is told, line by line. `begin` gets what the test told first, and returns what a child does with a line."""
    told = json.loads(sys.stdin.readline())
    settings.DATABASES["default"]["NAME"] = told["database"]
    if "allowed" in told:
        settings.OUTBOUND_ALLOWED = frozenset({told["allowed"]})
    django.setup()
    work = begin(told)
    _say("ready")
    for line in sys.stdin:
        if not (child := os.fork()):
            # What was open before belongs to the parent.
            os.setsid()
            os._exit(work(line.strip()) or 0)
        _say(child)
        _say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def _say(what):
    sys.stdout.write(f"{what}\n")
    sys.stdout.flush()
