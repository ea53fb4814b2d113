"""The documents are true: commands, files, links and code they name are there, and what is cheap of the commands is run."""

import importlib.util
import re
import shlex
import subprocess
from functools import cache
from pathlib import Path

import pytest
from django.core.management import call_command, get_commands, load_command_class
from django.core.management.base import BaseCommand

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
FENCE = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+)$", re.MULTILINE)
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
OURS = ("config", "deploy", "docs", "labeling", "sessions_app", "static", "templates", "tests", ".ci")
WRITTEN_BY_COMMANDS = {"tests/bench/results.json"}
by_document = pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))


@cache
def text_of(document: Path) -> str:
    return document.read_text()


def snippets(document: Path) -> list[str]:
    """Each line of a shell block, and each word in backticks."""
    text = text_of(document)
    blocks = [line for language, block in FENCE.findall(text) if language in ("", "sh") for line in block.splitlines()]
    return blocks + CODE.findall(FENCE.sub("", text))


@cache
def command(name: str) -> BaseCommand:
    return load_command_class(get_commands()[name], name)


@cache
def anchors(document: Path) -> set[str]:
    headings = HEADING.findall(FENCE.sub("", text_of(document)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


@by_document
def test_every_make_target_is_there(document):
    named = {target for snippet in snippets(document) for target in re.findall(r"(?:^|[ ;&])make ([a-z]+)", snippet)}

    assert named <= TARGETS


@by_document
def test_every_command_of_manage_py_has_that_name_and_those_options(document):
    for snippet in snippets(document):
        for said in re.findall(r"manage\.py ([a-z_]+[^#|;&)]*)", snippet):
            name, *rest = shlex.split(said.replace("…", " "), posix=True)
            options = {word.split("=")[0] for word in rest if word.startswith("--") and word != "--"}
            assert name in get_commands(), snippet
            known = {option for action in command(name).create_parser("manage.py", name)._actions for option in action.option_strings}
            assert options <= known, snippet


@by_document
def test_every_module_that_python_is_told_to_run_is_there(document):
    for snippet in snippets(document):
        for name in re.findall(r"python3? -m ([\w.]+)", snippet):
            assert importlib.util.find_spec(name), snippet


@by_document
def test_every_file_of_ours_is_there(document):
    for name in CODE.findall(FENCE.sub("", text_of(document))):
        if name.split("/")[0] in OURS and re.fullmatch(r"[\w.*-]+/[\w./*-]*", name) and name not in WRITTEN_BY_COMMANDS:
            assert list(ROOT.glob(name.rstrip("/"))), name


@by_document
def test_every_link_leads_somewhere(document):
    for link in LINK.findall(FENCE.sub("", text_of(document))):
        if re.match(r"^[a-z]+:", link):
            continue
        file, _, anchor = link.partition("#")
        target = (document.parent / file).resolve() if file else document
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_each_chapter_of_security_names_tests_that_are_there():
    chapters = re.findall(r"^\| V(\d+) [^|]+\|([^|]*)\|([^|]*)\|$", text_of(ROOT / "docs" / "security.md"), re.MULTILINE)

    assert [int(number) for number, _, _ in chapters] == list(range(1, 18))
    for number, held, open_ in chapters:
        folder, found = Path(), 0
        for name in CODE.findall(held):
            # What stands after a path without one of its own lies beside it.
            if name.startswith("tests/"):
                folder = Path(name).parent if name.endswith(".py") else Path(name)
            elif not re.fullmatch(r"test_[\w*]+\.py", name):
                continue
            path = name if name.startswith("tests/") else str(folder / name)
            assert list(ROOT.glob(path)), (number, name)
            found += 1
        assert found or number == "17", (number, held, open_)


def test_the_code_that_developers_are_shown_is_the_code():
    source = "\n".join(
        line.strip() for folder in ("labeling", "sessions_app", "tests/labeling") for file in (ROOT / folder).rglob("*.py") for line in file.open()
    )
    blocks = [block for language, block in FENCE.findall(text_of(ROOT / "docs" / "developers.md")) if language == "python"]

    assert len(blocks) == 6
    for line in (line.strip() for block in blocks for line in block.splitlines() if line.strip()):
        assert line in source


def test_make_knows_how_to_do_what_it_is_named_for():
    told = subprocess.run(["make", "-n", "-o", ".venv/ready", "-o", ".venv/ready-dev", *sorted(TARGETS - {"clean"})], cwd=ROOT, capture_output=True, text=True)

    assert told.returncode == 0, told.stderr


@pytest.mark.django_db
def test_the_dry_run_of_retention_runs(capsys):
    call_command("retention", dry_run=True)

    assert capsys.readouterr().out


@pytest.mark.parametrize("name", ["create_api_key", "backup", "restore", "verify_backup", "sync", "import_sessions", "erase", "seed_demo"])
def test_a_command_says_what_it_is_for(name):
    assert command(name).help


def test_the_decisions_are_all_in_their_list():
    folder = ROOT / "docs" / "decisions"
    listed = set(LINK.findall(text_of(folder / "README.md")))

    assert {file.name for file in folder.glob("0*.md")} == listed


def test_the_licenses_of_what_is_served_are_where_the_page_says():
    packages = Path(importlib.util.find_spec("django").origin).parents[1]
    named = re.findall(r"`(django[\w./*-]+)`", text_of(ROOT / "docs" / "licenses.md"))
    files = [name for name in named if "/" in name]

    assert files
    assert [file for file in files if not list(packages.glob(file))] == []


def test_the_version_is_in_one_place():
    version = re.search(r'^version = "([\d.]+)"$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)[1]

    assert f"## {version}" in text_of(ROOT / "CHANGELOG.md")
