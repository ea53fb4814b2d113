"""A backup of a real database, restored by PostgreSQL's own programs: everything is there again, or nothing is."""

import os
import re
import secrets
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from psycopg import sql

from config.embedded_postgres.places import Places
from labeling.backups import making, restoring
from labeling.backups.fingerprints import differences, take_fingerprint
from labeling.backups.places import Place
from labeling.models import BackupCheck, Label
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from sessions_app.codes import RecordingState
from sessions_app.models import Session
from tests.factories import RecordingFactory, SessionFactory, TranscriptFactory
from tests.repetitions import is_long

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not is_long(), reason="TRUST=1 runs it")]
PASSPHRASE = "correct horse battery staple"


@pytest.fixture(autouse=True)
def folders(settings, tmp_path):
    settings.BACKUP_DIR, settings.RECORDING_DIR, settings.BACKUP_PASSPHRASE = tmp_path / "backups", tmp_path / "recordings", PASSPHRASE
    settings.BACKUP_DIR.mkdir()
    settings.RECORDING_DIR.mkdir()
    return settings.BACKUP_DIR


@pytest.fixture
def labels(reviewer, agent, settings):
    """Three labels, with words that no plain file may hold, and one recording with its file."""
    for number in range(3):
        session = SessionFactory(seen_agent=agent)
        TranscriptFactory(session=session)
        submit_label(session_id=session.pk, rater=rater_of(user=reviewer), code="BAD", comment="Häßlich “quoted” \\ and\nlines", client_key=f"backup-{number}")
    RecordingFactory(session=session, state=RecordingState.HELD, file="a" * 43, size=4)
    (settings.RECORDING_DIR / ("a" * 43)).write_bytes(b"RIFF")


@pytest.fixture
def empty():
    """An empty database on the same server, made by template0."""
    name = f"test_restored_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    yield Place.ours().named(name)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def into(monkeypatch):
    """What `restore` takes for the database of the settings."""
    return lambda place: monkeypatch.setattr("labeling.backups.restoring.Place.ours", lambda: place)


def backup(capsys):
    call_command("backup")
    return capsys.readouterr().out.splitlines()[0]


def fingerprint(place):
    with closing(place.connect()) as reader, reader.cursor() as cursor:
        return take_fingerprint(cursor)


def tables(place):
    with closing(place.connect()) as reader:
        return reader.execute("SELECT count(*) FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace").fetchone()[0]


def test_everything_comes_back_and_only_its_owner_reads_the_file(labels, empty, into, capsys):
    path = backup(capsys)
    before = fingerprint(Place.ours())
    ours = Place.ours()
    into(empty)

    call_command("restore", path)

    assert differences(before, fingerprint(empty)) == []
    assert before["tables"][Label._meta.db_table][0] == 3
    assert oct(os.stat(path).st_mode & 0o777) == "0o600"
    assert "lich" not in Path(path).read_bytes().decode("latin-1")
    assert "replay_erasures" in capsys.readouterr().out
    assert ours != empty
    # What guards facts is there too.
    with closing(empty.connect()) as there, pytest.raises(psycopg.Error, match="Cannot update"):
        there.execute("UPDATE labeling_label SET comment = ''")


def test_the_embedded_database_is_made_again_where_its_folder_is_gone(labels, tmp_path, settings, capsys):
    path = backup(capsys)
    data = tmp_path / "pg"
    gone = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE"}
    kept = {name: value for name, value in os.environ.items() if name not in gone}
    surroundings = kept | {"EMBEDDED_DATA": str(data), "BACKUP_PASSPHRASE": PASSPHRASE, "RECORDINGS": str(settings.RECORDING_DIR)}
    try:
        first, second = (
            subprocess.run([sys.executable, "manage.py", "restore", path], cwd=settings.BASE_DIR, env=surroundings, capture_output=True, text=True)
            for _ in range(2)
        )
    finally:
        shutil.rmtree(Places.of(data).home, ignore_errors=True)

    assert "Restored as of" in first.stdout, first.stderr
    assert second.returncode == 1
    assert f"move the folder {Places.of(data).home} away" in second.stderr


def test_open_sign_ins_are_in_no_backup(labels, empty, into, client, reviewer, capsys):
    client.force_login(reviewer)
    path = backup(capsys)
    into(empty)

    call_command("restore", path)

    with closing(empty.connect()) as there:
        assert there.execute("SELECT count(*) FROM django_session").fetchone() == (0,)


def test_a_database_that_is_not_empty_is_left_alone(labels, into, capsys):
    path = backup(capsys)
    before = fingerprint(Place.ours())

    with pytest.raises(CommandError, match="is not empty"):
        call_command("restore", path)

    assert differences(before, fingerprint(Place.ours())) == []


