"""The examples of docs/developers.md work as they are written there: each is taken from the page and applied."""

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest
from django.http import QueryDict

from labeling.exports import catalog
from labeling.filters.review_filter import ReviewFilter
from labeling.models import IssueCategory, issue_category
from labeling.views import summary
from labeling.views.summary import PANELS
from sessions_app.filters import session_filter
from sessions_app.models import Session
from sessions_app.scope import EVERYTHING
from tests.factories import SessionFactory
from tests.test_documents import CODE, FENCE, ROOT, text_of

PAGE = text_of(ROOT / "docs" / "developers.md")
WORD = re.compile(r"^[A-Za-z_]\w+$")


def block(begins):
    """The lines of the page's code that begin so."""
    found = next(body for _, body in FENCE.findall(PAGE) if body.strip().startswith(begins))
    indent = re.match(r" *", found)[0]
    return "\n".join(line.removeprefix(indent) for line in found.rstrip().splitlines())


@pytest.mark.django_db
def test_the_filter_filters(admin):
    """The two pieces of the page, for another column and under another name."""
    pieces = [block("legacy ="), block("def by_legacy")]
    code = "\n".join(
        f"    {line}" for piece in pieces for line in piece.replace("is_legacy", "transfer_voicemail_detected").replace("legacy", "voicemail").splitlines()
    )
    names = {**vars(session_filter), "ReviewFilter": ReviewFilter}
    exec(f"class Further(ReviewFilter):\n{code}\n    NARROWING = ReviewFilter.NARROWING | {{'voicemail'}}", names)  # noqa: S102 - as a developer writes it
    rows = [SessionFactory(transfer_voicemail_detected=detected) for detected in (True, False, None)]

    def found(query):
        asked = names["Further"](QueryDict(query), Session.objects.all(), request=SimpleNamespace(user=admin, scope=EVERYTHING))
        return {session.pk for session in asked.qs}

    assert found("voicemail=yes") == {rows[0].pk}
    assert found("voicemail=no") == {rows[1].pk, rows[2].pk}
    assert found("voicemail=perhaps") == {row.pk for row in rows}


def test_the_field_is_the_one_that_is_there():
    names = dict(vars(issue_category))
    exec(block("suggested_by_signal"), names)  # noqa: S102

    assert names["suggested_by_signal"].deconstruct()[1:] == IssueCategory._meta.get_field("suggested_by_signal").deconstruct()[1:]


@pytest.mark.django_db
def test_a_panel_is_one_entry(as_person, manager, monkeypatch):
    told = block('"outcomes": Panel(')
    entry = eval(f"{{{told}}}", vars(summary))["outcomes"]  # noqa: S307
    assert entry == PANELS["outcomes"]
    client = as_person(manager)
    before = client.get("/summary/export/").content.decode()

    monkeypatch.setitem(PANELS, "further", replace(entry, title="Further"))

    assert "/summary/panels/further/" in client.get("/summary/").content.decode()
    assert client.get("/summary/panels/further/").status_code == 200
    after = client.get("/summary/export/").content.decode()
    assert after.count("\noutcomes") == 2 * before.count("\noutcomes") > 0


def test_the_column_is_one_line():
    made = eval(block("plain("), vars(catalog))  # noqa: S307
    there = next(column for column in catalog.COLUMNS if column.name == made.name)

    assert (made.name, made.title, made.kind, made.fields) == (there.name, there.title, there.kind, there.fields)


def test_what_a_section_names_is_in_a_file_of_that_section():
    for section in re.split(r"^## ", FENCE.sub("", PAGE), flags=re.MULTILINE)[1:-1]:
        named = CODE.findall(section)
        files = [path for name in named if "/" in name and " " not in name for path in ROOT.glob(name.rstrip("/")) if path.is_file()]
        text = "\n".join(path.read_text() for path in files)
        assert files
        for word in filter(WORD.match, named):
            assert word in text, f"{section.splitlines()[0]}: {word}"
