"""Files read again: what stands in them, for whom, and in which format."""

import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from labeling.codes import RaterKind, TargetKind
from labeling.exports import writers
from labeling.exports.catalog import COLUMNS, USUAL
from labeling.exports.making import write_rows
from labeling.exports.writers import CUT, LONGEST_EXCEL_CELL, TooManyRows
from labeling.filters import ReviewFilter, Viewpoint
from labeling.masking import mask
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, Provenance
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.roles import Permission
from sessions_app.codes import FIRST_OWN_ID, TranscriptState
from sessions_app.models import Session
from tests.factories import (
    NOON,
    AgentFactory,
    AssignmentFactory,
    IssueCategoryFactory,
    PromptFactory,
    QueueFactory,
    RaterFactory,
    SessionFactory,
    TranscriptFactory,
)
from tests.labeling.exported import read_csv, read_jsonl, read_xlsx, text_of

pytestmark = pytest.mark.django_db

EVERYTHING = [column.name for column in COLUMNS]
HOSTILE = [
    "=1+1",
    "+12025550199 or so",
    "<script>alert(1)</script>",
    "<r><t>markup</t></r>",
    "<r></is></c><c r='B2'><f>1+1</f></c><c><is></r>",
    "]]>",
    "&amp; &lt;",
    '","=1+1',
    'a";=1+1;"',
    "a\r\n=1+1\r\nb",
    "a\tb",
    "'; DROP TABLE sessions_app_session; --",
    "_x0041_",
    "\u202etxt.exe",
    "é\u0301 日本語 👩‍🚀",
    "{{ 7|add:7 }}",
    "../../x",
    "'",
    "# Filter: all",
]
CONTROL = "a\x01b\x0bc\x1fd\x7fe"


def write(path, person, *, format="csv", columns=USUAL, query="", base="https://desk.example.com/", at=NOON):
    scope = get_scope(person)
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(scope), request=Viewpoint(person, scope))
    assert filtered.form.is_valid()
    file = path / f"file.{format}"
    # Whoever may, asks for a file without a mask.
    unmasked = person.may(Permission.UNMASK)
    writer, rows = write_rows(file, filtered, by=person, format=format, columns=columns, query=query, base=base, at=at, unmasked=unmasked)
    writer.close()
    return rows, file.read_bytes()


def rows_of(path, person, **more):
    return read_jsonl(write(path, person, format="jsonl", **more)[1])[1]


def label(session, code, rater=None, *, issues=(), **more):
    return submit_label(session_id=session.pk, rater=rater or RaterFactory(), code=code, issues=issues, client_key=f"key-{code}-more", **more).label


@pytest.fixture
def told(agent):
    """A session with everything there can be about it."""
    session = SessionFactory(
        seen_agent=agent,
        seen_prompt=PromptFactory(name="intake", version_number=42),
        prompt_name="intake",
        prompt_version_number=42,
        timestamp=datetime(2026, 3, 2, 12, 0, 0, 678901, tzinfo=UTC),
        conversation_id="65c0f72e2895",
        target="+12025550100",
        transcript_state=TranscriptState.HELD,
        tool_errors=2,
        longest_silence_ms=6000,
        turns=3,
        tool_names=["lookup", "book"],
        ended_by="transfer",
        duration=61.5,
    )
    lookup = {
        "uid": "c1",
        "timestamp": "2026-03-02T12:00:06Z",
        "tool_name": "lookup",
        "tool_request": {"phone": "+1 202 555 0142"},
        "tool_error": "no such number",
    }
    TranscriptFactory(session=session, tools=[lookup], summary="The caller +1 202 555 0142 moved a visit.")
    IssueCategoryFactory(name="Silent treatment", order=1)
    pointing = (EvidenceGiven(TargetKind.TURN, "t2", 1), EvidenceGiven(TargetKind.TURN, "gone", 1), EvidenceGiven(TargetKind.MOMENT, "", 1, 4000, 9000))
    label(session, "BAD", RaterFactory(name="Amara Osei"), issues=[IssueGiven("Silent treatment", evidence=pointing)], comment="Call back +1 202 555 0142")
    label(session, "OK", RaterFactory(kind=RaterKind.MACHINE, email="auto@machine"), type="auto-rating")
    return session


