"""From a fresh copy to a served page: the one command, and the plain Django way."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from functools import partial
from pathlib import Path

import pytest

from config.embedded_postgres.places import Places

ROOT = Path(__file__).resolve().parent.parent.parent
WAIT_SECONDS = 90


@pytest.fixture
def copy():
    """A copy of the code in a folder with a space in its name, without data; short, because a socket's path must be."""
    folder = Path(tempfile.mkdtemp(prefix="review desk "))
    folder.chmod(0o755)
    for name in ("config", "labeling", "sessions_app", "templates", "static", "manage.py", "requirements.txt"):
        source = ROOT / name
        (shutil.copytree if source.is_dir() else shutil.copy)(source, folder / name)
    # Another test makes demo data of the usual size, and looks at it.
    seeding = folder / "labeling" / "demo" / "seeding.py"
    usual = seeding.read_text()
    seeding.write_text(usual.replace("DEMO_SESSIONS = 2_500", "DEMO_SESSIONS = 100"))
    assert seeding.read_text() != usual
    yield folder
    # Under root the data lies elsewhere.
    shutil.rmtree(Places.of(folder / ".data" / "postgres").home, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def command(folder, *arguments):
    kept = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DJANGO_SETTINGS_MODULE")}
    # Whoever runs the tests in the background lets them ignore Ctrl-C, and their children with them.
    hears_ctrl_c = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    return {"args": [sys.executable, "manage.py", *arguments], "cwd": folder, "env": kept, "preexec_fn": hears_ctrl_c}


def fetch(port, path):
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
                return answer.status, answer.read().decode()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def processes_of(folder):
    """Whatever runs with the copy's path, or its database's data, in its command line or as its place."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace") + os.readlink(process / "cwd")
        except OSError:
            continue
        if str(folder) in words and int(process.name) != os.getpid():
            found.append(words)
    return found


def wait_until_gone(folder):
    deadline = time.monotonic() + 15
    while processes_of(folder) and time.monotonic() < deadline:
        time.sleep(0.1)
    return processes_of(folder)


def stop(process):
    process.send_signal(signal.SIGINT)
    return process.wait(timeout=30)


def test_up_serves_the_first_page_and_leaves_nothing_running(copy, port):
    with (copy / "log").open("w") as log:
        process = subprocess.Popen(**command(copy, "up", "--port", str(port)), stdout=log, stderr=log)
    try:
        status, page = fetch(port, "/accounts/login/")
        stylesheet = re.search(r'href="(/static/css/app\.[0-9a-f]+\.css)"', page)[1]
        assert (status, fetch(port, stylesheet)[0]) == (200, 200)
        assert fetch(port, "/readyz")[1] == '{"database": true, "migrations": true, "worker": true}'
    finally:
        code = stop(process)

    words = (copy / "log").read_text()
    assert code == 0, words
    assert len(re.findall(r"@example\.com +\S{12,}", words)) == 4
    assert "Traceback" not in words
    assert '{"id"' not in words, "The lines of the audit are in a file, not among what is to be read."
    assert wait_until_gone(copy) == []


def test_migrate_and_runserver_serve_the_first_page_and_leave_nothing_running(copy, port):
    subprocess.run(**command(copy, "migrate", "--verbosity", "0"), check=True, timeout=WAIT_SECONDS)
    with (copy / "log").open("w") as log:
        process = subprocess.Popen(**command(copy, "runserver", f"127.0.0.1:{port}"), stdout=log, stderr=log, start_new_session=True)
    try:
        status, page = fetch(port, "/accounts/login/")
        assert (status, fetch(port, re.search(r'href="(/static/css/app\.css)"', page)[1])[0]) == (200, 200)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=30)

    assert wait_until_gone(copy) == []
