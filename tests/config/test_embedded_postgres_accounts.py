import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path

import pytest

from config.embedded_postgres import binaries
from config.embedded_postgres.binaries import find_programs
from config.embedded_postgres.server import Server
from tests.config.embedded_server import as_root, run_program, server_at

# The interpreter and its packages may lie in a folder that is closed to the ordinary user, so the process imports what
# it needs while it is still root, in a child that then gives up root for good.
AS_NOBODY = """
import encodings.idna, multiprocessing.util, psycopg, psycopg.types.json, uuid, zoneinfo
from config.embedded_postgres.base import DatabaseWrapper
connection.ops, connection.introspection
os.setgroups([]); os.setgid({gid}); os.setuid({uid})
os.environ["HOME"] = "/nonexistent"
from django.db import ConnectionHandler
connection = ConnectionHandler({{"default": {{"ENGINE": "config.embedded_postgres", "NAME": "review_desk",
    "EMBEDDED": {{"DATA": "{data}", "BIN": "{programs}"}}, "OPTIONS": {{}}}}}})["default"]
"""


@pytest.fixture
def open_folder():
    """A folder that everybody reaches, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="review-desk-test-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def nobodys(open_folder):
    entry = pwd.getpwnam("nobody")
    folder = open_folder / "home of nobody"
    folder.mkdir(mode=0o700)
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return folder


def copy_package(target):
    package = find_programs("").parents[1]
    for source in (package, package.with_name("embedded_postgres.libs")):
        shutil.copytree(source, target / source.name, ignore=shutil.ignore_patterns("include"))


@pytest.fixture
def run_as_nobody(open_folder):
    entry = pwd.getpwnam("nobody")
    copy_package(open_folder / "programs")
    programs = open_folder / "programs" / "embedded_postgres" / "pginstall" / "bin"

    def run(text, data):
        first = AS_NOBODY.format(uid=entry.pw_uid, gid=entry.pw_gid, data=data, programs=programs)
        return run_program(first + text, Server(data.with_name("unused")))

    return run


@as_root
def test_ordinary_user_has_everything_in_the_data_folder(nobodys, run_as_nobody):
    words = run_as_nobody(
        """
say(ask("SELECT current_database()"), connection.settings_dict["HOST"])
os.kill(int((connection.server.places.cluster / "postmaster.pid").read_text().split()[0]), 9)
connection.close()
say(ask("SELECT 2"))
""",
        nobodys / "data",
    )

    assert words.splitlines() == [f"review_desk {nobodys}/data/run", "2"]
    owners = {path.lstat().st_uid for path in nobodys.rglob("*")}
    assert owners == {pwd.getpwnam("nobody").pw_uid}
    assert not (nobodys / "data" / "cluster" / "postmaster.pid").exists()


@as_root
def test_ordinary_user_with_a_long_path_connects_through_tmp(nobodys, run_as_nobody):
    words = run_as_nobody('ask("SELECT 1"); say(connection.settings_dict["HOST"])', nobodys / ("long" * 25))

    run = Path(words)
    assert str(run).startswith(f"/tmp/review-desk-{pwd.getpwnam('nobody').pw_uid}-")
    assert stat.S_IMODE(run.stat().st_mode) == 0o700
    shutil.rmtree(run)


@as_root
def test_read_only_folder_is_named_to_an_ordinary_user(open_folder, run_as_nobody):
    words = run_as_nobody(
        """
try:
    ask("SELECT 1")
except Exception as error:
    say(type(error).__name__, error)
""",
        open_folder / "data",
    )

    sentence = f"The embedded PostgreSQL cannot use {open_folder}/data: Permission denied."
    assert words == f"EmbeddedPostgresUnavailable {sentence}"


@as_root
def test_programs_in_a_closed_folder_are_copied_once(tmp_path, open_folder, monkeypatch):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    copy_package(closed)
    monkeypatch.syspath_prepend(closed)
    monkeypatch.setattr(binaries, "ROOTS_FOLDER", open_folder)

    with server_at(tmp_path / "first") as first, server_at(tmp_path / "second") as second:
        first.ensure_running()
        second.ensure_running()

        assert first.is_answering()
        assert second.is_answering()
    (copy,) = open_folder.iterdir()
    assert copy.name.startswith("binaries-18.")
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@as_root
def test_roots_server_runs_as_its_stand_in(tmp_path):
    with server_at(tmp_path / "data") as server:
        server.ensure_running()

        pid = int((server.places.cluster / "postmaster.pid").read_text().split()[0])
        assert os.stat(f"/proc/{pid}").st_uid == server.places.cluster.stat().st_uid != 0


def test_programs_in_a_folder_that_the_shell_would_misread_are_copied(tmp_path, open_folder, monkeypatch):
    odd = tmp_path / 'a "quoted" $HOME'
    copy_package(odd)
    monkeypatch.syspath_prepend(odd)
    monkeypatch.setattr(binaries, "ROOTS_FOLDER", open_folder)
    monkeypatch.setattr(binaries, "SHORT_FOLDER", open_folder)

    with server_at(tmp_path / "data") as server:
        server.ensure_running()

        assert server.is_answering()
