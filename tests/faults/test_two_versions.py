"""Two versions of the code on one schema: what a release added is not in the way of the one that still serves, and no label is lost between them."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.db import connection
from django.utils import timezone

from labeling.models import Export, Label
from labeling.models.export import ExportState
from labeling.operations.api_keys import create_api_key
from labeling.roles import Role
from sessions_app.models import Session
from tests.factories import UserFactory
from tests.faults.killing import ROOT
from tests.faults.test_database import check_nothing_lost
from tests.faults.test_queues import filled_queue
from tests.faults.test_worker import tasks, url, wait_until, worker
from tests.faults.web import Web, Worker, headers_of
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")]
# The last version before the newest migration, until there is a release to take.
FORMER = "5eea25b"
PEOPLE, SECONDS = 3, 4
A_DAY = timedelta(days=1)
# More than it takes a statement to be prepared on each connection.
TURNS = 12


def git(*words):
    return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()


def is_there(commit):
    try:
        return git("cat-file", "-t", commit) == "commit"
    except (OSError, subprocess.CalledProcessError):
        return False


@pytest.fixture
def former(tmp_path):
    """The code of the last release, or of the commit above."""
    if not is_there(FORMER):
        # Where releases are checked, not to try it is a failure.
        (pytest.fail if "CI" in os.environ else pytest.skip)("THE FORMER VERSION WAS NOT TRIED: this checkout has no history. Clone the whole repository.")
    version = (git("tag", "--list", "v*", "--merged", "HEAD^", "--sort=-version:refname").splitlines() or [FORMER])[0]
    git("worktree", "add", "--detach", str(tmp_path / "former"), version)
    yield tmp_path / "former"
    git("worktree", "remove", "--force", str(tmp_path / "former"))


def test_the_former_version_serves_beside_this_one_on_this_schema_and_each_does_the_jobs_of_the_other(former, tmp_path):
    queue, until = filled_queue(600), threading.Event()
    # An embedded server keeps its data beside the code, so the other code is told where this one's is.
    with Web(root=former, DATABASE_URL=url()) as before, Web() as now:
        workers = [Worker(web, person, queue, until) for web in (before, now) for person in UserFactory.create_batch(PEOPLE)]
        for one in workers:
            one.start()
        time.sleep(SECONDS)
        until.set()
        for one in workers:
            one.join()
        check_nothing_lost(workers, queue)
        assert all(one.acknowledged for one in workers)

        assert use(before, 5) == []
        assert use(now, 5) == []
    for asks, does in ((ROOT, former), (former, ROOT)):
        ask_for_an_export(asks)
        # Not where the former version's code lies: workers clear away what they do not know in the folder of exports.
        with worker(tmp_path / "exports", root=does):
            wait_until(lambda: not tasks("todo", "doing"))
    assert tasks("failed") == []
    assert Export.objects.filter(state=ExportState.READY).count() == 2
    check_everything_derived()


def test_this_version_serves_while_the_next_one_expands_the_schema():
    filled_queue(TURNS)
    with Web() as web:
        # Until every connection has prepared what it asks again and again.
        assert use(web, TURNS) == []
        with expanded():
            assert use(web, TURNS) == []
    check_everything_derived()


def ask_for_an_export(root):
    """This will put a job into the queue with the code in `root`."""
    person = UserFactory(role=Role.MANAGER, all_agents=True)
    said = f"from labeling.operations.exports import request_export as ask; from labeling.models import User; by = User.objects.get(pk={person.pk})"
    asked = "ask(by=by, format='csv', columns=['session_id'], query='', base='http://localhost')"
    told = os.environ | {"DATABASE_URL": url(), "REVIEW_DESK_PROCESS": "command"}
    subprocess.run([sys.executable, "manage.py", "shell", "--command", f"{said}; {asked}"], cwd=root, env=told, check=True, capture_output=True)


@contextmanager
def expanded():
    """What a migration may do before the code is replaced: in each table columns that may be empty or have a default, and a new table."""
    tables = {model._meta.db_table for model in apps.get_models(include_auto_created=True) if model._meta.app_label in ("labeling", "sessions_app")}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ADD COLUMN of_the_next text, ADD COLUMN counted_by_the_next integer NOT NULL DEFAULT 0')
        cursor.execute("CREATE TABLE labeling_of_the_next (id bigint PRIMARY KEY, session_id bigint REFERENCES sessions_app_session)")
        cursor.execute("CREATE INDEX CONCURRENTLY of_the_next ON labeling_label (counted_by_the_next)")
        try:
            yield
        finally:
            cursor.execute("DROP TABLE labeling_of_the_next")
            for table in tables:
                cursor.execute(f'ALTER TABLE "{table}" DROP COLUMN of_the_next, DROP COLUMN counted_by_the_next')


def use(web, turns):
    """This will take the main ways through the application, again and again, and return every answer that does not belong there."""
    person = UserFactory(role=Role.ADMIN)
    headers = headers_of(person)
    _, key = create_api_key(user=person, name="script", scopes=["sessions:read", "sessions:write"], expires_at=timezone.now() + A_DAY, by=None)
    by_key = {"Syllable-API-Key": key, "Content-Type": "application/json"}
    wrong = []
    for number, pk in enumerate(Session.objects.order_by("pk").values_list("pk", flat=True)[:turns]):
        label = urlencode({"code": "GOOD", "client_key": f"two-versions-{person.pk}-{pk}"})
        record = {"timestamp": "2026-03-02T15:14:00Z", "session_id": f"call-{person.pk}-{number}", "agent_name": "Northlake"}
        asked = [
            ("GET", "/sessions/?channel=voice", "", headers, 200),
            ("GET", f"/sessions/{pk}/", "", headers, 200),
            ("POST", f"/labels/{pk}/", label, headers, 302),
            ("POST", "/sessions/export/?channel=voice", urlencode({"format": "csv", "columns": "session_id"}), headers, 200),
            ("POST", "/api/desk/v1/sessions", json.dumps({"source": "Other platform", "sessions": [record]}), by_key, 200),
            ("GET", "/api/v1/sessions/?limit=5", "", by_key, 200),
        ]
        for method, path, sent, told, expected in asked:
            status, _, said = web.ask(path, method=method, sent=sent, headers=told)
            if status != expected:
                wrong.append((method, path, status, said[:300]))
    assert Label.objects.filter(rater__user=person).count() == turns
    assert Export.objects.filter(created_by=person).count() == turns
    assert Session.objects.filter(external_id__startswith=f"call-{person.pk}-").count() == turns
    return wrong
