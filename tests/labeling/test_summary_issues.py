"""Issues of the summary, and the moments that labels cite for one: which, in what order, and who may read or hear them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labeling.models import Event, Exposure, LabelIssue, SessionIssue
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from labeling.queries.scopes import get_scope
from labeling.queries.summary.evidence import A_PAGE, get_evidence_page
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.issues import get_issues
from labeling.queries.summary.period import last_weeks
from sessions_app.codes import Channel
from sessions_app.models import Session, Transcript
from tests.factories import IssueCategoryFactory, RecordingFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.labeling.doors import wrong_doors

pytestmark = pytest.mark.django_db
SILENT = "Silent treatment"


@pytest.fixture
def silent(db):
    return IssueCategoryFactory(name=SILENT)


@pytest.fixture
def judged(agent):
    """Makes a session that was labeled by as many people as there are codes, for the same issues and moments."""

    def make(*codes, issues=(SILENT,), cites=(), days=1, by=None, seen_agent=agent, has_transcript=True, provenance=Provenance(), **fields):
        at = timezone.now() - timedelta(days=days)
        session = SessionFactory(seen_agent=seen_agent, timestamp=at, transcript_state="held" if has_transcript else "none", **fields)
        if has_transcript:
            turns = [
                {"uid": f"t{n}", "timestamp": (at + timedelta(seconds=4 * n)).isoformat(), "source": source, "text": text}
                for n, (source, text) in enumerate([("agent", "How can I help?"), ("user", "Call me at 202-555-0142."), ("agent", "I did not get that.")])
            ]
            TranscriptFactory(session=session, turns=turns)
        evidence = tuple(one if isinstance(one, EvidenceGiven) else EvidenceGiven("turn", one, 1) for one in cites)
        for code in codes:
            given = [IssueGiven(raw, evidence=evidence) for raw in issues]
            rater = rater_of(user=by or UserFactory())
            submit_label(session_id=session.pk, rater=rater, code=code, client_key="one", issues=given, provenance=provenance)
        return session

    return make


def frame_of(person, **more):
    return Frame(viewer=person, scope=get_scope(person), period=last_weeks(12), **more)


def page_of(person, category, place=1, **more):
    return get_evidence_page(frame_of(person, **more), category, place=place)


def counted(person, **more):
    return {row.category.name: (row.rate.part.n, row.rate.whole.n, row.beside.n) for row in get_issues(frame_of(person, **more)).rows}


def address(category, query=""):
    return f"/summary/issues/{category.pk}/{query}"


# --- shares


def test_a_session_counts_once_for_an_issue_and_only_among_the_rated(judged, silent, manager):
    IssueCategoryFactory(name="Tone")
    judged("BAD", "BAD", issues=[SILENT, "Tone"])
    judged("OK")
    judged("GOOD", issues=[])
    judged("N/A")
    judged("GOOD", "BAD")
    judged("BAD", is_test=True)

    assert counted(manager) == {SILENT: (2, 3, 2), "Tone": (1, 3, 0)}


def test_on_the_random_basis_only_what_was_drawn_counts(judged, silent, manager):
    judged("BAD", provenance=Provenance(basis="random", selection_probability=0.5))
    judged("BAD")

    assert counted(manager, basis="random") == {SILENT: (1, 1, 0)}


def test_while_a_merge_is_running_a_session_that_has_both_counts_once(judged, silent, manager, as_person):
    quiet = IssueCategoryFactory(name="Quiet")
    session = judged("BAD")
    SessionIssue.objects.create(session=session, category=quiet)
    judged("BAD", issues=["Quiet"])
    quiet.merged_into = silent
    quiet.save(update_fields=["merged_into"])

    assert counted(manager) == {SILENT: (2, 2, 0)}
    assert wrong_doors(as_person(manager).get("/summary/panels/issues/"), manager) == (2, [])


@pytest.mark.parametrize("codes", [[], ["N/A"], ["GOOD", "BAD"]])
def test_where_nothing_is_rated_no_share_is_made_up(judged, silent, manager, as_person, codes):
    judged(*codes)

    answer = as_person(manager).get("/summary/panels/issues/")

    assert answer.status_code == 200
    assert "%</span>" not in answer.content.decode()


@pytest.mark.parametrize(("who", "independent", "n"), [("manager", True, 3), ("reviewer", False, 3), ("reviewer", True, 1), ("narrow_reviewer", False, 2)])
def test_everybody_counts_what_they_may_see(request, settings, as_person, judged, silent, other_agent, who, independent, n):
    settings.INDEPENDENT_REVIEW = independent
    person = request.getfixturevalue(who)
    judged("BAD", cites=["t1"])
    judged("BAD", cites=["t1"], by=person)
    judged("BAD", cites=["t1"], seen_agent=other_agent)
    client = as_person(person)

    panel, page = client.get("/summary/panels/issues/"), client.get(address(silent))

    assert counted(person)[SILENT][0] == n
    assert wrong_doors(panel, person)[1] == wrong_doors(page, person)[1] == []
    assert page.context["page"].total == page.context["page"].sessions.n == n


# --- moments


def test_moments_stand_newest_session_first_and_in_the_order_of_the_talk(judged, silent, manager):
    old = judged("BAD", cites=["t2", "t0"], days=9)
    new = judged("BAD", cites=[EvidenceGiven("moment", "", 1, 5_000, 7_000)], days=2)

    page = page_of(manager, silent)

    assert [(moment.session, moment.at, moment.who, moment.words) for moment in page.moments] == [
        (new, "0:05", "caller", "Call me at ••• 0142."),
        (old, "0:00", "agent", "How can I help?"),
        (old, "0:08", "agent", "I did not get that."),
    ]
    assert [moment.until_ms for moment in page.moments] == [7_000, 4_000, None]


def test_a_moment_that_two_people_cite_is_there_once(judged, silent, manager):
    judged("BAD", "BAD", cites=["t1"])

    assert page_of(manager, silent).total == 1


def test_only_labels_that_decide_are_cited(judged, silent, manager, reviewer):
    taken_back = judged("BAD", cites=["t1"], by=reviewer)
    withdraw_label(label=taken_back.labels.get(), by=reviewer)
    settled = judged("BAD", cites=["t1"])
    given = [IssueGiven(SILENT, evidence=(EvidenceGiven("turn", "t2", 1),))]
    settlement = Provenance(is_settlement=True)
    submit_label(session_id=settled.pk, rater=rater_of(user=manager), code="OK", client_key="settles", issues=given, provenance=settlement)
    judged("BAD", issues=["Tone"], cites=["t1"])

    page = page_of(manager, silent)

    assert [(moment.session, moment.words) for moment in page.moments] == [(settled, "I did not get that.")]


def test_what_a_string_meant_later_counts(judged, manager):
    judged("BAD", issues=["quiet  line"], cites=["t1"])
    assert not LabelIssue.objects.exclude(category=None).exists()
    session = judged("BAD", issues=["Quiet line"], cites=["t1"])
    category = IssueCategoryFactory(name="Quiet line")
    SessionIssue.objects.create(session=session, category=category)

    assert [moment.session for moment in page_of(manager, category).moments] == [session]


def test_a_merged_category_leads_to_the_one_it_is_now(judged, silent, manager, as_person):
    quiet = IssueCategoryFactory(name="Quiet", merged_into=silent)
    judged("BAD", issues=["Quiet"], cites=["t1"])
    client = as_person(manager)

    answer = client.get(address(quiet, "?since=52&page=2"))

    assert (answer.status_code, answer["Location"]) == (302, address(silent, "?since=52&page=2"))
    assert client.get(answer["Location"]).context["page"].total == 1


def test_what_was_changed_or_taken_out_since_is_said(judged, silent, manager, as_person):
    changed = judged("BAD", cites=["t1"], days=1)
    Transcript.objects.filter(pk=changed.pk).update(turns=[{"uid": "x", "timestamp": changed.timestamp.isoformat(), "source": "agent", "text": "Other"}])
    judged("BAD", cites=["t1"], days=2, has_transcript=False)
    erased = judged("BAD", cites=["t1"], days=3)
    RecordingFactory(session=erased)
    Session.objects.filter(pk=erased.pk).update(transcript_state="erased", erased_at=timezone.now())

    said = as_person(manager).get(address(silent)).content.decode()

    assert "The transcript changed after this label." in said
    assert "This session has no transcript." in said
    assert "whom it was with and what was said is gone for good" in said
    assert "Call me" not in said
    assert "data-ask" not in said


def test_a_category_that_nobody_cites_is_a_page_and_one_that_is_not_there_is_none(silent, manager, as_person, judged):
    client = as_person(manager)
    assert "No rated sessions with this issue" in client.get(address(silent)).content.decode()
    judged("BAD")

    assert "No moments cited" in client.get(address(silent)).content.decode()
    assert client.get("/summary/issues/999999/").status_code == 404
    assert client.get("/summary/issues/99999999999999999999/").status_code == 404


@pytest.mark.parametrize("page", ["0", "-1", "99", "²", "x", "1" * 40, "%00"])
def test_a_page_that_there_is_not_is_the_nearest(silent, manager, as_person, judged, page):
    judged("BAD", cites=["t1"])

    assert as_person(manager).get(address(silent, f"?page={page}")).context["page"].total == 1


def test_pages_hold_every_moment_once(judged, silent, manager, as_person):
    for n in range(A_PAGE // 3 + 2):
        judged("BAD", cites=["t0", "t1", "t2"], days=n)

    pages = [page_of(manager, silent, place) for place in (1, 2)]

    found = [(moment.session.pk, moment.at_ms) for page in pages for moment in page.moments]
    assert (len(found), len(set(found))) == (pages[0].total, pages[0].total) == (30, 30)
    assert 'rel="next" href="?page=2"' in as_person(manager).get(address(silent)).content.decode()


# --- who may


def test_what_is_read_is_written_down_and_tells_what_others_think(judged, silent, reviewer, as_person):
    others, own = judged("BAD", cites=["t1", "t2"]), judged("BAD", cites=["t1"], by=reviewer)

    as_person(reviewer).get(address(silent))

    assert sorted(Event.objects.filter(kind="transcript_read", user=reviewer.pk).values_list("session", flat=True)) == sorted([others.pk, own.pk])
    assert list(Exposure.objects.filter(user=reviewer, judgment="others").values_list("session", flat=True)) == [others.pk]


def test_who_may_not_read_gets_no_words_and_no_places(judged, silent, reviewer, as_person):
    reviewer.may_read_transcripts = False
    reviewer.save(update_fields=["may_read_transcripts"])
    session = judged("BAD", cites=["t1"])
    RecordingFactory(session=session)

    answer = as_person(reviewer).get(address(silent))

    said = answer.content.decode()
    assert "Call me" not in said
    assert "0:04" not in said
    assert "data-ask" not in said
    assert "Your account does not cover reading transcripts." in said
    assert not Event.objects.filter(kind="transcript_read").exists()


@pytest.mark.parametrize(
    ("hears", "channel", "state", "n"), [(True, "voice", "pending", 1), (False, "voice", "pending", 0), (True, "voice", "gone", 0), (True, "voice", None, 0)]
)
def test_what_can_be_heard_has_the_address_to_ask_at(judged, silent, reviewer, as_person, hears, channel, state, n):
    reviewer.may_hear_recordings = hears
    reviewer.save(update_fields=["may_hear_recordings"])
    session = judged("BAD", cites=["t1"], channel=Channel(channel))
    if state:
        RecordingFactory(session=session, state=state)

    said = as_person(reviewer).get(address(silent)).content.decode()

    assert said.count(f'data-ask="/sessions/{session.pk}/recording/" data-at="4000" data-until="8000"') == n
    assert ("moments.js" in said) is bool(n)


def test_more_moments_take_no_more_queries_to_find(judged, silent, manager, django_assert_max_num_queries):
    for n in range(3):
        judged("BAD", cites=["t1"], days=n)
    manager.remembered = {}
    with django_assert_max_num_queries(14) as spent:
        page_of(manager, silent)
    first = len(spent)
    for n in range(9):
        judged("BAD", cites=["t0", "t1"], days=n)

    manager.remembered = {}
    with django_assert_max_num_queries(first):
        assert len(page_of(manager, silent).moments) == 21
