"""Files of sessions and labels: looked through, taken in, refused row by row, gone on with, and gone when their day is over."""

import json
import os
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling import tasks
from labeling.exports.erased_files import FILES
from labeling.forms.imports import guess_mapping
from labeling.imports import background, folder
from labeling.imports.background import clear_imports, take_file
from labeling.imports.running import Run, Stopped
from labeling.models import Erasure, Event, FileImport, IncomingIssue, Label
from labeling.models.event import EventKind
from labeling.operations.erasure import carry_out_erasure, order_erasure
from labeling.operations.imports import NotNow, begin_import, cancel_import, check_import, run_import
from labeling.queries.erasure import caller
from sessions_app.ingest.shapes import find_shape
from sessions_app.models import Session, Source
from sessions_app.queries.identity import caller_digests
from tests.factories import FileImportFactory, IssueCategoryFactory, SessionFactory, SourceFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas

pytestmark = pytest.mark.django_db
TALK = [{"timestamp": "2026-03-02T15:14:00Z", "source": "agent", "text": "Hello."}]


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.IMPORT_DIR, settings.ERASURE_LIST = tmp_path / "imports", tmp_path / "erasures.jsonl"
    return settings.IMPORT_DIR


def lines(n, start=0, **more):
    return [
        {"started": f"2026-03-02T15:{number % 60:02}:00Z", "id": f"call-{number}", "agent": "Northlake", "length": 12.5, **more}
        for number in range(start, start + n)
    ]


def as_jsonl(rows):
    return "".join(f"{json.dumps(row)}\n" for row in rows).encode()


def as_csv(rows, delimiter=","):
    names = list(rows[0])
    return "\r\n".join([delimiter.join(names), *(delimiter.join(str(row[name]) for name in names) for row in rows), ""]).encode()


def uploaded(content, by, kind="sessions", token="t" * 43):
    with folder.create(token) as file:
        file.write(content)
    with folder.path_of(token).open("rb") as file:
        shape = find_shape(file)
    return begin_import(
        by=by,
        token=token,
        kind=kind,
        format=shape.format,
        size=len(content),
        columns=shape.columns,
        shape=shape.as_json(),
        mapping=guess_mapping(shape, kind),
    )


def looked_through(file_import, mode="good", source="Old system", **more):
    check_import(file_import=file_import, mapping=file_import.mapping, mode=mode, source=source)
    take_file(file_import_pk=file_import.pk, **more)
    file_import.refresh_from_db()
    return file_import


def taken(file_import, **more):
    run_import(file_import=file_import)
    take_file(file_import_pk=file_import.pk, **more)
    file_import.refresh_from_db()
    return file_import


def counts(file_import):
    return file_import.state, file_import.rows, file_import.created, file_import.changed, file_import.unchanged, file_import.refused


def test_an_import_is_asked_of_the_worker_by_a_task_that_exists(admin):
    check_import(file_import=(one := uploaded(as_jsonl(lines(1)), admin)), mapping={"started": "timestamp"}, mode="good", source="Old system")

    job = ProcrastinateJob.objects.get()
    assert (job.task_name, job.args) == ("labeling.tasks.take_file", {"file_import": one.pk})
    assert app.tasks[job.task_name] is tasks.take_file


@pytest.mark.parametrize("mode", ["good", "atomic"])
@pytest.mark.parametrize("write", [as_jsonl, as_csv, lambda rows: b"\xef\xbb\xbf" + as_csv(rows, ";"), lambda rows: as_csv(rows, "\t")])
def test_a_file_is_looked_through_then_taken_in_then_known(admin, mode, write):
    content = write(lines(5))
    checked = looked_through(uploaded(content, admin), mode=mode)
    assert (counts(checked), Session.objects.exists()) == (("checked", 5, 5, 0, 0, 0), False)

    assert counts(taken(checked)) == ("finished", 5, 5, 0, 0, 0)

    session = Session.objects.order_by("timestamp").first()
    assert (session.external_id, session.agent_name, session.duration, session.data_source.name, session.data_source.kind) == (
        "call-0",
        "Northlake",
        12.5,
        "Old system",
        "file",
    )
    event = Event.objects.get(kind=EventKind.IMPORTED)
    assert (event.user, event.subject, event.before, event.after) == (admin.pk, checked.pk, "sessions", "5 new, 0 changed")
    again = looked_through(uploaded(content, admin, token="u" * 43), mode=mode)
    assert counts(again) == ("checked", 5, 0, 0, 5, 0)
    assert counts(taken(again)) == ("finished", 5, 0, 0, 5, 0)
    check_session_deltas()


