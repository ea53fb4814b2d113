import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import suppress

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from config.embedded_postgres import cluster
from tests.config.embedded_server import (
    as_root,
    ask,
    connection_to,
    kill_server,
    postmaster_pid,
    server_at,
    start_program,
    wait_until,
)

SECRET = "my password is swordfish"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with server_at(tmp_path_factory.mktemp("start") / "data") as server:
        yield server


@pytest.fixture
def connection(server, django_db_blocker):
    with django_db_blocker.unblock():
        connection = connection_to(server)
        yield connection
        connection.close()


@pytest.fixture
def stranger(server):
    """A living process of the server's own user that has nothing to do with the server."""
    server.ensure_running()
    owner = server.places.cluster.stat()
    change = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    with subprocess.Popen(["sleep", "60"], **change) as process:
        yield process
        process.kill()


def put_pid(server, pid):
    file = server.places.cluster / "postmaster.pid"
    _, *rest = file.read_text().splitlines()
    file.write_text("\n".join([str(pid), *rest, ""]))


def test_pid_that_now_belongs_to_a_stranger_does_not_prevent_a_start(server, connection, stranger):
    kill_server(server)
    put_pid(server, stranger.pid)

    assert ask(connection, "SELECT 1") == 1
    assert stranger.poll() is None


def test_empty_pid_file_does_not_prevent_a_start(server, connection):
    server.ensure_running()
    kill_server(server)
    (server.places.cluster / "postmaster.pid").write_text("")

    assert ask(connection, "SELECT 1") == 1


def test_query_that_outlives_a_killed_server_does_not_prevent_a_start(server, connection):
    server.ensure_running()
    address = make_conninfo(**server.address, dbname="postgres")

    def be_busy():
        with suppress(psycopg.OperationalError), psycopg.connect(address) as busy:
            busy.execute("SELECT count(*) FROM generate_series(1, 3000000000)")

    thread = threading.Thread(target=be_busy)
    thread.start()
    is_busy = "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE 'SELECT count%generate%'"
    wait_until(lambda: ask(connection, is_busy) >= 1)
    connection.close()
    kill_server(server)

    assert ask(connection, "SELECT 1") == 1
    thread.join(5)
    assert not thread.is_alive()


def test_server_that_lost_its_socket_is_replaced(server, connection, monkeypatch):
    monkeypatch.setattr("config.embedded_postgres.postmaster.SECONDS_OF_SILENCE", 0.5)
    server.ensure_running()
    lost = postmaster_pid(server)
    shutil.rmtree(server.places.run)

    assert ask(connection, "SELECT 1") == 1
    assert postmaster_pid(server) != lost


def test_six_processes_at_once_agree_on_one_server(tmp_path):
    with server_at(tmp_path / "data") as server:
        program = "say(ask('SELECT pg_postmaster_start_time()::text')); sys.stdin.read()"
        racers = [start_program(program, server) for _ in range(6)]
        answers = {racer.stdout.readline() for racer in racers}
        for racer in racers:
            racer.communicate(timeout=30)

    assert len(answers) == 1
    assert answers != {""}
    assert [racer.returncode for racer in racers] == [0] * 6


def test_interrupted_creation_leaves_no_half_cluster(tmp_path):
    with server_at(tmp_path / "data") as server:
        program = start_program("ask('SELECT 1')", server)
        wait_until(lambda: any(server.places.home.glob("unfinished-*/*")))
        program.kill()
        program.communicate()
        assert not server.places.cluster.exists()

        def starts_without_leftovers():
            server.stop()
            server.ensure_running()
            return not any(server.places.home.glob("unfinished-*"))

        wait_until(starts_without_leftovers)  # initdb outlives its parent for a moment and may still write


def test_nothing_that_people_said_reaches_the_log(server, connection):
    ask(connection, "SELECT 1")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE said (words text UNIQUE, number integer)")
        cursor.execute("INSERT INTO said VALUES (%s)", [SECRET])
        for statement in ("INSERT INTO said VALUES (%s)", "SELECT %s::text::integer"):
            with pytest.raises(Exception, match="swordfish"):
                cursor.execute(statement, [SECRET])
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
        subprocess.Popen([sys.executable, "-c", f"import os, time; time.sleep(.3); os.kill({backend}, 9)"])
        with pytest.raises(Exception, match=r"closed|terminat"):
            cursor.execute("SELECT pg_sleep(5), %s", [SECRET])

    wait_until(lambda: "terminated by signal 9" in read_logs(server))
    assert "swordfish" not in read_logs(server)


def read_logs(server):
    return "".join(log.read_text() for log in [*server.places.log.iterdir(), server.places.start_log])


def test_log_of_last_week_is_deleted(server):
    server.ensure_running()
    server.stop()
    old, new = (server.places.log / f"postgresql-{day}.log" for day in ("Old", "New"))
    for log in (old, new):
        log.write_text("")
    a_week_ago = time.time() - 7 * 24 * 3600
    os.utime(old, (a_week_ago, a_week_ago))

    server.ensure_running()

    assert new.exists()
    assert not old.exists()


def test_lasting_change_survives_a_restart(server, connection):
    with connection.cursor() as cursor:
        cursor.execute("ALTER SYSTEM SET work_mem = '7MB'")
    connection.close()
    server.stop()

    assert ask(connection, "SHOW work_mem") == "7MB"


@as_root
def test_link_left_by_the_servers_user_is_replaced_and_not_followed(server, tmp_path):
    server.ensure_running()
    server.stop()
    target = tmp_path / "precious"
    target.write_text("precious")
    configuration = server.places.cluster / "postgresql.conf"
    configuration.unlink()
    configuration.symlink_to(target)

    server.ensure_running()

    assert target.read_text() == "precious"
    assert cluster.SETTINGS["port"] in configuration.read_text()
