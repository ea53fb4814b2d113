import os
import stat
from pathlib import Path

import pytest

from config.embedded_postgres.account import Account
from config.embedded_postgres.places import LONGEST_SOCKET, PORT, ROOTS_FOLDER, Places, make_private_folder
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable
from tests.config.embedded_server import as_root

MYSELF = Account(os.geteuid(), os.getegid())


@pytest.fixture
def as_ordinary_user(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1234)


def test_places_follow_from_the_path_alone(tmp_path):
    beside = tmp_path / "other" / ".." / "data"

    assert Places.of(tmp_path / "data") == Places.of(str(beside))
    assert Places.of(tmp_path / "data").run != Places.of(tmp_path / "data2").run


@pytest.mark.usefixtures("as_ordinary_user")
def test_socket_lies_in_the_data_folder_when_its_path_is_short():
    places = Places.of('/srv/it\'s a "desk"/data')

    assert places.home == Path('/srv/it\'s a "desk"/data')
    assert places.run == places.home / "run"


@pytest.mark.usefixtures("as_ordinary_user")
@pytest.mark.parametrize("folder", ["/srv/" + "long" * 25, "/srv/a,b", "/srv/a\\b", "/srv/a\nb", "/srv/" + "é" * 45])
def test_socket_lies_in_tmp_when_the_data_folder_cannot_hold_it(folder):
    run = Places.of(folder).run

    assert str(run).startswith("/tmp/review-desk-1234-")
    assert len(f"{run}/.s.PGSQL.{PORT}") <= LONGEST_SOCKET


@as_root
def test_roots_data_is_where_other_users_can_reach_it(tmp_path):
    places = Places.of(tmp_path / ("data" * 50))

    assert places.home.parent == ROOTS_FOLDER
    assert places.run == places.home / "run"


@as_root
def test_note_in_the_configured_folder_names_the_place_of_roots_data(tmp_path, monkeypatch):
    monkeypatch.setattr("config.embedded_postgres.places.ROOTS_FOLDER", tmp_path / "var")
    places = Places.of(tmp_path / "clone" / "data")

    places.make_home()
    places.make_home()

    assert str(places.home) in (tmp_path / "clone" / "data" / "WHERE-THE-DATA-IS.txt").read_text()


def test_private_folder_is_closed_to_others(tmp_path):
    tmp_path.joinpath("run").mkdir(mode=0o755)

    make_private_folder(tmp_path / "run", MYSELF)

    assert stat.S_IMODE((tmp_path / "run").stat().st_mode) == 0o700


def test_link_in_place_of_a_private_folder_is_refused(tmp_path):
    tmp_path.joinpath("real").mkdir()
    tmp_path.joinpath("run").symlink_to(tmp_path / "real")

    with pytest.raises(EmbeddedPostgresUnavailable, match="belongs to somebody else"):
        make_private_folder(tmp_path / "run", MYSELF)


def test_private_folder_of_somebody_else_is_refused(tmp_path):
    tmp_path.joinpath("run").mkdir()

    with pytest.raises(EmbeddedPostgresUnavailable, match="belongs to somebody else"):
        make_private_folder(tmp_path / "run", Account(os.geteuid() + 1, os.getegid()))