def test_sessions_come_with_their_transcripts(admin):
    rows = lines(2, transcript={"transcription": TALK}, ai_summary="Said hello.")
    rows[1]["transcript"] = TALK
    taken(looked_through(uploaded(as_jsonl(rows), admin)))

    assert [(one.transcript_state, one.turns, one.transcript.summary) for one in Session.objects.all()] == [("held", 1, "Said hello.")] * 2


def test_good_rows_are_taken_and_the_others_listed_as_they_came(admin):
    rows = [*lines(2), {"started": "=1+1", "id": "bad"}, *lines(2, start=2)]
    content = as_jsonl(rows) + b'{"started": "2026-03-02T15:14:00Z", "id": 1, "id": 2}\n' + b"\xff\xfe\n" + b'[1]\n{"a": NaN}\n' + b"[" * 5000 + b"\n\n"
    done = taken(looked_through(uploaded(content, admin)))

    assert counts(done) == ("finished", 10, 4, 0, 0, 6)
    assert (
        done.first_refused
        == [
            [3, "timestamp is not an ISO 8601 time."],
            [6, "A key stands twice in one object."],
            [7, "The line is not UTF-8 text."],
            [8, "The line is not a JSON object."],
            [9, "A number is not finite."],
            [10, "The line is not a JSON object."],
        ][: len(done.first_refused)]
    )
    listed = folder.refused_path(done.file).read_text("utf-8-sig").splitlines()
    assert listed[0] == '"row","what is wrong","the row as it came"'
    assert listed[1] == '"3","timestamp is not an ISO 8601 time.","{""started"": ""=1+1"", ""id"": ""bad""}"'
    assert len(listed) == 7


def test_a_refused_row_of_csv_is_no_formula(admin):
    content = b"id,started\r\n=cmd(),never\r\n"
    done = looked_through(uploaded(content, admin))

    assert folder.refused_path(done.file).read_text("utf-8-sig").splitlines()[1] == '"1","timestamp is not an ISO 8601 time.","\'=cmd(),never"'


def test_all_or_nothing_takes_nothing_where_a_row_is_refused(admin):
    checked = looked_through(uploaded(as_jsonl([*lines(1500), {"id": "bad"}]), admin), mode="atomic")
    assert (checked.refused, checked.created) == (1, 1500)

    done = taken(checked)

    assert counts(done) == ("checked", 1501, 0, 0, 0, 1)
    assert done.problem.startswith("A row cannot be taken, so none was.")
    assert not Session.objects.exists()
    assert counts(taken(looked_through(done, mode="good"))) == ("finished", 1501, 1500, 0, 0, 1)


def test_what_was_cut_off_goes_on_where_it_was(admin):
    rows = [*lines(1000), {"id": "bad"}, *lines(2500, start=1000)]
    one = looked_through(uploaded(as_jsonl(rows), admin))
    run_import(file_import=one)
    asked = iter([False, True, False, True, False, False, False, False])
    for _ in range(2):
        with pytest.raises(Stopped):
            take_file(file_import_pk=one.pk, should_stop=lambda: next(asked))
        one.refresh_from_db()
        assert one.state == "running"
    # What a killed worker wrote after its last commit is not there twice.
    with folder.refused_path(one.file).open("ab") as file:
        file.write(b"half a li")

    take_file(file_import_pk=one.pk)

    one.refresh_from_db()
    assert counts(one) == ("finished", 3501, 3500, 0, 0, 1)
    assert Session.objects.count() == 3500
    assert len(folder.refused_path(one.file).read_text("utf-8-sig").splitlines()) == 2
    check_session_deltas()


