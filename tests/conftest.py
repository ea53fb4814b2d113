"""What every test may use."""

import gc

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.test import TransactionTestCase

from labeling.roles import Role
from tests.factories import AgentFactory, MaskedKeyFactory, UserFactory
from tests.template import ready_template

# What migrations and Django's own start-up wrote stays; making it anew took longer than most tests.
STAYS = ["django_migrations", "django_content_type", "auth_permission", "procrastinate_version"]
# Nine tables in ten are empty, and a TRUNCATE of all of them makes some hundred files on disk. Facts, foreign keys and histories
# are triggers, which a replica does not fire: this is the one place that may empty the tables of facts.
EMPTY = """
DO $$
DECLARE
    name text;
    has_rows boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR name IN SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> ALL (ARRAY[{stays}]) LOOP
        EXECUTE 'SELECT EXISTS (SELECT FROM ' || name || ')' INTO has_rows;
        IF has_rows THEN
            EXECUTE 'DELETE FROM ' || name;
        END IF;
    END LOOP;
END
$$
""".format(stays=", ".join(f"'{table}'" for table in STAYS))


# Nobody reads this data after a crash.
FORGETFUL = """
DO $$
BEGIN
    EXECUTE 'ALTER DATABASE ' || quote_ident(current_database()) || ' SET synchronous_commit = off';
END
$$
"""

# A thread that a test began may be gone without having closed its connection, and nobody may be connected to what is dropped.
ALONE = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"


def pytest_collection_finish():
    """What is loaded by now stays to the end: to look through it for garbage again and again took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def empty():
    with connection.cursor() as cursor:
        cursor.execute(EMPTY)


TransactionTestCase._fixture_teardown = lambda test: empty()


@pytest.fixture(scope="session")
def template(django_test_environment, django_db_modify_db_settings, django_db_blocker):
    with django_db_blocker.unblock():
        connection.settings_dict["TEST"]["TEMPLATE"] = ready_template(connection)


@pytest.fixture(scope="session")
def django_db_setup(template, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(FORGETFUL)
        connection.close()
    yield
    with django_db_blocker.unblock():
        with connection.cursor() as cursor:
            cursor.execute(ALONE)
        connection.close()


@pytest.fixture(autouse=True)
def never_the_real_database():
    """Once the tests have a database of their own, no test may lead the next one back to the real one."""
    before = django_settings.DATABASES["default"]["NAME"]
    yield
    if before.startswith("test_"):
        assert django_settings.DATABASES["default"]["NAME"] == before


@pytest.fixture(autouse=True)
def plain_settings(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.ACCOUNT_RATE_LIMITS = False
    # Each new client makes the middleware anew, and a look at every static file took half of a small test's time.
    settings.WHITENOISE_AUTOREFRESH = True
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}


@pytest.fixture(autouse=True)
def time_enough(monkeypatch):
    """A busy machine must not change what is counted; the tests that are about running out of time set their own limit."""
    for place in ("labeling.filters.facets.BUDGET_MS", "labeling.filters.removals.BUDGET_MS", "labeling.queries.saved_views.COUNTS_BUDGET_MS"):
        monkeypatch.setattr(place, 20_000)


@pytest.fixture
def agent(db):
    return AgentFactory(name="Northlake Scheduling")


@pytest.fixture
def other_agent(db):
    return AgentFactory(name="Cedar Billing Help")


@pytest.fixture
def reviewer(db):
    return UserFactory(name="Amara Osei", email="amara@example.com")


@pytest.fixture
def manager(db):
    return UserFactory(name="Priya Nair", email="priya@example.com", role=Role.MANAGER)


@pytest.fixture
def admin(db):
    return UserFactory(name="Luis Ferrer", email="luis@example.com", role=Role.ADMIN)


@pytest.fixture
def narrow_reviewer(agent):
    """Somebody who may see one agent's sessions only."""
    return UserFactory(name="Mei Tanaka", email="mei@example.com", all_agents=False, agents=[agent])


@pytest.fixture
def masked_keys(db):
    """What the first migration lists. A test that empties the database takes it along."""
    return [MaskedKeyFactory(name=name) for name in ("phone", "dob", "mrn", "ssn", "member_id", "address", "email", "name")]


@pytest.fixture
def as_person(client):
    def sign_in(person):
        client.force_login(person)
        return client

    return sign_in
