"""Data as old as any there is comes up to this version whole: labels as they were, counts and pages true.

`first_labels.sql.xz` is what `pg_dump --inserts` wrote of thirty demo sessions when labels were first kept, before the third migration
of any app of ours. What was not there then, such as accounts, begins empty.
"""

import lzma
import secrets
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from labeling.backups.places import Place
from labeling.models import Label
from labeling.operations.deltas import recount_verdicts
from labeling.operations.derived import repair_derived
from labeling.operations.disputes import repair_disputes
from labeling.operations.places import repair_places
from labeling.roles import Role
from sessions_app.models import Session
from sessions_app.operations import recount_sessions, repair_search_words
from tests.factories import UserFactory
from tests.labeling.recomputation import check_everything_derived
from tests.repetitions import is_long

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.skipif(not is_long(), reason="TRUST=1 runs it")]
DUMP = Path(__file__).with_name("first_labels.sql.xz")
DAY = timedelta(days=1)
FACTS = ("labeling_label", "labeling_labelissue", "labeling_evidence", "sessions_app_session", "sessions_app_transcript")


@pytest.fixture
def old():
    """A database of that time, under a name of its own."""
    place = Place.ours().named(f"test_upgrade_{secrets.token_hex(4)}")
    name = sql.Identifier(place.address["dbname"])
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(name))
    with closing(place.connect(autocommit=True)) as there:
        there.execute(lzma.decompress(DUMP.read_bytes()).decode())
    yield place
    with connection.cursor() as cursor:
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def served_from(place):
    """The application on that database, as after a change of DATABASE_URL."""
    ours, before = settings.DATABASES["default"], connection.settings_dict["NAME"]
    connection.close()
    ours["NAME"] = connection.settings_dict["NAME"] = place.address["dbname"]
    # Ids of kinds of rows differ between databases, and are remembered.
    ContentType.objects.clear_cache()
    try:
        yield
    finally:
        connection.close()
        ours["NAME"] = connection.settings_dict["NAME"] = before
        ContentType.objects.clear_cache()


def facts(place, columns=None):
    """Every row of the tables of facts, in the columns that are named, or all there are."""
    found = {}
    with closing(place.connect()) as there:
        for table in FACTS:
            chosen = columns[table] if columns else [column.name for column in there.execute(f"SELECT * FROM {table} LIMIT 0").description]
            asked = sql.SQL("SELECT {} FROM {} ORDER BY 1").format(sql.SQL(", ").join(map(sql.Identifier, chosen)), sql.Identifier(table))
            found[table] = (chosen, there.execute(asked).fetchall())
    return found


def test_the_oldest_data_is_brought_up_to_this_version(old, client):
    before = facts(old)

    with served_from(old):
        call_command("migrate", verbosity=0)

        after = facts(old, {table: columns for table, (columns, _) in before.items()})
        assert {table: len(rows) for table, (_, rows) in before.items()} == {
            "labeling_label": 37,
            "labeling_labelissue": 3,
            "labeling_evidence": 3,
            "sessions_app_session": 30,
            "sessions_app_transcript": 30,
        }
        assert after == before
        call_command("makemigrations", check=True, dry_run=True, verbosity=0)
        call_command("check", databases=["default"])
        check_pages(client)
        # What this version derives from what was there is worked out in the first night, and then all of it holds.
        put_right()
        check_everything_derived()
        assert put_right() == 0
        check_pages(client)


def put_right():
    """The nightly checks, and how much they found."""
    return repair_derived() + recount_sessions() + recount_verdicts() + repair_disputes() + repair_places() + repair_search_words()


def check_pages(client):
    """Each page is there, and lists and the summary count what the labels say."""
    client.force_login(UserFactory(role=Role.ADMIN))
    labels = Label.objects.filter(type="human-rating").count()
    assert labels == 10
    for code in ("GOOD", "OK", "BAD", "N/A"):
        meant = Session.objects.filter(label_code=code).count()
        assert client.get("/sessions/counts/", {"label": code, "test": "on"}).context["counts"].total == meant, code
    for address in (
        "/sessions/",
        "/review/",
        "/queues/",
        "/guide/",
        "/admin/",
        "/admin/health/",
        *(f"/sessions/{pk}/" for pk in Session.objects.values_list("pk", flat=True)),
    ):
        assert client.get(address).status_code == 200, address
    times = sorted(Session.objects.values_list("timestamp", flat=True))
    days = {"since": "days", "first": str(times[0].date() - DAY), "last": str(times[-1].date() + DAY), "basis": "all"}
    summary = client.get("/summary/", days)
    headline = next(part["content"] for part in summary.context["above"] if part["name"] == "headline")
    counted = Session.objects.exclude(is_test=True)
    assert headline.sessions.n == counted.count()
    rated = counted.filter(label_code__in=("GOOD", "OK", "BAD"))
    assert (headline.bad.part.n, headline.bad.whole.n) == (rated.filter(label_code="BAD").count(), rated.count())
