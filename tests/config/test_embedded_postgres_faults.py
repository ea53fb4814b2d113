import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from config.embedded_postgres import places as places_module
from config.embedded_postgres.server import Server
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable
from tests.config.embedded_server import DEBIANS_15, as_root, server_at


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with server_at(tmp_path_factory.mktemp("faults") / "data") as server:
        yield server


@pytest.fixture
def cluster(server):
    """The files of a cluster whose server does not run, and that works again afterwards."""
    server.ensure_running()
    server.stop()
    yield server.places.cluster
    server.ensure_running()
    assert server.is_answering()


@contextmanager
def moved_away(path):
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        aside.rename(path)


def refusal(server):
    with pytest.raises(EmbeddedPostgresUnavailable) as refused:
        server.ensure_running()
    sentence = str(refused.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    return sentence


def test_data_of_another_version_is_left_alone(server, cluster):
    with moved_away(cluster / "PG_VERSION"):
        (cluster / "PG_VERSION").write_text("15\n")
        sentence = refusal(server)

    assert "was made by PostgreSQL 15, this is 18" in sentence
    assert "set EMBEDDED_POSTGRES_BIN to the bin folder of a PostgreSQL 15" in sentence


@pytest.mark.skipif(not DEBIANS_15.exists(), reason="PostgreSQL 15 is not installed")
@pytest.mark.usefixtures("cluster")
def test_other_programs_leave_the_data_alone(server):
    other = Server(server.places.configured, str(DEBIANS_15))

    assert "was made by PostgreSQL 18, this is 15" in refusal(other)
    other.stop_if_unused()


def test_data_without_its_version_is_damaged(server, cluster):
    with moved_away(cluster / "PG_VERSION"):
        sentence = refusal(server)

    assert f"{cluster} is damaged" in sentence
    assert "Nothing was deleted" in sentence


def test_damage_that_postgresql_finds_is_reported_with_the_log(server, cluster):
    with moved_away(cluster / "global" / "pg_control"):
        sentence = refusal(server)

    assert "could not start" in sentence
    assert "pg_control" in sentence
    assert str(server.places.log) in sentence


@pytest.mark.usefixtures("cluster")
def test_bin_folder_without_postgresql_is_named(server, tmp_path):
    broken = Server(server.places.configured, str(tmp_path))

    assert refusal(broken) == (f"{tmp_path} is set as PostgreSQL's bin folder (EMBEDDED_POSTGRES_BIN) but has no postgres and no initdb and no pg_ctl in it.")
    broken.stop_if_unused()


@pytest.mark.usefixtures("cluster")
def test_programs_of_another_platform_are_named(server, tmp_path):
    for name in ("postgres", "initdb", "pg_ctl"):
        (tmp_path / name).write_bytes(b"\x7fELF of another machine")
        (tmp_path / name).chmod(0o755)
    broken = Server(server.places.configured, str(tmp_path))

    assert "cannot be run by" in refusal(broken)
    broken.stop_if_unused()


@pytest.mark.usefixtures("cluster")
def test_missing_package_is_named(server, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(sys, "path", [folder for folder in sys.path if not Path(folder, "embedded_postgres").is_dir()])

        assert "embedded-postgres is not installed" in refusal(server)


@as_root
@pytest.mark.usefixtures("cluster")
def test_root_without_a_stand_in_is_told_so(server, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr("config.embedded_postgres.account.STAND_INS_FOR_ROOT", ("no-such-user",))

        assert "refuses to run as root" in refusal(server)


def test_data_folder_that_is_a_file_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(places_module, "ROOTS_FOLDER", tmp_path / "data")
    (tmp_path / "data").write_text("")

    assert str(tmp_path / "data") in refusal(Server(tmp_path / "data"))


@pytest.fixture
def small_disk():
    disk = Path(tempfile.mkdtemp(prefix="review-desk-test-"))  # below pytest's own folder PostgreSQL could not reach it
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m,mode=755", "tmpfs", disk], check=False)
    if mounted.returncode:
        disk.rmdir()
        pytest.skip("a file system can only be mounted with more rights")
    yield disk
    subprocess.run(["umount", disk], check=True)
    disk.rmdir()


@as_root
def test_full_disk_leaves_nothing_behind_and_the_next_start_works(small_disk, monkeypatch):
    monkeypatch.setattr(places_module, "ROOTS_FOLDER", small_disk)
    server = Server(small_disk / "data")

    try:
        assert "the disk is full" in refusal(server)
        assert not server.places.cluster.exists()
        assert not any(server.places.home.glob("unfinished-*"))

        subprocess.run(["mount", "-o", "remount,size=200m", small_disk], check=True)
        server.ensure_running()
        assert server.is_answering()
    finally:
        server.stop_if_unused()


@as_root
def test_read_only_disk_is_named(small_disk, monkeypatch):
    monkeypatch.setattr(places_module, "ROOTS_FOLDER", small_disk)
    subprocess.run(["mount", "-o", "remount,ro", small_disk], check=True)

    assert "Read-only file system" in refusal(Server(small_disk / "data"))
