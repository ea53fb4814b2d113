"""Where everything of one embedded server lies: the path of its data folder alone decides, so all processes agree."""

import hashlib
import os
import re
import stat
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from config.embedded_postgres.account import Account
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable

# The server's stand-in user rarely reaches what root configured (a clone below /root), and opening root's folders to
# it is out of the question. Root's data lives here even where the clone could be reached: were the folders'
# permissions to decide, a later chmod would make the data seem gone.
ROOTS_FOLDER = Path("/var/lib/review-desk")
SHORT_FOLDER = Path("/tmp")  # noqa: S108 - only for folders that make_private_folder guards

PORT = "5432"
# sockaddr_un holds 108 bytes on Linux and 104 on macOS, the closing zero byte included.
LONGEST_SOCKET = 103


@dataclass(frozen=True)
class Places:
    configured: Path
    home: Path
    run: Path  # the socket's folder

    @classmethod
    def of(cls, data: str | Path) -> "Places":
        configured = Path(data).resolve()
        key = hashlib.sha256(os.fsencode(configured)).hexdigest()[:12]
        is_root = os.geteuid() == 0
        home = ROOTS_FOLDER / f"{re.sub(r'[^A-Za-z0-9_]+', '-', configured.name)[:40]}-{key}" if is_root else configured
        run = home / "run"
        if not _can_hold_a_socket(run):
            run = SHORT_FOLDER / f"review-desk-{os.geteuid()}-{key}"
        return cls(configured, home, run)

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def start_log(self) -> Path:
        return self.home / "start.log"

    @property
    def start_lock(self) -> Path:
        return self.home / "start.lock"

    @property
    def users_lock(self) -> Path:
        return self.home / "users.lock"

    def make_home(self) -> None:
        """This will create the home folder; where that is not the configured one, a note there says so."""
        if self.home == self.configured:
            self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
            return
        for folder in (ROOTS_FOLDER, self.home):
            folder.mkdir(parents=True, exist_ok=True)
            folder.chmod(0o755)  # root's umask may have closed it to the server's user
        # The note is a courtesy: a configured folder that cannot be written is no obstacle. "x" follows no link.
        with suppress(OSError):
            self.configured.mkdir(mode=0o700, parents=True, exist_ok=True)
            with (self.configured / "WHERE-THE-DATA-IS.txt").open("x") as note:
                note.write(f"When root runs Review Desk its database is in {self.home}\n")

    def make_folders(self, account: Account) -> None:
        """This will create the folders that the server writes to; raises EmbeddedPostgresUnavailable."""
        make_private_folder(self.run, account)
        make_private_folder(self.log, account)

    def put_file(self, path: Path, text: str, account: Account) -> None:
        """This will replace one file of the server at once, never through a link that its user may have left there."""
        draft = self.home / f"{path.name}.draft"
        draft.unlink(missing_ok=True)
        draft.write_text(text, encoding="utf-8", errors="surrogateescape")
        draft.chmod(0o600)
        account.own(draft)
        draft.replace(path)


def make_private_folder(folder: Path, account: Account) -> None:
    """This will create a folder that only its account can enter; raises EmbeddedPostgresUnavailable if others made it."""
    try:
        folder.mkdir(mode=0o700)
        account.own(folder)
    except FileExistsError:
        pass
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise EmbeddedPostgresUnavailable(f"{folder} belongs to somebody else, so the embedded PostgreSQL does not use it: remove it and start again.")
    if stat.S_IMODE(found.st_mode) != 0o700:
        folder.chmod(0o700)


def _can_hold_a_socket(folder: Path) -> bool:
    # Commas separate folders, in the server's setting as in the client's host; backslashes and control characters
    # would need a different escape in each place that the path passes through.
    path = str(folder)
    length = len(os.fsencode(f"{path}/.s.PGSQL.{PORT}"))
    return length <= LONGEST_SOCKET and path.isprintable() and not set(path) & {",", "\\"}
