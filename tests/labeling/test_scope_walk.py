"""Every address that can be read, asked by a reviewer of one agent: nothing of the other agent appears.

What they made while they still saw all agents is there too: runs, drafts, a search, exports, bulk actions, requests to
them and by them.
"""

import itertools

import pytest
from django.urls import reverse

from labeling.models.user import UserAgents
from labeling.operations.drafts import Typed, save_draft
from labeling.operations.incidents import raise_incident
from labeling.operations.labels import submit_label
from labeling.operations.people import change_person
from labeling.operations.runs import skip_session, start_run
from labeling.operations.searches import keep_search
from labeling.operations.second_opinions import ask_second_opinion
from labeling.queries.colleagues import colleagues_for, get_incident_takers
from tests.factories import (
    NOON,
    BulkActionFactory,
    ExportFactory,
    GuideExampleFactory,
    GuideVersionFactory,
    IssueCategoryFactory,
    PresenceFactory,
    RaterFactory,
    RecordingFactory,
    SavedViewFactory,
    SessionFactory,
    ShareLinkFactory,
    TranscriptFactory,
    UserFactory,
)
from tests.test_architecture import ARGUMENTS, named_routes

pytestmark = pytest.mark.django_db

# What only the other agent's session holds, and what a page that leaks would show of it.
HIDDEN_PK = 123_456_789
MARKS = {
    "the agent": "Cedar Billing Help",
    "the session": str(HIDDEN_PK),
    "grouped": "123,456,789",
    "the id of its source": "EXT-HIDDEN-77",
    "words of its transcript": "xylophone",
    "words of its summary": "quokka",
    "words of a comment": "marzipan",
    "words of an incident": "zeppelin",
    "words of a request": "bathysphere",
    "its prompt": "cedar-prompt",
    "its service": "cedar-service",
}
NEVER = {"account_logout", "mfa_login_webauthn", "labeling:readyz"}


@pytest.fixture
def world(agent, other_agent, narrow_reviewer, admin):
    person, colleague = narrow_reviewer, UserFactory(name="Priya Nair", role="manager")
    change_person(person=person, by=admin, changes={"all_agents": True, "takes_incidents": True})
    open_one = SessionFactory(seen_agent=agent)
    TranscriptFactory(session=open_one)
    hidden = SessionFactory(
        pk=HIDDEN_PK, seen_agent=other_agent, external_id="EXT-HIDDEN-77", prompt_name="cedar-prompt", channel_manager_service="cedar-service",
        transcript_state="held", source="+13125550199",
    )  # fmt: skip
    turns = [{"uid": "t1", "timestamp": "2026-03-02T12:00:00Z", "source": "user", "text": "About the xylophone.", "lang": "en-US"}]
    TranscriptFactory(session=hidden, turns=turns, summary="About a quokka.")
    RecordingFactory(session=hidden)
    IssueCategoryFactory(name="Silent treatment")
    rows = {"session": open_one, "hidden": hidden, "person": person, "colleague": colleague}
    raters = [(RaterFactory(user=colleague), "BAD"), (RaterFactory(user=person), "OK")]
    for session, (rater, code) in itertools.product((hidden, open_one), raters):
        comment = "marzipan" if session is hidden else ""
        submit_label(session_id=session.pk, rater=rater, code=code, comment=comment, client_key=f"key-{session.pk}-{code}")
    typed = Typed(code="BAD", comment="marzipan", issues=[])
    save_draft(session_id=hidden.pk, by=person, typed=typed, tab="tab-00000001", sequence=1, revision=0)
    rows["run"] = start_run(by=person, name="Two sessions", query=f"agent={other_agent.pk}", sessions=[hidden.pk, open_one.pk], is_cut=False)
    skip_session(run=rows["run"], session_pk=hidden.pk)
    rows["search"] = keep_search(text="xylophone", by=person)
    rows["export"] = ExportFactory(created_by=person, query=f"agent={other_agent.pk}", state="ready", expires_at=NOON.replace(year=2099))
    rows["bulk"] = BulkActionFactory(created_by=person, query=f"agent={other_agent.pk}", sessions=[hidden.pk])
    rows["view"] = SavedViewFactory(owner=colleague, is_shared=True, query=f"agent={other_agent.pk}&code=BAD", name="A view")
    rows["own_view"] = SavedViewFactory(owner=person, query=f"agent={other_agent.pk}", name="My view")
    for asked_of, by in ((person, colleague), (colleague, person)):
        ask_second_opinion(session=hidden, by=by, of=asked_of, note="bathysphere", client_key=f"opinion-key-{by.pk}")
    rows["incident"] = raise_incident(session=hidden, by=colleague, line="zeppelin", client_key="incident-key", base="http://testserver/")
    raise_incident(session=hidden, by=person, line="zeppelin", client_key="incident-key", base="http://testserver/")
    GuideVersionFactory()
    rows["example"] = GuideExampleFactory(session=hidden)
    rows["share"] = ShareLinkFactory(session=hidden)
    PresenceFactory(session=hidden, user=colleague)
    change_person(person=person, by=admin, changes={"all_agents": False})
    assert list(UserAgents.objects.filter(user=person).values_list("agent", flat=True)) == [agent.pk]
    return rows


