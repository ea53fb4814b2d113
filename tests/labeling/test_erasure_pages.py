"""The admin's pages of erasures, legal holds and retention."""

from datetime import UTC, datetime

import pytest
from django.core.management import CommandError, call_command

from labeling.exports.erased_files import FILES
from labeling.models import Erasure, Event, LegalHold, RetentionRule, RetentionRun
from labeling.models.erasure import ErasureState
from labeling.operations.erasure import carry_out_erasure
from labeling.operations.retention import carry_out_retention
from sessions_app.models import Session, Transcript
from tests.factories import (
    NOON,
    ErasureFactory,
    LegalHoldFactory,
    RetentionRuleFactory,
    RetentionRunFactory,
    SavedViewFactory,
    SearchFactory,
    SessionFactory,
    TranscriptFactory,
)

pytestmark = pytest.mark.django_db

NUMBER, SPELLED = "+12025550177", "(202) 555-0177"
ERASE, HOLD, RULES = "/admin/erasures/new/", "/admin/holds/new/", "/admin/labeling/retentionrule/"
PAGES = [ERASE, HOLD, "/admin/labeling/erasure/", "/admin/labeling/legalhold/", "/admin/labeling/retentionrun/", RULES]


@pytest.fixture(autouse=True)
def list_of_its_own(settings, tmp_path):
    settings.ERASURE_LIST = tmp_path / "erasures.jsonl"


def text_of(answer):
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("path", PAGES)
def test_an_admin_sees_the_page(as_person, admin, path):
    assert as_person(admin).get(path).status_code == 200


@pytest.mark.parametrize("path", [ERASE, HOLD, "/admin/retention/1/file/", "/admin/holds/1/lifting/"])
@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_nobody_else_does(as_person, request, path, role):
    client = as_person(request.getfixturevalue(role))

    assert client.get(path).status_code == 403
    assert client.post(path).status_code in (403, 405)


@pytest.mark.parametrize("path", ["/admin/erasures/7/retries/", "/admin/retention/dry-runs/"])
def test_a_manager_asks_for_nothing(as_person, manager, path):
    assert as_person(manager).post(path).status_code == 403


@pytest.mark.parametrize("path", ["/admin/retention/7/file/", "/admin/holds/7/lifting/"])
def test_what_is_not_there_is_not_found(as_person, admin, path):
    assert as_person(admin).get(path).status_code == 404


def test_a_person_is_shown_before_anything_is_done_and_erased_after_that(as_person, admin):
    session = TranscriptFactory(session__source=NUMBER).session
    SearchFactory(text=f"from:{SPELLED}")
    view = SavedViewFactory(query="conversation=2025550177")
    client = as_person(admin)

    shown = client.post(ERASE, {"subject": SPELLED, "reference": "R-7"})

    assert shown.status_code == 200
    assert f"/sessions/{session.pk}/" in text_of(shown)
    assert f"View {view.pk} of {view.owner}" in text_of(shown)
    assert '<th scope="row">Searches that were typed</th><td>1</td>' in text_of(shown)
    assert not Erasure.objects.exists()

    ordered = client.post(ERASE, {"subject": SPELLED, "reference": "R-7", "expected": "1", "confirmation": "Erase 1"})

    erasure = Erasure.objects.get()
    assert (ordered.status_code, ordered["Location"]) == (303, f"/admin/labeling/erasure/{erasure.pk}/change/")
    assert (erasure.reference, erasure.erased_by, erasure.state) == ("R-7", admin, ErasureState.RUNNING)
    carry_out_erasure(erasure_pk=erasure.pk, files=FILES)
    page = text_of(client.get(ordered["Location"]))
    assert "Sessions: 1. Transcripts: 1." in page
    assert erasure.digest not in page
    assert client.get(f"/sessions/{session.pk}/").status_code == 200