def test_a_canceled_import_keeps_what_was_taken_and_takes_no_more(admin):
    one = looked_through(uploaded(as_jsonl(lines(2500)), admin))
    run_import(file_import=one)
    asked = iter([False, True])

    with pytest.raises(Stopped):
        take_file(file_import_pk=one.pk, should_stop=lambda: next(asked))
    cancel_import(file_import=one)
    take_file(file_import_pk=one.pk)

    one.refresh_from_db()
    assert (one.state, one.created, Session.objects.count()) == ("canceled", 1000, 1000)


def test_one_import_a_person_and_four_at_once(admin):
    first, second = uploaded(as_jsonl(lines(1)), admin), uploaded(as_jsonl(lines(1)), admin, token="u" * 43)
    check_import(file_import=first, mapping={"started": "timestamp"}, mode="good", source="a")
    with pytest.raises(NotNow, match="Another import of yours"):
        check_import(file_import=second, mapping={"started": "timestamp"}, mode="good", source="a")
    for _ in range(3):
        FileImportFactory(state="running")
    other = uploaded(as_jsonl(lines(1)), UserFactory(role="admin"), token="v" * 43)
    with pytest.raises(NotNow, match="Four imports"):
        check_import(file_import=other, mapping={"started": "timestamp"}, mode="good", source="a")


def test_who_is_no_admin_any_more_imports_no_more(admin):
    one = looked_through(uploaded(as_jsonl(lines(1)), admin))
    run_import(file_import=one)
    admin.role = "manager"
    admin.save(update_fields=["role"])

    take_file(file_import_pk=one.pk)

    one.refresh_from_db()
    assert (one.state, Session.objects.exists()) == ("failed", False)


