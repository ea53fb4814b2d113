"""The guide: its page, its versions, who has read it, and which one a label was made under."""

import json
import threading
import time
from datetime import timedelta
from importlib import import_module

import pgtrigger
import pytest
from django.db import connection
from django.utils import timezone

from labeling.codes import LabelType, RaterKind, Via
from labeling.models import Event, Exposure, GuideVersion, IssueCategory, Label
from labeling.operations.guide import GuideMovedOn, NothingChanged, publish_categories, publish_guide
from labeling.operations.label_rows import LabelGiven, Provenance
from labeling.operations.labels import record_labels, submit_label
from labeling.operations.raters import rater_of
from labeling.queries.guide import Texts, get_newest, get_newest_number, get_news, get_snapshot, texts_of
from labeling.queries.guide_differences import MOST_PAIRS, compare_words, get_differences
from tests.factories import (
    GuideExampleFactory,
    GuideVersionFactory,
    IssueCategoryFactory,
    RaterFactory,
    SessionFactory,
    TranscriptFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
NEW = Texts(good="Good.", ok="Fine.", bad="Not met.", not_applicable="Nothing.")


@pytest.fixture
def guide():
    """The newest version, whatever a migration brought along."""
    return GuideVersionFactory(bad="The need was not met.\n\nAlso where nobody notices.")


@pytest.fixture
def session(agent):
    return TranscriptFactory(session__seen_agent=agent, session__transcript_state="held", session__turns=3).session


def text(answer):
    return answer.content.decode()


# --- the page


def test_guide_detail_shows_the_newest_version_with_its_categories(as_person, reviewer, guide):
    IssueCategoryFactory(
        name="Wrong answer", group="Answer", severity="critical", description="Not true.", example="4 PM.", counter_example="Late.", channels=["voice"]
    )
    publish_categories(by=None)

    page = text(as_person(reviewer).get("/guide/"))

    for words in (
        "Also where nobody notices.",
        "Answer",
        "Wrong answer",
        "Critical",
        "Not true.",
        "4 PM.",
        "Late.",
        "Only: Voice",
        f"Version {guide.number + 1}",
    ):
        assert words in page
    assert f'id="category-{IssueCategory.objects.get().pk}"' in page
    assert all(f'id="{anchor}"' in page for anchor in ("good", "ok", "bad", "na"))


def test_guide_detail_of_an_older_version_says_so_and_shows_it_as_it_was(as_person, reviewer, guide):
    publish_guide(texts=NEW, what_changed="All of it.", starting_from=guide.number, by=reviewer)

    page = text(as_person(reviewer).get(f"/guide/{guide.number}/"))

    assert "This is an older version." in page
    assert "Also where nobody notices." in page
    assert "Not met." not in page


def test_guide_detail_of_a_number_shows_the_differences_to_the_one_before(as_person, reviewer, guide):
    gone = IssueCategoryFactory(name="Old one")
    publish_categories(by=None)
    IssueCategory.objects.filter(pk=gone.pk).update(retired_at=timezone.now())
    IssueCategoryFactory(name="New one")
    version = publish_categories(by=reviewer)

    page = text(as_person(reviewer).get(f"/guide/{version.number}/"))

    assert "<ins>New one</ins>" in page
    assert "<del>Old one</del>" in page


@pytest.mark.parametrize("number", ["0", "999999", "99999999999999999999999"])
def test_a_version_that_does_not_exist_is_not_found(as_person, reviewer, guide, number):
    assert as_person(reviewer).get(f"/guide/{number}/").status_code == 404


def test_without_any_version_the_page_says_so(as_person, reviewer, monkeypatch):
    monkeypatch.setattr("labeling.queries.guide_page.get_versions", lambda viewer: [])

    assert "No guide yet" in text(as_person(reviewer).get("/guide/"))


def test_the_guide_escapes_what_admins_write(as_person, reviewer):
    GuideVersionFactory(good="<script>alert(1)</script>", what_changed="<b>bold</b>", categories=[])

    page = text(as_person(reviewer).get("/guide/"))

    assert "<script>alert" not in page
    assert "<b>bold" not in page


def test_the_guide_takes_the_same_questions_however_many_examples_and_categories(as_person, reviewer, agent, guide, django_assert_max_num_queries):
    for number in range(12):
        category = IssueCategoryFactory(name=f"Issue {number}")
        GuideExampleFactory(code="", category=category, session=SessionFactory(seen_agent=agent))
    publish_categories(by=None)
    client = as_person(reviewer)

    with django_assert_max_num_queries(15):
        client.get("/guide/")


# --- examples


def test_examples_are_shown_within_the_scope_only(as_person, narrow_reviewer, agent, other_agent, guide):
    GuideExampleFactory(session=SessionFactory(seen_agent=agent), note="Listen to the end.")
    foreign = GuideExampleFactory(session=SessionFactory(seen_agent=other_agent), note="Somebody else's.")
    GuideExampleFactory(session=SessionFactory(seen_agent=agent), is_counter_example=True, note="Only looks bad.")

    page = text(as_person(narrow_reviewer).get("/guide/"))

    assert "Listen to the end." in page
    assert "Counter-example" in page
    assert "Somebody else&#x27;s." not in page
    assert f"/sessions/{foreign.session_id}/" not in page
    assert "Cedar" not in page


def test_an_erased_session_is_no_example_any_more(as_person, reviewer, agent, guide):
    GuideExampleFactory(session=SessionFactory(seen_agent=agent, erased_at=timezone.now()), note="Gone.")

    assert "Gone." not in text(as_person(reviewer).get("/guide/"))


def test_the_note_of_an_example_is_masked(as_person, reviewer, agent, guide):
    GuideExampleFactory(session=SessionFactory(seen_agent=agent), note="The one from +1 202 555 0142.")

    assert "0142." in text(as_person(reviewer).get("/guide/"))
    assert "202 555" not in text(as_person(reviewer).get("/guide/"))


def test_who_read_that_a_session_is_an_example_labels_it_no_longer_independently(as_person, reviewer, session, guide):
    other = SessionFactory(seen_agent=session.seen_agent)
    GuideExampleFactory(session=session)

    as_person(reviewer).get("/guide/")

    assert list(Exposure.objects.values_list("session", "user", "judgment")) == [(session.pk, reviewer.pk, "others")]
    labels = {pk: submit_label(session_id=pk, rater=rater_of(user=reviewer), code="BAD", client_key="some-key").label for pk in (session.pk, other.pk)}
    assert (labels[session.pk].independent, labels[other.pk].independent) == (False, True)


def test_an_example_of_a_category_that_is_not_shown_exposes_nothing(as_person, reviewer, session, guide):
    GuideExampleFactory(session=session, code="", category=IssueCategoryFactory(retired_at=timezone.now()))

    as_person(reviewer).get("/guide/")

    assert not Exposure.objects.exists()


# --- read or not


def test_opening_the_newest_version_marks_it_as_read(as_person, reviewer, guide):
    assert get_news(reviewer).is_read is False

    as_person(reviewer).get("/guide/")

    reviewer.refresh_from_db()
    assert reviewer.guide_read == guide.number
    assert get_news(reviewer).is_read is True


def test_opening_an_older_version_marks_nothing(as_person, reviewer, guide):
    GuideVersionFactory(good="Anew.")

    as_person(reviewer).get(f"/guide/{guide.number}/")

    reviewer.refresh_from_db()
    assert reviewer.guide_read is None


@pytest.mark.parametrize("headers", [{"Sec-Purpose": "prefetch"}, {"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}, {"X-Prefetch": "1"}])
def test_what_a_browser_loads_ahead_of_a_click_is_neither_answered_nor_marked(as_person, reviewer, session, guide, headers):
    GuideExampleFactory(session=session)

    answer = as_person(reviewer).get("/guide/", headers=headers)

    reviewer.refresh_from_db()
    assert (answer.status_code, answer.content, reviewer.guide_read) == (503, b"", None)
    assert not Exposure.objects.exists()


def test_a_head_request_marks_nothing(as_person, reviewer, guide):
    as_person(reviewer).head("/guide/")

    reviewer.refresh_from_db()
    assert reviewer.guide_read is None


def test_reading_in_a_late_tab_never_takes_back_what_was_read(as_person, reviewer, guide):
    reviewer.choose(guide_read=guide.number + 5)

    as_person(reviewer).get("/guide/")

    reviewer.refresh_from_db()
    assert reviewer.guide_read == guide.number + 5


def test_home_says_that_the_guide_changed_until_it_was_read(as_person, reviewer, guide):
    client = as_person(reviewer)
    assert "Not read yet" in text(client.get("/review/"))

    client.get("/guide/")
    assert f"Version {guide.number}, " in text(client.get("/review/"))

    GuideVersionFactory(what_changed="A wrong confirmation is BAD.")
    page = text(client.get("/review/"))
    assert "Changed " in page
    assert "A wrong confirmation is BAD." in page


# --- versions


def test_publish_guide_makes_a_version_with_the_categories_as_they_are(admin, guide):
    category = IssueCategoryFactory(name="Wrong answer")

    version = publish_guide(texts=NEW, what_changed="Said shorter.", starting_from=guide.number, by=admin)

    assert (version.number, texts_of(version), version.what_changed, version.published_by) == (guide.number + 1, NEW, "Said shorter.", admin)
    assert [one["id"] for one in version.categories] == [category.pk]
    event = Event.objects.get(kind="guide_published")
    assert (event.user, event.subject, event.before, event.after) == (admin.pk, version.pk, str(guide.number), str(version.number))


def test_publish_guide_without_a_change_is_refused(admin, guide):
    with pytest.raises(NothingChanged):
        publish_guide(texts=texts_of(guide), what_changed="Nothing.", starting_from=guide.number, by=admin)


def test_publish_guide_twice_from_one_form_publishes_once(admin, guide):
    first, second = [publish_guide(texts=NEW, what_changed="x", starting_from=guide.number, by=admin) for _ in range(2)]

    assert first == second
    assert get_newest_number() == guide.number + 1


@pytest.mark.parametrize("started", [True, False])
def test_publish_guide_over_texts_of_somebody_else_is_refused(admin, guide, started):
    publish_guide(texts=NEW, what_changed="x", starting_from=guide.number, by=UserFactory())

    with pytest.raises(GuideMovedOn) as refused:
        publish_guide(texts=Texts("My", "own", "four", "texts"), what_changed="y", starting_from=guide.number if started else None, by=admin)

    assert refused.value.newest == get_newest()
    assert get_newest_number() == guide.number + 1


def test_publish_guide_is_not_held_up_by_a_version_that_only_changed_categories(admin, guide):
    IssueCategoryFactory(name="Wrong answer")
    publish_categories(by=admin)

    assert publish_guide(texts=NEW, what_changed="x", starting_from=guide.number, by=admin).number == guide.number + 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": "Untrue answer"}, "Changed: Untrue answer (name)."),
        ({"description": "Not so."}, "Changed: Wrong answer (definition)."),
        ({"example": "4 PM.", "counter_example": "Late."}, "Changed: Wrong answer (example, counter-example)."),
        ({"group": "Answer", "severity": "major"}, "Changed: Wrong answer (group, severity)."),
        ({"channels": ["chat"]}, "Changed: Wrong answer (channels)."),
        ({"retired_at": timezone.now()}, "No longer in use: Wrong answer."),
    ],
)
def test_publish_categories_says_in_closed_words_what_changed(admin, guide, change, words):
    category = IssueCategoryFactory(name="Wrong answer")
    assert publish_categories(by=admin).what_changed == "New: Wrong answer."

    for name, value in change.items():
        setattr(category, name, value)
    category.save()

    assert publish_categories(by=admin).what_changed == words
    assert publish_categories(by=admin) is None


def test_an_order_alone_is_no_new_version(admin, guide):
    category = IssueCategoryFactory(name="Wrong answer")
    publish_categories(by=admin)
    category.order, category.comment_templates = 1, "The agent said …"
    category.save()

    assert publish_categories(by=admin) is None


def test_a_merged_category_is_no_longer_in_use(admin, guide):
    kept, merged = IssueCategoryFactory(name="Kept"), IssueCategoryFactory(name="Merged")
    publish_categories(by=admin)
    merged.merged_into = kept
    merged.save()

    assert publish_categories(by=admin).what_changed == "No longer in use: Merged."


def test_a_file_of_many_categories_is_one_version_that_counts_them(admin, guide):
    for number in range(40):
        IssueCategoryFactory(name=f"A category with a long name, number {number}")

    assert publish_categories(by=admin).what_changed == "Issue categories: 40 new."


def test_the_first_version_of_an_installation_that_has_categories_already_differs_in_nothing():
    IssueCategoryFactory(name="Wrong answer", channels=["voice", "chat"], group="Answer", description="Not so.")
    IssueCategoryFactory(name="Gone", retired_at=timezone.now())
    IssueCategoryFactory(name="First", order=1)
    first_version = import_module("labeling.migrations.0010_first_guide").Migration.operations[0].sql[0]
    with pgtrigger.ignore("labeling.GuideVersion:guide_version_is_a_fact"):
        GuideVersion.objects.all().delete()

    with connection.cursor() as cursor:
        cursor.execute(*first_version)
        cursor.execute(*first_version)

    assert GuideVersion.objects.get().categories == get_snapshot()
    assert publish_categories(by=None) is None


def test_differences_tell_words_that_came_and_went():
    words = [(one.kind, one.text) for one in compare_words("The need was met.", "The need was not met at all.")]

    assert words == [("same", "The need was "), ("added", "not "), ("same", "met"), ("added", " at all"), ("same", ".")]


def test_a_sentence_that_has_little_in_common_with_the_one_before_stands_as_a_whole():
    words = [(one.kind, one.text) for one in compare_words("Kept. The need was met.", "Kept. Nobody called back, ever.")]

    assert words == [("same", "Kept. "), ("removed", "The need was met."), ("added", "Nobody called back, ever.")]


def test_differences_tell_a_phrase_as_one():
    words = [(one.kind, one.text) for one in compare_words("had to say something twice or wait", "had to repeat themselves or wait")]

    assert words == [("same", "had to "), ("removed", "say something twice"), ("added", "repeat themselves"), ("same", " or wait")]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("One two.\n\nThree four five.", "One 2.\n\nFour five six."),
        ("", "New."),
        ("Gone.", ""),
        ("a b a b", "b a b a"),
        ("Same. Not. Same.", "Same. Same."),
        ("...\n\n!?", "?!\n.."),
        ("é ü\u2028x", "é ü x"),
    ],
)
def test_differences_leave_nothing_out(old, new):
    words = compare_words(old, new)

    assert "".join(one.text for one in words if one.kind != "added") == old
    assert "".join(one.text for one in words if one.kind != "removed") == new