def test_csv_says_first_what_it_is(tmp_path, manager, agent):
    SessionFactory(seen_agent=agent, is_test=True)

    notes, rows = read_csv(write(tmp_path, manager, query=f"channel=voice&agent={agent.pk}&test=on")[1])

    assert notes == [
        "# Review Desk export",
        "# Filter: Agent: Northlake Scheduling",
        "# Filter: Channel: Voice",
        "# Filter: Test sessions: included",
        "# Made: 2026-03-02T12:00:00.000000Z by Priya Nair",
        "# Masked: phone numbers",
        "# Masked: e-mail addresses and social security numbers",
        "# Masked: dates of birth",
        "# Masked: what tools sent and got under the keys that an admin lists",
        "# A text that a spreadsheet could read as a formula begins with an apostrophe that is not part of it",
    ]
    assert len(rows) == 1


def test_a_file_says_what_the_filter_leaves_out_unasked(tmp_path, manager):
    words = [read_csv(write(tmp_path, manager, query=query)[1])[0][1:-6] for query in ("", "length_from=10&test=only")]

    assert words[0] == ["# Filter: Test sessions: left out"]
    assert words[1][:2] == ["# Filter: Shortest: 0:10", "# Filter: Test sessions: only these"]


def test_csv_has_the_usual_columns(tmp_path, manager, told):
    _, rows = read_csv(write(tmp_path, manager)[1])

    assert rows == [
        {
            "session_id": str(told.pk),
            "timestamp": "2026-03-02T12:00:00.678901Z",
            "local_time": "2026-03-02 06:00:00",
            "direction": "in",
            "channel": "voice",
            "source": "••• ••• 0142",
            "duration": "61.5",
            "address": f"https://desk.example.com/sessions/{told.pk}/",
            "agent_name": "Northlake Scheduling",
            "prompt_name": "intake",
            "version": "v42",
            "signals": "2 tool errors; about 6 s silence; Transferred",
            "label": "BAD",
            "auto_rating": "OK",
            "issues": "Silent treatment",
        }
    ]


def test_csv_tells_what_was_said_in_one_cell(tmp_path, admin, told):
    row = read_csv(write(tmp_path, admin, columns=EVERYTHING)[1])[1][0]

    assert row["transcript"].split("\n") == [
        "[0:00] Agent: How can I help you today?",
        "[0:04] Caller: I need to move my visit.",
        '[0:06] Tool lookup {"phone": "+1 202 555 0142"} -> error: no such number',
        "[0:14] Agent: What day works better?",
    ]
    assert row["evidence"].split("\n") == [
        "Silent treatment (Amara Osei): turn 2",
        "Silent treatment (Amara Osei): turn, the transcript changed after this label",
        "Silent treatment (Amara Osei): from 0:04 to 0:09",
    ]
    assert row["labels"].startswith("BAD by Amara Osei, 20")
    assert row["labels"].endswith("Z: Silent treatment. Call back +1 202 555 0142")
    assert row["comments"] == "Amara Osei: Call back +1 202 555 0142"
    assert (row["tool_names"], row["is_test"], row["is_legacy"]) == ("lookup; book", "false", "")


def test_json_lines_are_nested_where_the_facts_are(tmp_path, admin, told):
    about, rows = read_jsonl(write(tmp_path, admin, format="jsonl", columns=EVERYTHING, query="label=BAD")[1])
    row = rows[0]

    assert about["filter"] == ["Label: BAD", "Test sessions: left out"]
    assert (about["query"], about["masked"], about["columns"]) == ("label=BAD", [], EVERYTHING)
    assert list(row) == EVERYTHING
    assert (row["session_id"], row["duration"], row["is_test"], row["is_legacy"], row["tool_errors"]) == (str(told.pk), 61.5, False, None, 2)
    assert row["source"] == "+12025550142"
    assert [turn["text"] for turn in row["transcript"]["turns"]] == ["How can I help you today?", "I need to move my visit.", "What day works better?"]
    assert row["transcript"]["tools"][0]["tool_request"] == {"phone": "+1 202 555 0142"}
    assert [(one["rater"], one["code"], one["issues"], one["comment"]) for one in row["labels"]] == [
        ("Amara Osei", "BAD", ["Silent treatment"], "Call back +1 202 555 0142")
    ]
    assert [(one["target"], one["number"], one["uid"]) for one in row["evidence"]] == [("turn", 2, "t2"), ("turn", None, "gone"), ("moment", None, "")]
    assert (row["issues"], row["raters"], row["label"], row["auto_rating"]) == (["Silent treatment"], ["Amara Osei"], "BAD", "OK")


def test_an_exported_label_says_under_which_guide_it_was_given(tmp_path, admin, reviewer, told):
    submit_label(session_id=told.pk, rater=rater_of(user=reviewer), code="OK", client_key="a-later-key", provenance=Provenance(guide_version=3))

    [row] = read_jsonl(write(tmp_path, admin, format="jsonl", columns=["labels"])[1])[1]

    assert [(one["code"], one["guide_version"]) for one in row["labels"]] == [("BAD", None), ("OK", 3)]


