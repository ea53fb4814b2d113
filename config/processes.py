"""Web and worker under one command, stopped together."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

from honcho.manager import Manager

HOST = "127.0.0.1"
FIRST_ANSWER_SECONDS = 60
# More threads than may work at once: what is too much is told so by one of them, instead of waiting where nobody counts it.
THREADS = 40
# By itself glibc gives two cores up to sixteen arenas, and what a busy hour leaves in them stays.
ARENAS = {"MALLOC_ARENA_MAX": "2"}


def is_port_free(port: int) -> bool:
    """This will try to take the port: two application servers on one port would both start without a word."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def prepare_static_files(folder: Path, prepared: Path) -> subprocess.Popen[bytes] | None:
    """This will begin to hash and compress the static files, unless that was done since they last changed."""
    sources = [folder / "requirements.txt", *(folder / "static").rglob("*")]
    manifest = prepared / "staticfiles.json"
    if manifest.exists() and manifest.stat().st_mtime > max(file.stat().st_mtime for file in sources):
        return None
    arguments = [sys.executable, "manage.py", "collectstatic", "--noinput", "--clear", "--verbosity", "0"]
    return subprocess.Popen(arguments, cwd=folder, env=_environment("command"))


def run(*, port: int, folder: Path, audit_log: str, when_ready: Callable[[], None]) -> int:
    """This will run until a process ends or somebody presses Ctrl-C, and return the exit code."""
    manager = Manager()
    web = ["-m", "granian", "--interface", "wsgi", "--host", HOST, "--port", str(port), "--workers", "2"]
    web += ["--blocking-threads", str(THREADS)]
    manager.add_process(
        "web",
        # Its only warning is about the number of threads.
        _python(*web, "--respawn-failed-workers", "--no-access-log", "--log-level", "error", "config.wsgi:application"),
        env=_environment("web") | ARENAS | {"AUDIT_LOG": audit_log, "REVIEW_DESK_BOUND_TO": HOST},
        cwd=str(folder),
    )
    manager.add_process("worker", _python("manage.py", "work"), env=_environment("worker") | {"AUDIT_LOG": audit_log}, cwd=str(folder))
    threading.Thread(target=_announce, args=(port, when_ready), daemon=True).start()
    signal.signal(signal.SIGHUP, _end_without_a_terminal)
    manager.loop()
    return manager.returncode or 0


def _python(*arguments: str) -> str:
    return "exec " + shlex.join([sys.executable, *arguments])


def _environment(process: str) -> dict[str, str]:
    return {**os.environ, "REVIEW_DESK_PROCESS": process, "HASHED_STATIC": "1", "PYTHONUNBUFFERED": "1"}


def _end_without_a_terminal(*_: object) -> None:
    """Its window was closed. What it writes there would end this process alone, and leave the others running."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
    os.kill(os.getpid(), signal.SIGTERM)


def _announce(port: int, when_ready: Callable[[], None]) -> None:
    deadline = time.monotonic() + FIRST_ANSWER_SECONDS
    while time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{port}/healthz", timeout=1):
                when_ready()
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
