"""Measure people who work one queue as fast as they can: next, submit, next, submit; no place twice, no error.

    DATABASE_URL=postgres:///bench python manage.py migrate; … seed_demo --sessions 30000
    DATABASE_URL=postgres:///bench python -m tests.bench.queueing --people 8 --seconds 60 [--whole]

With --whole each submit is answered with the whole next session, as the script of the page asks for it. Ends with 1 when a place
was filled twice, an answer was wrong, or a budget is exceeded: 60 labels a second and 150 ms at the 95th percentile; with --whole
120 ms until the next session is there.
"""

import argparse
import http.client
import json
import os
import re
import statistics
import sys
import threading
import time
import zlib
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("REVIEW_DESK_PROCESS", "command")
django.setup()

from django.conf import settings  # noqa: E402
from django.db.models import Count  # noqa: E402
from django.test import Client  # noqa: E402

from config import local_files  # noqa: E402
from config.processes import prepare_static_files  # noqa: E402
from labeling.models import Assignment, Draw, Label, Queue, User  # noqa: E402
from labeling.models.queue import DrawKind, DrawState, OpenTo, QueueState  # noqa: E402
from labeling.roles import Role  # noqa: E402
from sessions_app.codes import TranscriptState  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from tests.bench.cpu import database_seconds, web_seconds  # noqa: E402
from tests.bench.databases import FOLDER  # noqa: E402
from tests.bench.serving import HOST, Here, served  # noqa: E402

TOKEN = "a" * 32
LABELS_A_SECOND, MS, MS_WHOLE = 60, 150, 120


class Reviewer(threading.Thread):
    def __init__(self, port, person, queue, until, is_whole):
        super().__init__()
        client = Client()
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        cookies = f"{settings.SESSION_COOKIE_NAME}={cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        self.headers = {"Cookie": cookies, "X-CSRFToken": TOKEN, "Content-Type": "application/x-www-form-urlencoded"}
        self.connection = http.client.HTTPConnection(HOST, port, timeout=30)
        self.person, self.queue, self.until, self.is_whole = person, queue, until, is_whole
        self.samples = {"next": [], "submit": []}
        self.wrong, self.sizes = [], []

    def ask(self, name, path, sent, headers=None):
        started = time.perf_counter()
        self.connection.request("POST", path, urlencode(sent), self.headers | (headers or {}))
        answer = self.connection.getresponse()
        body = answer.read()
        self.samples[name].append((time.perf_counter() - started) * 1000)
        if self.is_whole:
            self.sizes.append(len(zlib.compress(body, 6)))
        if answer.status not in (200, 302, 303):
            self.wrong.append((name, answer.status))
        return answer

    def run(self):
        where = self.next()
        while where and time.monotonic() < self.until:
            sent = {"code": "GOOD", "client_key": f"key-{self.person.pk}-{where}", "queue": self.queue.slug}
            if self.is_whole:
                answer = self.ask("submit", f"/labels/{where}/", sent | {"then": "next"}, {"HX-Request": "true"})
                where = session_of(answer.getheader("HX-Push-Url"))
            else:
                self.ask("submit", f"/labels/{where}/", sent)
                where = self.next()

    def next(self):
        return session_of(self.ask("next", f"/review/q/{self.queue.slug}/next/", {}).getheader("Location"))