def test_differences_of_long_texts_stand_as_wholes():
    old, new = "a " * MOST_PAIRS, "b " * MOST_PAIRS

    assert [one.kind for one in compare_words(old, new)] == ["removed", "added"]


@pytest.mark.parametrize(("old", "new"), [(".", ",."), ("a b ", "b a c "), ("a. b. ", "b. a. c. "), ("…\n", "\n…"), ("a", "aa ")])
def test_no_text_takes_long_to_compare(old, new):
    started = time.process_time()

    compare_words((old * 5_000)[:5_000], (new * 5_000)[:5_000])

    assert time.process_time() - started < 1


def test_a_version_that_kept_fewer_fields_differs_in_none_of_them():
    old = GuideVersionFactory.build(number=1, categories=[{"id": 1, "name": "A"}])
    new = GuideVersionFactory.build(number=2, categories=[{"id": 1, "name": "A", "channels": ["chat"]}])

    assert not get_differences(old, new)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_one_is_told_of_the_other():
    guide, people = GuideVersionFactory(), [UserFactory(), UserFactory()]
    told, barrier = [], threading.Barrier(2)

    def publish(number):
        barrier.wait()
        try:
            publish_guide(texts=Texts(f"Good {number}", "o", "b", "n"), what_changed="x", starting_from=guide.number, by=people[number])
            told.append("published")
        except GuideMovedOn as other:
            told.append(other.newest.number - guide.number)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish, args=[number]) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(told, key=str) == [1, "published"]
    assert get_newest_number() == guide.number + 1


