"""Somebody reads and somebody writes, again and again, while the tables change under them."""

import random
import threading
import time
from dataclasses import dataclass, field

import psycopg
from psycopg import sql

PAUSE_SECONDS = 0.002
READ = sql.SQL("SELECT {key} FROM {table} WHERE {key} = %s")
WRITE = sql.SQL("UPDATE {table} SET {key} = {key} WHERE {key} = %s")


@dataclass
class Waited:
    """How long the longest wait was, by a clock, and for which tables PostgreSQL gave no lock within the limit."""

    longest_ms: float = 0
    refused: set[str] = field(default_factory=set)


def probed(change, *, where, tables, limit_ms):
    """This will call `change` and return what a reader and a writer of `tables` waited meanwhile. `where` is how psycopg connects,
    `tables` says how many rows each has."""
    ended = threading.Event()
    # Facts refuse to be changed by a trigger, which a replica does not fire. What is locked is the same.
    options = f"-c lock_timeout={limit_ms} -c session_replication_role=replica"
    probes = [_Probe(said, where | {"options": options}, tables, ended) for said in (READ, WRITE)]
    for probe in probes:
        probe.start()
    try:
        change()
    finally:
        ended.set()
        for probe in probes:
            probe.join()
    for probe in probes:
        if probe.problem:
            raise probe.problem
    return tuple(probe.waited for probe in probes)


class _Probe(threading.Thread):
    def __init__(self, statement, where, tables, ended):
        super().__init__()
        self.asked = {table: statement.format(table=sql.Identifier(table), key=sql.Identifier("id")) for table in tables}
        self.where, self.rows, self.ended = where, tables, ended
        self.waited, self.problem = Waited(), None

    def run(self):
        try:
            with psycopg.connect(**self.where, prepare_threshold=None) as connection:
                while not self.ended.is_set():
                    for table in self.asked:
                        self.ask(connection, table)
                        time.sleep(PAUSE_SECONDS)
        except psycopg.Error as problem:
            self.problem = problem

    def ask(self, connection, table):
        """One transaction, begun again until it is served, as somebody would."""
        begun, key = time.monotonic(), random.randint(1, self.rows[table])
        while True:
            try:
                connection.execute(self.asked[table], [key])
                break
            except psycopg.errors.LockNotAvailable:
                self.waited.refused.add(table)
                connection.rollback()
        # Nothing is left behind: it is the lock that was asked for.
        connection.rollback()
        self.waited.longest_ms = max(self.waited.longest_ms, (time.monotonic() - begun) * 1000)
