"""What an admin exports without a mask, imported into an empty database, exports to the same file."""

from datetime import timedelta

import pytest

from labeling.codes import RaterKind, TargetKind
from labeling.demo.seeding import seed_demo
from labeling.exports.catalog import COLUMNS
from labeling.exports.erased_files import FILES
from labeling.exports.taxonomy import read_file, write_json
from labeling.forms.imports import guess_mapping
from labeling.imports import folder
from labeling.imports.background import take_file
from labeling.models import Event, FileImport, Label, LabelWithdrawal, WebhookEvent
from labeling.operations.erasure import carry_out_erasure, order_erasure
from labeling.operations.imports import begin_import, check_import, run_import
from labeling.operations.label_rows import EvidenceGiven, IssueGiven, Provenance
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.taxonomy_files import import_taxonomy
from labeling.queries.erasure import caller
from labeling.queries.taxonomy_plan import get_plan, get_rows
from sessions_app.codes import FIRST_OWN_ID, LAST_ID
from sessions_app.ingest.shapes import find_shape
from sessions_app.models import Session, Source, Transcript
from sessions_app.operations import drop_transcripts, upsert_sessions
from tests.conftest import empty
from tests.factories import NOON, RaterFactory, SessionFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas
from tests.labeling.test_exports_files import write

pytestmark = pytest.mark.django_db
EVERYTHING = [column.name for column in COLUMNS]
ALL = {"format": "jsonl", "columns": EVERYTHING, "query": "test=on"}


@pytest.fixture(autouse=True)
def private_folder(settings, tmp_path):
    settings.IMPORT_DIR, settings.ERASURE_LIST = tmp_path / "imports", tmp_path / "erasures.jsonl"


def imported(content, by, token="t" * 43, mode="atomic"):
    with folder.create(token) as file:
        file.write(content)
    with folder.path_of(token).open("rb") as file:
        shape = find_shape(file)
    one = begin_import(
        by=by,
        token=token,
        kind="sessions",
        format=shape.format,
        size=len(content),
        columns=shape.columns,
        shape=shape.as_json(),
        mapping=guess_mapping(shape, "sessions"),
    )
    check_import(file_import=one, mapping={}, mode=mode, source="")
    take_file(file_import_pk=one.pk)
    one.refresh_from_db()
    checked = (one.rows, one.created, one.unchanged, one.refused, one.first_refused)
    run_import(file_import=one)
    take_file(file_import_pk=one.pk)
    return checked, FileImport.objects.get(pk=one.pk)


def rows_of(content):
    return content.split(b"\n")[1:]


def much_of_everything(by):
    """Demo data, and beside it what it has none of: what was erased, dropped, withdrawn, replaced, settled, pointed at."""
    seed_demo(sessions=40, seed=11, with_accounts=False, until=NOON)
    held = list(Session.objects.filter(transcript_state="held", label_code=None).order_by("pk")[:6])
    person, other = RaterFactory(name="Amara Osei"), RaterFactory(name="")
    turn = Transcript.objects.get(pk=held[0].pk).turns[0]["uid"]
    evidence = (EvidenceGiven(TargetKind.TURN, turn, 1), EvidenceGiven(TargetKind.MOMENT, "", 1, 10, 20))
    submit_label(
        session_id=held[0].pk, rater=person, code="BAD", client_key="k" * 20, issues=[IssueGiven("Nobody knows this", evidence=evidence)], comment=" x\n"
    )
    submit_label(session_id=held[0].pk, rater=person, code="OK", client_key="l" * 20, comment="After all", reason="Heard it again")
    submit_label(session_id=held[0].pk, rater=other, code="GOOD", client_key="m" * 20)
    settled = Provenance(is_settlement=True)
    submit_label(session_id=held[1].pk, rater=person, code="BAD", client_key="k" * 20, provenance=settled)
    submit_label(session_id=held[1].pk, rater=other, code="OK", client_key="l" * 20)
    gone = submit_label(session_id=held[2].pk, rater=other, code="OK", client_key="k" * 20).label
    withdraw_label(label=gone, by=by)
    submit_label(session_id=held[2].pk, rater=RaterFactory(kind=RaterKind.MACHINE, name="Judge"), code="N/A", type="auto-rating", client_key="n" * 20)
    drop_transcripts(sessions=held[3:4])
    elsewhere = Session.objects.exclude(data_source__is_primary=True).order_by("pk").first()
    Session.objects.filter(pk__in=[held[4].pk, elsewhere.pk]).update(source="+12025550142")
    carry_out_erasure(erasure_pk=order_erasure(subject=caller("+12025550142"), by=by).pk, files=FILES)
    record = {
        "timestamp": NOON.isoformat(),
        "session_id": "né 7",
        "unknown": {"a": [1, None, "\N{GRINNING FACE}"]},
        "experiment_variant_is_control": True,
        "is_test": True,
    }
    upsert_sessions(data_source=Source.objects.create(name="Old system", kind="file"), records=[record])