def session_of(address):
    found = re.search(r"/s/(\d+)/", address or "")
    return found and found[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--sessions", type=int, default=25_000)
    parser.add_argument("--whole", action="store_true")
    parser.add_argument("--json", action="store_true", help="end with one line of JSON, for the table of make bench")
    options = parser.parse_args()
    local_files.ensure()
    preparing = prepare_static_files(FOLDER, local_files.STATIC)
    if preparing:
        preparing.wait()
    started = int(time.time())
    emails = [f"bench-queue-{n}-{started}@example.com" for n in range(options.people)]
    people = [User.objects.create_user(email, None, name="Reviewer", role=Role.REVIEWER, all_agents=True) for email in emails]
    queue = made(f"bench-{started}", people[0], options.sessions)
    with served(Here()) as server:
        # Both processes have answered before anything counts.
        warm = made(f"bench-warm-{started}", people[0], 400)
        work([Reviewer(server.port, people[0], warm, time.monotonic() + 3, options.whole) for _ in range(4)])
        begun, web, database = time.monotonic(), web_seconds(server.pid), database_seconds()
        reviewers = [Reviewer(server.port, person, queue, begun + options.seconds, options.whole) for person in people]
        work(reviewers)
        took = time.monotonic() - begun
        used = (web_seconds(server.pid) - web, database_seconds() - database)
    found = result(queue, reviewers, took, used)
    # Else everything that is measured on this database from now on asks for what they hold.
    Queue.objects.filter(pk__in=[queue.pk, warm.pk]).update(state=QueueState.CLOSED)
    if options.json:
        sys.stdout.write(json.dumps(found))
    sys.exit(report(found, options.whole))


def work(reviewers):
    for reviewer in reviewers:
        reviewer.start()
    for reviewer in reviewers:
        reviewer.join()


def made(slug, person, sessions):
    """A queue of two labels a session, half of it done."""
    drawn = Session.objects.filter(transcript_state=TranscriptState.HELD, erased_at=None).order_by("pk")
    rows = list(drawn.values_list("pk", "timestamp")[:sessions])
    queue = Queue.objects.create(
        slug=slug, name=slug, draw_kind=DrawKind.RANDOM, seed=1, size=len(rows), labels_wanted=2, open_to=OpenTo.REVIEWERS, created_by=person
    )
    draw = Draw.objects.create(queue=queue, number=1, kind=DrawKind.RANDOM, state=DrawState.FINISHED, frame=len(rows), drawn=len(rows))
    gone = len(rows) // 2
    Assignment.objects.bulk_create(
        (
            Assignment(
                queue=queue,
                draw=draw,
                session_id=pk,
                timestamp=timestamp,
                slot=slot,
                position=n,
                reason="drawn",
                probability=0.5,
                state="void" if n < gone else "open",
            )
            for n, (pk, timestamp) in enumerate(rows)
            for slot in (1, 2)
        ),
        batch_size=2000,
    )
    return queue


def result(queue, reviewers, took, used):
    done = Assignment.objects.filter(queue=queue, state="done")
    labels = Label.objects.filter(assignment__in=done.values("pk")).count()
    twice = (
        done.values("label").annotate(n=Count("pk")).filter(n__gt=1).count() + done.values("session", "person").annotate(n=Count("pk")).filter(n__gt=1).count()
    )
    web, database = (seconds * 1000 / max(labels, 1) for seconds in used)
    wrong = [one for reviewer in reviewers for one in reviewer.wrong]
    taken = {name: sorted(ms for reviewer in reviewers for ms in reviewer.samples[name]) for name in ("next", "submit")}
    taken["both"] = sorted(taken["next"] + taken["submit"])
    lost = f"{done.count()} places done by {labels} labels" if done.count() != labels else ""
    return {
        "labels": labels,
        "rate": labels / took,
        "twice": twice,
        "web": web,
        "postgres": database,
        "cpu": web + database,
        "bytes": max((size for reviewer in reviewers for size in reviewer.sizes), default=0),
        "times": {name: [len(ms), statistics.median(ms), ms[int(len(ms) * 0.95)], ms[-1]] for name, ms in taken.items()},
        "problem": f"wrong answers {wrong[:5]}" if wrong else lost,
    }


def report(found, is_whole):
    """This will tell on the error stream, and return whether something is wrong or over its budget."""
    for name, (n, middle, p95, most) in found["times"].items():
        sys.stderr.write(f"{name}: {n} times, median {middle:.0f} ms, p95 {p95:.0f} ms, most {most:.0f} ms\n")
    sys.stderr.write(f"processor time of a label: web {found['web']:.1f} ms, database {found['postgres']:.1f} ms\n")
    sys.stderr.write(f"{found['labels']} labels, {found['rate']:.0f} a second, {found['twice']} twice. {found['problem']}\n")
    slow = found["times"]["submit"][2] > MS_WHOLE if is_whole else max(found["times"][name][2] for name in ("next", "submit")) > MS
    return slow or bool(found["problem"]) or bool(found["twice"]) or (not is_whole and found["rate"] < LABELS_A_SECOND)


if __name__ == "__main__":
    main()
