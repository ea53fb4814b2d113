"""Every number on the summary is a door: the list behind it has exactly that many sessions, whoever looks and whatever was chosen."""

import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from zlib import crc32

import pytest
import time_machine
from django.http import QueryDict

from labeling.demo.seeding import seed_demo
from labeling.filters import ReviewFilter, Viewpoint
from labeling.models import IssueCategory, Label, Rater
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.people import deactivate_person
from labeling.operations.raters import rater_of
from labeling.operations.taxonomy import merge_category
from labeling.queries.scopes import get_scope
from labeling.roles import Role
from labeling.views.summary import PANELS
from sessions_app.models import Agent, Session
from tests.factories import AssignmentFactory, IncidentFactory, PassFactory, QueueFactory, RaterFactory, SessionFactory, UserFactory
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)
LINK = re.compile(r"<a\b[^>]*>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
CONTROLS = ["", "basis=all"]
MORE_CONTROLS = (
    ["since=days&first=2026-02-20&last=2026-03-09&measure=good&basis=all", "since=4&channel=voice&basis=all", "since=12&measure=volume"] if is_long() else []
)


def label(session, code, rater, key, **more):
    return submit_label(session_id=session.pk, rater=rater, code=code, client_key=key, **more)


@pytest.fixture
def lived_in(admin):
    """Demo data after a while: people disagree, change their minds, leave; agents are renamed, categories merged, test sessions come."""
    with time_machine.travel(NOW, tick=False):
        seed_demo(sessions=500, seed=7, with_accounts=False, until=NOW)
        reviewer = UserFactory(name="Mei Tanaka", email="mei.tanaka@example.com")
        leaver = UserFactory(name="Noah Feld", email="noah.feld@example.com")
        mei, noah, other = rater_of(user=reviewer), rater_of(user=leaver), RaterFactory(name="Ada Quist")
        rows = list(Session.objects.live().filter(timestamp__gte=NOW - timedelta(days=60)).order_by("pk")[:60])
        for place, session in enumerate(rows[:36]):
            label(session, ["GOOD", "OK", "BAD", "N/A"][place % 4], mei, "again", issues=(IssueGiven("Wrong answer"),) if place % 3 else ())
            label(session, ["GOOD", "BAD"][place // 4 % 2], other, "again")
            if place % 5 == 0:
                label(session, "BAD", noah, "again")
        machine = RaterFactory(kind="machine", email="second@machine")
        for session, raw in zip(rows, ["Wrong answer", "Silent treatment", "wrong  ANSWER", "Tool error", "Unheard of"] * 6, strict=False):
            label(session, "BAD", machine, "auto", type="auto-rating", issues=(IssueGiven(raw),))
        for place, session in enumerate(rows[36:48]):
            label(session, "N/A", mei, "bulk", provenance=Provenance(via="bulk"))
            label(rows[48 + place], "N/A", other, "bulk", provenance=Provenance(via="bulk"))
            if place % 2:
                chances = (0.4, 0.1, 1.0)
                label(
                    session, ["BAD", "GOOD"][place // 4 % 2], other, "random", provenance=Provenance(basis="random", selection_probability=chances[place % 3])
                )
        for one in Label.objects.filter(client_key="again", rater=mei).order_by("pk")[:4]:
            withdraw_label(label=one, by=reviewer)
        sample = QueueFactory()
        for place, session in enumerate(rows[36:48]):
            done = Label.objects.filter(session=session, client_key="random").first()
            filled = {"state": "done", "person": reviewer, "label": done.pk, "done_at": NOW} if done else {}
            AssignmentFactory(queue=sample, session=session, **filled)
            if place in (2, 4):
                PassFactory(queue=sample, session=session)
        merge_category(category=IssueCategory.objects.get(name="Silent treatment"), into=IssueCategory.objects.get(name="Wrong answer"), by=admin)
        IncidentFactory(session=rows[0], raised_by=admin, raised_at=NOW)
        Agent.objects.filter(pk=rows[0].seen_agent_id).update(name="Another name by now")
        deactivate_person(person=leaver, by=admin)
    return reviewer


def doors_of(html):
    """This will list the query, number and tag of each link to a list of sessions."""
    for tag in LINK.findall(html):
        attributes = {name: unescape(value) for name, value in ATTRIBUTE.findall(tag)}
        href = attributes.get("href", "")
        if href.startswith("/sessions/?"):
            yield href.partition("?")[2], attributes.get("data-n"), tag


def number_behind(query, person):
    filtered = ReviewFilter(QueryDict(query), queryset=Session.objects.visible_to(get_scope(person)), request=Viewpoint(person, get_scope(person)))
    if not filtered.form.is_valid():
        return f"refused: {dict(filtered.form.errors)}"
    if not filtered.BOUNDED & set(filtered.active):
        return "not bounded: cut to a month where there are many sessions"
    return filtered.qs.order_by().count()


def look_around(client, controls):
    """This will fetch the page, and each panel that it loads later."""
    page = client.get(f"/summary/?{controls}")
    assert page.status_code == 200
    yield "page", page.content.decode()
    for name, panel in PANELS.items():
        assert f'id="summary-{name}"' in page.content.decode()
        if not panel.is_lazy:
            continue
        panel = client.get(f"/summary/panels/{name}/?{controls}", headers={"HX-Request": "true"})
        assert panel.status_code == 200, name
        yield name, panel.content.decode()


def is_in_instants(query):
    """Bounds are never relative words."""
    asked = QueryDict(query)
    return "since" not in asked and all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", asked[name]) for name in ("start", "end") if name in asked)


def is_followed(query):
    """Each run follows every third link, always the same ones; `make trust` follows all."""
    return is_long() or crc32(query.encode()) % 3 == 0


def walk(client, person, controls):
    """This will follow every link, and return what is wrong, how many links each panel had, and what is behind each."""
    wrong, found, known = [], Counter(), {}
    # As in a request, which asks once which judgments are kept from its person; nothing changes meanwhile.
    person.remembered = {}
    for chosen in controls:
        for place, html in look_around(client, chosen):
            if place == "reviewers" and person.role == Role.REVIEWER:
                wrong += [(place, chosen, "shows", str(rater)) for rater in Rater.objects.exclude(user=person) if str(rater) in html]
            for query, n, tag in doors_of(html):
                found[place] += 1
                if n is None:
                    wrong.append((place, chosen, "no number", tag))
                    continue
                if not is_in_instants(query):
                    wrong.append((place, chosen, "no instant", query))
                if not is_followed(query):
                    continue
                if query not in known:
                    known[query] = number_behind(query, person)
                if known[query] != int(n):
                    wrong.append((place, chosen, f"says {n}, is {known[query]}", query))
    person.remembered = None
    return wrong, found, known


def other_numbers_on_the_list(client, known):
    """The walk asks the filter; this goes through the door."""
    for query, n in sorted(known.items())[:: 40 if is_long() else 13]:
        assert client.get(f"/sessions/?{query}").status_code == 200
        shown = client.get(f"/sessions/counts/?{query}").context["counts"].total
        if shown != n:
            yield f"the list says {shown}, the filter {n}", query


def test_every_link_of_the_summary_leads_to_as_many_sessions(lived_in, as_person, settings):
    """All in one test, because to live a while takes as long as to look around."""
    manager = UserFactory(name="manager", role=Role.MANAGER)
    narrow = UserFactory(name="narrow", role=Role.MANAGER, all_agents=False, agents=list(Agent.objects.order_by("pk")[:2]))
    # Who is to judge some of the sessions unseen: of every tenth, and of most of those that two people judged.
    drawn, queue = UserFactory(name="drawn", role=Role.MANAGER), QueueFactory(open_to="chosen", draw_kind="all", size=None, seed=None)
    queue.workers.add(drawn)
    for session in {*Session.objects.order_by("pk")[::10], *Session.objects.filter(pairs__gt=0).order_by("pk")[:20]}:
        AssignmentFactory(queue=queue, session=session)
    wrong, empty = [], []
    with time_machine.travel(NOW, tick=False):
        for person, is_gated, controls in (
            (manager, False, CONTROLS + MORE_CONTROLS),
            (narrow, False, CONTROLS[:1] + MORE_CONTROLS),
            (lived_in, False, CONTROLS[1:2] + MORE_CONTROLS),
            (lived_in, True, CONTROLS[1:2] + MORE_CONTROLS),
            (drawn, False, CONTROLS[1:2] + MORE_CONTROLS),
        ):
            settings.INDEPENDENT_REVIEW = is_gated
            errors, found, known = walk(as_person(person), person, controls)
            wrong += [(person.name, is_gated, *error) for error in errors]
            # The test would notice if a panel had no links any more.
            told = [name for name in PANELS if PANELS[name].is_lazy and (name != "samples" or person.role == Role.MANAGER)]
            empty += [(person.name, is_gated, place) for place in ("page", *told) if not found[place]]
            assert any(known.values())
            if person == manager:
                wrong += other_numbers_on_the_list(as_person(person), known)

    assert not wrong, f"{len(wrong)} wrong:\n" + "\n".join(map(str, wrong[:60]))
    assert not empty


def test_a_reviewer_finds_nobody_else_among_the_reviewers(as_person, reviewer):
    own, other = rater_of(user=reviewer), RaterFactory(name="Ada Quist")
    session = SessionFactory(timestamp=NOW - timedelta(days=9))
    for rater in (own, other):
        label(session, "GOOD", rater, "once")
    with time_machine.travel(NOW, tick=False):
        html = as_person(reviewer).get("/summary/panels/reviewers/?since=52", headers={"HX-Request": "true"}).content.decode()

    assert reviewer.name in html
    assert "Ada Quist" not in html
    assert f"rater={other.pk}&" not in html


def test_another_choice_in_the_rail_keeps_what_a_door_said(as_person, manager):
    said = "blind=GOOD&blind=BAD&not_sample=OK&agreement=differ&gave=BAD&auto_issue=7"
    said += "&named=7&not_named=8&named_match=alone&incident=open&called_back=24&reviewed=no"
    html = as_person(manager).get(f"/sessions/?{said}").content.decode()
    rail = html.partition('<form class="rail"')[2].partition("</form>")[0]
    kept = [(a["name"], a["value"]) for tag in re.findall(r"<input\b[^>]*>", rail) if (a := dict(ATTRIBUTE.findall(tag))).get("value")]

    for name, values in QueryDict(said).lists():
        if name != "reviewed":
            assert [value for one, value in kept if one == name] == values, name
    assert '<option value="no" selected>' in rail
