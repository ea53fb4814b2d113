"""Measure the product beside Django's own admin, and say of each target whether it holds. Ends with 1 when one is missed or an answer was wrong.

make bench                     10,000 and 200,000 sessions, a few minutes
make bench BENCH=full          10,000, a million and ten million; docs/scale.md says what that needs
python -m tests.bench full --use middle=NAME --use large=NAME --use text=NAME     databases that are there already
"""

import argparse
import os
import platform
import subprocess
import sys
from contextlib import ExitStack
from datetime import UTC, datetime

from config import local_files
from config.processes import prepare_static_files
from tests.bench import once, report, targets
from tests.bench.cases import CASES, Facts
from tests.bench.databases import FOLDER, Database
from tests.bench.measuring import Asked, load, measure, measure_case
from tests.bench.pages import DETAIL, FIXED, LIST, PAGES, PEER_PAGES, SEARCHES
from tests.bench.serving import served

PEER = "tests.bench.peer.settings"
SMALL, EMPTY = Database("small", 10_000, 0, 1_000), Database("empty", 0)
SIZES = {
    "small": [SMALL, Database("middle", 200_000, 0, 20_000), Database("text", 5_000, 5_000), EMPTY],
    "full": [SMALL, Database("middle", 1_000_000, 0, 100_000), Database("large", 10_000_000, 0, 1_000_000), Database("text", 1_000_000, 1_000_000), EMPTY],
}
# How often a page is asked for, a filter, and a page of the admin, which takes seconds among ten million.
TIMES, TIMES_OF_FILTERS, TIMES_OF_ADMIN, TIMES_OF_SLOW = 48, 8, 8, 3
PEOPLE_SECONDS = {"small": 10, "full": 40}
FILE_ROWS = {"small": (20_000, 1_000), "full": (100_000, 10_000)}
PARTS = ("pages", "filters", "people", "files", "start")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("size", nargs="?", choices=SIZES, default="small")
    parser.add_argument("--use", action="append", default=[], metavar="NAME=DATABASE", help="an existing database on the server of DATABASE_URL")
    parser.add_argument("--times", type=int, default=TIMES, help="how often each page is asked for by one client")
    parser.add_argument("--only", action="append", choices=PARTS, default=[], help="a part of it; then nothing is written")
    options = parser.parse_args()
    parts = options.only or PARTS
    databases = {one.name: one for one in SIZES[options.size]}
    for use in options.use:
        name, databases[name].given = use.split("=")
    local_files.ensure()
    preparing = prepare_static_files(FOLDER, local_files.STATIC)
    if preparing:
        preparing.wait()
    for database in databases.values():
        _tell(f"Preparing {database.name}: {database.sessions:,} sessions")
        database.prepare()
    told = {"size": options.size, "at": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC", "load": load(), **_machine(), "rows": [], "filters": [], "once": {}}
    seeded = [one for one in databases.values() if one.sessions]
    told["sessions"] = {one.name: one.sessions for one in seeded}
    with ExitStack() as stack:
        asked = {one.name: stack.enter_context(Asked(one)) for one in seeded}
        told["about"] = {name: one.ask("about") for name, one in asked.items()}
        cookies = {name: one.ask("cookie") for name, one in asked.items()}
        if {"pages", "filters", "start"} & {*parts}:
            _pages(seeded, asked, cookies, told, parts, options.times)
    if "people" in parts:
        _people(databases["text"], PEOPLE_SECONDS[options.size], told)
    if "files" in parts:
        _tell("A file out, and two in")
        told["once"]["export"] = once.exporting(seeded[-2])
        told["once"]["import"] = once.taking_in(databases["empty"], *FILE_ROWS[options.size])
    if "start" in parts:
        _tell("Starting")
        told["once"]["start"] = once.starting(databases["small"], cookies["small"])
    told["load_after"] = load()
    sys.stdout.write(f"{report.markdown(told)}\n")
    if not options.only:
        report.keep(told)
    return 1 if targets.problems(told) or not all(holds for _, _, holds in targets.judged(told)) else 0


def _pages(databases, asked, cookies, told, parts, times):
    for database in databases:
        name = database.name
        known = asked[name].ask("pages")
        with served(database) as server:
            if "start" in parts and name == "small":
                told["once"]["first view"] = once.first_view(server, cookies[name])
            for page in PAGES if "pages" in parts else ():
                # A database with transcripts is there for them, and has no labels of a working installation.
                if page in known and (page == FIXED or (name == "text") == (page in (DETAIL, *SEARCHES))):
                    _tell(f"{page}, {name}")
                    # A tick of the processor's clock is ten milliseconds: what takes one is asked for often.
                    row = measure(known[page], server, asked[name], cookies[name], times * 10 if page == FIXED else times)
                    told["rows"].append({"page": page, "database": name, "who": "ours", **row})
            if "filters" in parts and name != "text":
                _tell(f"Filters, {name}")
                told["filters"] += _filters(name, server, asked[name], cookies[name], min(times, TIMES_OF_FILTERS))
        if "pages" in parts and name != "text":
            told["rows"] += _peer(database, known)


def _filters(name, server, inside, cookie, times):
    facts = inside.ask("facts")
    facts["month"] = tuple(facts["month"])
    paths = ((case, case.path(Facts(**facts))) for case in CASES)
    return [{"case": case.name, "kind": case.kind, "database": name, **measure_case(path, server, inside, cookie, times)} for case, path in paths if path]


def _peer(database, known):
    with served(database, PEER) as server, Asked(database, PEER) as inside:
        cookie, asked = inside.ask("cookie"), inside.ask("peers", known)
        times = TIMES_OF_SLOW if database.sessions > 1_000_000 else TIMES_OF_ADMIN
        pages = [LIST] if database.sessions > 1_000_000 else PEER_PAGES
        rows = []
        for page in pages:
            _tell(f"{page}, {database.name}, the admin")
            rows.append({"page": page, "database": database.name, "who": "admin", **measure(asked[page], server, inside, cookie, times)})
        return rows


def _people(database, seconds, told):
    _tell("One person and eight at a queue")
    told["once"]["one person"] = once.at_a_queue(database, 1, seconds // 3, is_whole=True)
    told["once"]["eight people"] = once.at_a_queue(database, 8, seconds, is_whole=False)


def _machine():
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=FOLDER, check=False, stdout=subprocess.PIPE, text=True).stdout.strip()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    return {"commit": commit or "unknown", "machine": f"{os.cpu_count()} cores, {memory:.0f} GB, {platform.system()}, Python {platform.python_version()}"}


def _tell(words):
    sys.stderr.write(f"{words}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
