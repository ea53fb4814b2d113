"""A PostgreSQL that one module of tests has for itself, and may stop, fill up and start again; on a small disk where that can be made."""

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from django.core.management import call_command
from django.db import connection

from config.embedded_postgres.places import Places
from tests.config.embedded_server import postmaster_pid, server_at, wait_until

DISK_MEGABYTES = 400
LEFT_BYTES = 1 << 20


class OwnServer:
    """A running server. `has_disk`: its data lies on a disk of its own, which can be filled."""

    def __init__(self, server, *, has_disk):
        self.server, self.has_disk = server, has_disk
        self._filling = server.places.cluster.parent / "filling"

    @property
    def url(self):
        told = self.server.address
        return f"postgres://{told['user']}@{quote(str(told['host']), safe='')}:{told['port']}/named_elsewhere"

    def stop_at_once(self):
        """As when the machine loses its power, but for what the disk holds."""
        connection.close()
        os.kill(postmaster_pid(self.server), signal.SIGQUIT)
        wait_until(lambda: not self.server.is_answering(), 20)

    def start(self):
        self.server.ensure_running()

    def fill_disk(self):
        with self._filling.open("wb") as file:
            room = os.statvfs(file.fileno())
            file.truncate(0)
            os.posix_fallocate(file.fileno(), 0, max(room.f_bavail * room.f_frsize - LEFT_BYTES, 1))

    def empty_disk(self):
        self._filling.unlink(missing_ok=True)
        # Without room for its log the server may have ended, and every connection with it.
        connection.close()
        self.start()


@contextmanager
def own_server():
    """This will point Django at a server of our own, with all tables, for as long as the block lasts."""
    folder = Path(tempfile.mkdtemp(prefix="review-desk-trust-"))
    home = Places.of(folder / "data").home
    home.mkdir(mode=0o755, parents=True)
    has_disk = (
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK_MEGABYTES}m,mode=755", "none", home], check=False, capture_output=True).returncode == 0
    )
    beside = home.with_name(f"{home.name}-wal")
    settings = connection.settings_dict
    former = {name: settings[name] for name in ("HOST", "PORT", "USER", "PASSWORD")}
    try:
        with server_at(folder / "data") as server:
            server.ensure_running()
            if has_disk:
                _move_log(server, beside)
            server.heal(create=settings["NAME"])
            connection.close()
            settings |= {"HOST": server.address["host"], "PORT": server.address["port"], "USER": server.address["user"], "PASSWORD": ""}
            call_command("migrate", verbosity=0)
            yield OwnServer(server, has_disk=has_disk)
            connection.close()
    finally:
        settings |= former
        connection.close()
        if has_disk:
            subprocess.run(["umount", "-l", home], check=False)
        shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(beside, ignore_errors=True)
        shutil.rmtree(folder, ignore_errors=True)


def _move_log(server, beside):
    """The write-ahead log lies on a disk of its own, as docs/operations.md asks: without room for it PostgreSQL itself ends."""
    server.stop()
    own = server.places.cluster / "pg_wal"
    shutil.copytree(own, beside)
    owner = own.stat()
    for file in (beside, *beside.rglob("*")):
        os.chown(file, owner.st_uid, owner.st_gid)
    beside.chmod(0o700)
    shutil.rmtree(own)
    own.symlink_to(beside)
    server.ensure_running()
