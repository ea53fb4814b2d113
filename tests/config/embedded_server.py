"""Embedded servers for tests: each on a data folder of its own, and gone afterwards."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest
from django.contrib.postgres.signals import register_type_handlers
from django.db import ConnectionHandler
from django.db.backends.signals import connection_created

from config.embedded_postgres.base import DatabaseWrapper
from config.embedded_postgres.server import Server

ROOT = Path(__file__).parents[2]
DEBIANS_15 = Path("/usr/lib/postgresql/15/bin")

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do this")

USES_THE_SERVER = """
import os, sys, time
import django
from django.conf import settings
settings.configure(USE_TZ=True, DATABASES={"default": {
    "ENGINE": "config.embedded_postgres", "NAME": "review_desk", "EMBEDDED": {"DATA": sys.argv[1]}}})
django.setup()
from django.db import connection
def ask(question):
    with connection.cursor() as cursor:
        return cursor.execute(question).fetchone()[0]
def say(*words):
    print(*words, flush=True)
"""


@contextmanager
def server_at(data: Path, bin_folder: str = "") -> Iterator[Server]:
    server = Server.for_settings({"EMBEDDED": {"DATA": data, "BIN": bin_folder}})
    # It asks the database in the settings about its types, whichever database was connected to.
    was_connected = connection_created.disconnect(register_type_handlers)
    try:
        yield server
    finally:
        if was_connected:
            connection_created.connect(register_type_handlers)
        server.stop_if_unused()
        server.stop()
        if server.places.home != server.places.configured:
            shutil.rmtree(server.places.home, ignore_errors=True)
        shutil.rmtree(server.places.run, ignore_errors=True)


def connection_to(server: Server, name: str = "review_desk", **options: Any) -> DatabaseWrapper:
    embedded = {"DATA": server.places.configured, "BIN": server.bin_folder}
    entry = {"ENGINE": "config.embedded_postgres", "NAME": name, "EMBEDDED": embedded, "OPTIONS": options}
    connection = ConnectionHandler({"default": entry})["default"]
    assert isinstance(connection, DatabaseWrapper)
    return connection


def ask(connection: DatabaseWrapper, question: str) -> Any:
    with connection.cursor() as cursor:
        return cursor.execute(question).fetchone()[0]


def postmaster_pid(server: Server) -> int:
    return int((server.places.cluster / "postmaster.pid").read_text().split()[0])


def kill_server(server: Server) -> None:
    os.kill(postmaster_pid(server), 9)
    wait_until(lambda: not server.is_answering())


def wait_until(is_so: Callable[[], bool], seconds: float = 10) -> None:
    end = monotonic() + seconds
    while not is_so():
        assert monotonic() < end, "it never came true"
        sleep(0.02)


def start_program(text: str, server: Server) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", USES_THE_SERVER + text, server.places.configured],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip


def run_program(text: str, server: Server) -> str:
    with start_program(text, server) as program:
        words, _ = program.communicate(timeout=60)
    assert program.returncode == 0, words
    return words.strip()