def test_excel_holds_values_and_a_sheet_about_them(tmp_path, admin, told):
    chat = SessionFactory(id=FIRST_OWN_ID + 7, seen_agent=told.seen_agent, duration=None, source="visitor", timestamp=NOON - timedelta(days=1))

    about, rows = read_xlsx(write(tmp_path, admin, format="xlsx", columns=EVERYTHING)[1])

    assert about[:3] == [("Review Desk export", ""), ("Filter", "Test sessions: left out"), ("Made", "2026-03-02T12:00:00.000000Z by Luis Ferrer")]
    assert about[3:] == [("Masked", "nothing"), ("Rows", "2")]
    assert [row["session_id"] for row in rows] == [str(told.pk), str(chat.pk)]
    assert [(row["duration"], row["tool_errors"], row["is_test"]) for row in rows] == [(61.5, 2.0, False), (None, None, False)]
    # A number in full stays as people write it: the cell is a text and no formula.
    assert rows[0]["source"] == "+12025550142"


def test_csv_keeps_a_phone_number_readable_and_whole(tmp_path, admin, told):
    assert read_csv(write(tmp_path, admin)[1])[1][0]["source"] == "'+12025550142"


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 40_000])
def test_hostile_text_comes_back_as_it_was_and_is_no_formula(tmp_path, admin, text):
    agent = AgentFactory(name=text)
    session = SessionFactory(seen_agent=agent, agent_name=text, source=text, conversation_id=text)
    label(session, "BAD", RaterFactory(name=text[:150]), issues=[IssueGiven(text[:500])], comment=text)
    names = ["agent_name", "source", "conversation_id", "raters", "comments"]
    given = {"query": f"agent={agent.pk}", "columns": names}

    notes, [flat] = read_csv(write(tmp_path, admin, **given)[1])
    about, [row] = read_jsonl(write(tmp_path, admin, format="jsonl", **given)[1])
    _, [cells] = read_xlsx(write(tmp_path, admin, format="xlsx", **given)[1])

    assert notes[1] == f"# Filter: Agent: {text}"
    assert about["filter"][0] == f"Agent: {text}"
    assert (row["agent_name"], row["raters"], row["comments"][0]["comment"]) == (text, [text[:150]], text)
    assert [text_of(flat[name]) for name in names[:3]] == [text] * 3
    assert text_of(flat["raters"]) == text[:150]
    assert not [value for value in flat.values() if value.lstrip().startswith(("=", "+", "-", "@"))]
    if len(text) < LONGEST_EXCEL_CELL:
        assert [text_of(cells[name]).replace("\r\n", "\n") for name in names[:3]] == [text.replace("\r\n", "\n")] * 3


def test_excel_says_what_it_cut_and_replaced(tmp_path, admin):
    SessionFactory(agent_name="x" * 40_000, source="😀" * 17_000, conversation_id=CONTROL)

    about, [row] = read_xlsx(write(tmp_path, admin, format="xlsx", columns=["agent_name", "source", "conversation_id"])[1])

    assert (len(row["agent_name"]), row["agent_name"][-len(CUT) :]) == (LONGEST_EXCEL_CELL, CUT)
    assert len(row["source"].encode("utf-16-le")) // 2 <= LONGEST_EXCEL_CELL
    assert row["conversation_id"] == "a�b�c�de"
    assert [term for term, _ in about[-2:]] == ["Cells cut", "Cells with replaced signs"]
    assert about[-2][1].startswith("2 longer than the 32,767 characters")


def test_excel_refuses_more_rows_than_a_sheet_has(tmp_path, admin, monkeypatch):
    monkeypatch.setattr(writers, "MOST_EXCEL_ROWS", 2)
    SessionFactory.create_batch(3)

    with pytest.raises(TooManyRows):
        write(tmp_path, admin, format="xlsx")


def test_an_excel_file_names_nobody_else(tmp_path, admin, told):
    """What the library would write about its own maker, and paths of the server, are not in it."""
    _, content = write(tmp_path, admin, format="xlsx")
    (tmp_path / "again.xlsx").write_bytes(content)

    with zipfile.ZipFile(tmp_path / "again.xlsx") as book:
        assert str(tmp_path).encode() not in b"".join(book.read(name) for name in book.namelist())


