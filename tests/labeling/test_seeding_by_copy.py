"""A large demo, loaded by COPY: the same rules as the operations, so nothing is left to repair."""

import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import Count

from labeling.demo.loading import load_demo
from labeling.demo.periods import cut_periods
from labeling.models import CurrentLabel, Evidence, Label, LabelIssue, SessionComments, SessionIssue
from labeling.operations.derived import repair_derived
from labeling.queries.masked_keys import get_key_mask
from sessions_app.codes import FIRST_OWN_ID, TranscriptState
from sessions_app.models import Session, SessionDelta, Source, Transcript
from sessions_app.operations import derived_columns, upsert_sessions
from sessions_app.search_words import hour_of, session_words, vector_of
from sessions_app.turns import Content
from tests.factories import LabelFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas

pytestmark = pytest.mark.django_db

UNTIL = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def load(sessions=300, *, transcripts=120, labels=None, processes=1, seed=7):
    stream = io.StringIO()
    load_demo(sessions=sessions, transcripts=transcripts, labels=labels, seed=seed, processes=processes, stream=stream, until=UNTIL)
    return stream.getvalue()


def indexes_and_constraints():
    """PostgreSQL writes the casts of an index condition in another way once it has read its own writing."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'")
        indexes = {re.sub(r"[()]|::[a-z ]+(\[\])?", "", definition) for (definition,) in cursor.fetchall()}
        cursor.execute("SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), convalidated FROM pg_constraint")
        return indexes, set(cursor.fetchall())


def everything():
    sessions = Session.objects.order_by("pk").values_list("pk", "external_id", "timestamp", "source", "label_code", "auto_code", "tool_errors", "labeled_at")
    labels = Label.objects.order_by("pk").values_list("pk", "session", "rater__email", "code", "comment", "made_at", "request_hash", "replaces")
    evidence = Evidence.objects.order_by("label_issue", "pk").values_list("label_issue", "target_uid")
    texts = Transcript.objects.order_by("pk").values_list("pk", "content_hash", "search", "hour")
    deltas = SessionDelta.objects.order_by("bucket", "agent__key", "prompt__key", "channel", "language", "direction", "is_test").values_list(
        "bucket", "agent__key", "n"
    )
    return list(sessions), list(labels), list(evidence), list(texts), list(deltas)


def test_a_load_leaves_nothing_to_repair():
    load()

    assert Session.objects.count() == 300
    assert repair_derived() == 0
    check_everything_derived()
    check_session_deltas()


def test_every_kind_of_row_is_there():
    load()

    for model in (Label, LabelIssue, Evidence, CurrentLabel, SessionIssue, SessionComments, SessionDelta):
        assert model.objects.exists(), model
    assert Label.objects.exclude(replaces=None).exists()
    assert not LabelIssue.objects.filter(category=None).exists()
    assert not SessionDelta.objects.values("bucket", "agent", "prompt", "channel", "language", "direction", "is_test").annotate(n=Count("pk")).filter(n__gt=1)


def test_signals_and_search_words_are_those_of_the_transcript():
    load(60, transcripts=60)

    for transcript in Transcript.objects.select_related("session"):
        session = transcript.session
        content = Content(transcript.turns, transcript.tools, transcript.latencies, transcript.summary, transcript.summary_rating)
        assert {name: getattr(session, name) for name in derived_columns(session, content)} == derived_columns(session, content)
        assert transcript.content_hash == content.hash
        assert transcript.hour == hour_of(session.timestamp)
        words = session_words(turns=content.turns, tools=content.tools, summary=content.summary, hour=transcript.hour, hides_key=get_key_mask())
        assert transcript.search == Transcript.objects.annotate(expected=vector_of(words)).get(pk=transcript.pk).expected
    assert Session.objects.filter(transcript_state=TranscriptState.HELD).exclude(tool_names=[]).exists()


def test_the_newest_sessions_speak_and_the_others_look_like_erased_ones():
    load(300, transcripts=120)

    newest = list(Session.objects.newest_first().values_list("transcript_state", flat=True))
    assert newest == ["held"] * 120 + newest[120:]
    assert set(newest[120:]) <= {"erased", "none"}
    assert Transcript.objects.count() == 120
    assert Session.objects.filter(transcript_state=TranscriptState.ERASED, tool_errors__gt=0).exists()


def test_a_load_puts_every_index_and_constraint_back():
    before = indexes_and_constraints()

    load()

    assert indexes_and_constraints() == before


def test_two_processes_load_the_same_as_one():
    one, two = load_and_forget(processes=1), load_and_forget(processes=2)

    assert len(one[0]) == 200
    assert one == two


def load_and_forget(*, processes):
    with transaction.atomic():
        load(200, transcripts=60, processes=processes)
        made = everything()
        transaction.set_rollback(True)
    return made


def test_about_as_many_labels_as_asked_for_half_of_them_auto_ratings():
    load(2_000, transcripts=0, labels=1_000)

    counts = dict(Label.objects.values_list("type").annotate(n=Count("pk")))
    assert 400 < counts["auto-rating"] < 600
    assert 400 < counts["human-rating"] < 600
    assert repair_derived() == 0


def test_ids_go_on_after_a_load():
    load()

    upsert_sessions(data_source=Source.objects.get(is_primary=False), records=[{"session_id": "new", "timestamp": "2026-03-02T12:00:00Z"}])
    label = LabelFactory(session=Session.objects.newest_first().first())
    assert Session.objects.get(external_id="new").pk == Session.objects.exclude(external_id="new").order_by("-pk").first().pk + 1 > FIRST_OWN_ID
    assert label.pk == Label.objects.exclude(pk=label.pk).order_by("-pk").first().pk + 1


class FullDisk(io.StringIO):
    def write(self, text):
        raise OSError("No space left on device")


def test_a_load_that_fails_leaves_nothing_and_every_index():
    before = indexes_and_constraints()

    with pytest.raises(OSError, match="No space"):
        load_demo(sessions=120, transcripts=0, labels=None, seed=7, processes=1, stream=FullDisk(), until=UNTIL)

    assert not Session.objects.exists()
    assert not Source.objects.exists()
    assert indexes_and_constraints() == before


def test_progress_says_how_many_and_how_fast():
    assert re.search(r"of 300 sessions, [\d,]+ a second, \d+:\d\d left", load())


def test_periods_stand_one_before_the_other():
    periods = cut_periods(sessions=10_000_000, transcripts=1_200_000, seed=7, until=UNTIL)

    assert len(periods) == 20
    assert sum(period.sessions for period in periods) == 10_000_000
    assert [period.first for period in periods] == [500_000 * place for place in range(20)]
    assert periods[-1].until == UNTIL
    assert periods[-2].until == UNTIL - timedelta(days=84)
    assert len({period.seed for period in periods}) == 20
    assert [period.silent for period in periods] == [500_000] * 17 + [300_000, 0, 0]


@pytest.mark.parametrize("options", [{"transcripts": -1}, {"labels": -1}])
def test_seed_demo_needs_numbers_that_can_be(options):
    with pytest.raises(CommandError, match="must not be negative"):
        call_command("seed_demo", sessions=10, **options)


@pytest.mark.django_db(transaction=True)
def test_seed_demo_by_copy_says_what_it_did(capsys):
    call_command("seed_demo", sessions=50, transcripts=10)

    told = capsys.readouterr()
    assert "Made 50 sessions." in told.out
    assert re.search(r"rows in \d+ s, [\d,]+ rows a second; indexes and foreign keys in \d+ s", told.err)
    assert Transcript.objects.count() == 10