def test_a_fault_ends_the_import_with_a_sentence(admin, monkeypatch):
    one = uploaded(as_jsonl(lines(1)), admin)
    monkeypatch.setattr(Run, "look_through", lambda run: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        looked_through(one)

    one.refresh_from_db()
    assert (one.state, one.problem) == ("failed", background.FAULT)


def test_who_was_erased_is_counted_and_named_no_more(admin):
    Erasure.objects.create(subject_kind="caller", digest=caller_digests("+12025550142")[0], erased_at=timezone.now() - timedelta(days=1))
    rows = lines(1, **{"from": "+12025550142"}, transcript={"transcription": TALK})

    assert counts(taken(looked_through(uploaded(as_jsonl(rows), admin))))[:3] == ("finished", 1, 1)

    session = Session.objects.get()
    assert (session.source, session.transcript_state, session.external_id[:7]) == (None, "erased", "erased:")
    assert counts(taken(looked_through(uploaded(as_jsonl(rows), admin, token="u" * 43))))[2:5] == (0, 0, 1)


def test_an_erasure_deletes_the_files_that_wait(admin):
    done = taken(looked_through(uploaded(as_jsonl([*lines(1), {"id": "bad"}]), admin)))
    waits = uploaded(as_jsonl(lines(1)), admin, token="u" * 43)
    assert len(list(folder.ensure().iterdir())) == 3

    carry_out_erasure(erasure_pk=order_erasure(subject=caller("+12025550199"), by=admin).pk, files=FILES)

    done.refresh_from_db()
    waits.refresh_from_db()
    assert list(folder.ensure().iterdir()) == []
    assert (done.state, done.file, done.first_refused, waits.state, waits.file) == ("finished", "", [], "canceled", "")


def test_a_file_goes_a_day_after_its_end_or_when_nobody_goes_on_with_it(admin):
    done = taken(looked_through(uploaded(as_jsonl([*lines(1), {"id": "bad"}]), admin)))
    waits, fresh = uploaded(as_jsonl(lines(1)), admin, token="u" * 43), uploaded(as_jsonl(lines(1)), admin, token="v" * 43)
    on_its_way = "o" * 43
    with folder.create(on_its_way):
        pass
    yesterday = timezone.now() - timedelta(hours=25)
    FileImport.objects.filter(pk=done.pk).update(finished_at=yesterday)
    FileImport.objects.filter(pk=waits.pk).update(created_at=yesterday)
    (folder.ensure() / "theirs.csv").write_text("left by hand")
    for path in folder.ensure().iterdir():
        if path.name != on_its_way:
            os.utime(path, (time.time() - 90_000, time.time() - 90_000))

    assert clear_imports() == 3

    assert sorted(path.name for path in folder.ensure().iterdir()) == [on_its_way, "theirs.csv", fresh.file]
    done.refresh_from_db()
    waits.refresh_from_db()
    assert (done.first_refused, waits.state) == ([], "canceled")


def labels(*rows):
    return as_jsonl(rows)


def test_labels_are_imported_once_with_their_authors_and_times(admin, reviewer):
    source = SourceFactory(name="Old system")
    first, second = SessionFactory(data_source=source, external_id="a-1"), SessionFactory(data_source=source, external_id="a-2")
    IssueCategoryFactory(name="Silent treatment")
    content = labels(
        {
            "session": first.pk,
            "code": "bad",
            "email": reviewer.email.upper(),
            "comment": "Slow",
            "issues": "Silent treatment; New thing",
            "made_at": "2026-03-02T12:00:00Z",
        },
        {"call_id": "a-2", "platform": "Old system", "code": "N/A", "email": "gone@example.com", "issues": ["Silent treatment"]},
        {"session": first.pk, "code": "GOOD", "type": "auto", "email": "judge@example.com"},
        {"session": 4711, "code": "GOOD", "email": "gone@example.com"},
        {"session": first.pk, "code": "GREAT", "email": "gone@example.com"},
        {"session": first.pk, "code": "GOOD", "email": "nobody"},
        {"call_id": "a-2", "platform": "Elsewhere", "code": "GOOD", "email": "gone@example.com"},
        {"code": "GOOD", "email": "gone@example.com"},
        {"session": first.pk, "code": "GOOD", "email": "gone@example.com", "made_at": "2099-01-01T00:00:00Z"},
    )
    checked = looked_through(uploaded(content, admin, kind="labels"), source="")
    assert (counts(checked)[:3], Label.objects.exists(), checked.refused) == (("checked", 9, 3), False, 6)

    done = taken(checked)

    assert counts(done) == ("finished", 9, 3, 0, 0, 6)
    assert [sentence for _, sentence in done.first_refused] == [
        "There is no such session.",
        "code is none of GOOD, OK, BAD and N/A.",
        "user_email is not an e-mail address.",
        "The row names a session by its id at a source, and no source that is here.",
        "The row names no session: neither our id, nor the id at its source.",
        "made_at lies ahead of today.",
    ]
    bad = Label.objects.get(code="BAD")
    assert (bad.session, bad.via, bad.rater.email, bad.rater.kind, bad.comment) == (first, "import", reviewer.email, "person", "Slow")
    assert bad.made_at == datetime(2026, 3, 2, 12, tzinfo=UTC)
    assert not bad.independent
    assert set(bad.issues.values_list("raw", "category__name")) == {("Silent treatment", "Silent treatment"), ("New thing", None)}
    assert IncomingIssue.objects.get().text == "New thing"
    assert Label.objects.get(type="auto-rating").rater.kind == "machine"
    second.refresh_from_db()
    assert second.label_code == "N/A"
    assert Event.objects.filter(kind=EventKind.IMPORTED).count() == 1
    assert not Event.objects.filter(kind=EventKind.LABELED).exists()
    check_everything_derived()
    again = taken(looked_through(uploaded(content, admin, kind="labels", token="u" * 43), source=""))
    assert (counts(again), Label.objects.count()) == (("finished", 9, 0, 0, 3, 6), 3)


def test_a_label_of_a_session_that_was_erased_says_nothing_in_words(admin):
    source = SourceFactory(name="Old system")
    Erasure.objects.create(subject_kind="caller", digest=caller_digests("+12025550142")[0], erased_at=timezone.now())
    taken(looked_through(uploaded(as_jsonl(lines(1, **{"from": "+12025550142"})), admin), source="Platform"))
    row = {"call_id": "call-0", "code": "OK", "email": "gone@example.com", "comment": "Mrs. Gomez"}

    done = taken(looked_through(uploaded(labels(row), admin, kind="labels", token="u" * 43), source="Platform"))

    assert (counts(done)[2], Label.objects.get().comment, source.name) == (1, "(erased)", "Old system")


def test_the_command_imports_and_says_what_became_of_it(tmp_path, capsys, admin):
    file = tmp_path / "calls.csv"
    file.write_bytes(as_csv(lines(3)))
    call_command("import_sessions", str(file), "--source", "Old system", "--by", admin.email)
    assert capsys.readouterr().out.endswith("3 rows: 3 new, 0 changed, 0 here already, 0 refused.\n")
    call_command("import_sessions", str(file), "--source", "Old system")
    assert capsys.readouterr().out.endswith("3 rows: 0 new, 0 changed, 3 here already, 0 refused.\n")

    file.write_bytes(as_csv([*lines(1, start=9), {"started": "never", "id": 1, "agent": "", "length": ""}]))
    with pytest.raises(CommandError, match="so none was"):
        call_command("import_sessions", str(file), "--source", "Old system")
    assert Session.objects.count() == 3
    with pytest.raises(CommandError, match="the others were taken"):
        call_command("import_sessions", str(file), "--source", "Old system", "--keep-good", "--refused", str(tmp_path / "refused.csv"))
    assert (Session.objects.count(), "never" in (tmp_path / "refused.csv").read_text()) == (4, True)

    file.write_bytes(labels({"call_id": "call-1", "code": "OK", "email": "gone@example.com"}))
    call_command("import_labels", str(file), "--source", "Old system")
    assert Label.objects.get().session.external_id == "call-1"


def test_the_command_writes_nothing_when_it_only_looks(tmp_path, capsys):
    file = tmp_path / "calls.csv"
    file.write_bytes(as_csv(lines(3)))

    call_command("import_sessions", str(file), "--source", "Old system", "--dry-run")

    assert capsys.readouterr().out.endswith("3 rows: 3 would be new, 0 changed, 0 here already, 0 refused.\n")
    assert not Source.objects.filter(name="Old system").exists()


@pytest.mark.parametrize(
    ("command", "options", "sentence"),
    [
        ("import_sessions", [], "Say with --source"),
        ("import_sessions", ["--source", "Vendor"], "filled by a connection"),
        ("import_sessions", ["--source", "x", "--map", "nothing=timestamp"], "columns are"),
        ("import_sessions", ["--source", "x", "--map", "started=password"], "columns are"),
        ("import_sessions", ["--source", "x", "--map", "started="], "No column is timestamp"),
        ("import_sessions", ["--source", "x", "--map", "summary=+"], "columns are"),
        ("import_sessions", ["--source", "x", "--by", "nobody@example.com"], "Nobody has the address"),
        ("import_labels", [], "No column is code"),
    ],
)
def test_the_command_refuses_what_it_cannot_mean(tmp_path, command, options, sentence):
    SourceFactory(name="Vendor", kind="vendor")
    file = tmp_path / "calls.csv"
    file.write_bytes(as_csv(lines(1)))

    with pytest.raises(CommandError, match=sentence):
        call_command(command, str(file), *options)
    assert not Source.objects.filter(name="x").exists()
