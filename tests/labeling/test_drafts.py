"""What is typed is kept, an older save never wins, and a submitted draft never comes back by itself."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from urllib.parse import urlencode

import pytest
from django.db import connection, connections
from django.utils import timezone

from labeling.models import Draft, Label
from labeling.operations.drafts import DraftElsewhere, DraftIsVoid, Typed, choose_text, clear_drafts, discard_draft, save_draft
from labeling.operations.judging import judge, undo
from labeling.operations.label_rows import Provenance
from tests.factories import DraftFactory, IssueCategoryFactory, SessionFactory, TranscriptFactory

pytestmark = pytest.mark.django_db

TAB, OTHER = "tab-one-key", "tab-two-key"


@pytest.fixture
def session(agent):
    return TranscriptFactory(session__seen_agent=agent, session__transcript_state="held", session__turns=3).session


@pytest.fixture
def save(session, reviewer):
    def write(comment="", *, tab=TAB, sequence=1, revision=0, code="BAD"):
        return save_draft(session_id=session.pk, by=reviewer, typed=Typed(code=code, comment=comment), tab=tab, sequence=sequence, revision=revision)

    return write


def standing(session, reviewer):
    return Draft.objects.get(session=session, user=reviewer)


def test_what_is_typed_is_kept(save, session, reviewer):
    draft = save("The dose was wrong.")

    kept = standing(session, reviewer)
    assert (kept.comment, kept.code, kept.is_open, kept.revision) == ("The dose was wrong.", "BAD", True, draft.revision)


@pytest.mark.parametrize("sequence", [1, 2])
def test_a_save_that_was_overtaken_on_the_way_changes_nothing(save, session, reviewer, sequence):
    save("first", sequence=1)
    save("second", sequence=2)
    save("late", sequence=sequence)

    assert standing(session, reviewer).comment == "second"


def test_the_same_save_again_is_one_save(save):
    assert save("once").revision == save("once").revision


def test_another_tab_that_has_not_seen_the_draft_is_told_and_changes_nothing(save, session, reviewer):
    save("in the first tab")

    with pytest.raises(DraftElsewhere) as told:
        save("in the second tab", tab=OTHER)

    assert told.value.draft.comment == "in the first tab"
    assert standing(session, reviewer).comment == "in the first tab"


def test_another_tab_that_has_seen_the_draft_goes_on_with_it(save, session, reviewer):
    first = save("begun")
    second = save("begun and gone on", tab=OTHER, revision=first.revision)

    assert standing(session, reviewer).comment == "begun and gone on"
    with pytest.raises(DraftElsewhere):
        save("the first tab again", sequence=2, revision=first.revision)
    assert second.revision > first.revision


def test_a_save_that_comes_after_its_submit_is_void(save, session, reviewer):
    save("typed")
    judge(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD", comment="typed"), client_key=TAB, provenance=Provenance())

    with pytest.raises(DraftIsVoid):
        save("typed", sequence=9)

    assert not standing(session, reviewer).is_open
    assert standing(session, reviewer).comment == ""


def test_a_save_that_comes_after_a_submit_without_a_draft_is_void_too(save, session, reviewer):
    judge(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD"), client_key=TAB, provenance=Provenance())

    with pytest.raises(DraftIsVoid):
        save("late", sequence=1)


def test_what_another_tab_typed_before_the_submit_is_kept_for_its_person(save, session, reviewer):
    judge(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD"), client_key=TAB, provenance=Provenance())

    save("still typing here", tab=OTHER)

    assert standing(session, reviewer).comment == "still typing here"
    assert standing(session, reviewer).is_open


def test_undo_gives_back_what_the_label_said(session, reviewer):
    IssueCategoryFactory(name="Wrong answer")
    cited = {"target_kind": "turn", "target_uid": "t1", "transcript_revision": 1, "from_ms": 4, "until_ms": None}
    typed = Typed(code="BAD", comment="No.", issues=[{"raw": "Wrong answer", "suggested_by": "signal:silence", "evidence": [cited]}])
    label = judge(session_id=session.pk, by=reviewer, typed=typed, client_key=TAB, provenance=Provenance()).label

    assert undo(label=Label.objects.get(pk=label.pk), by=reviewer) is None

    draft = standing(session, reviewer)
    assert (draft.is_open, draft.code, draft.comment, draft.issues) == (True, "BAD", "No.", typed.issues)


def test_undo_of_a_change_restores_the_earlier_label_and_starts_the_draft_from_it(session, reviewer):
    first = judge(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD"), client_key=TAB, provenance=Provenance()).label
    second = judge(
        session_id=session.pk, by=reviewer, typed=Typed(code="BAD", comment="No.", version=first.pk), client_key=OTHER, provenance=Provenance()
    ).label

    assert undo(label=Label.objects.get(pk=second.pk), by=reviewer) == first
    assert standing(session, reviewer).version == first.pk


def test_discarding_empties_the_draft(save, session, reviewer):
    save("nonsense")
    discard_draft(session_id=session.pk, by=reviewer)

    assert (standing(session, reviewer).is_open, standing(session, reviewer).comment) == (False, "")


def test_drafts_that_nobody_touched_for_a_month_are_forgotten(session):
    old = DraftFactory()
    Draft.objects.filter(pk=old.pk).update(saved_at=timezone.now() - timedelta(days=31))
    kept = DraftFactory()

    assert clear_drafts() == 1
    assert list(Draft.objects.all()) == [kept]


def sent(**more):
    return {"client_key": TAB, "sequence": "1", "draft_revision": "0", **more}


def patch(client, session, data, content_type="application/x-www-form-urlencoded"):
    body = data if isinstance(data, (str, bytes)) else urlencode(data, doseq=True)
    return client.patch(f"/labels/{session.pk}/draft/", body, content_type=content_type)


def test_draft_update_keeps_the_form_and_says_when(as_person, reviewer, session):
    answer = patch(as_person(reviewer), session, sent(code="BAD", comments="Half a sent", issues=["Silent treatment"]))

    assert answer.status_code == 200
    assert answer.json()["words"].startswith("Draft saved ")
    draft = standing(session, reviewer)
    assert (draft.code, draft.comment, [issue["raw"] for issue in draft.issues]) == ("BAD", "Half a sent", ["Silent treatment"])


def test_draft_update_asks_few_questions(as_person, reviewer, session, django_assert_max_num_queries):
    client = as_person(reviewer)
    patch(client, session, sent(comments="a"))

    with django_assert_max_num_queries(14):
        patch(client, session, sent(comments="ab", sequence="2", draft_revision="1"))


def test_draft_update_from_another_tab_shows_both_texts(as_person, reviewer, session, save):
    save("in the first tab")

    answer = patch(as_person(reviewer), session, sent(client_key=OTHER, comments="in the second tab"))

    assert answer.status_code == 409
    assert b"in the first tab" in answer.content
    assert b"in the second tab" in answer.content


def test_draft_update_of_a_session_out_of_scope_is_not_found(as_person, narrow_reviewer, other_agent):
    assert patch(as_person(narrow_reviewer), SessionFactory(seen_agent=other_agent), sent(comments="x")).status_code == 404
    assert not Draft.objects.exists()


def test_a_draft_is_its_persons_only(as_person, manager, session, save):
    save("private thoughts")

    assert b"private thoughts" not in as_person(manager).get(f"/sessions/{session.pk}/").content


def test_a_draft_is_on_the_page_again(as_person, reviewer, session, save):
    save("Half a sentence")

    page = as_person(reviewer).get(f"/sessions/{session.pk}/")

    assert b"Half a sentence" in page.content
    assert page.context["form"]["code"].value() == "BAD"


DEEP = "[" * 50_000
EVIDENCE = {"issue": "Silent treatment", "target_kind": "turn", "target_uid": "t1", "transcript_revision": 1, "from_ms": 0, "until_ms": None}


@pytest.mark.parametrize(
    "data",
    [
        b"&",
        b"\xff\xfe",
        b"client_key=" + b"a" * 200,
        sent(code="GREAT"),
        sent(sequence="-1"),
        sent(sequence="9" * 40),
        sent(draft_revision="x"),
        sent(version="0"),
        sent(comments="a" * 10_001),
        sent(comments="\0"),
        sent(issues=["\0"]),
        sent(issues=["a" * 501]),
        sent(issues=[f"issue {n}" for n in range(51)]),
        sent(evidence="{"),
        sent(evidence=DEEP),
        sent(evidence="NaN"),
        sent(evidence=json.dumps({**EVIDENCE, "issue": "\ud800"})),
        sent(evidence=json.dumps({**EVIDENCE, "target_uid": "\0"})),
        sent(evidence=json.dumps({**EVIDENCE, "target_uid": ""})),
        sent(evidence=json.dumps({**EVIDENCE, "target_kind": "planet"})),
        sent(evidence=json.dumps({**EVIDENCE, "from_ms": 2**40})),
        sent(evidence=json.dumps({**EVIDENCE, "from_ms": True})),
        sent(evidence=json.dumps({**EVIDENCE, "from_ms": 9, "until_ms": 3})),
        sent(evidence=json.dumps({**EVIDENCE, "transcript_revision": "1"})),
        sent(evidence=[json.dumps({**EVIDENCE, "from_ms": n}) for n in range(101)]),
    ],
)
def test_draft_update_refuses_what_it_cannot_read_and_keeps_nothing(as_person, reviewer, session, data):
    assert patch(as_person(reviewer), session, data).status_code == 422
    assert not Draft.objects.filter(is_open=True).exists()


@pytest.mark.parametrize(("data", "content_type"), [("{}", "application/json"), ("", "")], ids=["another type", "nothing"])
def test_draft_update_takes_a_form_only(as_person, reviewer, session, data, content_type):
    assert patch(as_person(reviewer), session, data, content_type=content_type).status_code == 415


@pytest.mark.django_db(transaction=True)
def test_saves_and_a_submit_at_the_same_moment_end_with_the_label_and_no_open_draft(session, reviewer):
    """Twelve autosaves of the submitting tab race its submit: whoever comes last, the label stands and the draft is closed."""

    def autosave(sequence):
        try:
            save_draft(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD", comment="typed"), tab=TAB, sequence=sequence, revision=0)
        except DraftIsVoid:
            pass
        finally:
            connections.close_all()

    def submit():
        try:
            judge(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD", comment="typed"), client_key=TAB, provenance=Provenance())
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        work = [pool.submit(autosave, n) for n in range(1, 7)] + [pool.submit(submit)] + [pool.submit(autosave, n) for n in range(7, 13)]
        for one in work:
            one.result()

    assert Label.objects.filter(session=session).count() == 1
    assert not standing(session, reviewer).is_open
    connection.close()


def test_what_another_tab_typed_and_the_submitting_one_has_not_seen_stays(save, as_person, session, reviewer):
    save("A long text", tab=OTHER)

    as_person(reviewer).post(f"/labels/{session.pk}/", {"code": "GOOD", "client_key": TAB, "draft_revision": "0"})

    assert Label.objects.get().code == "GOOD"
    assert (standing(session, reviewer).is_open, standing(session, reviewer).comment) == (True, "A long text")


def test_what_another_tab_typed_ends_with_the_label_that_was_begun_from_it(save, as_person, session, reviewer):
    draft = save("A long text", tab=OTHER)

    as_person(reviewer).post(f"/labels/{session.pk}/", {"code": "GOOD", "client_key": TAB, "draft_revision": str(draft.revision)})

    assert not standing(session, reviewer).is_open


def test_undo_leaves_what_was_typed_since(save, session, reviewer):
    label = judge(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD"), client_key=TAB, provenance=Provenance()).label
    save("A change I was typing", tab=OTHER)

    undo(label=Label.objects.get(pk=label.pk), by=reviewer)

    draft = standing(session, reviewer)
    assert (draft.is_open, draft.comment, draft.version) == (True, "A change I was typing", None)


def test_a_save_of_the_discarding_tab_that_comes_late_changes_nothing(save, as_person, session, reviewer):
    save("nonsense")

    as_person(reviewer).post(f"/labels/{session.pk}/draft/deletion/", {"client_key": TAB})
    save("nonsense", sequence=9)

    assert (standing(session, reviewer).is_open, standing(session, reviewer).comment) == (False, "")


@pytest.mark.django_db(transaction=True)
def test_two_undos_at_the_same_moment_give_back_one_draft(session, reviewer):
    label = judge(session_id=session.pk, by=reviewer, typed=Typed(code="GOOD"), client_key=TAB, provenance=Provenance()).label
    before = standing(session, reviewer).revision
    barrier = Barrier(6)

    def take_back(one):
        try:
            barrier.wait()
            undo(label=one, by=reviewer)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(take_back, [Label.objects.get(pk=label.pk) for _ in range(6)]))

    assert standing(session, reviewer).revision == before + 1


def leave(session, reviewer, comment, *, tab=OTHER, sequence=1, revision=0):
    return save_draft(
        session_id=session.pk, by=reviewer, typed=Typed(code="BAD", comment=comment), tab=tab, sequence=sequence, revision=revision, is_leaving=True
    )


def left_behind(session, reviewer):
    return [other["comment"] for other in standing(session, reviewer).others]


def test_what_a_page_sends_while_it_is_left_is_kept_beside_a_newer_text(save, session, reviewer):
    save("Newer.")

    leave(session, reviewer, "Typed and left.")

    assert standing(session, reviewer).comment == "Newer."
    assert left_behind(session, reviewer) == ["Typed and left."]


def test_what_a_page_sends_while_it_is_left_is_the_draft_where_nothing_newer_stands(save, session, reviewer):
    leave(session, reviewer, "Typed and left.")

    assert standing(session, reviewer).comment == "Typed and left."
    assert left_behind(session, reviewer) == []


def test_of_several_texts_that_a_page_sent_while_it_was_left_the_last_one_counts(save, session, reviewer):
    save("Newer.")

    leave(session, reviewer, "Second.", sequence=2)
    leave(session, reviewer, "First, and late.", sequence=1)

    assert left_behind(session, reviewer) == ["Second."]


def test_an_empty_form_leaves_nothing_behind(save, session, reviewer):
    save("Newer.")

    save_draft(session_id=session.pk, by=reviewer, typed=Typed(version=7), tab=OTHER, sequence=1, revision=0, is_leaving=True)

    assert left_behind(session, reviewer) == []


def test_a_page_that_was_hidden_and_goes_on_takes_its_text_back(save, session, reviewer):
    draft = save("Newer.")
    leave(session, reviewer, "Hidden.")
    save("Hidden, and gone on.", tab=OTHER, sequence=2, revision=draft.revision + 1)

    assert standing(session, reviewer).comment == "Hidden, and gone on."
    assert left_behind(session, reviewer) == []


@pytest.mark.parametrize(("is_taken", "stands"), [(True, "Left."), (False, "Newer.")])
def test_the_person_decides_which_of_the_two_stands(save, session, reviewer, is_taken, stands):
    save("Newer.")
    leave(session, reviewer, "Left.")

    choose_text(session_id=session.pk, by=reviewer, tab=OTHER, is_taken=is_taken)

    assert (standing(session, reviewer).comment, standing(session, reviewer).is_open) == (stands, True)
    assert left_behind(session, reviewer) == []


def test_a_choice_that_was_made_already_changes_nothing(save, session, reviewer):
    save("Newer.")
    leave(session, reviewer, "Left.")
    choose_text(session_id=session.pk, by=reviewer, tab=OTHER, is_taken=False)

    choose_text(session_id=session.pk, by=reviewer, tab=OTHER, is_taken=True)

    assert standing(session, reviewer).comment == "Newer."


@pytest.mark.parametrize("end", ["submit", "discard"])
def test_what_was_left_behind_and_not_decided_about_outlives_the_draft(save, session, reviewer, end):
    draft = save("Newer.")
    leave(session, reviewer, "Left.")

    if end == "submit":
        judge(
            session_id=session.pk,
            by=reviewer,
            typed=Typed(code="BAD", comment="Newer."),
            client_key=TAB,
            provenance=Provenance(),
            draft_revision=draft.revision,
        )
    else:
        discard_draft(session_id=session.pk, by=reviewer, tab=TAB)

    assert (standing(session, reviewer).comment, standing(session, reviewer).is_open) == ("Left.", True)
    assert left_behind(session, reviewer) == []


@pytest.mark.parametrize("tab", [OTHER, "tab-three-key"])
def test_what_was_left_behind_ends_with_the_label_that_says_it(save, session, reviewer, tab):
    save("Newer.")
    left = leave(session, reviewer, "Left.")

    judge(session_id=session.pk, by=reviewer, typed=Typed(code="BAD", comment="Left."), client_key=tab, provenance=Provenance(), draft_revision=left.revision)

    assert (standing(session, reviewer).is_open, left_behind(session, reviewer)) == (False, [])


def test_what_was_left_behind_is_shown_beside_the_draft_and_can_be_taken(as_person, reviewer, session, save):
    save("Newer.")
    client = as_person(reviewer)
    assert patch(client, session, sent(client_key=OTHER, code="BAD", comments="Left.", leaving="1")).status_code == 200

    page = client.get(f"/sessions/{session.pk}/").content.decode()
    answer = client.post(f"/labels/{session.pk}/draft/choices/", {"tab": OTHER, "take": "on"})

    assert "You left another text behind here." in page
    assert page.index("Newer.") < page.index("Left.")
    assert answer.headers["Location"] == f"/sessions/{session.pk}/"
    after = client.get(f"/sessions/{session.pk}/").content.decode()
    assert "You left another text behind here." not in after
    assert "Left." in after


@pytest.mark.parametrize("data", [{}, {"tab": "a\0b"}, {"tab": "x" * 101, "take": "on"}, {"tab": "unknown", "take": "on"}])
def test_a_choice_that_names_no_text_changes_nothing(as_person, reviewer, session, save, data):
    save("Newer.")

    assert as_person(reviewer).post(f"/labels/{session.pk}/draft/choices/", data).status_code == 302
    assert standing(session, reviewer).comment == "Newer."