def addresses(world, other_agent):
    """Each route with each row of ours that could stand in its place; of what takes filters, those that name the other agent."""
    pks = [HIDDEN_PK, world["session"].pk, world["incident"].pk, world["example"].pk, world["share"].pk, world["run"].pk, world["colleague"].pk, other_agent.pk]
    offered = {
        "run_pk": [world["run"].pk],
        "session_pk": [HIDDEN_PK, world["session"].pk],
        "slug": [world["view"].slug, world["own_view"].slug],
        "token": [world["export"].token, world["bulk"].token],
        "pk": pks,
        "number": [1],
    }
    queries = [
        "",
        f"?agent={other_agent.pk}",
        f"?search={world['search'].token}",
        "?q=xylophone",
        f"?id={HIDDEN_PK}",
        f"?agent={other_agent.pk}&group=agent",
        "?term=Cedar&app_label=labeling&model_name=user&field_name=agents",
    ]
    for name, pattern in named_routes():
        if name in NEVER:
            continue
        arguments = list(pattern.pattern.converters or pattern.pattern.regex.groupindex)
        values = [offered.get(argument, [ARGUMENTS[argument]]) for argument in arguments]
        for chosen in itertools.product(*values):
            address = reverse(name, kwargs=dict(zip(arguments, chosen, strict=True)))
            yield name, [address + query for query in (queries if not arguments or "slug" in arguments or name == "labeling:run_detail" else queries[:1])]


def answers(client, first, *others):
    """The answers at an address and at the same with filters. Whoever is refused there is refused whatever they ask for, and where htmx
    gets nothing of its own once it never does."""
    plain = client.get(first)
    yield first, plain
    if plain.status_code in (401, 405) or "/login/" in plain.get("Location", ""):
        return
    fragment = client.get(first, headers={"HX-Request": "true"})
    yield first, fragment
    if plain.status_code == fragment.status_code == 403:
        return
    for address in others:
        yield address, client.get(address)
        if shape(fragment) != shape(plain):
            yield address, client.get(address, headers={"HX-Request": "true"})


def shape(answer):
    return answer.status_code, sorted(answer.headers), [template.name for template in answer.templates]


def test_nothing_of_another_agent_appears_anywhere(as_person, world, other_agent):
    client = as_person(world["person"])
    found, seen = [], 0
    for name, alike in addresses(world, other_agent):
        for address, answer in answers(client, *alike):
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            # What was asked for may stand in the answer; what was not asked for may not.
            text = body.decode(errors="replace") + str(answer.headers)
            assert answer.status_code < 500, address
            seen += answer.status_code == 200
            found += [(name, address, what) for what, mark in MARKS.items() if mark in text and mark not in address]

    assert found == []
    assert seen > 60


def test_a_session_out_of_reach_is_not_found_whatever_is_done_to_it(as_person, world):
    client = as_person(world["person"])
    for name, pattern in named_routes():
        arguments = list(pattern.pattern.converters or pattern.pattern.regex.groupindex)
        if "session_pk" not in arguments and not name.startswith(
            ("labeling:session_", "labeling:transcript", "labeling:conversation", "labeling:recording_detail", "labeling:payload")
        ):
            continue
        if "session_pk" not in arguments and "pk" not in arguments:
            continue
        given = {argument: {"session_pk": HIDDEN_PK, "pk": HIDDEN_PK, "run_pk": world["run"].pk}.get(argument, ARGUMENTS[argument]) for argument in arguments}

        statuses = {call(reverse(name, kwargs=given)).status_code for call in (client.get, client.post, client.patch)}

        assert statuses <= {403, 404, 405}, name
        assert statuses - {405}, name


def test_the_one_who_may_sees_it_so_that_the_walk_could_fail(as_person, world):
    client = as_person(world["colleague"])
    pages = [client.get(f"/sessions/{HIDDEN_PK}/"), client.get("/sessions/"), client.get("/review/")]

    text = "".join(page.content.decode() for page in pages)

    assert [what for what, mark in MARKS.items() if mark in text] >= ["the agent", "the session"]
    assert {"Cedar Billing Help", str(HIDDEN_PK), "xylophone", "marzipan", "bathysphere"} <= {mark for mark in MARKS.values() if mark in text}


def test_nobody_out_of_reach_is_asked_or_told(world):
    assert world["person"] not in colleagues_for(world["hidden"], asker=world["colleague"])
    assert world["person"] not in get_incident_takers(world["hidden"], raised_by=world["colleague"])