@pytest.mark.parametrize("mode", ["good", "atomic"])
def test_an_export_without_a_mask_comes_back_and_exports_to_the_same_file(tmp_path, mode):
    before = UserFactory(role="admin", name="Luis Ferrer")
    much_of_everything(before)
    categories = write_json(get_rows()).encode()
    n, exported = write(tmp_path, before, **ALL)
    told = Session.objects.count(), Label.objects.exclude(withdrawal__isnull=False).count()
    assert (b"Nobody knows this" in exported, b'"erased:' in exported, n) == (True, True, told[0])

    empty()
    after = UserFactory(role="admin", name="Luis Ferrer")
    import_taxonomy(plan=get_plan(*read_file(categories)), by=after)
    checked, done = imported(exported, after, mode=mode)

    assert checked == (n, n, 0, 0, [])
    assert (done.state, done.created, done.changed, done.unchanged, done.refused) == ("finished", n, 0, 0, 0)
    again = write(tmp_path, after, **ALL)[1]
    assert rows_of(again) == rows_of(exported)
    assert (Session.objects.count(), Label.objects.count()) == told
    assert not WebhookEvent.objects.exists()
    check_everything_derived()
    check_session_deltas()
    # Once more: everything is here.
    checked, done = imported(exported, after, token="u" * 43, mode=mode)
    assert (checked[:3], done.created, done.unchanged) == ((n, 0, n), 0, n)
    assert rows_of(write(tmp_path, after, **ALL)[1]) == rows_of(exported)
    # What is given from now on gets ids of its own.
    new = SessionFactory(id=None)
    label = submit_label(session_id=new.pk, rater=RaterFactory(), code="OK", client_key="k" * 20).label
    assert (Session.objects.filter(pk__gt=new.pk).exists(), Label.objects.filter(pk__gt=label.pk).exists()) == (False, False)


def test_in_the_database_it_came_from_it_changes_nothing(tmp_path, admin):
    much_of_everything(admin)
    n, exported = write(tmp_path, admin, **ALL)
    upsert_sessions(data_source=Source.objects.get(name="Old system"), records=[{"timestamp": NOON.isoformat(), "session_id": "né 7", "duration": 5}])
    before = list(Session.objects.order_by("pk").values()), list(Label.objects.order_by("pk").values()), LabelWithdrawal.objects.count()

    _, done = imported(exported, admin)

    assert (done.created, done.changed, done.unchanged) == (0, 0, n)
    assert (list(Session.objects.order_by("pk").values()), list(Label.objects.order_by("pk").values()), LabelWithdrawal.objects.count()) == before


def test_ids_that_others_have_by_now_are_not_taken(tmp_path, admin):
    source = Source.objects.create(name="Old system", kind="file")
    session = SessionFactory(id=FIRST_OWN_ID + 500, data_source=source, external_id="a-1", timestamp=NOON)
    label = submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="k" * 20).label
    exported = write(tmp_path, admin, **ALL)[1]
    empty()
    admin = UserFactory(role="admin")
    other = SessionFactory(id=FIRST_OWN_ID + 500, external_id="b-1", timestamp=NOON + timedelta(days=1))
    Label.objects.bulk_create(
        [Label(id=label.pk, session=other, rater=RaterFactory(), type="human-rating", code="OK", client_key="k" * 20, request_hash="x", via="page")]
    )

    _, done = imported(exported, admin)

    restored = Session.objects.get(external_id="a-1")
    assert (done.created, restored.pk != session.pk, restored.labels.get().pk != label.pk, restored.label_code) == (1, True, True, "BAD")
    assert Label.objects.get(pk=label.pk).session == other
    assert imported(exported, admin, token="u" * 43)[1].unchanged == 1
    assert restored.labels.count() == 1


def test_a_file_cannot_use_up_the_ids_that_are_to_come(tmp_path, admin):
    source = Source.objects.create(name="Old system", kind="file")
    session = SessionFactory(id=FIRST_OWN_ID + 500, data_source=source, external_id="a-1", timestamp=NOON)
    exported = write(tmp_path, admin, **ALL)[1].replace(str(session.pk).encode(), str(LAST_ID).encode())
    empty()

    _, done = imported(exported, UserFactory(role="admin"))

    assert (done.created, Session.objects.get().pk < LAST_ID - 2**40) == (1, True)
    assert SessionFactory(id=None).pk < LAST_ID - 2**40


@pytest.mark.parametrize(
    ("was", "is_now"),
    [
        (b'"code":"BAD"', b'"code":"WORSE"'),
        (b'"type":"human-rating"', b'"type":"x"'),
        (b'"source_kind":"file"', b'"source_kind":"secret"'),
        (b'"data_source":"Old system"', b'"data_source":null'),
        (b'"labels":[', b'"labels":{},"more":['),
        (b'"external_id":"a-1"', b'"external_id":7'),
        (b'"session_id":"', b'"session_id":"x'),
        (b'"made_at":"20', b'"made_at":"x20'),
        (b'"selection_probability":null', b'"selection_probability":7'),
        (b'"guide_version":null', b'"guide_version":-1'),
        (b'"transcript":null', b'"transcript":{"revision":"x"}'),
        (b'"evidence":[]', b'"evidence":[{"target":"turn","uid":"","transcript_revision":1}]'),
    ],
)
def test_a_row_that_was_tampered_with_is_refused_whole(tmp_path, admin, was, is_now):
    session = SessionFactory(data_source=Source.objects.create(name="Old system", kind="file"), external_id="a-1", timestamp=NOON)
    submit_label(session_id=session.pk, rater=RaterFactory(), code="BAD", client_key="k" * 20)
    exported = write(tmp_path, admin, **ALL)[1]
    assert was in exported
    empty()

    checked, done = imported(exported.replace(was, is_now), UserFactory(role="admin"), mode="good")

    assert (checked[3], done.created, done.refused, Session.objects.exists()) == (1, 0, 1, False)
    assert Event.objects.filter(kind="imported").exists()
