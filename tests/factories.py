"""A factory for every model."""

import hashlib
from datetime import UTC, datetime, timedelta

import factory
from django.contrib.postgres.search import SearchVector
from django.db.models import Value
from factory.django import DjangoModelFactory

from labeling import models as labeling
from labeling.codes import Judgment, LabelType, RaterKind, TargetKind, Via
from labeling.models.category_change import ChangeKind
from labeling.models.erasure import SubjectKind
from labeling.models.event import EventKind
from labeling.models.queue import DrawKind, DrawState, Reason
from labeling.models.retention import DataClass
from labeling.models.unmasking import UnmaskReason
from labeling.roles import Role
from sessions_app import models as sessions
from sessions_app.codes import Channel, SourceKind, TranscriptState
from sessions_app.sealing import seal

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PASSWORD = "correct horse battery"


class SourceFactory(DjangoModelFactory):
    class Meta:
        model = sessions.Source

    name = factory.Sequence(lambda n: f"Source {n}")
    kind = SourceKind.INGEST


class AgentFactory(DjangoModelFactory):
    class Meta:
        model = sessions.Agent

    data_source = factory.SubFactory(SourceFactory)
    key = factory.Sequence(lambda n: f"agent-{n}")
    name = factory.Sequence(lambda n: f"Agent {n}")
    time_zone = "America/Chicago"


class PromptFactory(DjangoModelFactory):
    class Meta:
        model = sessions.Prompt

    data_source = factory.SubFactory(SourceFactory)
    key = factory.Sequence(lambda n: f'["prompt-{n}", "#1"]')
    name = factory.Sequence(lambda n: f"prompt {n}")
    version_number = 1


class SessionFactory(DjangoModelFactory):
    class Meta:
        model = sessions.Session

    seen_agent = factory.SubFactory(AgentFactory)
    data_source = factory.SelfAttribute("seen_agent.data_source")
    external_id = factory.Sequence(lambda n: f"external-{n}")
    timestamp = factory.Sequence(lambda n: NOON + timedelta(minutes=n % 10_000))
    agent_id = factory.SelfAttribute("seen_agent.key")
    agent_name = factory.SelfAttribute("seen_agent.name")
    agent_timezone = factory.SelfAttribute("seen_agent.time_zone")
    channel = Channel.VOICE
    channel_manager_type = "voice_sip_v1"
    source = "+12025550142"
    duration = 138.0
    is_test = False
    is_outbound = False


TURNS = [
    {"uid": "t1", "timestamp": "2026-03-02T12:00:00Z", "source": "agent", "text": "How can I help you today?", "lang": "en-US"},
    {"uid": "t2", "timestamp": "2026-03-02T12:00:04Z", "source": "user", "text": "I need to move my visit.", "lang": "en-US"},
    {"uid": "t3", "timestamp": "2026-03-02T12:00:14Z", "source": "agent", "text": "What day works better?", "lang": "en-US"},
]


class TranscriptFactory(DjangoModelFactory):
    class Meta:
        model = sessions.Transcript

    session = factory.SubFactory(SessionFactory, transcript_state=TranscriptState.HELD)
    content_hash = "0" * 64
    turns = factory.LazyFunction(lambda: [dict(turn) for turn in TURNS])
    summary = "The caller moved a visit."


class SessionDeltaFactory(DjangoModelFactory):
    class Meta:
        model = sessions.SessionDelta

    bucket = NOON
    agent = factory.SubFactory(AgentFactory)
    channel = Channel.VOICE
    is_test = False
    n = 1


class UserFactory(DjangoModelFactory):
    class Meta:
        model = labeling.User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"person{n}@example.com")
    name = factory.Sequence(lambda n: f"Person {n}")
    role = Role.REVIEWER
    all_agents = True
    steps_closed_at = NOON

    @factory.post_generation
    def agents(self, create, extracted, **kwargs):
        if extracted:
            self.agents.set(extracted)


class RaterFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Rater

    kind = RaterKind.PERSON
    email = factory.Sequence(lambda n: f"rater{n}@example.com")
    name = factory.Sequence(lambda n: f"Rater {n}")


class ApiKeyFactory(DjangoModelFactory):
    class Meta:
        model = labeling.ApiKey

    user = factory.SubFactory(UserFactory)
    name = "script"
    prefix = factory.Sequence(lambda n: f"{n:08x}")
    secret_hash = hashlib.sha256(b"secret").hexdigest()
    expires_at = datetime(2099, 1, 1, tzinfo=UTC)


class IssueCategoryFactory(DjangoModelFactory):
    class Meta:
        model = labeling.IssueCategory

    name = factory.Sequence(lambda n: f"Issue {n}")


class IssueAliasFactory(DjangoModelFactory):
    class Meta:
        model = labeling.IssueAlias

    text = factory.Sequence(lambda n: f"alias {n}")
    category = factory.SubFactory(IssueCategoryFactory)


class LabelFactory(DjangoModelFactory):
    """A bare row. Tests of behavior go through `submit_label`, which also derives what follows from it."""

    class Meta:
        model = labeling.Label

    session = factory.SubFactory(SessionFactory)
    rater = factory.SubFactory(RaterFactory)
    type = LabelType.HUMAN
    code = "GOOD"
    client_key = factory.Sequence(lambda n: f"key-{n}")
    request_hash = "0" * 64
    via = Via.PAGE


class LabelIssueFactory(DjangoModelFactory):
    class Meta:
        model = labeling.LabelIssue

    label = factory.SubFactory(LabelFactory)
    session = factory.SelfAttribute("label.session")
    raw = "Silent treatment"


class EvidenceFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Evidence

    label_issue = factory.SubFactory(LabelIssueFactory)
    label = factory.SelfAttribute("label_issue.label")
    session = factory.SelfAttribute("label_issue.session")
    transcript_revision = 1
    target_kind = TargetKind.TURN
    target_uid = "t2"


class LabelWithdrawalFactory(DjangoModelFactory):
    class Meta:
        model = labeling.LabelWithdrawal

    label = factory.SubFactory(LabelFactory)
    session = factory.SelfAttribute("label.session")
    withdrawn_by = factory.SubFactory(UserFactory)


class CurrentLabelFactory(DjangoModelFactory):
    class Meta:
        model = labeling.CurrentLabel

    label = factory.SubFactory(LabelFactory)
    session = factory.SelfAttribute("label.session")
    rater = factory.SelfAttribute("label.rater")
    type = factory.SelfAttribute("label.type")


class SessionIssueFactory(DjangoModelFactory):
    class Meta:
        model = labeling.SessionIssue

    session = factory.SubFactory(SessionFactory)
    category = factory.SubFactory(IssueCategoryFactory)


class ExposureFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Exposure

    session = factory.SubFactory(SessionFactory)
    user = factory.SubFactory(UserFactory)
    judgment = Judgment.AUTO


class EventFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Event

    kind = EventKind.TRANSCRIPT_READ


class VerdictDeltaFactory(DjangoModelFactory):
    class Meta:
        model = labeling.VerdictDelta

    bucket = NOON
    agent = factory.SubFactory(AgentFactory)
    channel = Channel.VOICE
    is_test = False
    code = "GOOD"
    n = 1
    weight = 1.0