# --- what labels remember


def form(**more):
    return {"code": "GOOD", "client_key": "a-client-made-key", **more}


def test_the_panel_sends_the_version_it_was_shown_under(as_person, reviewer, session, guide):
    assert f'name="guide_version" value="{guide.number}"' in text(as_person(reviewer).get(f"/sessions/{session.pk}/"))


def test_a_label_remembers_the_version_on_its_page_though_a_newer_one_was_published_meanwhile(as_person, reviewer, session, guide):
    GuideVersionFactory(good="Anew.")

    as_person(reviewer).post(f"/labels/{session.pk}/", form(guide_version=guide.number))

    assert Label.objects.get().guide_version == guide.number
    assert f'href="/guide/{guide.number}/">Guide {guide.number}</a>' in text(as_person(reviewer).get(f"/sessions/{session.pk}/"))


@pytest.mark.parametrize("sent", ["", "999999", None])
def test_a_version_that_does_not_exist_is_not_remembered(as_person, reviewer, session, guide, sent):
    more = {} if sent is None else {"guide_version": sent}

    assert as_person(reviewer).post(f"/labels/{session.pk}/", form(**more)).status_code == 302
    assert Label.objects.get().guide_version is None


@pytest.mark.parametrize("sent", ["abc", "-1", "99999999999999999999", "1.5", "²"])
def test_a_version_that_is_no_number_is_refused(as_person, reviewer, session, guide, sent):
    assert as_person(reviewer).post(f"/labels/{session.pk}/", form(guide_version=sent), headers={"HX-Request": "true"}).status_code == 422
    assert not Label.objects.exists()


