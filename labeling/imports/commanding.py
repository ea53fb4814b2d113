"""An import from the command line: the same as on the page, of a file that lies on the server."""

import tempfile
from argparse import ArgumentParser
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from labeling.forms.imports import FIELDS, MASKED, guess_mapping, may_keep_name
from labeling.imports.background import taker_of
from labeling.imports.folder import RefusedRows
from labeling.imports.restoring import is_restorable
from labeling.imports.running import Came, RowsRefused, Run
from labeling.models import User
from labeling.models.file_import import ImportKind
from labeling.operations.imports import record_import, source_for_files
from sessions_app.codes import SourceKind
from sessions_app.ingest.columns import AS_IT_IS
from sessions_app.ingest.shapes import Shape, Unreadable, find_shape
from sessions_app.models import Source


def add_options(parser: ArgumentParser, kind: str) -> None:
    parser.add_argument("file", help="CSV or JSON lines, in UTF-8")
    parser.add_argument(
        "--source", default="", help="where the sessions come from; a new name makes a source" if kind == ImportKind.SESSIONS else "the source of ids"
    )
    parser.add_argument(
        "--map", action="append", default=[], metavar="COLUMN=FIELD", help="which field a column is, instead of the guess; COLUMN= leaves it out"
    )
    parser.add_argument("--keep-good", action="store_true", help="take the rows that can be taken; without it all or none are")
    parser.add_argument("--dry-run", action="store_true", help="look through the file and write nothing")
    parser.add_argument("--refused", default="", metavar="FILE", help="write the rows that cannot be taken to this file, as CSV")
    parser.add_argument("--by", default="", metavar="ADDRESS", help="who imports it, for the audit")


def run_command(command: BaseCommand, kind: str, options: Mapping[str, Any]) -> None:
    """This will import a file and say what became of it. Raises CommandError where something was not taken."""
    by = User.objects.filter(email=options["by"].strip().lower()).first() if options["by"] else None
    if options["by"] and by is None:
        raise CommandError("Nobody has the address given with --by.")
    try:
        with Path(options["file"]).open("rb") as file, tempfile.TemporaryDirectory() as scratch:
            refused = Path(options["refused"] or Path(scratch) / "refused")
            shape = find_shape(file)
            if kind == ImportKind.SESSIONS and shape.is_masked:
                raise CommandError(str(MASKED))
            mapping, source = _chosen(kind, shape, options)
            with RefusedRows(refused) as rows:
                run = Run(file, shape, taker_of(kind=kind, shape=shape, mapping=mapping, source=source), rows, lambda came: _tell(command, came))
                came, problem = _run(run, kind, options, by)
    except OSError as problem_of_file:
        raise CommandError(f"The file cannot be read: {problem_of_file.strerror}.") from None
    except Unreadable as unreadable:
        raise CommandError(str(unreadable)) from None
    verb = "would be new" if options["dry_run"] else "new"
    command.stdout.write(f"{came.rows} rows: {came.created} {verb}, {came.changed} changed, {came.unchanged} here already, {came.refused} refused.")
    for number, sentence in came.first_refused:
        command.stderr.write(f"Row {number}: {sentence}")
    if problem or came.refused:
        raise CommandError(problem or "Some rows were refused; the others were taken." if not options["dry_run"] else "Some rows would be refused.")


def _chosen(kind: str, shape: Shape, options: Mapping[str, Any]) -> tuple[dict[str, str], Source | None]:
    if kind == ImportKind.SESSIONS and is_restorable(shape):
        return {}, None
    mapping = guess_mapping(shape, kind)
    for given in options["map"]:
        column, _, field = given.rpartition("=")
        is_known = may_keep_name(column, kind) if field == AS_IT_IS else not field or field in FIELDS[ImportKind(kind)]
        if column not in mapping or not is_known:
            raise CommandError(f"--map {given}: columns are {', '.join(mapping)}; fields are {', '.join(FIELDS[ImportKind(kind)])}.")
        mapping = {other: "" if field and named == field and field != AS_IT_IS else named for other, named in mapping.items()} | {column: field}
    needed = {"timestamp"} if kind == ImportKind.SESSIONS else {"code", "user_email"}
    if missing := sorted(needed - set(mapping.values())):
        raise CommandError(f"No column is {missing[0]}. Say which one with --map COLUMN={missing[0]}.")
    return mapping, _source(kind, options["source"].strip(), writes=not options["dry_run"])


def _source(kind: str, name: str, *, writes: bool) -> Source | None:
    held = Source.objects.filter(name=name).first() if name else None
    if kind == ImportKind.LABELS:
        if name and held is None:
            raise CommandError("There is no source of this name.")
        return held
    if not name:
        raise CommandError("Say with --source where these sessions come from.")
    if held and held.kind != SourceKind.FILE:
        raise CommandError("This source is filled by a connection or through the API. Choose another name.")
    if held or writes:
        return held or source_for_files(name=name)
    return Source(name=name, kind=SourceKind.FILE)


def _run(run: Run, kind: str, options: Mapping[str, Any], by: User | None) -> tuple[Came, str]:
    if options["dry_run"]:
        return run.look_through(), ""
    try:
        if options["keep_good"]:
            came = run.take_good()
        else:
            with transaction.atomic():
                came = run.take_all()
    except RowsRefused:
        run.came.created = run.came.changed = run.came.unchanged = 0
        return run.came, "A row cannot be taken, so none was. With --keep-good the others are."
    record_import(by=by, kind=kind, subject=None, created=came.created, changed=came.changed)
    return came, ""


def _tell(command: BaseCommand, came: Came) -> None:
    if command.stderr.isatty():
        command.stderr.write(f"\r{came.rows} rows", ending="")
