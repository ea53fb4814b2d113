"""The server's postmaster.pid: whether the process it names is still that server."""

import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from config.embedded_postgres.account import Account
from config.embedded_postgres.places import PORT, Places

# Above every system's largest process number, so nobody has it.
NOBODYS_PID = 2**31 - 2


def is_server_alive(cluster: Path) -> bool:
    """This will say whether the process in postmaster.pid is a living server of this cluster."""
    pid = _read_pid(cluster)
    return bool(pid) and _is_server(pid, cluster)


def disown_stale_pid(places: Places, account: Account) -> None:
    """This will free a cluster whose pid file names a living process that is not its server.

    PostgreSQL itself only asks whether the process lives and has the same user, so a number that meanwhile went to a
    shell, or a killed server that nobody reaps, would keep it from starting. Only the number is replaced: the shared
    memory named below it lets PostgreSQL see whether anything of the old server still works on the data. The socket's
    own lock names the same process and guards nothing more, because only this cluster's server uses the folder.
    """
    if is_server_alive(places.cluster):
        return
    (places.run / f".s.PGSQL.{PORT}.lock").unlink(missing_ok=True)
    file = places.cluster / "postmaster.pid"
    try:
        lines = file.read_text().splitlines(keepends=True)
    except FileNotFoundError:
        return
    if not lines:
        # Left by a power failure; under the start lock nobody else is just writing it.
        file.unlink()
    elif _is_living(_read_pid(places.cluster)):
        places.put_file(file, "".join([f"{NOBODYS_PID}\n", *lines[1:]]), account)


def end_orphans(cluster: Path) -> None:
    """This will ask what a killed server left working to stop: PostgreSQL refuses to start beside it."""
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it just ended, or is not ours
            if os.path.samefile(process / "cwd", cluster) and _name_and_state(int(process.name))[0] == "postgres":
                os.kill(int(process.name), signal.SIGTERM)


def _read_pid(cluster: Path) -> int:
    try:
        return abs(int((cluster / "postmaster.pid").read_text().partition("\n")[0]))
    except (FileNotFoundError, ValueError):
        return 0


def _is_living(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return bool(pid)


def _is_server(pid: int, cluster: Path) -> bool:
    name, state = _name_and_state(pid)
    if not name.startswith("postgres") or state.startswith("Z"):
        return False
    try:
        return os.path.samefile(f"/proc/{pid}/cwd", cluster)
    except OSError:
        return True  # not ours to look at, or not Linux: believe the name


def _name_and_state(pid: int) -> tuple[str, str]:
    if not Path("/proc/self/stat").exists():
        ps = subprocess.run(["ps", "-o", "state=,ucomm=", "-p", str(pid)], capture_output=True, text=True, check=False)
        state, _, name = ps.stdout.strip().partition(" ")
        return name.strip(), state
    try:
        before, _, after = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")
    except OSError:
        return "", ""
    return before.partition("(")[2], after.split()[0]
