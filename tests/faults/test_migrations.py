"""No migration makes people wait: beside each of them somebody reads and somebody writes the tables that grow, and no lock takes too long."""

import os
import sys
import time

import psycopg
import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from psycopg import sql

from tests.factories import SessionFactory
from tests.faults.big_tables import counts, fill
from tests.faults.killing import Killable
from tests.faults.probing import probed
from tests.repetitions import is_long

# Five million in `make migrations`, which has a limit of its own.
ROWS, LIMIT_MS = int(os.environ.get("ROWS", 100_000)), 500
OURS = ("sessions_app", "labeling")
# Where the tables have their rows put in. Nothing before is of interest: it makes the tables.
BASELINE = [("sessions_app", "0001_sessions"), ("labeling", "0002_cache_table")]
# What one migration may do although others may not, and why. Before the first release nobody has rows that meet them: all are applied at once.
EARLY, AT_ONCE = "alters a table before it makes others, in one transaction", "fills a column in one statement"
EXCUSED = {
    ("labeling", "0003_browse"): EARLY,
    ("labeling", "0004_review"): EARLY,
    ("labeling", "0006_govern"): EARLY,
    ("labeling", "0012_summary"): EARLY,
    ("labeling", "0014_blind_codes"): AT_ONCE,
    ("labeling", "0016_fill_squares"): AT_ONCE,
    ("labeling", "0017_wire"): EARLY,
    ("labeling", "0021_queues"): EARLY,
}
# What holds a lock for a while, and whether a reader and a writer wait for it.
HELD = {
    "ALTER TABLE sessions_app_session ADD COLUMN one integer": (True, True),
    "CREATE INDEX one ON sessions_app_session (agent_id)": (False, True),
    "UPDATE sessions_app_session SET label_raters = 2": (False, True),
    # What building an index concurrently and validating a constraint take.
    "LOCK TABLE sessions_app_session IN SHARE UPDATE EXCLUSIVE MODE": (False, False),
}


def own_address(name):
    told = connection.get_connection_params()
    return {key: told[key] for key in ("host", "port", "user", "password") if told.get(key)} | {"dbname": name}


def later_migrations():
    """Those of ours after the baseline, in the order in which `migrate` applies them."""
    graph, found = MigrationLoader(None).graph, {}
    before = {node for target in BASELINE for node in graph.forwards_plan(target)}
    for app in OURS:
        for leaf in graph.leaf_nodes(app):
            found |= dict.fromkeys(node for node in graph.forwards_plan(leaf) if node[0] in OURS and node not in before)
    return list(found)


@pytest.fixture
def database(django_db_setup, django_db_blocker):
    """An empty database of its own; its name."""
    name = f"{connection.settings_dict['NAME']}_migrations"
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with django_db_blocker.unblock(), connection.creation._nodb_cursor() as cursor:
        cursor.execute(drop)
        cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield name
        cursor.execute(drop)


@pytest.mark.skipif(not is_long(), reason="takes long: TRUST=1")
def test_no_migration_makes_a_reader_or_a_writer_wait(database, capsys):
    where, waited = own_address(database), {}
    with Killable("migrating_process", database=database) as process:
        assert [process.work(" ".join(target)) for target in BASELINE] == [0] * len(BASELINE)
        for app, _ in MigrationLoader(None).graph.leaf_nodes():
            if app not in OURS:
                assert process.work(app) == 0
        fill(where, ROWS)
        for migration in later_migrations():

            def migrate(migration=migration):
                assert process.work(" ".join(migration)) == 0

            waited[migration] = probed(migrate, where=where, tables=counts(ROWS), limit_ms=LIMIT_MS)

    with capsys.disabled():
        sys.stdout.write("\n| migration | longest read, ms | longest write, ms | no lock in time |\n|---|---|---|---|\n")
        for (app, name), (read, write) in waited.items():
            sys.stdout.write(f"| {app} {name} | {read.longest_ms:.0f} | {write.longest_ms:.0f} | {', '.join(sorted(read.refused | write.refused))} |\n")
    assert {which: both for which, both in waited.items() if (both[0].refused or both[1].refused) and which not in EXCUSED} == {}


def test_an_excuse_is_for_a_migration_that_is_there():
    assert set(EXCUSED) <= set(later_migrations())


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", HELD)
def test_who_waits_for_a_lock_is_noticed(statement):
    SessionFactory(pk=1)
    where = own_address(connection.settings_dict["NAME"])

    def hold():
        with psycopg.connect(**where) as holder:
            holder.execute(statement)
            time.sleep(0.4)
            holder.rollback()

    read, write = probed(hold, where=where, tables={"sessions_app_session": 1}, limit_ms=100)

    assert (bool(read.refused), bool(write.refused)) == HELD[statement]
