"""Rows of the list that are kept: another row for anything else that a line says."""

from dataclasses import fields
from datetime import UTC, datetime

import pytest
from django.template.loader import render_to_string

from labeling.clock import Shown
from labeling.models.user import Column
from labeling.queries.session_lines import SessionLine, Signal
from labeling.templatetags import marks
from labeling.templatetags.marks import session_row


def a_line(**changed):
    told = {
        "pk": 7,
        "number": "7",
        "started": Shown(datetime(2026, 3, 4, 5, 6, tzinfo=UTC), "Mar 4, 5:06 AM"),
        "agent": "Front desk",
        "version": "v2",
        "channel": "voice",
        "channel_words": "Voice in",
        "caller": "••• ••• 1234",
        "length": "1:02",
        "signals": [Signal("tool", "2 tool errors", "bad")],
        "is_open": True,
        "auto_code": "OK",
        "label_code": "BAD",
        "label_note": "settled",
        "issues": ["Silent treatment"],
        "raters": [("Ann Lee", "ann@example.com"), ("Bo Ek", "bo@example.com")],
        "is_test": False,
        "snippet": [],
        "when": "5:06 AM",
        "own_zone": "UTC",
    }
    return SessionLine(**told | changed)


@pytest.mark.parametrize(
    "changed",
    [
        {"number": "8"},
        {"started": Shown(datetime(2026, 3, 4, 5, 7, tzinfo=UTC), "Mar 4, 5:06 AM")},
        {"started": Shown(datetime(2026, 3, 4, 5, 6, tzinfo=UTC), "Mar 4, 6:06 AM")},
        {"agent": "Back office"},
        {"version": ""},
        {"channel": "chat"},
        {"channel_words": "Voice out"},
        {"caller": ""},
        {"length": ""},
        {"signals": []},
        {"signals": [Signal("tool", "2 tool errors")]},
        {"is_open": False},
        {"auto_code": None},
        {"label_code": None},
        {"label_note": ""},
        {"issues": []},
        {"issues": ["Silent treatment", "Wrong answer"]},
        {"raters": []},
        {"raters": [("Ann Lee", "ann@example.com"), ("Bo Ek", "bo@example.com"), ("Cy Orr", "cy@example.com")]},
        {"is_test": True},
        {"when": "Mar 4, 5:06 AM"},
        {"own_zone": ""},
        {"snippet": [("said", True)]},
    ],
)
def test_a_row_that_says_something_else_is_drawn_anew(changed):
    shows = dict.fromkeys(Column.values, True)
    before, kept = session_row(a_line(), shows), len(marks._rows)
    assert session_row(a_line(), shows) == before
    assert len(marks._rows) == kept
    line = a_line(**changed)
    drawn = session_row(line, shows)
    said = render_to_string("components/_snippet.html", {"snippet": line.snippet}) if line.snippet else ""
    assert drawn == render_to_string("components/_session_row.html", {"line": line, "shows": shows, "said": said})
    assert drawn != before


def test_each_field_of_a_line_is_in_one_of_them():
    changed = {name for mark in test_a_row_that_says_something_else_is_drawn_anew.pytestmark for case in mark.args[1] for name in case}
    assert changed == {field.name for field in fields(SessionLine)} - {"pk"}


def test_a_row_without_a_column_is_another_row():
    shows = dict.fromkeys(Column.values, True)
    assert "••• ••• 1234" in session_row(a_line(), shows)
    assert "••• ••• 1234" not in session_row(a_line(), shows | {Column.FROM: False})


def test_what_was_said_is_not_kept_and_is_escaped():
    shows = dict.fromkeys(Column.values, True)
    assert '<span class="snippet">they <mark>said &lt;b&gt;</mark></span></td>' in session_row(a_line(snippet=[("they ", False), ("said <b>", True)]), shows)
    assert not any("said" in part for parts in marks._rows.values() for part in parts)
    assert "snippet" not in session_row(a_line(), shows)


def test_rows_are_kept_up_to_a_number(monkeypatch):
    monkeypatch.setattr(marks, "MOST_ROWS", 3)
    shows = dict.fromkeys(Column.values, True)
    for number in range(20):
        session_row(a_line(number=str(number)), shows)
    assert len(marks._rows) <= 3
