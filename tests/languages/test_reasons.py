"""Why something stopped in the background: kept in English, read in the language of whoever opens the page."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from django.utils.translation import override

from labeling.exports import background as exports
from labeling.imports import background as imports
from labeling.operations import draws, queue_adding
from labeling.templatetags.reasons import reason
from tests.factories import ConnectionFactory, DrawFactory, ExportFactory, FileImportFactory, QueueFactory, UserFactory
from tests.languages.pseudo import bracketed


@pytest.fixture
def admin(db):
    return UserFactory(role="admin", all_agents=True)


@pytest.mark.parametrize(("make", "address", "fault"), [(ExportFactory, "exports", exports.FAULT), (FileImportFactory, "imports", imports.FAULT)])
def test_a_file_says_why_it_stopped_in_another_language(client, admin, other_language, make, address, fault):
    file = make(created_by=admin, state="failed", problem=fault)
    client.force_login(admin)

    page = client.get(f"/{address}/{file.token}/").content.decode()

    assert bracketed(fault) in page
    assert fault not in page


def test_an_addition_to_a_queue_says_why_it_stopped_in_another_language(client, admin, other_language):
    queue = QueueFactory(draw_kind="added", seed=None, size=None)
    draw = DrawFactory(queue=queue, asked_by=admin, state="failed", problem=queue_adding.FULL)
    client.force_login(admin)

    pages = "".join(client.get(path).content.decode() for path in (f"/sessions/additions/{draw.pk}/", "/sessions/bulk/", f"/queues/{queue.slug}/"))

    assert pages.count(bracketed(queue_adding.FULL)) == 3
    assert queue_adding.FULL not in pages


def test_a_connection_says_why_it_failed_in_another_language(client, admin, other_language):
    fault = "The vendor gave no answer."
    connection = ConnectionFactory(failed_at=datetime(2026, 3, 2, tzinfo=UTC), problem=fault)
    client.force_login(admin)

    page = client.get(reverse("labeling:connection_detail", args=[connection.pk])).content.decode()

    assert bracketed(fault) in page
    assert fault not in page


def test_the_numbers_in_a_reason_are_written_as_the_language_does(other_language):
    kept = draws.TOO_MANY % {"n": "123,456", "most": "100,000"}

    with override("en"):
        assert reason(kept) == kept
    # It groups no digits.
    assert reason(kept) == bracketed(draws.TOO_MANY) % {"n": "123456", "most": "100000"}


def test_a_reason_that_nobody_translated_stays():
    assert reason("Some words of 2024.") == "Some words of 2024."
    assert reason("") == ""
