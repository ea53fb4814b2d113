"""Our own API speaks the vendor's wire, so one Review Desk can read from another."""

from datetime import timedelta

import pytest

from labeling.models import Label, LabelUpstream
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.roles import Role
from sessions_app.models import Connection, Session, Source, Transcript
from sessions_app.operations import store_transcript, upsert_sessions
from sessions_app.sealing import seal
from sessions_app.syncing.engine import sync_connection
from tests.contract.conftest import key_of
from tests.factories import ConnectionFactory, SourceFactory, UserFactory
from tests.labeling.recomputation import check_everything_derived
from tests.sessions_app.syncing.conftest import QUICK
from tests.sessions_app.upstream.fake_vendor import FIRST, FakeVendor

pytestmark = pytest.mark.django_db(transaction=True)
N = 12


@pytest.fixture
def there():
    """A source with sessions, transcripts and a label, and the person whose key sees them and nothing else."""
    vendor, source = FakeVendor(), SourceFactory(name="There")
    vendor.fill(N, step=timedelta(minutes=5))
    upsert_sessions(data_source=source, records=[entry.wire for entry in vendor.sessions.values()])
    for session in Session.objects.all():
        name = session.external_id
        store_transcript(session=session, transcript=vendor.transcripts[name], latency=vendor.latencies[name], summary=vendor.summaries[name])
    agents = list({session.seen_agent for session in Session.objects.select_related("seen_agent")})
    person = UserFactory(role=Role.REVIEWER, all_agents=False, agents=agents, email="luis@example.com")
    first = Session.objects.order_by("timestamp").first()
    submit_label(session_id=first.pk, rater=rater_of(user=person), code="BAD", client_key="one", comment="Wrong day.")
    return source, person


def test_one_review_desk_reads_from_another(live_server, there, settings):
    source, person = there
    settings.OUTBOUND_ALLOWED = frozenset({live_server.url.removeprefix("http://")})
    copy = SourceFactory(name="Here", kind="vendor")
    connection = ConnectionFactory(data_source=copy, base_url=live_server.url, sealed_key=seal(key_of(person)), begins_at=FIRST - timedelta(days=1))

    outcome = sync_connection(connection_pk=connection.pk, patience=QUICK)
    again = sync_connection(connection_pk=connection.pk, patience=QUICK)

    assert outcome.is_finished, outcome
    assert again.is_finished, again
    columns = ("timestamp", "agent_name", "duration", "channel_manager_sid", "is_test", "transcript_state", "turns", "tool_calls")
    sides = [list(Session.objects.filter(data_source=one).order_by("timestamp", "pk").values_list(*columns)) for one in (source, copy)]
    assert sides[0] == sides[1]
    assert len(sides[1]) == N
    assert {row.external_id for row in Session.objects.filter(data_source=copy)} == {str(row.pk) for row in Session.objects.filter(data_source=source)}
    texts = [[[turn["text"] for turn in row.turns] for row in _transcripts(one)] for one in (source, copy)]
    assert texts[0] == texts[1]
    label = Label.objects.get(type="human-rating", session__data_source=copy)
    assert (label.code, label.comment, label.rater.email, label.via) == ("BAD", "Wrong day.", "luis@example.com", "sync")
    assert LabelUpstream.objects.filter(data_source=copy, label=label).count() == 1
    assert Connection.objects.get().problem == ""
    check_everything_derived()


def _transcripts(source: Source):
    return Transcript.objects.filter(session__data_source=source).order_by("session__timestamp")
