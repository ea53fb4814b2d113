"""What is personal, or a secret, and where it must never be found: logs, error pages, mails, addresses."""

import json
import logging
import logging.config

import pytest
from django.conf import settings as real
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import DatabaseError, IntegrityError, connection, transaction

from config.logs import JsonLines, Lines
from labeling.models import User
from tests.factories import PASSWORD, AgentFactory, ApiKeyFactory, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db
PHONE, KEY, SECRET, PHRASE = "+15550107788", "rd_0badcafe_canaryCanarycanary", "canary-password-9x!", "canary phrase of a caller"
EMAIL = "canary@example.com"
CANARIES = (EMAIL, PHONE, PHONE[2:], KEY, SECRET, PHRASE)


@pytest.fixture(params=["line", "json"])
def log(request):
    """Every line that any logger writes, at every level, in either format."""
    lines = []

    class Kept(logging.Handler):
        def emit(self, record):
            lines.append(self.format(record))

    handler = Kept(level=logging.INFO)
    handler.setFormatter(JsonLines() if request.param == "json" else Lines("%(asctime)s %(levelname)s %(name)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("", *real.LOGGING["loggers"])]
    for logger in loggers:
        logger.addHandler(handler)
    yield lines
    for logger in loggers:
        logger.removeHandler(handler)


def found_in(*texts):
    return [canary for canary in CANARIES for text in texts if canary in text or canary.replace(" ", "+") in text or canary.replace(" ", "%20") in text]


def test_no_page_that_refuses_and_no_line_of_the_log_repeats_what_was_sent(client, log, reviewer, settings):
    settings.LOG_REQUESTS = True
    session = SessionFactory(seen_agent=AgentFactory(), source=PHONE)
    api = {"Syllable-API-Key": KEY}
    refused = [
        client.post("/accounts/login/", {"login": "amara@example.com", "password": SECRET}),
        client.get("/api/v1/sessions/", headers=api),
        client.get(f"/api/v1/sessions/?search={PHONE}", headers=api),
    ]
    client.force_login(reviewer)
    refused += [
        client.get("/nowhere/", {"q": PHRASE, "from": PHONE}),
        client.post(f"/labels/{session.pk}/", {"code": "NONE", "comments": PHRASE, "client_key": ""}),
        client.post("/labels/999999999/", {"code": "BAD", "comments": PHRASE, "client_key": "canary-key-1"}),
        client.post("/accounts/password/change/", {"oldpassword": SECRET, "password1": SECRET, "password2": SECRET + "2"}),
        client.get("/sessions/", {"timestamp_after": PHRASE, "page": PHRASE}),
        client.get(f"/sessions/{session.pk}/"),
    ]

    # A form that comes back holds what was typed into it, for the one who typed it; a page that refuses does not.
    for answer in refused:
        assert found_in(answer.get("Location", ""), str(dict(answer.items()))) == []
        if answer.status_code in (400, 401, 403, 404, 405):
            assert found_in(answer.content.decode()) == []
    assert found_in(*log) == []


def test_a_label_and_a_search_leave_no_word_in_the_log(client, log, reviewer):
    session = SessionFactory(seen_agent=AgentFactory())
    client.force_login(reviewer)

    client.post(f"/labels/{session.pk}/", {"code": "BAD", "comments": f"{PHRASE} {PHONE}", "client_key": "canary-key-2"})
    client.post(f"/labels/{session.pk}/draft/", {"comments": PHRASE})
    answer = client.post("/searches/", {"q": PHRASE})

    assert found_in(answer.get("Location", ""), *log) == []


def provoked():
    """Errors as they come up in the work, each with a canary in its words."""
    UserFactory(email=EMAIL)
    with pytest.raises(IntegrityError) as duplicate, transaction.atomic():
        User.objects.create(email=EMAIL, name=PHRASE)
    with pytest.raises(DatabaseError) as wrong, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [PHRASE])
    with pytest.raises(KeyError) as missing:
        {}[PHONE]
    with pytest.raises(ValidationError) as invalid:
        raise ValidationError(SECRET)
    with pytest.raises(RuntimeError) as nested:
        raise RuntimeError(PHRASE) from ValueError(KEY)
    return [one.value for one in (duplicate, wrong, missing, invalid, nested)]


def test_an_error_is_told_by_its_kind_and_place_and_not_by_its_words(log):
    problems = provoked()
    for problem in problems:
        logging.getLogger("labeling").error("A job failed.", exc_info=problem)

    told = log[-len(problems) :]
    assert found_in(*told) == []
    assert "sqlstate=23505 constraint_name=" in told[0]
    assert "sqlstate=22P02" in told[1]
    assert all("test_canaries.py" in line for line in told)
    assert "ValueError" in told[4]


def test_a_line_of_json_is_one_object_with_the_id_of_its_request(client):
    record = logging.LogRecord("labeling", logging.ERROR, __file__, 1, "A job %s\nfailed", ("of two lines",), None)

    told = json.loads(JsonLines().format(record))

    assert told.keys() >= {"at", "level", "logger", "message", "request"}
    assert "\n" not in JsonLines().format(record)


def test_no_mail_holds_a_password_or_a_key(client, settings):
    UserFactory(email="amara@example.com", password=PASSWORD)
    ApiKeyFactory()

    client.post("/accounts/password/reset/", {"email": "amara@example.com"})

    assert mail.outbox
    assert found_in(*(one.subject + one.body for one in mail.outbox)) == []
    assert all(PASSWORD not in one.body for one in mail.outbox)
