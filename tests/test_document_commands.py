"""Each command of the documents is run here, or stands in a list that says which test runs it, or why none does."""

import getpass
import json
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from labeling.models import User
from labeling.roles import Role
from tests.factories import SessionFactory, UserFactory
from tests.test_documents import DOCUMENTS, FENCE, ROOT, TARGETS, snippets, text_of

ADDRESS = "you@example.com"
# Commands of manage.py that are run as they stand, with these in place of what the reader has to fill in.
FILLED_IN = {"EMAIL": ADDRESS, "rita@example.com": ADDRESS, "luis.ferrer@example.com": ADDRESS, "FILE": "{file}", "NAME": "Old system", "NUMBER": "1"}
RUN = {
    "changepassword luis.ferrer@example.com",
    "check --database default",
    "collectstatic --noinput",
    "create_api_key --user EMAIL --scopes all",
    "create_api_key --user you@example.com --scopes all",
    "createsuperuser",
    "deactivate EMAIL",
    "deactivate rita@example.com",
    "import_labels FILE",
    "import_sessions FILE --source NAME",
    "makemigrations labeling --name issue_category_signal",
    "migrate",
    "record_backup_check --taken-at 2026-11-21T03:00:00Z",
    "replay_erasures",
    "retention",
    "retention --dry-run",
}
# The others of manage.py, and the file that runs them.
ELSEWHERE = {
    "backup": "tests/operations/test_backup_and_restore.py",
    "backup --keep-days 35": "tests/labeling/test_backups.py",
    "check": "Makefile",
    "check --deploy --database default": "Makefile",
    "deactivate": "tests/labeling/test_people.py",
    "erase": "tests/labeling/test_erasure_pages.py",
    "erase --resume NUMBER": "tests/labeling/test_erasure_pages.py",
    "grant_app_rights ROLE": "tests/labeling/test_database_rights.py",
    "grant_app_rights review_desk_app": "tests/labeling/test_database_rights.py",
    "import_sessions --keep-good": "tests/labeling/test_imports.py",
    "restore FILE": "tests/operations/test_backup_and_restore.py",
    "runserver": "tests/config/test_from_nothing.py",
    "seed_demo": "tests/labeling/test_seeding.py",
    "seed_demo --sessions N": "tests/labeling/test_seeding.py",
    "sync --once": "tests/sessions_app/syncing/test_command.py",
    "sync": "tests/sessions_app/syncing/test_command.py",
    "up": "tests/config/test_from_nothing.py",
    "verify_backup": "tests/operations/test_backup_and_restore.py",
    "work": "tests/faults/test_worker.py",
}
# What makes packages, measures, or drives a browser takes minutes. `make -n` reads each of them in test_documents.
MAKE = {"audit", "bench", "browser", "bundle", "check", "crawl", "format", "load", "migrations", "pictures", "run", "sbom", "soak", "test", "trust"}
# Lines of a shell that change a machine: as root, for good, or by asking a network. test_deploy_files reads what they start.
CHANGES_A_MACHINE = {
    "cp deploy/nginx.conf /etc/nginx/conf.d/review-desk.conf && nginx -t && systemctl reload nginx",
    "cp deploy/systemd/* /etc/systemd/system/ && systemctl daemon-reload",
    "install -d /etc/review-desk && install -m 600 deploy/environment.example /etc/review-desk/environment",
    "install -m 600 /dev/null /etc/review-desk/web.environment",
    "make .venv/ready PYTHON=/usr/bin/python3",
    "mv review-desk-0.1.0-py311-linux-x86_64 /opt/review-desk && cd /opt/review-desk",
    "pip install -r requirements.txt",
    "psql -v ON_ERROR_STOP=1 -v owner_password=… -v app_password=… -v verify_password=… -f docs/dba.sql",
    "pytest",
    "set -a; . /etc/review-desk/environment; set +a",
    "sha256sum -c --quiet SHA256SUMS",
    "systemctl enable --now review-desk-web review-desk-worker review-desk-backup.timer",
    "tar -xzf review-desk-0.1.0-py311-linux-x86_64.tar.gz",
    "useradd --system --no-create-home --shell /usr/sbin/nologin review-desk && usermod -aG review-desk www-data",
}
NO_COMMAND = re.compile(r"^(DATABASE_URL=|CREATE ROLE )")


