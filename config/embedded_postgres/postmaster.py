"""The server's process: asked whether it answers, started, stopped. The caller holds the start lock."""

import time

from psycopg import pq
from psycopg.conninfo import make_conninfo

from config.embedded_postgres import cluster
from config.embedded_postgres.account import Account
from config.embedded_postgres.binaries import Binaries
from config.embedded_postgres.pid_file import disown_stale_pid, end_orphans, is_server_alive
from config.embedded_postgres.places import PORT, Places
from config.embedded_postgres.unavailable import EmbeddedPostgresUnavailable

SECONDS_TO_START = 300
SECONDS_TO_STOP = 60
# A living server is silent for a moment while it is born or dies. Silent for longer, it has lost its socket.
SECONDS_OF_SILENCE = 5
# What a killed server leaves behind (its other processes, their shared memory, its pid) goes away by itself soon.
PAUSES_BETWEEN_STARTS = (0.2, 0.5, 1.0, 2.0, 4.0)
LEFT_BY_A_KILLED_SERVER = ("pre-existing shared memory", "postmaster.pid")


class Postmaster:
    def __init__(self, places: Places, bin_folder: str) -> None:
        self.places = places
        self.bin_folder = bin_folder

    @property
    def address(self) -> dict[str, str]:
        return {"host": str(self.places.run), "port": PORT, "user": cluster.SUPERUSER}

    def is_answering(self) -> bool:
        return self._reply() == pq.Ping.OK

    def start(self) -> None:
        """This will start the server, on a new cluster if there is none; raises EmbeddedPostgresUnavailable."""
        account = Account.of_the_server()
        binaries = Binaries.for_server(self.bin_folder, self.places, account)
        self.places.make_folders(account)
        cluster.sweep(self.places)
        if not self.places.cluster.exists():
            cluster.create(self.places, binaries)
        if refusal := cluster.why_not_open(self.places, binaries):
            raise EmbeddedPostgresUnavailable(refusal)
        for pause in (*PAUSES_BETWEEN_STARTS, 0):
            if self._is_there_after_all():
                return
            disown_stale_pid(self.places, account)
            cluster.configure(self.places, account)
            if self._control(binaries, "start", SECONDS_TO_START):
                return
            words = self.places.start_log.read_text(errors="replace")
            if not any(sign in words for sign in LEFT_BY_A_KILLED_SERVER):
                break
            end_orphans(self.places.cluster)
            time.sleep(pause)
        raise EmbeddedPostgresUnavailable(
            f"PostgreSQL could not start from {self.places.cluster}: {self._reason() or 'it gave no reason'}. "
            f"Nothing was deleted; its logs are {self.places.start_log} and the folder {self.places.log}."
        )

    def stop(self) -> None:
        """This will end all connections and stop the server; raises EmbeddedPostgresUnavailable."""
        if not is_server_alive(self.places.cluster):
            return
        binaries = Binaries.for_server(self.bin_folder, self.places, Account.of_the_server())
        if not self._control(binaries, "stop", SECONDS_TO_STOP, "-m", "fast"):
            raise EmbeddedPostgresUnavailable(f"The PostgreSQL of {self.places.cluster} did not stop within {SECONDS_TO_STOP} seconds.")

    def _is_there_after_all(self) -> bool:
        """This will wait for a living server to answer, end one that nobody can reach, and say whether one is there."""
        begun = time.monotonic()
        while (reply := self._reply()) != pq.Ping.OK:
            waited = time.monotonic() - begun
            if reply == pq.Ping.REJECT and waited > SECONDS_TO_START:
                raise EmbeddedPostgresUnavailable(f"PostgreSQL is still reading {self.places.cluster} after a crash: try again in a few minutes.")
            if reply != pq.Ping.REJECT and not is_server_alive(self.places.cluster):
                return False
            if reply != pq.Ping.REJECT and waited > SECONDS_OF_SILENCE:
                self.stop()
                return False
            time.sleep(0.1)
        return True

    def _reply(self) -> int:
        conninfo = make_conninfo(**self.address, dbname="postgres", connect_timeout=5)
        return pq.PGconn.ping(conninfo.encode(errors="surrogateescape"))

    def _control(self, binaries: Binaries, verb: str, seconds: int, *options: str) -> bool:
        output = self.places.home / f"{verb}.log"
        return binaries.run("pg_ctl", verb, "-w", "-t", str(seconds), *options, data=self.places.cluster, output=output)

    def _reason(self) -> str:
        """This will find why the server gave up, which it told its log once it had one."""
        logs = sorted(self.places.log.glob("*.log"), key=lambda log: log.stat().st_mtime, reverse=True)
        for log in (self.places.start_log, *logs[:1]):
            if reason := cluster.last_complaint(log.read_text(errors="replace")):
                return reason
        return ""
