"""The taxonomy as a file: shown before it is done, done as a whole, and the same again changes nothing."""

import base64
import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from labeling.exports.taxonomy import Unreadable, read_file, write_csv, write_json
from labeling.models import CategoryChange, IssueAlias, IssueCategory, SessionIssue
from labeling.operations.label_rows import IssueGiven
from labeling.operations.labels import submit_label
from labeling.operations.session_issues import follow_change
from labeling.operations.taxonomy_files import import_taxonomy
from labeling.queries.taxonomy_plan import COLUMNS, get_plan, get_rows
from tests.factories import IssueAliasFactory, IssueCategoryFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db

ADDRESS = "/admin/issues/import/"
MOMENT = "2026-01-01T00:00Z"


def table(*rows, columns=("name",)):
    written = io.StringIO()
    csv.writer(written).writerows([columns, *rows])
    return written.getvalue().encode()


def plan_of(content):
    return get_plan(*read_file(content))


def refused(content):
    return [(refusal.line, refusal.why) for refusal in plan_of(content).refused]


def upload(client, content):
    return client.post(ADDRESS, {"file": SimpleUploadedFile("any.csv", content)})


def confirm(client, shown):
    form = shown.context["form"]
    return client.post(ADDRESS, {"content": form.initial["content"], "shown": form.initial["shown"]})


@pytest.fixture
def taxonomy():
    late = IssueCategoryFactory(
        name="=Late", group="+Speed", order=3, severity="critical", channels=["voice", "chat"], suggested_by_signal="silence",
        description='Two\r\nlines, "quoted"; ünïcode',
        example="'tis", counter_example="@cmd", comment_templates="One.\n-Two.",
    )  # fmt: skip
    IssueCategoryFactory(name="Slow", merged_into=late, retired_at=MOMENT)
    IssueCategoryFactory(name="Old", retired_at=MOMENT)
    IssueAliasFactory(category=late, text="'Tardy")
    IssueAliasFactory(category=late, text="=1+1")
    return late


@pytest.mark.parametrize("write", [write_csv, write_json])
def test_a_round_trip_changes_nothing_and_makes_the_same_anew(admin, taxonomy, write):
    rows = get_rows()
    content = write(rows).encode()
    plan = plan_of(content)
    assert (plan.new, plan.changed, plan.unchanged, plan.refused) == ([], [], 3, [])

    IssueAlias.objects.all().delete()
    IssueCategory.objects.filter(merged_into__isnull=False).delete()
    IssueCategory.objects.all().delete()
    import_taxonomy(plan=plan_of(content), by=admin)

    assert [dict(row.values) for row in get_rows()] == [dict(row.values) for row in rows]


def test_no_cell_of_the_csv_is_a_formula(taxonomy):
    cells = [cell for row in csv.reader(io.StringIO(write_csv(get_rows()).removeprefix("\ufeff"))) for cell in row]

    assert "'=Late" in cells
    assert not [cell for cell in cells if cell[:1] in tuple("=+-@")]


def test_an_import_shows_field_by_field_before_it_writes(as_person, admin):
    IssueCategoryFactory(name="Slow", severity="minor", description="Before")
    client = as_person(admin)

    shown = upload(client, table(["Slow", "major", "After"], ["New", "minor", ""], ["Bad", "worst", ""], columns=("name", "severity", "description")))

    text = shown.content.decode()
    assert shown.status_code == 200
    assert "1 new, 1 changed, 0 unchanged, 1 refused" in text
    assert "<td>severity</td><td>minor</td><td>major</td>" in text
    assert "The severity is one of minor, major, critical." in text
    assert IssueCategory.objects.count() == 1

    done = confirm(client, shown)
    assert done.status_code == 303
    assert set(IssueCategory.objects.values_list("name", "severity", "description")) == {("Slow", "major", "After"), ("New", "minor", "")}
    # The same form a second time shows that nothing is left to do.
    again = confirm(client, shown)
    assert (again.status_code, IssueCategory.objects.count()) == (409, 2)
    assert b"Nothing to do" in again.content


def test_what_changed_in_between_is_shown_again(as_person, admin):
    client = as_person(admin)
    shown = upload(client, table(["Slow", "major"], columns=("name", "severity")))
    IssueCategoryFactory(name="Slow", severity="minor")

    answer = confirm(client, shown)

    assert answer.status_code == 409
    assert IssueCategory.objects.get().severity == "minor"


def test_merges_aliases_and_retiring_come_with_their_jobs(admin):
    IssueCategoryFactory(name="Slow")
    sessions = []
    for word in ("Slow", "Tardy"):
        session = SessionFactory()
        submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="one-key", issues=[IssueGiven(word)])
        sessions.append(session)

    import_taxonomy(
        plan=plan_of(
            table(["Slow", "", "Late", "no"], ["Late", "Tardy", "", "no"], ["Gone", "", "", "yes"], columns=("name", "aliases", "merged_into", "retired"))
        ),
        by=admin,
    )
    for change in CategoryChange.objects.filter(state="running"):
        follow_change(change_pk=change.pk)

    assert [list(SessionIssue.objects.filter(session=session).values_list("category__name", flat=True)) for session in sessions] == [["Late"], ["Late"]]
    assert IssueCategory.objects.get(name="Gone").retired_at
    assert CategoryChange.objects.filter(kind="import", changed_by=admin).exists()