class SessionCommentsFactory(DjangoModelFactory):
    class Meta:
        model = labeling.SessionComments

    session = factory.SubFactory(SessionFactory)
    hour = factory.LazyAttribute(lambda row: int(row.session.timestamp.timestamp()) // 3600)
    search = SearchVector(Value("The caller hung up."), config="english")


class SearchFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Search

    token = factory.Sequence(lambda n: f"token-{n:08d}")
    text = "refill"
    created_by = factory.SubFactory(UserFactory)


class SavedViewFactory(DjangoModelFactory):
    class Meta:
        model = labeling.SavedView

    slug = factory.Sequence(lambda n: f"view-{n}")
    name = factory.Sequence(lambda n: f"View {n}")
    owner = factory.SubFactory(UserFactory)
    changed_by = factory.SelfAttribute("owner")


class ExportFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Export

    token = factory.Sequence(lambda n: f"export-{n:036d}")
    created_by = factory.SubFactory(UserFactory)
    format = "csv"
    columns = ["session_id"]


class RecordingFactory(DjangoModelFactory):
    class Meta:
        model = sessions.Recording

    session = factory.SubFactory(SessionFactory)
    reference = factory.Sequence(lambda n: f"recording-{n}")


class DraftFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Draft

    session = factory.SubFactory(SessionFactory)
    user = factory.SubFactory(UserFactory)
    revision = 1
    tab = factory.Sequence(lambda n: f"tab-{n:08}")
    sequence = 1
    is_open = True


class RunFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Run

    owner = factory.SubFactory(UserFactory)
    name = "All sessions"
    sessions = factory.LazyFunction(lambda: [SessionFactory().pk])


class SkipFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Skip

    run = factory.SubFactory(RunFactory)
    session = factory.SubFactory(SessionFactory)


class PresenceFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Presence

    session = factory.SubFactory(SessionFactory)
    user = factory.SubFactory(UserFactory)


class IncidentFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Incident

    session = factory.SubFactory(SessionFactory)
    raised_by = factory.SubFactory(UserFactory)
    client_key = factory.Sequence(lambda n: f"incident-key-{n}")
    line = "The agent gave a wrong dose."


class SecondOpinionFactory(DjangoModelFactory):
    class Meta:
        model = labeling.SecondOpinion

    session = factory.SubFactory(SessionFactory)
    asked_by = factory.SubFactory(UserFactory)
    asked_of = factory.SubFactory(UserFactory)
    client_key = factory.Sequence(lambda n: f"opinion-key-{n}")


class BulkActionFactory(DjangoModelFactory):
    class Meta:
        model = labeling.BulkAction

    token = factory.Sequence(lambda n: f"bulk-{n:020}")
    created_by = factory.SubFactory(UserFactory)
    client_key = factory.Sequence(lambda n: f"bulk-key-{n}")
    reason = "Voicemail greetings only."
    sessions = factory.LazyFunction(lambda: [SessionFactory().pk])


class FixedIssueFactory(DjangoModelFactory):
    class Meta:
        model = labeling.FixedIssue

    category = factory.SubFactory(IssueCategoryFactory)
    place = 1


class IncomingIssueFactory(DjangoModelFactory):
    class Meta:
        model = labeling.IncomingIssue

    text = factory.Sequence(lambda n: f"odd string {n}")


class CategoryChangeFactory(DjangoModelFactory):
    class Meta:
        model = labeling.CategoryChange

    kind = ChangeKind.RETIRE
    category = factory.SubFactory(IssueCategoryFactory)


class GuideVersionFactory(DjangoModelFactory):
    class Meta:
        model = labeling.GuideVersion

    # A migration brings the first one along.
    number = factory.LazyFunction(lambda: max(labeling.GuideVersion.objects.values_list("number", flat=True), default=0) + 1)
    good = "The need was met."
    ok = "The need was met with detours."
    bad = "The need was not met."
    not_applicable = "There is nothing to judge."
    what_changed = "First version."


class GuideExampleFactory(DjangoModelFactory):
    class Meta:
        model = labeling.GuideExample

    session = factory.SubFactory(SessionFactory)
    code = "BAD"


class InvitationFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Invitation

    user = factory.SubFactory(UserFactory)
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    expires_at = datetime(2099, 1, 1, tzinfo=UTC)


class MaskedKeyFactory(DjangoModelFactory):
    class Meta:
        model = labeling.MaskedKey
        django_get_or_create = ("name",)

    name = factory.Sequence(lambda n: f"caller_key_{n}")


class UnmaskingFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Unmasking

    session = factory.SubFactory(SessionFactory)
    user = factory.SubFactory(UserFactory)
    reason = UnmaskReason.CALL_BACK
    until = datetime(2099, 1, 1, tzinfo=UTC)


class ShareLinkFactory(DjangoModelFactory):
    class Meta:
        model = labeling.ShareLink

    session = factory.SubFactory(SessionFactory)
    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    purpose = "The prompt's authors look at one call."
    created_by = factory.SubFactory(UserFactory)
    expires_at = datetime(2099, 1, 1, tzinfo=UTC)


class RetentionRuleFactory(DjangoModelFactory):
    class Meta:
        model = labeling.RetentionRule
        django_get_or_create = ("data_class",)

    data_class = DataClass.TRANSCRIPT


class LegalHoldFactory(DjangoModelFactory):
    class Meta:
        model = labeling.LegalHold

    reason = "Case 12."
    placed_by = factory.SubFactory(UserFactory)


class RetentionRunFactory(DjangoModelFactory):
    class Meta:
        model = labeling.RetentionRun

    is_dry = True
    counts = factory.LazyFunction(dict)


class ErasureFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Erasure

    subject_kind = SubjectKind.CALLER
    digest = factory.Sequence(lambda n: f"{n:064x}")


class NightlyCheckFactory(DjangoModelFactory):
    class Meta:
        model = labeling.NightlyCheck
        django_get_or_create = ("kind",)

    kind = "counts"
    ended_at = NOON


class BackupCheckFactory(DjangoModelFactory):
    class Meta:
        model = labeling.BackupCheck

    taken_at = NOON


class KeyMinuteFactory(DjangoModelFactory):
    class Meta:
        model = labeling.KeyMinute

    api_key = factory.SubFactory(ApiKeyFactory)
    minute = factory.Sequence(lambda n: n)


class TargetFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Target

    agent = None
    bad_percent = "8.0"
    set_by = factory.SubFactory(UserFactory)


class QueueFactory(DjangoModelFactory):
    """A random sample, because that is what has most to be said of it."""

    class Meta:
        model = labeling.Queue

    slug = factory.Sequence(lambda n: f"queue-{n}")
    name = factory.Sequence(lambda n: f"Queue {n}")
    draw_kind = DrawKind.RANDOM
    seed = 1
    size = 10
    created_by = factory.SubFactory(UserFactory, role=Role.MANAGER)


class DrawFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Draw

    queue = factory.SubFactory(QueueFactory)
    number = factory.Sequence(lambda n: n + 1)
    kind = factory.SelfAttribute("queue.draw_kind")
    strata = factory.SelfAttribute("queue.strata")
    state = DrawState.FINISHED
    asked_by = factory.SelfAttribute("queue.created_by")


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Assignment

    queue = factory.SubFactory(QueueFactory)
    draw = factory.SubFactory(DrawFactory, queue=factory.SelfAttribute("..queue"))
    session = factory.SubFactory(SessionFactory)
    timestamp = factory.SelfAttribute("session.timestamp")
    slot = 1
    position = factory.Sequence(lambda n: n)
    reason = Reason.DRAWN
    probability = factory.LazyAttribute(lambda place: 0.5 if place.reason == Reason.DRAWN else None)


class PassFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Pass

    queue = factory.SubFactory(QueueFactory)
    session = factory.SubFactory(SessionFactory)
    person = factory.SubFactory(UserFactory)


class DisputeFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Dispute

    session = factory.SubFactory(SessionFactory)


class DisputePartyFactory(DjangoModelFactory):
    class Meta:
        model = labeling.DisputeParty

    dispute = factory.SubFactory(DisputeFactory)
    user = factory.SubFactory(UserFactory)


class SessionTotalFactory(DjangoModelFactory):
    class Meta:
        model = sessions.SessionTotal

    agent = factory.SubFactory(AgentFactory)
    channel = Channel.VOICE
    is_test = False
    n = 1
    until = 1


class DayMarkFactory(DjangoModelFactory):
    class Meta:
        model = sessions.DayMark

    family = "sessions_app_sessiondelta"
    zone = "UTC"
    until = 1


class SessionDayFactory(DjangoModelFactory):
    class Meta:
        model = sessions.SessionDay

    bucket = NOON
    agent = factory.SubFactory(AgentFactory)
    channel = Channel.VOICE
    is_test = False
    n = 1


class VerdictDayFactory(SessionDayFactory):
    class Meta:
        model = labeling.VerdictDay

    code = "GOOD"
    weight = 1.0


class VerdictTotalFactory(SessionTotalFactory):
    class Meta:
        model = labeling.VerdictTotal


def is_first():
    """One source can be the primary one."""
    return not sessions.Source.objects.filter(is_primary=True).exists()


class ConnectionFactory(DjangoModelFactory):
    class Meta:
        model = sessions.Connection

    data_source = factory.SubFactory(SourceFactory, kind=SourceKind.VENDOR, is_primary=factory.LazyFunction(is_first))
    base_url = "https://vendor.example.com"
    sealed_key = factory.LazyFunction(lambda: seal("a vendor's key"))
    is_active = True
    begins_at = datetime(2024, 1, 1, tzinfo=UTC)


class IngestRunFactory(DjangoModelFactory):
    class Meta:
        model = sessions.IngestRun

    data_source = factory.SubFactory(SourceFactory)
    kind = "sync"


class RejectedRecordFactory(DjangoModelFactory):
    class Meta:
        model = sessions.RejectedRecord

    data_source = factory.SubFactory(SourceFactory)
    kind = "session"
    external_id = factory.Sequence(lambda n: f"record-{n}")
    reason = "timestamp is missing or not a time."


class FileImportFactory(DjangoModelFactory):
    class Meta:
        model = labeling.FileImport

    token = factory.Sequence(lambda n: f"import-{n:036d}")
    kind = "sessions"
    format = "jsonl"
    created_by = factory.SubFactory(UserFactory)


class VendorLabelsFactory(DjangoModelFactory):
    class Meta:
        model = labeling.VendorLabels

    data_source = factory.SubFactory(SourceFactory, kind=SourceKind.VENDOR, is_primary=factory.LazyFunction(is_first))


class LabelUpstreamFactory(DjangoModelFactory):
    class Meta:
        model = labeling.LabelUpstream

    data_source = factory.SubFactory(SourceFactory)
    upstream_id = factory.Sequence(lambda n: n + 1)
    label = factory.SubFactory(LabelFactory)


class PushFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Push

    data_source = factory.SubFactory(SourceFactory)
    label = factory.SubFactory(LabelFactory)
    session = factory.SelfAttribute("label.session")
    due_at = NOON


class WebhookFactory(DjangoModelFactory):
    class Meta:
        model = labeling.Webhook

    name = factory.Sequence(lambda n: f"Webhook {n}")
    url = "https://hooks.example.com/labels"
    sealed_secret = factory.LazyFunction(lambda: seal("a secret"))
    kinds = factory.LazyFunction(lambda: ["label.created"])


class WebhookEventFactory(DjangoModelFactory):
    class Meta:
        model = labeling.WebhookEvent

    kind = "label.created"
    session = 1
    label = 1


class WebhookDeliveryFactory(DjangoModelFactory):
    class Meta:
        model = labeling.WebhookDelivery

    webhook = factory.SubFactory(WebhookFactory)
    event = factory.SubFactory(WebhookEventFactory)


class WebhookAnswerFactory(DjangoModelFactory):
    class Meta:
        model = labeling.WebhookAnswer

    delivery = factory.SubFactory(WebhookDeliveryFactory)
    status = 200