def test_a_form_that_comes_back_says_that_the_guide_changed(as_person, reviewer, session, guide):
    GuideVersionFactory(good="Anew.")

    answer = as_person(reviewer).post(f"/labels/{session.pk}/", form(code="", guide_version=guide.number), headers={"HX-Request": "true"})

    assert answer.status_code == 422
    assert 'id="guide-news" role="status">' in text(answer)
    assert f'name="guide_version" value="{guide.number}"' in text(answer)


def test_a_page_that_is_up_to_date_does_not_say_that_the_guide_changed(as_person, reviewer, session, guide):
    assert 'id="guide-news" role="status" hidden>' in text(as_person(reviewer).get(f"/sessions/{session.pk}/"))


@pytest.mark.parametrize("is_newer", [True, False])
def test_a_draft_that_was_saved_says_whether_the_guide_changed(as_person, reviewer, session, guide, is_newer):
    if is_newer:
        GuideVersionFactory(good="Anew.")
    body = f"client_key=a-tab-of-mine&comments=x&sequence=1&guide_version={guide.number}"

    answer = as_person(reviewer).patch(f"/labels/{session.pk}/draft/", body, content_type="application/x-www-form-urlencoded")

    assert json.loads(answer.content)["guide"] is is_newer


@pytest.mark.parametrize("via", [Via.BULK, Via.API, Via.IMPORT])
def test_a_label_given_to_us_names_the_version_in_force_when_it_was_made(session, guide, via):
    later = GuideVersionFactory(good="Anew.", published_at=guide.published_at + timedelta(days=2))
    moments = {
        "before": guide.published_at - timedelta(days=900),
        "under": guide.published_at + timedelta(days=1),
        "now": later.published_at + timedelta(days=1),
    }

    rows = record_labels(
        labels=[LabelGiven(session.pk, RaterFactory(), "OK", f"key-{name}", provenance=Provenance(via=via, made_at=at)) for name, at in moments.items()]
    )

    assert [row.guide_version for row in rows] == [None, guide.number, later.number]


def test_a_bulk_label_of_now_names_the_newest_version(session, guide):
    assert (
        record_labels(labels=[LabelGiven(session.pk, RaterFactory(), "N/A", "key-one", provenance=Provenance(via=Via.BULK))])[0].guide_version == guide.number
    )


def test_a_machine_and_the_vendors_people_have_read_no_guide_of_ours(session, guide):
    machine = LabelGiven(session.pk, RaterFactory(kind=RaterKind.MACHINE), "OK", "key-one", type=LabelType.AUTO, provenance=Provenance(via=Via.API))
    synced = LabelGiven(session.pk, RaterFactory(), "OK", "key-two", provenance=Provenance(via=Via.SYNC, made_at=timezone.now()))

    assert [row.guide_version for row in record_labels(labels=[machine, synced])] == [None, None]


def test_a_key_that_comes_again_after_the_guide_changed_gives_the_first_label(as_person, reviewer, session, guide):
    client = as_person(reviewer)
    client.post(f"/labels/{session.pk}/", form(guide_version=guide.number))
    newer = GuideVersionFactory(good="Anew.")

    client.post(f"/labels/{session.pk}/", form(guide_version=newer.number))

    assert Label.objects.get().guide_version == guide.number