def test_the_same_form_sent_twice_erases_once(as_person, admin):
    SessionFactory(source=NUMBER)
    client = as_person(admin)
    sent = {"subject": NUMBER, "expected": "1", "confirmation": "erase 1"}

    answers = [client.post(ERASE, sent) for _ in range(2)]

    assert [answer["Location"] for answer in answers] == [f"/admin/labeling/erasure/{Erasure.objects.get().pk}/change/"] * 2


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"subject": ""}, "one of them"),
        ({"subject": NUMBER, "session": "1"}, "one of them"),
        ({"session": "999"}, "There is no such session"),
        ({"session": "9" * 40}, "less than or equal to"),
        ({"session": "x"}, "whole number"),
        ({"subject": "555-0177"}, "with its area code"),
        ({"subject": NUMBER, "reference": "Call of 202 555 0177"}, "looks like a phone number"),
        ({"subject": "Zebulon", "reference": "zebulon"}, "must not say whom"),
        ({"subject": "x" * 300}, "at most 200"),
        ({"subject": NUMBER, "expected": "2", "confirmation": "erase 2"}, "other sessions by now"),
        ({"subject": NUMBER, "expected": "1", "confirmation": "yes"}, "Type exactly: erase 1"),
        ({"subject": NUMBER, "expected": "1"}, "Type exactly: erase 1"),
        ({"subject": "\0", "expected": "0", "confirmation": "erase 0"}, "Null characters"),
    ],
)
def test_a_mistake_is_told_and_erases_nothing(as_person, admin, sent, words):
    SessionFactory(source=NUMBER)

    answer = as_person(admin).post(ERASE, sent)

    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not Erasure.objects.exists()


def test_nobody_who_never_called_can_still_be_written_down(as_person, admin):
    """Their calls may still be on their way from the source."""
    answer = as_person(admin).post(ERASE, {"subject": NUMBER, "expected": "0", "confirmation": "erase 0"})

    assert answer.status_code == 303


def test_other_sessions_that_name_them_are_told_and_erased_where_that_is_ticked(as_person, admin):
    session = SessionFactory(source=NUMBER)
    mention = SessionFactory(source="+12025550100", transcript_state="held")
    turns = [{"uid": "t1", "timestamp": "2026-03-02T12:00:00Z", "source": "user", "text": "Call my son at 202-555-0177 please.", "lang": "en-US"}]
    TranscriptFactory(session=mention, turns=turns, search=None)
    call_command_of_repair()
    client = as_person(admin)

    shown = client.post(ERASE, {"subject": NUMBER})
    client.post(ERASE, {"subject": NUMBER, "expected": "1", "confirmation": "erase 1", "mentions": "on"})

    assert f"/sessions/{mention.pk}/" in text_of(shown)
    assert list(Erasure.objects.order_by("pk").values_list("subject_kind", flat=True)) == ["caller", "session"]
    for erasure in Erasure.objects.order_by("pk"):
        carry_out_erasure(erasure_pk=erasure.pk, files=FILES, sessions=[mention.pk] if erasure.subject_kind == "session" else ())
    assert set(Session.objects.exclude(erased_at=None)) == {session, mention}


def call_command_of_repair():
    from sessions_app.operations import repair_search_words  # noqa: PLC0415

    assert repair_search_words() == 1


def test_no_address_and_no_log_holds_whom_it_is_about(as_person, admin, caplog):
    SessionFactory(source=NUMBER)

    ordered = as_person(admin).post(ERASE, {"subject": NUMBER, "expected": "1", "confirmation": "erase 1"})

    assert "0177" not in ordered["Location"] + caplog.text


def test_an_erasure_that_failed_is_gone_on_with(as_person, admin):
    erasure = ErasureFactory(state=ErasureState.FAILED)
    client = as_person(admin)

    page = text_of(client.get(f"/admin/labeling/erasure/{erasure.pk}/change/"))
    answer = client.post(f"/admin/erasures/{erasure.pk}/retries/")
    again = client.post(f"/admin/erasures/{erasure.pk}/retries/")

    erasure.refresh_from_db()
    assert "Go on with it" in page
    assert (answer.status_code, again.status_code, erasure.state) == (303, 303, ErasureState.RUNNING)


