"""One page from one server: what it costs for one client and for eight, and whether it was the right page."""

import json
import os
import subprocess
import sys
import threading
import time
from statistics import median

from tests.bench.cpu import web_seconds
from tests.bench.databases import FOLDER
from tests.bench.pages import wrong
from tests.bench.serving import Client

PEOPLE = 8


class Asked:
    """The process inside.py on one database."""

    def __init__(self, database, settings="config.settings"):
        command = [sys.executable, "-m", "tests.bench.inside"]
        # Without the time limits of a page: what it looks up for itself may take long.
        environment = database.surroundings("command") | {"DJANGO_SETTINGS_MODULE": settings}
        self._process = subprocess.Popen(command, cwd=FOLDER, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, question, *given):
        self._process.stdin.write(json.dumps([question, *given]) + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise SystemExit(f"The process that measures the database ended at: {question}")
        return json.loads(answer)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.stdin.close()
        self._process.wait(15)


def measure(page, server, inside, cookie, times):
    """A row of the table, without its names. The first requests warm both processes of the server and are not counted.

    What takes seconds is asked for a few times by one client, and by no crowd.
    """
    headers = page["headers"] or {"Cookie": cookie}
    is_slow = times < PEOPLE
    if not is_slow:
        _together(server.port, page["path"], headers, 2)
    for _ in range(1 if is_slow else 4):
        server.client.get(page["path"], headers)
    web, database = web_seconds(server.pid), inside.ask("seconds")
    answers = [server.client.get(page["path"], headers) for _ in range(times)]
    web, database = web_seconds(server.pid) - web, inside.ask("seconds") - database
    begun = time.perf_counter()
    crowd = answers if is_slow else _together(server.port, page["path"], headers, times // PEOPLE)
    took = time.perf_counter() - begun
    within = [inside.ask("measure", page["path"], page["headers"]) for _ in range(min(times, 8))]
    return {
        "median": median(one.ms for one in answers),
        "p95": p95([one.ms for one in answers]),
        "crowd_median": median(one.ms for one in crowd),
        "crowd_p95": p95([one.ms for one in crowd]),
        "crowd_rate": 0 if is_slow else len(crowd) / took,
        "web": web * 1000 / times,
        "postgres": database * 1000 / times,
        "cpu": (web + database) * 1000 / times,
        "sql": median(one["ms"] for one in within),
        "queries": within[-1]["queries"],
        "bytes": answers[-1].size,
        "problem": next(filter(None, (wrong(page, one.status, one.body) for one in [*answers, *crowd])), ""),
    }


def measure_case(path, server, inside, cookie, times):
    """A filter: how long for one client, and what of it is the database's."""
    for _ in range(2):
        server.client.get(path, {"Cookie": cookie})
        inside.ask("measure", path)
    answers, within = [], []
    for _ in range(times):
        answers.append(server.client.get(path, {"Cookie": cookie}))
        within.append(inside.ask("measure", path))
    statuses = {one.status for one in answers} | {one["status"] for one in within}
    return {
        "median": median(one.ms for one in answers),
        "p95": p95([one.ms for one in answers]),
        "sql": median(one["ms"] for one in within),
        "sql_p95": p95([one["ms"] for one in within]),
        "queries": within[-1]["queries"],
        "rows": within[-1]["rows"],
        "bytes": answers[-1].size,
        "blocks": inside.ask("blocks", path),
        "problem": "" if statuses == {200} else f"answered {sorted(statuses)}",
    }


def p95(values):
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def load():
    return os.getloadavg()[0]


def _together(port, path, headers, times):
    """Eight clients at once, each so many times."""
    answers = []

    def ask():
        client = Client(port)
        for _ in range(times):
            answers.append(client.get(path, headers))
        client.close()

    people = [threading.Thread(target=ask) for _ in range(PEOPLE)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    return answers
