"""Simulated reviewers: each looks at the list, opens a session, types a comment that is saved four times, submits, and gets the next."""

import random
import re
import time
from urllib.parse import urlencode

from django.conf import settings
from django.test import Client

from labeling.models import Run, User
from labeling.roles import Role
from sessions_app.codes import TranscriptState
from sessions_app.models import Session
from tests.load.wire import Connection

LISTS = ("/sessions/", "/sessions/?label=none", "/sessions/?label=BAD", "/review/")
FORM = "Content-Type: application/x-www-form-urlencoded\r\nHX-Request: true\r\n"
RUN = 400
STEPS = ("list", "open", "draft", "draft", "draft", "draft", "submit and next", "beat")
# Everybody begins somewhere else, else all type in the same seconds and all submit in the same seconds.
BEGINNINGS = [place for place, step in enumerate(STEPS) if step != "open"]


class Reviewer:
    def __init__(self, number, port, cookie, run):
        self.number, self.cookie, self.run = number, cookie, run
        self.connection = Connection(port)
        self.place, self.sequence, self.form = random.Random(number).choice(BEGINNINGS), 0, None

    @property
    def step(self):
        """Without a session open there is nothing to type into."""
        return "open" if self.form is None and STEPS[self.place] in ("draft", "submit and next") else STEPS[self.place]

    async def work(self):
        """This will do the next step and return the status of its answer."""
        step = self.step
        status, body = await self._do(step)
        if status == 200 and step in ("open", "submit and next"):
            self._read(body.decode())
        if status < 400 and step == STEPS[self.place]:
            self.place = (self.place + 1) % len(STEPS)
            if self.step == "open" and self.form:
                # The next one came with the answer to the last; only now and then somebody reloads.
                self.place += 0 if self.number % 4 == 0 else 1
        return status

    async def _do(self, step):
        ask = self.connection.ask
        if step == "list":
            return await ask("GET", LISTS[self.number % len(LISTS)], self.cookie)
        if step == "beat":
            return await ask("GET", "/activity/", self.cookie, headers="X-Background: 1\r\n")
        if step == "open":
            return await ask("GET", f"/review/r/{self.run.pk}/s/{self.form['session'] if self.form else self.run.sessions[0]}/", self.cookie)
        headers = f"{FORM}X-CSRFToken: {self.form['token']}\r\n"
        if step == "draft":
            self.sequence += 1
            typed = {"client_key": self.form["key"], "draft_revision": "0", "sequence": self.sequence, "code": "OK", "comments": f"Remark {self.sequence}."}
            return await ask("PATCH", f"/labels/{self.form['session']}/draft/", self.cookie, body=urlencode(typed), headers=headers)
        sent = {"client_key": self.form["key"], "code": "OK", "comments": "A remark on this session.", "run": self.run.pk, "then": "next"}
        return await ask("POST", f"/labels/{self.form['session']}/", self.cookie, body=urlencode(sent), headers=headers)

    def _read(self, page):
        found = {
            "token": re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page),
            "key": re.search(r'name="client_key" value="([^"]+)"', page),
            "session": re.search(r'data-session="(\d+)"', page),
        }
        if all(found.values()):
            self.form, self.sequence = {name: one[1] for name, one in found.items()}, 0


def make_people(count, port):
    """This will make reviewers who are signed in, each with an order of sessions of their own: as on most desks, few sessions are judged twice."""
    sessions = list(Session.objects.filter(transcript_state=TranscriptState.HELD).newest_first().values_list("pk", flat=True)[:20_000])
    stamp, people = int(time.time()), []
    token = "a" * 32
    for number in range(count):
        email = f"load-{stamp}-{number}@example.com"
        person = User.objects.create_user(email, None, name=f"Reviewer {number}", role=Role.REVIEWER, all_agents=True)
        client = Client(HTTP_HOST="127.0.0.1")
        client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
        begin = number * len(sessions) // count
        run = Run.objects.create(owner=person, name="All sessions", sessions=(sessions[begin:] + sessions[:begin])[:RUN])
        cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}; {settings.CSRF_COOKIE_NAME}={token}"
        people.append(Reviewer(number, port, cookie, run))
    return people
