"""What is measured once a run: starting, memory, the weight of a first view, people at a queue, files in and out."""

import json
import re
import subprocess
import sys
import time
from html import unescape
from statistics import median

from tests.bench.cpu import web_megabytes
from tests.bench.databases import FOLDER
from tests.bench.serving import served

LINKED = re.compile(
    r'<link rel="stylesheet" href="([^"]+)"|<script src="([^"]+)"|<img[^>]* src="([^"]+)"|<use href="([^"#]+)#|hx-get="([^"]+)" hx-trigger="load'
)


def starting(database, cookie):
    """Seconds of `manage.py check` and until the first answer, and MiB of two workers that have answered."""
    checks, firsts = [], []
    for _ in range(3):
        checks.append(_check(database))
        with served(database) as server:
            firsts.append(server.seconds_to_start)
            for path in ("/sessions/", "/summary/", "/review/") * 8:
                server.client.get(path, {"Cookie": cookie})
            megabytes = web_megabytes(server.pid)
    return {"check": median(checks), "first_answer": median(firsts), "memory": megabytes}


def first_view(server, cookie):
    """What a browser with nothing in its cache asks for: the list, and all that the list names."""
    page = server.client.get("/sessions/", {"Cookie": cookie})
    named = dict.fromkeys(unescape(next(filter(None, found))) for found in LINKED.findall(page.body.decode()))
    answers = {path: server.client.get(path, {"Cookie": cookie}) for path in named}
    missing = [path for path, answer in answers.items() if answer.status != 200]
    return {
        "requests": 1 + len(answers),
        "bytes": page.size + sum(answer.size for answer in answers.values()),
        "problem": f"not there: {missing}" if missing else "",
    }


def at_a_queue(database, people, seconds, *, is_whole):
    """People who submit as fast as they can. `is_whole` answers each label with the whole next session."""
    options = ["--people", str(people), "--seconds", str(seconds), "--json", *(["--whole"] if is_whole else [])]
    return _told(database, "tests.bench.queueing", *options)


def exporting(database):
    return _told(database, "tests.bench.exporting")


def taking_in(database, bare, talks):
    """Into an empty database; what an earlier run left there is taken out first."""
    return _told(database, "tests.bench.taking_in", "--bare", str(bare), "--talks", str(talks), "--empty", "--json")


def _told(database, module, *options):
    said = database.run("-m", module, *options)
    try:
        return json.loads(said.splitlines()[-1])
    except (ValueError, IndexError):
        return {"problem": f"{module} told nothing"}


def _check(database):
    environment = database.surroundings("command")
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    begun = time.monotonic()
    subprocess.run([sys.executable, "manage.py", "check"], cwd=FOLDER, env=environment, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return time.monotonic() - begun
