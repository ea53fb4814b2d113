"""Demo data: the same numbers give the same data, and it holds together."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from labeling.demo.seeding import seed_demo
from labeling.models import Evidence, IssueCategory, Label, LabelIssue, Queue, User
from labeling.models.queue import DrawState
from sessions_app.codes import FIRST_OWN_ID
from sessions_app.models import Session, Transcript
from tests.factories import SessionFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas

pytestmark = pytest.mark.django_db

UNTIL = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def everything():
    sessions = Session.objects.order_by("external_id").values_list("external_id", "timestamp", "source", "label_code", "auto_code", "tool_errors", "language")
    labels = Label.objects.order_by("session__external_id", "client_key", "rater__email")
    said = labels.values_list("session__external_id", "rater__email", "type", "code", "comment", "made_at", "basis", "independent")
    issues = LabelIssue.objects.order_by("session__external_id", "raw", "label__client_key", "label__rater__email").values_list("session__external_id", "raw")
    texts = Transcript.objects.order_by("session__external_id").values_list("content_hash", flat=True)
    return list(sessions), list(said), list(issues), list(texts)


def seed_and_forget(sessions, seed):
    with transaction.atomic():
        seed_demo(sessions=sessions, seed=seed, with_accounts=False, until=UNTIL)
        made = everything()
        transaction.set_rollback(True)
    return made


def test_the_same_numbers_give_the_same_data_and_another_seed_gives_other():
    first, second, other = seed_and_forget(120, 7), seed_and_forget(120, 7), seed_and_forget(120, 8)

    assert first == second
    assert first != other


def test_demo_data_holds_together():
    seed_demo(sessions=400, seed=7, with_accounts=True, until=UNTIL)

    assert Session.objects.count() == 400
    assert set(Session.objects.values_list("channel", flat=True)) == {"voice", "chat", "sms"}
    assert {"en", "es"} <= set(Session.objects.values_list("language", flat=True))
    assert Session.objects.filter(pk__lt=FIRST_OWN_ID).exists()
    assert Session.objects.filter(pk__gte=FIRST_OWN_ID, external_id__startswith="wc_").exists()
    assert Session.objects.filter(label_code="DISPUTED").exists() or Session.objects.filter(label_raters__gt=1).exists()
    assert Label.objects.filter(independent=True, basis="random").exists()
    assert Evidence.objects.exists()
    assert set(IssueCategory.objects.filter(origin="vendor").values_list("name", flat=True)) == {"Silent treatment", "Speech transcription (STT)"}
    assert not LabelIssue.objects.filter(category=None).exists()
    assert list(User.objects.order_by("pk").values_list("role", flat=True)) == ["admin", "manager", "reviewer", "reviewer"]
    check_everything_derived()
    check_session_deltas()


def test_seed_demo_is_for_an_empty_database():
    SessionFactory()

    with pytest.raises(CommandError, match="already has sessions"):
        call_command("seed_demo", sessions=10)


def test_seed_demo_is_not_for_production(settings):
    settings.PRODUCTION = True

    with pytest.raises(CommandError, match="does not belong in a production database"):
        call_command("seed_demo", sessions=10)


@pytest.mark.parametrize("sessions", [0, -1])
def test_seed_demo_needs_at_least_one_session(sessions):
    with pytest.raises(CommandError, match="at least 1"):
        call_command("seed_demo", sessions=sessions)


def test_the_demo_has_queues_to_work_at_once():
    seed_demo(sessions=400, seed=7, with_accounts=True)

    sample, low, silences = Queue.objects.order_by("pk")
    draw = sample.draws.get()
    assert sample.is_independent
    assert sample.due_at > draw.asked_at
    assert 0 < draw.drawn == sample.assignments.values("session").distinct().count() < sample.assignments.count()
    assert all(queue.draws.get().state == DrawState.FINISHED and not queue.is_independent for queue in (low, silences))
