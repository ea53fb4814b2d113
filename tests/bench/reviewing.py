"""Measure reviewers at work: each types a comment, which is saved as a draft, submits, and gets the next session.

    DATABASE_URL=postgres:///bench python manage.py migrate; … seed_demo --sessions 3000
    DATABASE_URL=postgres:///bench python -m tests.bench.reviewing --people 8 --seconds 60
    … --bringing 2 --shape said    # while programs bring sessions

Ends with 1 when a budget is exceeded: 250 ms from submit to the next session, 40 ms for a draft, at the 95th percentile.
"""

import argparse
import http.client
import os
import random
import re
import statistics
import sys
import threading
import time
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ.setdefault("REVIEW_DESK_PROCESS", "command")
django.setup()

from django.conf import settings  # noqa: E402
from django.test import Client  # noqa: E402

from config import local_files  # noqa: E402
from config.processes import prepare_static_files  # noqa: E402
from labeling.models import Label, Run, User  # noqa: E402
from labeling.roles import Role  # noqa: E402
from sessions_app.codes import TranscriptState  # noqa: E402
from sessions_app.models import Session  # noqa: E402
from tests.bench.bringing import SHAPES, Bringer  # noqa: E402
from tests.bench.databases import FOLDER  # noqa: E402
from tests.bench.serving import HOST, Here, served  # noqa: E402

BUDGETS = {"open": 250, "draft": 40, "submit and next": 250}
FORM = {"Content-Type": "application/x-www-form-urlencoded", "HX-Request": "true", "Accept-Encoding": "gzip"}


class Reviewer(threading.Thread):
    def __init__(self, port, cookie, run, until, think):
        super().__init__()
        self.connection = http.client.HTTPConnection(HOST, port, timeout=30)
        self.cookie, self.run_, self.until, self.think = cookie, run, until, think
        self.samples = {name: [] for name in BUDGETS}
        self.wrong = []

    def ask(self, name, method, path, body=None, headers=None):
        started = time.perf_counter()
        self.connection.request(method, path, body=body, headers={"Cookie": self.cookie, **(headers or {})})
        answer = self.connection.getresponse()
        text = answer.read()
        self.samples[name].append((time.perf_counter() - started) * 1000)
        if answer.status != 200:
            self.wrong.append((name, answer.status))
        return answer, text

    def pause(self):
        """People do not work in step."""
        time.sleep(self.think / 3 * random.uniform(0.4, 1.6))

    def run(self):
        time.sleep(random.uniform(0, self.think))
        _, page = self.ask("open", "GET", f"/review/r/{self.run_.pk}/s/{self.run_.sessions[0]}/")
        while time.monotonic() < self.until:
            text = page.decode()
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', text).group(1)
            key = re.search(r'name="client_key" value="([^"]+)"', text).group(1)
            session = re.search(r'data-session="(\d+)"', text).group(1)
            headers = FORM | {"X-CSRFToken": token}
            for sequence in (1, 2):
                self.pause()
                typed = {"client_key": key, "draft_revision": "0", "sequence": sequence, "code": "OK", "comments": f"Remark {sequence} on this session."}
                self.ask("draft", "PATCH", f"/labels/{session}/draft/", urlencode(typed), headers)
            self.pause()
            sent = {"client_key": key, "code": "OK", "comments": "Remark 2 on this session.", "run": self.run_.pk, "then": "next"}
            answer, page = self.ask(
                "submit and next", "POST", f"/labels/{session}/", urlencode(sent), {k: v for k, v in headers.items() if k != "Accept-Encoding"}
            )
            if answer.getheader("HX-Redirect"):
                return


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=8)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--bringing", type=int, default=0, help="programs that bring sessions by the API meanwhile")
    parser.add_argument("--shape", choices=SHAPES, default="whole", help="what they bring with each")
    parser.add_argument("--think", type=float, default=2.0, help="seconds a reviewer spends on a session")
    options = parser.parse_args()
    local_files.ensure()
    preparing = prepare_static_files(FOLDER, local_files.STATIC)
    if preparing:
        preparing.wait()
    sessions = list(Session.objects.filter(transcript_state=TranscriptState.HELD).newest_first().values_list("pk", flat=True)[:1000])
    with served(Here()) as server:
        until = time.monotonic() + options.seconds
        people = [Reviewer(server.port, *made(n, sessions), until, options.think) for n in range(options.people)]
        bringers = [Bringer(server.port, until, options.shape) for _ in range(options.bringing)]
        before = Label.objects.count()
        for one in (*people, *bringers):
            one.until = time.monotonic() + options.seconds
            one.start()
        for one in (*people, *bringers):
            one.join()
    failed = False
    for name, budget in BUDGETS.items():
        found = sorted(ms for person in people for ms in person.samples[name])
        p95 = found[int(len(found) * 0.95)]
        failed |= name != "open" and p95 > budget
        sys.stdout.write(
            f"{name}: {len(found)} times, median {statistics.median(found):.0f} ms, p95 {p95:.0f} ms, most {found[-1]:.0f} ms, budget {budget} ms\n"
        )
    for bringer in bringers:
        sys.stdout.write(bringer.told())
    submitted = sum(len(person.samples["submit and next"]) for person in people)
    sys.stdout.write(f"{submitted} submits, {Label.objects.count() - before} labels, other answers: {[one for person in people for one in person.wrong]}\n")
    sys.exit(failed)


def made(n, sessions):
    email = f"bench-reviewer-{n}-{int(time.time())}@example.com"
    person = User.objects.create_user(email, None, name=f"Reviewer {n}", role=Role.REVIEWER, all_agents=True)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    mine = sessions[n * 50 % len(sessions) :] + sessions[: n * 50 % len(sessions)]
    run = Run.objects.create(owner=person, name="All sessions", sessions=mine)
    cookies = [f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"]
    page = client.get(f"/review/r/{run.pk}/s/{mine[0]}/")
    cookies.append(f"{settings.CSRF_COOKIE_NAME}={page.cookies[settings.CSRF_COOKIE_NAME].value}")
    return "; ".join(cookies), run


if __name__ == "__main__":
    main()
