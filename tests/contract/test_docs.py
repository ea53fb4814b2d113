"""The lines of docs/api.md, pasted and run."""

import re
from contextlib import redirect_stdout
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from labeling.models import Label
from tests.factories import NOON, SessionFactory, UserFactory

pytestmark = pytest.mark.django_db(transaction=True)
DOCS = (Path(__file__).resolve().parent.parent.parent / "docs" / "api.md").read_text()


def test_the_five_lines_list_sessions_and_create_a_label(live_server):
    UserFactory(email="you@example.com", role="admin")
    rows = [SessionFactory(timestamp=NOON + timedelta(minutes=n)) for n in range(6)]
    printed = StringIO()
    command = re.search(r"manage.py (create_api_key .+)", DOCS)[1].split()
    call_command(*command, stdout=printed)
    key = printed.getvalue().splitlines()[-1]
    lines = re.search(r"```python\n(.+?)```", DOCS, re.DOTALL)[1]
    assert len([line for line in lines.splitlines() if line]) == 5

    said = StringIO()
    with redirect_stdout(said):
        exec(lines.replace("http://localhost:8000", live_server.url).replace("rd_…", key), {})  # noqa: S102 - what a newcomer would paste

    label = Label.objects.get()
    listed, made = said.getvalue().splitlines()
    assert [str(row.pk) in listed for row in rows] == [False] + [True] * 5
    assert (label.session_id, label.code, label.via, f"id={label.pk}" in made) == (rows[-1].pk, "GOOD", "api", True)