def test_a_damaged_file_changes_nothing(labels, empty, into, capsys, settings):
    path = backup(capsys)
    whole = Path(path).read_bytes()
    into(empty)

    for damaged, words in ((whole[:-1], "cut off"), (whole[:-300] + b"x" + whole[-299:], "damaged")):
        Path(path).write_bytes(damaged)
        with pytest.raises(CommandError, match=words):
            call_command("restore", path)
    Path(path).write_bytes(whole)
    settings.BACKUP_PASSPHRASE = "another passphrase than that"
    with pytest.raises(CommandError, match="passphrase is wrong"):
        call_command("restore", path)

    assert tables(empty) == 0


def test_a_restore_that_fails_on_the_way_leaves_nothing(labels, empty, into, capsys):
    path = backup(capsys)
    into(empty)
    with closing(empty.connect(autocommit=True)) as there:
        # A server that refuses the last thing of all.
        there.execute("CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no keys today'; END $$")
        there.execute("CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION refuse()")

    with pytest.raises(CommandError, match="pg_restore: error"):
        call_command("restore", path)

    assert tables(empty) == 0


def test_keys_and_recordings_that_are_missing_are_named(labels, empty, into, capsys, settings):
    path = backup(capsys)
    into(empty)
    settings.SEALING_KEYS = ["not the one it was"]
    (settings.RECORDING_DIR / ("a" * 43)).write_bytes(b"RIFX")

    call_command("restore", path)

    said = capsys.readouterr().err
    assert "SEALING_KEY is not the one" in said
    assert "1 of 1 recordings" in said


def test_a_backup_is_of_one_moment(labels, empty, into, capsys, monkeypatch, agent):
    """What is written while it is made is in neither the dump nor the numbers."""
    taken = making.take_fingerprint

    def late(cursor):
        SessionFactory(seen_agent=agent)
        return taken(cursor)

    monkeypatch.setattr(making, "take_fingerprint", late)
    path = backup(capsys)
    into(empty)
    call_command("restore", path)

    assert Session.objects.count() == 4
    assert fingerprint(empty)["tables"][Session._meta.db_table][0] == 3


def test_verifying_notes_it_and_leaves_no_database_behind(labels, capsys):
    backup(capsys)

    call_command("verify_backup")

    assert BackupCheck.objects.count() == 1
    assert scratch_databases() == []


def test_what_a_killed_verification_left_is_dropped_and_nothing_else(labels, capsys):
    backup(capsys)
    name = f"{Place.ours().address['dbname'][:50]}_verify"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    with pytest.raises(CommandError, match="did not make"):
        call_command("verify_backup")
    with connection.cursor() as cursor:
        cursor.execute(f"COMMENT ON DATABASE {name} IS 'Scratch database of verify_backup: it may be dropped.'")

    call_command("verify_backup")

    assert scratch_databases() == []


def test_a_row_that_came_back_otherwise_is_found(labels, capsys, monkeypatch):
    taken = restoring.take_fingerprint

    def altered(cursor):
        found = taken(cursor)
        found["tables"]["labeling_label"][1] = "1"
        return found

    monkeypatch.setattr(restoring, "take_fingerprint", altered)
    backup(capsys)

    with pytest.raises(CommandError, match="labeling_label: the same number of rows, but not the same content"):
        call_command("verify_backup")

    assert not BackupCheck.objects.exists()
    assert scratch_databases() == []


def test_a_role_that_may_not_make_databases_is_told_what_to_do(labels, capsys, settings):
    backup(capsys)
    role = f"test_narrow_{secrets.token_hex(4)}"
    ours = Place.ours()
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role} LOGIN")
    try:
        settings.VERIFY_DATABASE_URL = psycopg.conninfo.make_conninfo(**ours.address | {"user": role})
        with pytest.raises(CommandError, match="CREATEDB"):
            call_command("verify_backup")
        with connection.cursor() as cursor:
            cursor.execute(sql.SQL("ALTER ROLE {} CREATEDB").format(sql.Identifier(role)))

        call_command("verify_backup")
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP ROLE {role}")

    assert BackupCheck.objects.count() == 1


@pytest.mark.skipif(os.geteuid() != 0, reason="a small disk needs root")
def test_a_full_disk_leaves_no_half_backup(labels, folders):
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folders)], check=True)
    try:
        with pytest.raises(CommandError, match="No space left"):
            call_command("backup")

        assert list(folders.iterdir()) == []
    finally:
        subprocess.run(["umount", str(folders)], check=True)


def scratch_databases():
    with connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        return [name for (name,) in cursor.fetchall() if re.search("_verify$", name)]
