"""What leaves for a Sentry: kinds and places, and nothing that anybody typed or said."""

import json
import logging

import brotli
import pytest
from sentry_sdk.transport import Transport

from config.error_reports import Reports
from config.logs import request_id

CANARY = "canary +1 415 555 0134 rk_secret I need to move my visit"


class Kept(Transport):
    sent: list[str] = []

    def capture_envelope(self, envelope):
        Kept.sent.append(envelope.serialize().decode())


@pytest.fixture
def logger():
    Kept.sent = []
    found = logging.Logger("review_desk.test")
    found.addHandler(Reports("https://key@sentry.example/1", "web", transport=Kept))
    return found


def fail(words):
    said = words
    try:
        raise KeyError(said)
    except KeyError as problem:
        raise ValueError(f"{said}?phone={words}") from problem


def test_an_error_is_told_by_kind_and_place_and_request_and_by_nothing_else(logger):
    token = request_id.set("a-request-id")
    try:
        fail(CANARY)
    except ValueError:
        logger.exception("Failed at %s", CANARY, extra={"request": CANARY, "facts": {"body": CANARY}})
    finally:
        request_id.reset(token)

    [sent] = Kept.sent
    event = json.loads(sent.splitlines()[-1])
    assert [one["type"] for one in event["exception"]["values"]] == ["KeyError", "ValueError"]
    assert event["exception"]["values"][1]["stacktrace"]["frames"][-1]["function"] == "fail"
    assert event["tags"] == {"request": "a-request-id", "process": "web"}
    assert not any(word in sent for word in ("canary", "555", "rk_secret", "visit"))
    assert not {"user", "request", "server_name", "extra", "modules", "breadcrumbs", "contexts"} & set(event)


def test_an_error_without_an_exception_names_its_place_and_not_its_words(logger):
    logger.error(f"{CANARY} %s", CANARY)

    [sent] = Kept.sent
    assert json.loads(sent.splitlines()[-1])["message"].startswith("review_desk.test at test_error_reports:")
    assert "555" not in sent


def test_a_warning_stays_here(logger):
    logger.warning("Only a warning")

    assert Kept.sent == []


def test_over_the_wire_goes_what_was_made_here_and_no_more(httpserver):
    httpserver.expect_request("/api/1/envelope/", method="POST").respond_with_json({})
    reports = Reports(httpserver.url_for("/").replace("http://", "http://key@") + "1", "web")
    found = logging.Logger("review_desk.test")
    found.addHandler(reports)
    try:
        fail(CANARY)
    except ValueError:
        found.exception("Failed at %s", CANARY)
    reports._client.close(timeout=5)

    [(request, _)] = httpserver.log
    sent = brotli.decompress(request.get_data()).decode()
    assert json.loads(sent.splitlines()[-1])["exception"]["values"][1]["type"] == "ValueError"
    assert not any(word in sent + str(request.headers) for word in ("canary", "555", "rk_secret", "visit"))