def said_by(pattern):
    """What the pattern finds in any document: as it stands, without what is explained beside it."""
    every = (re.sub(r" +(#|-- ).*$", "", snippet) for document in DOCUMENTS for snippet in snippets(document))
    return {found.strip() for snippet in every for found in re.findall(pattern, snippet)}


def shell_lines():
    blocks = [block for document in DOCUMENTS for language, block in FENCE.findall(text_of(document)) if language in ("", "sh")]
    lines = {re.sub(r" +#.*$", "", line).strip() for block in blocks for line in block.splitlines()}
    return {line for line in lines if line and "manage.py" not in line and not NO_COMMAND.match(line)}


def test_every_command_of_manage_py_is_run_or_says_where():
    assert said_by(r"manage\.py ([a-z_]+[^#|;&)`]*)") == RUN | ELSEWHERE.keys() | {"create_api_key --help"}


@pytest.mark.parametrize(("command", "file"), ELSEWHERE.items())
def test_what_is_run_elsewhere_is(command, file):
    name = command.split()[0]
    # Granted, restored and seeded by the function that the command is a shell around.
    words = {"grant_app_rights": "grant_app_rights", "restore": '"restore"', "up": '"up"', "work": "manage.py"}.get(name, name)

    assert words in (ROOT / file).read_text()


def test_every_target_of_make_is_one_that_takes_long():
    assert said_by(r"(?:^|[ ;&])make ([a-z]+)") == MAKE
    assert MAKE <= TARGETS


def test_every_other_line_of_a_shell_is_known():
    lines = shell_lines()

    assert {line for line in lines if not re.match(r"make [a-z]+$", line)} == CHANGES_A_MACHINE


@pytest.mark.parametrize("command", sorted(RUN))
@pytest.mark.django_db(transaction=True)
def test_it_runs_as_it_stands(command, tmp_path, settings, monkeypatch, capsys):
    people = [UserFactory(email=address, role=Role.ADMIN) for address in (ADDRESS, "another@example.com")]
    settings.ERASURE_LIST, settings.STATIC_ROOT = tmp_path / "erasures.jsonl", tmp_path / "static"
    settings.ERASURE_LIST.touch()
    monkeypatch.setattr(getpass, "getpass", lambda *told, **more: "a password nobody has used")
    answers = iter(["first@example.com", "First Admin"])
    monkeypatch.setattr("builtins.input", lambda *told: next(answers))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    name, *rest = shlex.split(command)

    call_command(name, *(FILLED_IN.get(word, word).format(file=file_for(name, tmp_path)) for word in rest))

    assert User.objects.count() == len(people) + (name == "createsuperuser")


def test_a_command_tells_its_options_when_asked(capsys):
    with pytest.raises(SystemExit, match="0"):
        call_command("create_api_key", "--help")

    assert "--scopes" in capsys.readouterr().out


def file_for(name, folder):
    file = folder / "file.jsonl"
    if name == "import_sessions":
        file.write_text(json.dumps({"session_id": "call-1", "timestamp": timezone.now().isoformat(), "agent_name": "Ava"}))
    elif name == "import_labels":
        file.write_text(json.dumps({"session_id": str(SessionFactory().pk), "type": "human-rating", "code": "OK", "user_email": ADDRESS}))
    return file


@pytest.mark.parametrize("script", sorted(file for file in Path(ROOT, ".ci").iterdir() if file.is_file() and not file.suffix), ids=lambda path: path.name)
def test_scripts_of_the_shell_can_be_read_by_it(script):
    shell = "bash" if "bash" in script.read_text().splitlines()[0] else "sh"

    assert subprocess.run([shell, "-n", script], capture_output=True, text=True).stderr == ""
