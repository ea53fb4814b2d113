"""The operating system's user that the server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable

STAND_INS_FOR_ROOT = ("postgres", "nobody")


@dataclass(frozen=True)
class Account:
    uid: int
    gid: int
    name: str = ""  # empty when it is the user that runs this process

    @classmethod
    def of_the_server(cls) -> "Account":
        """This will name the server's user; raises EmbeddedPostgresUnavailable when root has no stand-in."""
        if os.geteuid() != 0:
            return cls(os.geteuid(), os.getegid())
        for name in STAND_INS_FOR_ROOT:
            try:
                entry = pwd.getpwnam(name)
            except KeyError:
                continue
            return cls(entry.pw_uid, entry.pw_gid, name)
        raise EmbeddedPostgresUnavailable(
            "PostgreSQL refuses to run as root and this system has neither a user postgres nor a user nobody: "
            "create one of them or run this program as an ordinary user."
        )

    def own(self, path: Path) -> None:
        """This will hand a file or folder over to the server's user."""
        if self.name:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)

    def run(self, command: Sequence[str | Path], *, env: Mapping[str, str], output: IO[Any] | int) -> int:
        """This will run a command as the server's user and return its exit code; raises OSError if it cannot begin."""
        change: dict[str, Any] = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.name else {}
        # A session of its own keeps Ctrl-C in the terminal from stopping the server together with the program, and
        # the current folder may be closed to the server's user.
        finished = subprocess.run(
            command, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd="/",
            start_new_session=True, check=False, **change,
        )  # fmt: skip
        return finished.returncode
