"""What stands in deploy/ fits the application it starts."""

import configparser
import re
import shlex
import subprocess
import sys

import pytest
from django.core.management import get_commands, load_command_class

from config.processes import ARENAS, THREADS
from tests.faults.killing import ROOT

DEPLOY = ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
KNOWN = set(re.findall(r"^([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))


def test_every_setting_of_the_example_is_one_we_read():
    given = set(re.findall(r"^([A-Z_]+)=", (DEPLOY / "environment.example").read_text(), re.MULTILINE))

    assert given <= KNOWN
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "EMAIL_URL", "PRODUCTION", "PROXIES"} <= given


def test_every_file_that_compose_wants_is_named_at_its_head():
    text = (DEPLOY / "compose.yaml").read_text()
    head = " ".join(line for line in text.splitlines() if line.startswith("#"))
    wanted = {name for names in re.findall(r"env_file: \[(.*?)\]", text) for name in names.split(", ")} | set(re.findall(r"- \./(tls)", text))

    assert wanted == {"environment", "web.environment", "postgres.environment", "tls"}
    assert [name for name in wanted if not re.search(rf"(?<![\w.]){re.escape(name)}(?!\.\w)", head)] == []


def test_there_are_units():
    assert {"review-desk-web", "review-desk-worker"} <= {unit.stem for unit in UNITS}


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_no_unit_runs_as_root_or_writes_where_its_code_is(unit):
    text = unit.read_text()

    for line in ("User=review-desk", "NoNewPrivileges=yes", "ProtectSystem=strict", "CapabilityBoundingSet=", "PrivateTmp=yes", "UMask=0077"):
        assert line in text.splitlines()
    assert "ReadWritePaths" not in text
    # The folder that an embedded database of root uses is another: systemd gives a folder of its own to the user, with all in it.
    assert "StateDirectory=review-desk-files" in text.splitlines()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_every_command_of_a_unit_exists(unit):
    for line in re.findall(r"^ExecStart=(.*)$", unit.read_text(), re.MULTILINE):
        program, *arguments = shlex.split(line)
        if program.endswith("granian"):
            said = subprocess.run([sys.executable, "-m", "granian", "--help"], capture_output=True, text=True, check=True).stdout
        else:
            said = load_command_class(get_commands()[arguments[1]], arguments[1]).create_parser("manage.py", arguments[1]).format_help()

        assert [option for option in arguments if option.startswith("--") and option not in said] == []


def test_the_image_starts_what_the_unit_starts():
    """But for the rights of the socket: the proxy beside the container is another user."""
    parser = configparser.RawConfigParser(strict=False)
    parser.read(DEPLOY / "systemd" / "review-desk-web.service")
    unit = parser["Service"]["ExecStart"].partition("bin/")[2].replace("0o660", "0o666").split()
    image = re.findall(r'"([^"]+)"', (DEPLOY / "Dockerfile").read_text().partition("CMD [")[2])

    assert image == unit
    # Fewer, and those who are too many would wait where nobody counts them.
    assert unit[unit.index("--blocking-threads") + 1] == str(THREADS)
    arenas = "MALLOC_ARENA_MAX=" + ARENAS["MALLOC_ARENA_MAX"]
    assert arenas in parser["Service"]["Environment"].split()
    assert f" {arenas} " in (DEPLOY / "Dockerfile").read_text()
