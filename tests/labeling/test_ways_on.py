"""Where there is nothing to show, the next step of whoever looks is."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from labeling.models.queue import DrawKind
from labeling.operations.labels import submit_label
from labeling.views.summary import PANELS
from sessions_app.models import SessionDelta
from sessions_app.operations.rekeying import session_key
from tests.factories import QueueFactory, RaterFactory, SessionFactory

pytestmark = pytest.mark.django_db
OF_SESSIONS = {"agents", "channels", "coverage"}
OF_LABELS = {"trend", "auto-rows", "auto-issues", "issues", "reviewers", "outcomes", "agreement", "auto"}
BUTTON = re.compile(r'<div class="empty">.*?<a class="btn[^"]*" href="([^"]+)">([^<]+)</a>', re.DOTALL)


def came(*, days=1, **fields):
    session = SessionFactory(timestamp=timezone.now() - timedelta(days=days), **fields)
    SessionDelta.objects.create(**session_key(session), n=1)
    return session


def ways(client, names, query=""):
    """The button of each panel by its name; a panel without one has none here."""
    found = {}
    for name in names:
        page = client.get(f"/summary/panels/{name}/{query}", headers={"HX-Request": "true"}).content.decode()
        if button := BUTTON.search(page):
            found[name] = button.groups()
    return found


def all_of(names, href, words):
    return dict.fromkeys(names, (href, words))


def test_an_empty_installation_leads_an_admin_to_where_sessions_come_from(as_person, admin):
    client = as_person(admin)

    assert ways(client, PANELS) == all_of(OF_SESSIONS | OF_LABELS, "/admin/sessions_app/connection/", "Bring in sessions")
    assert "Choose a longer period" not in client.get("/summary/").content.decode()


def test_an_empty_installation_leads_others_to_the_guide(as_person, manager):
    assert ways(as_person(manager), ["agents", "trend"]) == all_of(["agents", "trend"], "/guide/", "Read the guide")


def test_sessions_without_labels_lead_a_manager_to_a_queue(as_person, manager, agent):
    came(seen_agent=agent)

    assert ways(as_person(manager), PANELS) == all_of(OF_LABELS, "/queues/new/", "Start a queue")


def test_sessions_without_labels_lead_a_reviewer_to_review(as_person, reviewer, agent):
    came(seen_agent=agent)

    assert ways(as_person(reviewer), OF_LABELS) == all_of(OF_LABELS, "/review/", "Review")


def test_sessions_before_the_period_are_one_step_away(as_person, manager, agent):
    came(seen_agent=agent, days=100)

    client = as_person(manager)
    assert ways(client, ["agents"]) == {"agents": ("/summary/?since=52", "All sessions of the last 12 months")}
    came(seen_agent=agent, days=800)
    SessionDelta.objects.exclude(bucket__lt=timezone.now() - timedelta(days=600)).delete()
    assert ways(client, ["agents"], "?since=52") == {"agents": ("/sessions/", "Browse all sessions")}


def test_who_sees_no_session_is_not_told_of_those_of_others(as_person, narrow_reviewer, other_agent):
    came(seen_agent=other_agent)

    assert ways(as_person(narrow_reviewer), ["agents"]) == {"agents": ("/guide/", "Read the guide")}


def test_what_has_something_to_show_has_no_button(as_person, manager, agent):
    session = came(seen_agent=agent)
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="one")

    assert not ways(as_person(manager), ["trend", "agents", "reviewers", "outcomes"])


@pytest.mark.parametrize(
    ("kind", "way"),
    [
        (DrawKind.ALL, ("/sessions/?agent=1", "See what its rule finds")),
        (DrawKind.ADDED, ("/sessions/", "Choose sessions")),
    ],
)
def test_an_empty_board_leads_to_sessions(as_person, manager, kind, way):
    queue = QueueFactory(draw_kind=kind, seed=None, size=None, query="agent=1" if kind == DrawKind.ALL else "", created_by=manager)

    page = as_person(manager).get(f"/queues/{queue.slug}/").content.decode()

    assert BUTTON.search(page).groups() == way


def test_every_empty_state_is_given_a_way_on():
    texts = {file.name: file.read_text() for file in sorted(Path(settings.BASE_DIR, "templates").rglob("*.html"))}
    tags = [(name, tag) for name, text in texts.items() for tag in re.findall(r'{% include "components/_empty.html"[^%]*%}', text)]

    assert len(tags) > 10
    for name, tag in tags:
        assert re.search(r"\baction=(?!\")", tag) or re.search(r"{% translate [^%]+ as action %}", texts[name]), name