def test_who_may_not_unmask_finds_no_number_anywhere_in_a_file(tmp_path, manager, told):
    Session.objects.filter(pk=told.pk).update(conversation_id="sms:+12025550142", channel_manager_sid="12025550142-7", external_id="41242")

    contents = {}
    for kind in ("csv", "jsonl", "xlsx"):
        _, contents[kind] = write(tmp_path, manager, format=kind, columns=EVERYTHING)
    (tmp_path / "again.xlsx").write_bytes(contents.pop("xlsx"))
    with zipfile.ZipFile(tmp_path / "again.xlsx") as book:
        contents["xlsx"] = b"".join(book.read(name) for name in book.namelist())

    for content in contents.values():
        assert b"2025550142" not in content
        assert b"202 555 0142" not in content
        assert b"2025550100" not in content
        assert b"0142" in content
    [row] = read_jsonl(contents["jsonl"])[1]
    assert row["external_id"] == "41242"
    assert row["transcript"]["turns"][0]["uid"] == "t1"


def test_a_long_number_that_is_no_callers_stays(tmp_path, manager):
    SessionFactory(conversation_id="815870173934421", channel_manager_sid="CA36be0352224e7fc0f0cd1409d76dbddd", source="+12025550142")

    [row] = rows_of(tmp_path, manager, columns=["conversation_id", "channel_manager_sid"])

    assert row == {"conversation_id": "815870173934421", "channel_manager_sid": "CA36be0352224e7fc0f0cd1409d76dbddd"}


@pytest.mark.parametrize(
    ("source", "handle", "shown"),
    [
        ("+15557654321", "5557654321", "••• ••• 4321"),
        ("+15557654321", "sms:+7654321", "••• ••• 4321"),
        ("+442079460000", "020 7946 0000", "••• ••• 0000"),
        ("Maria Lopez", "Maria Lopez", "M•••"),
        ("Maria Lopez", "MARIA LOPEZ", "M•••"),
        ("web-8814", "web-8814", "web-8814"),
        ("+15557654321", "5557654", "••• ••• 7654"),
        ("+15557654321", "765432", "765432"),
        ("Maria Lopez", "c-77", "c-77"),
        (None, "5557654321", "5557654321"),
    ],
)
def test_an_id_that_tells_the_caller_is_masked(tmp_path, manager, source, handle, shown):
    names = ["external_id", "conversation_id", "channel_manager_sid"]
    SessionFactory(source=source, **dict.fromkeys(names, handle))

    [row] = rows_of(tmp_path, manager, columns=names)

    assert row == dict.fromkeys(names, shown)


def test_whom_a_call_went_to_is_masked_as_a_caller(tmp_path, manager):
    names = ["target", "conversation_id"]
    SessionFactory(is_outbound=True, source="+13125550100", target="Maria Lopez", conversation_id="maria lopez")
    SessionFactory(is_outbound=True, source="+13125550100", target="7654321", conversation_id="c-7654321")
    SessionFactory(is_outbound=False, target="Front desk", conversation_id="front desk")

    rows = rows_of(tmp_path, manager, query="sort=started", columns=names)

    assert [[row[name] for name in names] for row in rows] == [["M•••", "m•••"], ["••• ••• 4321", "••• ••• 4321"], ["Front desk", "front desk"]]


CALLERS = [
    "+12025550142",
    "+442079460000",
    "+1234567",
    "+123456",
    "12025550142",
    "+1 202 555 0142",
    "ana@example.com",
    "Ana",
    "web-8814",
    "+",
    "",
    None,
    "+12345678901234567890123",
]


def test_callers_are_masked_as_on_the_pages(tmp_path, manager):
    for source in CALLERS:
        SessionFactory(source=source)

    rows = rows_of(tmp_path, manager, query="sort=started", columns=["source"])

    assert [row["source"] or "" for row in rows] == [mask(source, manager) for source in CALLERS]


def test_a_file_holds_what_the_person_may_see(tmp_path, narrow_reviewer, agent, other_agent):
    own, _ = SessionFactory(seen_agent=agent), SessionFactory(seen_agent=other_agent)

    rows = rows_of(tmp_path, narrow_reviewer, query=f"agent={agent.pk}&agent={other_agent.pk}")

    assert [row["session_id"] for row in rows] == [str(own.pk)]


JUDGED = [column.name for column in COLUMNS if column.is_judgment]