def test_a_hold_is_placed_after_it_was_shown_what_it_covers(as_person, admin, agent):
    SessionFactory.create_batch(3, seen_agent=agent)
    SessionFactory()
    client = as_person(admin)
    sent = {"reason": "Case 12", "agent": agent.pk, "since": "2026-03-01", "until": "2026-03-31"}

    shown = client.post(HOLD, sent)
    placed = client.post(HOLD, sent | {"shown": f"|{agent.pk}|2026-03-01|2026-03-31"})
    client.post(HOLD, sent | {"shown": f"|{agent.pk}|2026-03-01|2026-03-31"})

    hold = LegalHold.objects.get()
    assert "It would cover: 3 sessions." in text_of(shown)
    assert placed.status_code == 303
    assert (hold.agent, f"{hold.since:%Y-%m-%d}", f"{hold.until:%Y-%m-%d}", hold.placed_by) == (agent, "2026-03-01", "2026-04-01", admin)
    assert Event.objects.get(kind="hold_placed").subject == hold.pk
    assert "Northlake Scheduling, from 2026-03-01 on, before 2026-04-01" in text_of(client.get("/admin/labeling/legalhold/"))


def test_what_was_changed_after_it_was_shown_is_shown_again(as_person, admin, agent):
    answer = as_person(admin).post(HOLD, {"reason": "Case 12", "shown": f"|{agent.pk}||"})

    assert answer.status_code == 200
    assert not LegalHold.objects.exists()


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({}, "required"),
        ({"reason": "x", "session": "5"}, "no such session"),
        ({"reason": "x", "since": "2026-03-02", "until": "2026-03-01"}, "before the first"),
        ({"reason": "x", "until": "9999-12-31"}, "outside the years"),
        ({"reason": "x", "since": "yesterday"}, "valid date"),
        ({"reason": "x", "agent": "99999"}, "valid choice"),
        ({"reason": "Call of +1 202 555 0177"}, "looks like a phone number"),
    ],
)
def test_a_hold_with_a_mistake_is_not_placed(as_person, admin, sent, words):
    answer = as_person(admin).post(HOLD, sent)

    assert answer.status_code == 422
    assert words in text_of(answer)


def test_a_hold_is_lifted_once(as_person, admin):
    hold = LegalHoldFactory()
    client = as_person(admin)

    shown = client.get(f"/admin/holds/{hold.pk}/lifting/")
    answers = [client.post(f"/admin/holds/{hold.pk}/lifting/").status_code for _ in range(2)]

    hold.refresh_from_db()
    assert "0 sessions" in text_of(shown)
    assert (answers, hold.lifted_by, Event.objects.filter(kind="hold_lifted").count()) == ([303, 303], admin, 1)


def test_a_shorter_time_asks_again_and_says_how_much_goes(as_person, admin):
    TranscriptFactory(session__transcript_state="held")
    rule = RetentionRuleFactory(data_class="transcript")
    client = as_person(admin)

    asked = client.post(f"{RULES}{rule.pk}/change/", {"days": "30"})
    rule.refresh_from_db()
    was = rule.days
    client.post(f"{RULES}{rule.pk}/change/", {"days": "30", "confirmed": "on"})

    rule.refresh_from_db()
    assert "The next run would delete of these: 1." in text_of(asked)
    assert (was, rule.days, rule.changed_by) == (None, 30, admin)
    event = Event.objects.get(kind="setting_changed")
    assert (event.subject_kind, event.before, event.after) == ("retention_rule", "for good", "30 days")


def test_a_longer_time_needs_no_second_question(as_person, admin):
    rule = RetentionRuleFactory(data_class="recording")
    RetentionRule.objects.filter(pk=rule.pk).update(days=30)

    as_person(admin).post(f"{RULES}{rule.pk}/change/", {"days": ""})

    rule.refresh_from_db()
    assert rule.days is None


@pytest.mark.parametrize(("data_class", "days"), [("event", "364"), ("transcript", "0"), ("transcript", "-1"), ("transcript", "9" * 20), ("transcript", "x")])
def test_a_time_that_may_not_be_is_refused(as_person, admin, data_class, days):
    rule = RetentionRuleFactory(data_class=data_class)

    answer = as_person(admin).post(f"{RULES}{rule.pk}/change/", {"days": days, "confirmed": "on"})

    rule.refresh_from_db()
    assert (answer.status_code, rule.days) == (200, None)


