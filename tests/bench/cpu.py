"""Processor time and memory of the processes that serve: what others do on the machine is not in it."""

import os
import re
from pathlib import Path

from django.db import connection

TICK = os.sysconf("SC_CLK_TCK")
PSS = re.compile(r"^Pss:\s+(\d+)", re.MULTILINE)


def web_seconds(pid):
    """Seconds that a process and all its children have used."""
    return sum(_seconds(one) for one in _tree(pid))


def web_megabytes(pid):
    """Memory of a process and all its children in MiB; of what several share, each its part."""
    return sum(int(PSS.search(Path(f"/proc/{one}/smaps_rollup").read_text())[1]) for one in _tree(pid)) / 1024


def database_seconds():
    """Seconds that the connections to this database have used, as far as they are open."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
        return sum(_seconds(pid) for (pid,) in cursor.fetchall())


def own_database_seconds():
    """Seconds that this process's own connection has used in PostgreSQL."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return _seconds(cursor.fetchone()[0])


def _tree(pid):
    children = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        fields = _fields(stat)
        if fields:
            children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    waiting, found = [pid], []
    while waiting:
        one = waiting.pop()
        found.append(one)
        waiting += children.get(one, [])
    return found


def _seconds(pid):
    fields = _fields(Path(f"/proc/{pid}/stat"))
    return (int(fields[11]) + int(fields[12])) / TICK if fields else 0.0


def _fields(stat):
    """What comes after the name, which may hold anything."""
    try:
        return stat.read_text().rpartition(")")[2].split()
    except OSError:
        return None