def test_judgments_of_unlabeled_sessions_are_left_empty_where_reviews_are_independent(tmp_path, reviewer, told, settings):
    settings.INDEPENDENT_REVIEW = True
    labeled = SessionFactory(seen_agent=told.seen_agent, timestamp=NOON - timedelta(days=1))
    label(labeled, "BAD")
    label(labeled, "GOOD", rater_of(user=reviewer))

    about, [hidden, shown] = read_jsonl(write(tmp_path, reviewer, format="jsonl", columns=EVERYTHING)[1])
    notes, _ = read_csv(write(tmp_path, reviewer, columns=EVERYTHING)[1])
    sheet, _ = read_xlsx(write(tmp_path, reviewer, columns=EVERYTHING, format="xlsx")[1])

    assert {hidden[name] for name in JUDGED} == {None}
    assert hidden["transcript"]["turns"]
    assert (shown["label"], len(shown["labels"])) == ("DISPUTED", 2)
    assert about["sessions_with_hidden_judgments"] == 1
    assert [note for note in notes if note.startswith("# Left empty")] == [
        "# Left empty: labels, auto-ratings, issues, comments, evidence and AI summaries of sessions that you have not labeled yet: 1 session"
    ]
    assert "Left empty" in [term for term, _ in sheet]


def test_every_column_of_a_judgment_is_marked_as_one(tmp_path, manager, told):
    """A column that is added and forgotten here would show a reviewer what the gate hides."""
    said = {"label", "auto", "issue", "comment", "evidence", "summary", "rater"}

    assert [column.name for column in COLUMNS if any(word in column.name for word in said) and not column.is_judgment] == []


def test_queues_are_named_as_far_as_the_person_may_know_of_them(tmp_path, manager, reviewer, told):
    for name, more in (("Week 10", {}), ("Alone", {"open_to": "chosen"}), ("Deleted", {"state": "deleted"})):
        queue = QueueFactory(name=name, **more)
        for slot in (1, 2):
            AssignmentFactory(queue=queue, session=told, slot=slot)
    AssignmentFactory(queue__name="Given up", session=told, state="void")

    assert [row["queues"] for row in rows_of(tmp_path, manager, columns=["queues"])] == [["Alone", "Week 10"]]
    assert [row["queues"] for row in rows_of(tmp_path, reviewer, columns=["queues"])] == [["Week 10"]]


def test_what_a_session_counts_as_in_the_random_sample_is_told(tmp_path, manager, reviewer, told):
    given = Provenance(basis="random", selection_probability=0.25)
    label(told, "BAD", rater_of(user=reviewer), provenance=given)

    [row] = read_jsonl(write(tmp_path, manager, format="jsonl", columns=["sample_label", "sample_weight"])[1])[1]

    assert (row["sample_label"], row["sample_weight"]) == ("BAD", 4.0)


def test_rows_come_in_the_order_of_the_list(tmp_path, manager):
    short, long, middle = (SessionFactory(duration=seconds) for seconds in (10, 90, 50))

    assert [row["session_id"] for row in rows_of(tmp_path, manager, query="sort=-length")] == [str(one.pk) for one in (long, middle, short)]


def test_an_unknown_zone_is_utc_and_no_reason_to_fail(tmp_path, manager):
    SessionFactory(agent_timezone="Mars/Olympus", timestamp=NOON)
    SessionFactory(agent_timezone=None, timestamp=NOON - timedelta(days=25_000))

    assert [row["local_time"] for row in rows_of(tmp_path, manager)] == ["2026-03-02 12:00:00", "1957-09-20 12:00:00"]


def test_a_duration_that_is_no_number_is_left_empty(tmp_path, manager):
    SessionFactory(duration=float("nan"))

    for kind in ("csv", "jsonl", "xlsx"):
        assert write(tmp_path, manager, format=kind)[0] == 1
    assert rows_of(tmp_path, manager)[0]["duration"] is None


@pytest.mark.parametrize("format", ["csv", "jsonl", "xlsx"])
def test_no_sessions_make_a_file_without_rows(tmp_path, manager, format):
    rows, content = write(tmp_path, manager, format=format, columns=EVERYTHING)

    assert rows == 0
    assert {"csv": read_csv, "jsonl": read_jsonl, "xlsx": read_xlsx}[format](content)[1] == []


def test_the_number_of_queries_does_not_depend_on_the_number_of_sessions(tmp_path, reviewer, settings, agent):
    settings.INDEPENDENT_REVIEW = True

    def queries():
        with CaptureQueriesContext(
            connection,
        ) as asked:
            write(tmp_path, reviewer, format="jsonl", columns=EVERYTHING)
        return len(asked)

    def add(n):
        for _ in range(n):
            session = SessionFactory(seen_agent=agent, transcript_state=TranscriptState.HELD)
            TranscriptFactory(session=session)
            label(session, "BAD", rater_of(user=reviewer), issues=[IssueGiven("Rude", evidence=(EvidenceGiven(TargetKind.TURN, "t2", 1),))])

    add(1)
    few = queries()
    add(6)

    assert queries() == few
