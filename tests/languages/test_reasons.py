"""Why something stopped in the background: kept in English, read in the language of whoever opens the page."""

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from labeling.exports import background as exports
from labeling.imports import background as imports
from labeling.operations import draws, push_outcomes, queue_adding
from sessions_app import records
from sessions_app.ingest import rows
from sessions_app.reasons import say, with_values
from sessions_app.syncing import engine
from sessions_app.upstream import facts
from tests.factories import ConnectionFactory, DrawFactory, ExportFactory, FileImportFactory, QueueFactory, UserFactory
from tests.languages.pseudo import bracketed
from tests.languages.reading import texts_of, untranslated


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


@pytest.mark.parametrize(("message", "values"), [("The vendor gave no answer.", {}), (engine.OURS, {"kind": "KeyError"}), (engine.NO_KEY, {})])
def test_a_connection_says_why_it_failed_in_another_language(client, admin, other_language, message, values):
    fault = message % values
    connection = ConnectionFactory(failed_at=datetime(2026, 3, 2, tzinfo=UTC), problem=fault)
    client.force_login(admin)

    page = client.get(reverse("labeling:connection_detail", args=[connection.pk])).content.decode()

    assert bracketed(message) % values in page
    assert fault not in page


def test_the_numbers_in_a_reason_are_written_as_the_language_does(other_language):
    kept = draws.TOO_MANY % {"n": "123,456", "most": "100,000"}

    with override("en"):
        assert say(kept) == kept
    # It groups no digits.
    assert say(kept) == bracketed(draws.TOO_MANY) % {"n": "123456", "most": "100000"}


@pytest.mark.parametrize(
    ("message", "values"),
    [
        (facts.NO_ANSWER, {"problem": "[Errno 111] Connection refused"}),
        (facts.KEY_REFUSED, {"status": 403}),
        (records.NOT_TEXT, {"name": "prompt_id"}),
        (records.OTHER_YEARS, {"name": "timestamp", "first": 2000, "last": 2100}),
        (rows.TOO_FEW_CELLS, {"n": 2, "columns": 9}),
    ],
)
def test_a_sentence_with_a_value_is_translated_around_it(other_language, message, values):
    assert say(message % values) == bracketed(message) % values


def test_a_reason_within_a_reason_is_translated_too(other_language):
    kept = push_outcomes.GIVEN_UP % {"n": 14, "reason": facts.ANSWERED % {"status": 503}}

    assert say(kept) == bracketed(push_outcomes.GIVEN_UP) % {"n": 14, "reason": bracketed(facts.ANSWERED) % {"status": 503}}


def test_the_sentence_that_says_more_is_known_first(other_language):
    shorter = with_values("%(name)s is odd.")
    longer = with_values("%(name)s of a test is odd.")

    assert say("It is odd.") == bracketed(shorter) % {"name": "It"}
    assert say("It of a test is odd.") == bracketed(longer) % {"name": "It"}


def test_rows_that_cannot_be_taken_say_why_in_another_language(client, admin, other_language):
    why = records.NOT_TEXT % {"name": "prompt_id"}
    file = FileImportFactory(created_by=admin, state="finished", refused=1, first_refused=[[3, why]])
    client.force_login(admin)

    page = client.get(f"/imports/{file.token}/").content.decode()

    assert bracketed(records.NOT_TEXT) % {"name": "prompt_id"} in page
    assert why not in page


@pytest.mark.parametrize("content", [b"", b"\xff\xfea\x00", b"[1]", b"a,a\n1,2\n"])
def test_a_file_that_cannot_be_read_says_why_in_another_language(client, admin, other_language, content, settings, tmp_path):
    settings.IMPORT_DIR = tmp_path
    client.force_login(admin)

    answer = client.post("/imports/", {"kind": "sessions", "file": SimpleUploadedFile("a.csv", content)})

    assert answer.status_code == 422
    assert list(untranslated(dict.fromkeys(texts_of(answer), "imports"))) == []


def test_a_reason_that_nobody_translated_stays():
    assert say("Some words of 2024.") == "Some words of 2024."
    assert say("") == ""