def test_another_name_that_a_file_leaves_out_stays():
    category = IssueCategoryFactory(name="Slow")
    IssueAliasFactory(category=category, text="Tardy")

    plan = plan_of(table(["Slow", ""], columns=("name", "aliases")))

    assert plan.unchanged == 1


@pytest.mark.parametrize(
    ("rows", "line", "why"),
    [
        ([["A", ""], ["a", ""]], 3, "Line 2 has this name already."),
        ([["A", "B"], ["B", "A"]], 2, "itself merged"),
        ([["A", "B"], ["B", "C"], ["C", ""]], 2, "itself merged"),
        ([["A", "A"]], 2, "into itself"),
        ([["A", "Nowhere"]], 2, "No category is called"),
        ([["Known alias", ""]], 2, "was called that"),
        ([["Into", "Other"]], 2, "Other categories are merged into it"),
        ([["From", "Other"]], 2, "Take it out of that merge first"),
    ],
)
def test_rows_that_cannot_be_are_refused_with_their_line_and_reason(rows, line, why):
    into, other = IssueCategoryFactory(name="Into"), IssueCategoryFactory(name="Other")
    IssueCategoryFactory(name="From", merged_into=into)
    IssueAliasFactory(category=other, text="Known alias")

    found = refused(table(*rows, columns=("name", "merged_into")))

    assert found
    assert found[0][0] == line
    assert why in found[0][1]


def test_lines_are_counted_as_an_editor_counts_them():
    assert refused(b'name,severity\r\n\r\n"A\r\nB",minor\r\nC,worst\r\n')[0][0] == 5


@pytest.mark.parametrize(
    "content",
    [
        b"\xff\xfen\x00a\x00m\x00e\x00",
        b"name\n\xe9",
        b"",
        b"\n\n",
        b"name\n",
        b"group,order\nx,1\n",
        b"name,password\nA,x\n",
        b"name,name\nA,B\n",
        b'name\n"never closed',
        b'name\n"a"b,c"\n',
        b"name\n" + b"x" * 200_000,
        b"{",
        b"[" * 100_000,
        b'{"categories": 5}',
        b"[1, 2]",
        b'[{"name": "A", "what": 1}]',
        b"\x00\x01\x02",
        table(*[[f"Name {n}"] for n in range(10_000)]),
        json.dumps([{"name": f"Name {n}"} for n in range(10_000)]).encode(),
    ],
    ids=lambda content: repr(content[:20]),
)
def test_a_hostile_file_gets_a_sentence(as_person, admin, content):
    if content:
        with pytest.raises(Unreadable):
            read_file(content)

    answer = upload(as_person(admin), content)

    assert answer.status_code == 422
    assert b"errorlist" in answer.content


@pytest.mark.parametrize(
    "entry",
    [
        {"name": None},
        {"name": 5},
        {"name": "a\0b"},
        {"name": "\ud800"},
        {"name": "x" * 101},
        {"name": "A", "order": -1},
        {"name": "A", "order": 1.5},
        {"name": "A", "order": True},
        {"name": "A", "order": "٣"},
        {"name": "A", "channels": ["fax"]},
        {"name": "A", "channels": {"voice": 1}},
        {"name": "A", "aliases": [1]},
        {"name": "A", "aliases": ["x" * 501]},
        {"name": "A", "retired": "maybe"},
        {"name": "A", "merged_into": 3},
        {"name": "A", "description": "x" * 10_001},
        {"name": "A", "comment_templates": ["x" * 301]},
        {"name": "A", "suggested_by_signal": "noise"},
    ],
    ids=repr,
)
def test_a_hostile_value_refuses_its_row_alone(as_person, admin, entry):
    content = json.dumps([entry, {"name": "Good one"}]).encode()

    answer = upload(as_person(admin), content)

    assert answer.status_code == 200
    assert b"1 new, 0 changed, 0 unchanged, 1 refused" in answer.content


def test_a_file_of_more_than_a_megabyte_is_refused(as_person, admin):
    answer = upload(as_person(admin), b"name\n" + b"A\n" * 600_000)

    assert answer.status_code == 422
    assert b"larger than 1 MB" in answer.content


@pytest.mark.parametrize(
    "sent", [{"content": "%%%", "shown": "x"}, {"content": "", "shown": ""}, {"content": base64.b64encode(b"\xff").decode(), "shown": "x"}]
)
def test_a_confirmation_that_was_not_made_here_is_refused(as_person, admin, sent):
    assert as_person(admin).post(ADDRESS, sent).status_code == 422


def test_an_empty_cell_changes_nothing_where_nothing_is_no_value():
    IssueCategoryFactory(name="Slow", severity="major", order=3, description="Before")

    plan = plan_of(table(["Slow", "", "", ""], columns=("name", "severity", "order", "description")))

    assert [(change.name, change.after) for change in plan.changed[0].changes] == [("description", "")]


def test_a_semicolon_table_of_a_european_spreadsheet_is_read():
    rows, _ = read_file("\ufeffName;Order\r\nLangsam;7\r\n".encode())

    assert dict(rows[0].values) == {"name": "Langsam", "order": 7}


@pytest.mark.parametrize("path", ["taxonomy.csv", "taxonomy.json", "import/"])
def test_only_admins_reach_the_files(as_person, manager, admin, taxonomy, path):
    assert as_person(manager).get(f"/admin/issues/{path}").status_code == 403
    answer = as_person(admin).get(f"/admin/issues/{path}")
    assert answer.status_code == 200
    if path != "import/":
        assert answer["Content-Disposition"].startswith("attachment")
        assert all(column in answer.content.decode() for column in COLUMNS)
