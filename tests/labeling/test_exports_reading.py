"""Reading ahead: PostgreSQL works on the next rows while these are written."""

import pytest

from labeling.exports import reading
from labeling.exports.catalog import COLUMNS, columns_named
from labeling.exports.reading import read_batches, snapshot
from sessions_app.models import Session
from tests.factories import SessionFactory

pytestmark = pytest.mark.django_db
FEW = columns_named(["session_id", "timestamp"])


@pytest.fixture
def two_at_a_time(monkeypatch):
    monkeypatch.setattr(reading, "BATCH", 2)
    monkeypatch.setattr(reading, "BATCH_OF_WORDS", 2)


def batches_of(person, columns):
    return read_batches(Session.objects.order_by("pk"), columns, viewer=person, base="http://testserver")


@pytest.mark.parametrize("rows", [0, 1, 2, 5])
def test_every_row_comes_once_and_in_order(admin, two_at_a_time, rows):
    pks = sorted(session.pk for session in SessionFactory.create_batch(rows))

    with snapshot(seconds=5):
        read = [pk for batch in batches_of(admin, FEW) for pk in batch.pks]

    assert read == pks


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.name)
def test_what_belongs_to_a_batch_is_there_before_the_next_one_is_asked_for(admin, two_at_a_time, django_assert_num_queries, column):
    SessionFactory.create_batch(3)

    with snapshot(seconds=5):
        batches = batches_of(admin, [column])
        batch = next(batches)
        with django_assert_num_queries(0):
            list(column.read(batch))
        batches.close()


def test_who_stops_in_between_leaves_the_connection_as_it_was(admin, two_at_a_time):
    SessionFactory.create_batch(9)

    with snapshot(seconds=5):
        batches = batches_of(admin, FEW)
        next(batches)
        batches.close()

        assert Session.objects.count() == 9
