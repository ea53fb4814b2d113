"""The file of a backup: what was changed, moved, cut off or made with another passphrase is found before anything is done with it."""

import io
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from labeling.backups import making
from labeling.backups.container import DUMP, MANIFEST, Unusable, Writer, open_backup
from labeling.backups.fingerprints import differences
from labeling.backups.places import find_program
from labeling.models import BackupCheck
from labeling.queries.health import get_health
from tests.repetitions import is_long

PASSPHRASE = "correct horse battery staple"
KINDS = pytest.mark.parametrize("passphrase", ["", PASSPHRASE], ids=["plain", "encrypted"])


def written(path, passphrase):
    """Three parts, and where each begins."""
    file = io.BytesIO()
    writer = Writer(file, {"taken_at": "2026-03-02T03:00:00+00:00"}, passphrase)
    begins = []
    for kind, data in ((DUMP, b"first" * 50), (DUMP, b"second" * 50), (MANIFEST, json.dumps({"tables": {}}).encode())):
        begins.append(file.tell())
        writer.write(kind, data)
    path.write_bytes(file.getvalue())
    return begins


@KINDS
def test_what_was_written_is_read(tmp_path, passphrase):
    path = tmp_path / "a.backup"
    written(path, passphrase)

    backup = open_backup(path, passphrase)

    assert backup.manifest() == {"tables": {}}
    assert [data for kind, data in backup.parts() if kind == DUMP] == [b"first" * 50, b"second" * 50]
    assert (b"firstfirst" in path.read_bytes()) is not bool(passphrase)


@KINDS
def test_no_byte_can_be_altered(tmp_path, passphrase):
    path = tmp_path / "a.backup"
    written(path, passphrase)
    whole = path.read_bytes()

    # A passphrase takes an eighth of a second to become a key.
    for at in range(0, len(whole), 1 if not passphrase else 23 if is_long() else 149):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(Unusable):
            open_backup(path, passphrase).manifest()


@KINDS
def test_a_file_that_was_cut_off_anywhere_is_refused(tmp_path, passphrase):
    path = tmp_path / "a.backup"
    begins = written(path, passphrase)
    whole = path.read_bytes()

    for end in [*begins, *range(begins[0], len(whole), 97 if is_long() or not passphrase else 389), len(whole) - 1]:
        path.write_bytes(whole[:end])
        with pytest.raises(Unusable, match="cut off"):
            open_backup(path, passphrase).manifest()


@KINDS
def test_parts_cannot_be_left_out_or_change_places(tmp_path, passphrase):
    path = tmp_path / "a.backup"
    first, second, third = written(path, passphrase)
    whole = path.read_bytes()

    for altered in (
        whole[:first] + whole[second:],
        whole[:first] + whole[second:third] + whole[first:second] + whole[third:],
        whole + whole[first:second],
    ):
        path.write_bytes(altered)
        with pytest.raises(Unusable, match="damaged"):
            open_backup(path, passphrase).manifest()


def test_the_wrong_passphrase_and_none_are_told_apart_from_damage(tmp_path):
    path = tmp_path / "a.backup"
    written(path, PASSPHRASE)

    for given, words in (("", "is encrypted"), (PASSPHRASE + "r", "passphrase is wrong")):
        with pytest.raises(Unusable, match=words):
            open_backup(path, given)


def test_what_is_no_backup_is_said_to_be_none(tmp_path):
    path = tmp_path / "a.backup"
    for content in (b"", b"PGDMP", b"review desk backup 2\n{}\n"):
        path.write_bytes(content)
        with pytest.raises(Unusable, match="no backup"):
            open_backup(path, "")


def test_a_short_passphrase_is_refused(tmp_path):
    with pytest.raises(Unusable, match="16 characters"):
        making.make_backup(tmp_path, passphrase="short")

    assert list(tmp_path.iterdir()) == []


def test_differences_are_said_by_table():
    wanted = {"tables": {"a": [1, "5"], "b": [2, "6"], "c": [3, "7"]}, "guards": {"triggers": 4}}
    found = {"tables": {"a": [1, "9"], "b": [1, "6"], "d": [0, "0"]}, "guards": {"triggers": 3}}

    assert differences(wanted, wanted) == []
    assert differences(wanted, found) == [
        "a: the same number of rows, but not the same content",
        "b: 2 rows in the backup, 1 restored",
        "c: missing",
        "d: not in the backup",
        "triggers: 4 in the backup, 3 restored",
    ]


def test_older_backups_go_and_the_newest_stays(tmp_path):
    names = [f"review-desk-202603{day:02}T030000Z.backup" for day in (1, 2, 3)]
    for name in [*names, "notes.backup"]:
        (tmp_path / name).touch()

    gone = making.clear_older(tmp_path, than=datetime(2026, 3, 2, 12, tzinfo=UTC))
    rest = making.clear_older(tmp_path, than=datetime(2027, 1, 1, tzinfo=UTC))

    assert (gone, rest) == (2, 0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes.backup", names[2]]
    assert making.find_newest(tmp_path).name == names[2]


def test_keys_are_known_again_and_cannot_be_read(settings):
    settings.SEALING_KEYS = ["the key of the vendor's keys"]
    marks = making.keys()

    settings.SEALING_KEYS = ["a new one", "the key of the vendor's keys"]
    kept = making.missing_keys(marks)
    settings.SEALING_KEYS = ["a new one"]

    assert (kept, making.missing_keys(marks)) == ([], ["SEALING_KEY"])
    assert "vendor" not in json.dumps(marks)


def test_a_program_that_nobody_has_is_named():
    with pytest.raises(Unusable, match="postgresql-client-99"):
        find_program("pg_dump", server=99)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ago", "old", "by", "words"),
    [
        (timedelta(hours=23), timedelta(hours=1), "own", ""),
        (timedelta(hours=25), timedelta(hours=1), "own", "verify_backup"),
        (timedelta(hours=25), timedelta(hours=1), "external", "record_backup_check"),
        (timedelta(hours=1), timedelta(days=3), "own", "two days old"),
    ],
)
def test_health_wants_a_backup_of_today_verified_today(settings, ago, old, by, words):
    settings.BACKUP = by
    check = BackupCheck.objects.create(taken_at=timezone.now() - ago - old)
    BackupCheck.objects.filter(pk=check.pk).update(verified_at=timezone.now() - ago)

    figure = next(figure for _, figures in get_health().groups for figure in figures if figure.name == "Last verified backup")

    assert words in figure.bad
    assert bool(words) is bool(figure.bad)


@pytest.mark.django_db
def test_what_cannot_be_verified_is_not_noted(settings, tmp_path):
    settings.BACKUP_DIR = tmp_path

    with pytest.raises(CommandError, match="no backup in"):
        call_command("verify_backup")

    assert not BackupCheck.objects.exists()