@pytest.mark.parametrize("days", ["2147483647", "800000"])
def test_a_time_before_all_time_keeps_everything(as_person, admin, days):
    rule = RetentionRuleFactory(data_class="transcript")
    session = TranscriptFactory(session__timestamp=datetime(1970, 1, 1, tzinfo=UTC)).session

    answer = as_person(admin).post(f"{RULES}{rule.pk}/change/", {"days": days, "confirmed": "on"})
    call_command("retention")

    rule.refresh_from_db()
    assert (answer.status_code, rule.days) == (302, int(days))
    assert Transcript.objects.filter(session=session).exists()


def test_a_dry_run_is_asked_for_shown_and_had_as_a_file(as_person, admin):
    TranscriptFactory(session__transcript_state="held", session__timestamp=NOON)
    RetentionRule.objects.update_or_create(data_class="transcript", defaults={"days": 30})
    client = as_person(admin)

    asked = client.post("/admin/retention/dry-runs/")
    made = RetentionRun.objects.get()
    carry_out_retention(run=made, remove_recordings=len)

    assert (asked.status_code, asked["Location"]) == (303, f"/admin/labeling/retentionrun/{made.pk}/change/")
    assert "Transcripts: 1 due, 0 on hold, 0 deleted" in text_of(client.get(asked["Location"]))
    file = client.get(f"/admin/retention/{made.pk}/file/")
    assert file.content.decode().splitlines()[:2] == [
        "class,days,due,on_hold,deleted,oldest_left,dry_run,run_at_utc",
        f"transcript,30,1,0,0,2026-03-02,1,{made.run_at:%Y-%m-%d %H:%M:%S}",
    ]
    assert file["Content-Disposition"] == f'attachment; filename="retention-{made.pk}.csv"'


def test_a_report_of_another_shape_is_no_fault(as_person, admin):
    run = RetentionRunFactory(counts={})

    assert as_person(admin).get(f"/admin/labeling/retentionrun/{run.pk}/change/").status_code == 200


def test_the_command_counts_and_erases(capsys, monkeypatch):
    SessionFactory(source=NUMBER)

    class Typed:
        def isatty(self):
            return False

        def readline(self):
            return SPELLED + "\n"

    monkeypatch.setattr("sys.stdin", Typed())

    call_command("erase", "--dry-run")
    was = Session.objects.get().source
    call_command("erase", "--yes", "--reference", "R-7")

    assert was == NUMBER
    assert Session.objects.get().source is None
    assert "Erasure" in (told := capsys.readouterr().out)
    assert "0177" not in told


def test_the_command_erases_one_session_and_nothing_where_the_answer_is_another(monkeypatch, capsys):
    session = SessionFactory(source=NUMBER)
    monkeypatch.setattr("builtins.input", lambda words: "yes")

    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase", "--session", str(session.pk))
    monkeypatch.setattr("builtins.input", lambda words: "erase 1")
    call_command("erase", "--session", str(session.pk))

    with pytest.raises(CommandError, match="erased already"):
        call_command("erase", "--session", str(session.pk))


def test_the_list_is_replayed_by_the_command(capsys, settings, tmp_path):
    session = SessionFactory(source=NUMBER)
    call_command("erase", "--session", str(session.pk), "--yes")

    call_command("replay_erasures")

    assert "1 lines, 0 sessions erased again" in capsys.readouterr().out
    with pytest.raises(CommandError, match="Where nobody was ever erased there is none"):
        call_command("replay_erasures", str(tmp_path / "nothing.jsonl"))


def test_a_list_that_cannot_be_read_erases_nothing(settings):
    settings.ERASURE_LIST.write_text('{"at": "x"}\n{}\n')

    with pytest.raises(CommandError, match="Line 1 of the list cannot be read"):
        call_command("replay_erasures")


def test_a_list_of_another_key_says_so_and_does_the_rest(settings):
    settings.ERASURE_KEYS = ["a former key"]
    session = SessionFactory(source=NUMBER)
    call_command("erase", "--session", str(session.pk), "--yes")
    settings.ERASURE_KEYS = ["a new key"]

    with pytest.raises(CommandError, match="ERASURE_KEY_FALLBACKS"):
        call_command("replay_erasures")

    settings.ERASURE_KEYS = ["a new key", "a former key"]
    call_command("replay_erasures")
