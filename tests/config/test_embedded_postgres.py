import stat
from pathlib import Path
from time import monotonic

import pytest
from django.db import connections
from django.db.utils import OperationalError
from procrastinate.contrib.django.utils import connector_params

from tests.config.embedded_server import (
    DEBIANS_15,
    ask,
    connection_to,
    kill_server,
    run_program,
    server_at,
    wait_until,
)

POOL = {"min_size": 1, "max_size": 4, "timeout": 3}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with server_at(tmp_path_factory.mktemp("backend") / 'it\'s a "data" $folder') as server:
        yield server


@pytest.fixture
def connect(server, django_db_blocker):
    opened = []

    def connect(**settings):
        opened.append(connection_to(server, **settings))
        return opened[-1]

    with django_db_blocker.unblock():
        yield connect
        for connection in opened:
            connection.close()
            connection.close_pool()


def test_first_query_starts_the_server_and_creates_the_database(server, connect):
    connection = connect()

    assert ask(connection, "SELECT current_database()") == "review_desk"
    assert ask(connection, "SELECT current_user") == "review_desk"


def test_text_beyond_ascii_has_upper_case_and_sorts_by_code_point(connect):
    connection = connect()

    assert ask(connection, "SHOW server_encoding") == "UTF8"
    assert ask(connection, "SELECT upper('é')") == "É"
    assert ask(connection, "SELECT 'Z' < 'a'") is True


def test_only_the_owner_of_the_socket_folder_can_connect(server, connect):
    connection = connect()

    assert ask(connection, "SHOW listen_addresses") == ""
    folder = server.places.run.stat()
    assert stat.S_IMODE(folder.st_mode) == 0o700
    assert folder.st_uid == server.places.cluster.stat().st_uid


def test_labels_are_written_to_disk(connect):
    connection = connect()

    for name in ("fsync", "synchronous_commit", "full_page_writes", "data_checksums"):
        assert ask(connection, f"SHOW {name}") == "on"


def test_missing_database_of_another_name_is_not_created(connect):
    connection = connect()
    connection.settings_dict["NAME"] = "not_ours"

    with pytest.raises(OperationalError, match="does not exist"):
        connection.ensure_connection()


def test_test_database_is_created_cloned_and_destroyed(connect):
    connection = connect()
    with connection._nodb_cursor() as cursor:
        cursor.execute("CREATE DATABASE test_one")
    connection.settings_dict["NAME"] = "test_one"

    connection.creation.clone_test_db(suffix="2", verbosity=0)
    connection.creation.destroy_test_db(None, verbosity=0, suffix="2")

    with connection._nodb_cursor() as cursor:
        names = cursor.execute("SELECT datname FROM pg_database").fetchall()
        cursor.execute("DROP DATABASE test_one")
    assert ("test_one",) in names
    assert ("test_one_2",) not in names


def test_query_after_a_crash_starts_the_server_again(server, connect):
    connection = connect()
    ask(connection, "SELECT 1")
    connection.close()
    kill_server(server)

    begun = monotonic()
    assert ask(connection, "SELECT 1") == 1
    assert monotonic() - begun < 4


def test_pool_heals_after_a_crash(server, connect):
    connections = [connect(pool=POOL) for _ in range(4)]
    processes = [ask(each, "SELECT pg_backend_pid()") for each in connections]
    for each in connections:
        each.close()
    kill_server(server)
    wait_until(lambda: not any(Path(f"/proc/{pid}/cwd").exists() for pid in processes))

    begun = monotonic()
    assert ask(connections[0], "SELECT 1") == 1
    assert monotonic() - begun < 4


def test_pool_creates_the_database_too(server, connect):
    connection = connect(name="by_a_pool", pool=True)

    assert ask(connection, "SELECT current_database()") == "by_a_pool"


def test_busy_pool_refuses_after_its_own_timeout(server, connect):
    small = {"min_size": 1, "max_size": 1, "timeout": 0.5}
    ask(connect(pool=small), "SELECT 1")
    beside = connect(pool=small)

    begun = monotonic()
    with pytest.raises(OperationalError):
        ask(beside, "SELECT 1")
    assert monotonic() - begun < 1


def test_job_queue_connects_with_the_same_parameters(server, connect, monkeypatch):
    monkeypatch.setattr(connections._connections, "default", connect(), raising=False)

    parameters = connector_params()

    assert parameters["host"] == str(server.places.run)
    assert (parameters["dbname"], parameters["user"]) == ("review_desk", "review_desk")


def test_dbshell_starts_the_server_and_creates_the_database(server):
    server.stop()

    words = run_program("connection.client.runshell(['-Atc', 'SELECT current_database()'])", server)

    assert words == "review_desk"


@pytest.mark.skipif(not DEBIANS_15.exists(), reason="PostgreSQL 15 is not installed")
def test_another_postgresql_serves_when_configured(tmp_path, django_db_blocker):
    with server_at(tmp_path / "data", str(DEBIANS_15)) as server, django_db_blocker.unblock():
        connection = connection_to(server)

        assert ask(connection, "SHOW server_version").startswith("15.")
        assert ask(connection, "SELECT upper('é')") == "É"
        connection.close()
