"""A primary and a synchronous standby of PostgreSQL on this machine, for a test to lose one of them."""

import os
import pwd
import shutil
import subprocess
import tempfile
from glob import glob
from pathlib import Path

import psycopg

from config.embedded_postgres.binaries import find_programs

WRITES_DOWN = ["fsync = on", "synchronous_commit = on", "synchronous_standby_names = '*'", "wal_level = replica", "max_wal_senders = 5", "hot_standby = on"]


class TwoServers:
    """Ends with its block, whatever happened in it."""

    def __init__(self):
        debian = sorted(glob("/usr/lib/postgresql/*/bin/initdb"))
        self.programs = Path(debian[-1]).parent if debian else find_programs("")
        # PostgreSQL does not run as root.
        self.user = {"user": "postgres", "group": "postgres", "extra_groups": []} if os.geteuid() == 0 else {}
        self.folder = Path(tempfile.mkdtemp(prefix="rd-two-"))
        if self.user:
            postgres = pwd.getpwnam("postgres")
            os.chown(self.folder, postgres.pw_uid, postgres.pw_gid)
        self.folder.chmod(0o711)

    def __enter__(self):
        self.run("initdb", "-D", self.data("one"), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C")
        # Nothing is lost yet that could not be made again.
        self.configure("one", "fsync = off", "synchronous_commit = off")
        self.start("one")
        return self

    def follow(self):
        """From here on what one acknowledges the other has written down too."""
        self.configure("one", *WRITES_DOWN)
        self.run("pg_ctl", "restart", "-w", "-D", self.data("one"), "-l", self.folder / "one.log")
        self.run("pg_basebackup", "-D", self.data("two"), "-R", "-X", "stream", "-h", self.folder, "-p", "5501", "-U", "postgres", "-c", "fast")
        # Nobody follows the second one once it is alone.
        self.configure("two", "port = 5502", "synchronous_standby_names = ''")
        self.start("two")

    def __exit__(self, *problem):
        for name in ("one", "two"):
            subprocess.run([self.programs / "pg_ctl", "stop", "-D", self.data(name), "-m", "immediate"], **self.user, capture_output=True, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def url(self):
        """Both, of which libpq takes the one that can be written to."""
        return f"postgres://postgres@/rd?host={self.folder},{self.folder}&port=5501,5502&target_session_attrs=read-write"

    def fail_over(self):
        """The primary is gone without a word, and the standby takes its place."""
        self.run("pg_ctl", "stop", "-D", self.data("one"), "-m", "immediate")
        self.run("pg_ctl", "promote", "-w", "-D", self.data("two"))

    def connect(self, name="rd", *, port):
        return psycopg.connect(host=str(self.folder), port=port, user="postgres", dbname=name, autocommit=True)

    def data(self, name):
        return self.folder / name

    def configure(self, name, *lines):
        settings = [
            "listen_addresses = ''",
            f"unix_socket_directories = '{self.folder}'",
            "port = 5501",
            "max_connections = 60",
            "shared_buffers = 64MB",
            *lines,
        ]
        with (self.data(name) / "postgresql.auto.conf").open("a") as file:
            file.write("\n".join(settings) + "\n")

    def start(self, name):
        self.run("pg_ctl", "start", "-w", "-D", self.data(name), "-l", self.folder / f"{name}.log")

    def run(self, program, *arguments):
        with tempfile.TemporaryFile() as words:
            done = subprocess.run([self.programs / program, *map(str, arguments)], **self.user, stdout=words, stderr=words, check=False, cwd="/")
            words.seek(0)
            assert done.returncode == 0, words.read().decode()
