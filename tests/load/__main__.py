"""Load that comes whether or not the last was served: each stage says what was asked a second, how long it took, and what was too much.

    DATABASE_URL=postgres:///million python -m tests.load --minutes 10
    python -m tests.load --soak 20

Starts the application on this machine and asks nobody else; it ends by itself, with 1 where a limit was broken. Time counts from
when a request was due, so one that had to wait for a reviewer who was still waiting counts what it waited.
"""

import argparse
import asyncio
import os
import random
import resource
import sys
import time
from collections import Counter, deque
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("REVIEW_DESK_PROCESS", "command")
# Their lines are a collector's, not this table's.
os.environ["AUDIT_LOG"] = os.devnull
django.setup()

from django.db import connection  # noqa: E402

from config import local_files  # noqa: E402
from config.processes import prepare_static_files  # noqa: E402
from labeling.models import Label  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from tests.bench.cpu import database_seconds, web_seconds  # noqa: E402
from tests.bench.databases import FOLDER  # noqa: E402
from tests.bench.reviewing import Here  # noqa: E402
from tests.bench.serving import served  # noqa: E402
from tests.load.people import make_people  # noqa: E402
from tests.load.stages import Stage, say  # noqa: E402
from tests.load.wire import Gone  # noqa: E402

PEOPLE = 500
TOO_LONG_SECONDS = 30
MOST_GROWTH = 1.15


async def drive(people, stage):
    """This will let requests come at the stage's rate, each at its time, and wait for the last."""
    free, begun, running = deque(random.sample(people, len(people))), time.monotonic(), set()
    due, end = begun, begun + stage.seconds

    async def one(reviewer, due):
        step = reviewer.step
        try:
            status = await asyncio.wait_for(reviewer.work(), TOO_LONG_SECONDS)
        except (Gone, TimeoutError, OSError) as problem:
            reviewer.connection.close()
            status = type(problem).__name__
        stage.note(step, status, (time.monotonic() - due) * 1000, due - begun)
        free.append(reviewer)

    while due < end:
        if (wait := due - time.monotonic()) > 0:
            await asyncio.sleep(wait)
        if free:
            task = asyncio.create_task(one(free.popleft(), due))
            running.add(task)
            task.add_done_callback(running.discard)
        else:
            stage.unserved += 1
        due += random.expovariate(stage.rate)
    if running:
        await asyncio.wait(running)


def memory(pid):
    """Megabytes that the processes of the server hold."""
    total = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        try:
            told = dict(line.split(":", 1) for line in status.read_text().splitlines() if ":" in line)
        except OSError:
            continue
        if pid in (int(told["Pid"]), int(told["PPid"])) and "VmRSS" in told:
            total += int(told["VmRSS"].split()[0]) / 1024
    return total


def connections():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'review-desk web'")
        return cursor.fetchone()[0]


def stages(options):
    # Long enough for everybody to have a session open.
    warm_up = Stage("warm up", 20, 30, p95=None, p99=None)
    if options.soak:
        # In ten parts, so that a slope can be seen.
        return [warm_up, *(Stage(f"soak, part {part}", 50, options.soak * 6, p95=300, p99=800) for part in range(1, 11))]
    seconds = options.minutes * 60
    return [
        warm_up,
        # What every thread keeps was then made once: what comes later must not grow.
        Stage("all threads", 300, 5, p95=None, p99=None, may_refuse=frozenset({429, 503})),
        Stage("500 reviewers", 50, seconds, p95=300, p99=800),
        Stage("twice as many", 100, seconds, p95=800, p99=None, may_refuse=frozenset({429})),
        Stage("overload", 300, min(60, seconds), p95=None, p99=None, may_refuse=frozenset({429, 503})),
        # The first half minute after it may still be slow.
        Stage("after it", 50, 30 + min(60, seconds), p95=300, p99=800, skip_seconds=30, may_refuse_first=frozenset({429, 503})),
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--soak", type=float, default=0, help="minutes of one stage of 50 a second")
    options = parser.parse_args()
    local_files.ensure()
    if preparing := prepare_static_files(FOLDER, local_files.STATIC):
        preparing.wait()
    before, broken = Label.objects.count(), []
    say(f"{Session.objects.count():,} sessions, {before:,} labels, {os.cpu_count()} cores, load of the machine {os.getloadavg()[0]:.1f}")
    with served(Here()) as server:
        people, marks = make_people(PEOPLE, server.port), []
        say(Stage.HEAD)
        for stage in stages(options):
            cpu = resource.getrusage(resource.RUSAGE_SELF)
            begun, web, database = time.monotonic(), web_seconds(server.pid), database_seconds()
            asyncio.run(run(people, stage))
            stage.web_seconds, stage.database_seconds = web_seconds(server.pid) - web, database_seconds() - database
            used = resource.getrusage(resource.RUSAGE_SELF)
            stage.own_share = (used.ru_utime + used.ru_stime - cpu.ru_utime - cpu.ru_stime) / (time.monotonic() - begun)
            marks.append((memory(server.pid), connections()))
            stage.megabytes = marks[-1][0]
            say(stage.line())
            broken += stage.broken()
        first = marks[1][0]
        if marks[-1][0] > MOST_GROWTH * first:
            broken.append(f"memory grew from {first:.0f} to {marks[-1][0]:.0f} MB")
        if marks[-1][1] > 2 * 10:
            broken.append(f"{marks[-1][1]} connections to the database are open")
        steps = Counter(step for person in people for step in [person.step])
        say(f"labels given: {Label.objects.count() - before:,}; connections to the database at the end: {marks[-1][1]}; reviewers are at: {dict(steps)}")
    say("\n".join(f"BROKEN: {one}" for one in broken) or "All limits held.")
    sys.exit(bool(broken))


async def run(people, stage):
    """Connections belong to a loop of their own."""
    for person in people:
        person.connection.reader = person.connection.writer = None
    await drive(people, stage)
    for person in people:
        person.connection.close()


if __name__ == "__main__":
    main()
