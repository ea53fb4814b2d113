"""A vendor, a connection to it, and little patience."""

from datetime import timedelta

import pytest

from sessions_app.operations import sync_runs
from sessions_app.syncing import windows
from sessions_app.syncing.engine import sync_connection
from sessions_app.upstream.client import Patience
from tests.factories import ConnectionFactory
from tests.sessions_app.upstream.fake_vendor import FIRST, FakeVendor

QUICK = Patience(attempts=8, first_wait=0.002, longest_wait=0.05, seconds=2.0)


@pytest.fixture(autouse=True)
def few_windows(monkeypatch):
    """From the first session of the vendor until today in one; the tests that are about windows set their own."""
    monkeypatch.setattr(sync_runs, "FIRST_WINDOW", 10_000 * 86_400.0)
    monkeypatch.setattr(windows, "LONGEST", 10_000 * 86_400.0)


@pytest.fixture
def vendor(settings):
    with FakeVendor() as vendor:
        settings.OUTBOUND_ALLOWED = frozenset({vendor.allowed})
        vendor.stall_seconds = 0.1
        yield vendor


@pytest.fixture
def connection(vendor, db):
    return ConnectionFactory(base_url=vendor.url, begins_at=FIRST - timedelta(days=1))


@pytest.fixture
def sync(connection):
    def sync_now(**options):
        connection.refresh_from_db()
        return sync_connection(connection_pk=connection.pk, **({"patience": QUICK} | options))

    return sync_now
