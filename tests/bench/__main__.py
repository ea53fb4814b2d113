"""Measure pages on databases of two sizes, and one with transcripts to search in. Ends with 1 when a budget is exceeded."""

import argparse
import json
import os
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field

from config import local_files
from config.processes import prepare_static_files
from tests.bench import report
from tests.bench.cases import CASES, Facts
from tests.bench.databases import FOLDER, Database
from tests.bench.serving import served

SIZES = {
    "small": [Database("small", 10_000, 0, 1_000), Database("large", 200_000, 0, 20_000), Database("text", 10_000, 10_000)],
    "full": [Database("small", 10_000, 0, 1_000), Database("large", 10_000_000, 0, 1_000_000), Database("text", 1_000_000, 1_000_000)],
}
WARM_UP = 3


@dataclass
class Sample:
    server: list[float] = field(default_factory=list)
    database: list[float] = field(default_factory=list)
    queries: int = 0
    rows: int = 0
    blocks: int = 0
    size: int = 0
    problem: str = ""


class Asked:
    """The process inside.py on one database."""

    def __init__(self, database):
        command = [sys.executable, "-m", "tests.bench.inside"]
        self._process = subprocess.Popen(command, cwd=FOLDER, env=database.surroundings("web"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

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


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("size", nargs="?", choices=SIZES, default="small")
    parser.add_argument("--times", type=int, default=30)
    parser.add_argument("--use", action="append", default=[], metavar="NAME=DATABASE", help="an existing database on the server of DATABASE_URL")
    parser.add_argument("--only", default="", help="cases whose name holds this")
    parser.add_argument("--no-write", action="store_true", help="print the table only")
    options = parser.parse_args()
    databases = SIZES[options.size]
    for use in options.use:
        name, given = use.split("=")
        next(one for one in databases if one.name == name).given = given
    local_files.ensure()
    preparing = prepare_static_files(FOLDER, local_files.STATIC)
    if preparing:
        preparing.wait()
    for database in databases:
        _tell(f"Preparing {database.name}: {database.sessions:,} sessions")
        database.prepare()
    busy = os.getloadavg()[0]
    with ExitStack() as stack:
        asked = {one.name: stack.enter_context(Asked(one)) for one in databases}
        running = {one.name: stack.enter_context(served(one)) for one in databases}
        samples = _measure(databases, asked, running, options)
        abouts = {name: one.ask("about") for name, one in asked.items()}
    text = report.markdown(databases, samples, abouts, f"make bench BENCH={options.size}", options.times, busy)
    sys.stdout.write(f"{text}\n")
    if not options.no_write:
        report.write(options.size, text)
    found = report.verdicts(databases, samples)
    for sentence in found:
        _tell(f"Over budget: {sentence}")
    return 1 if found else 0


def _measure(databases, asked, running, options):
    todo = []
    cookies = {}
    for database in databases:
        facts = asked[database.name].ask("facts")
        facts["month"] = tuple(facts["month"])
        cookies[database.name] = asked[database.name].ask("cookie")
        for case in CASES:
            path = case.path(Facts(**facts))
            # The database with transcripts is there for searching in them.
            if path and options.only in case.name and (case.kind == "text") == (database.name == "text"):
                todo.append((case, database.name, path))
    samples = {(case.name, name): Sample() for case, name, _ in todo}
    # One after the other, each once, and again: what else the machine has on its hands then falls on all of them alike.
    for turn in range(WARM_UP + options.times):
        if turn % 5 == 0:
            _tell(f"Turn {turn} of {WARM_UP + options.times}")
        for case, name, path in todo:
            sample = samples[case.name, name]
            if sample.problem:
                continue
            status, ms, size = running[name].get(path, cookies[name])
            inside = asked[name].ask("measure", path)
            if status != 200 or inside["status"] != 200:
                sample.problem = f"answered {status}, inside {inside['status']}"
            elif turn >= WARM_UP:
                sample.server.append(ms)
                sample.database.append(inside["ms"])
            sample.queries, sample.rows, sample.size = inside["queries"], inside["rows"], size
    for case, name, path in todo:
        samples[case.name, name].blocks = asked[name].ask("blocks", path)
    return samples


def _tell(words):
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
