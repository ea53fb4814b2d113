"""Demo data of the usual size: sessions and labels through the operations, like any others."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.utils import timezone

from labeling.demo.ground import Ground, lay_ground
from labeling.demo.guide import link_demo_examples
from labeling.demo.queues import make_demo_queues
from labeling.demo.recordings import seed_recordings
from labeling.models import User
from labeling.operations.label_rows import LabelGiven
from labeling.operations.labels import record_labels
from labeling.roles import Role
from sessions_app.demo import DemoSession, generate, people
from sessions_app.models import Session, Transcript
from sessions_app.operations import Held, store_transcripts, upsert_sessions

DEMO_SESSIONS = 2_500
DEMO_SEED = 7
CHUNK = 500


@dataclass(frozen=True, slots=True)
class SignIn:
    role: str
    email: str
    password: str


@transaction.atomic
def seed_demo(*, sessions: int, seed: int, with_accounts: bool, until: datetime | None = None) -> list[SignIn]:
    """This will fill an empty database, all or nothing, and return the sign-ins it made."""
    until = until or this_hour()
    sign_ins = _make_accounts() if with_accounts else []
    ground = lay_ground(seed=seed, until=until)
    for chunk in _chunks(generate(sessions, seed, until), CHUNK):
        _store(chunk, ground)
    seed_recordings()
    link_demo_examples()
    manager = User.objects.filter(role=Role.MANAGER).order_by("pk").first()
    if manager:
        make_demo_queues(by=manager, until=until)
    return sign_ins


def this_hour() -> datetime:
    return timezone.now().replace(minute=0, second=0, microsecond=0)


def _make_accounts() -> list[SignIn]:
    sign_ins = []
    for account in people.ACCOUNTS:
        password = secrets.token_urlsafe(12)
        takes_incidents = account.role == Role.MANAGER
        User.objects.create_user(account.email, password, name=account.name, role=account.role, all_agents=True, takes_incidents=takes_incidents)
        sign_ins.append(SignIn(account.role, account.email, password))
    return sign_ins


def _chunks(stream: Iterable[DemoSession], size: int) -> Iterator[list[DemoSession]]:
    items = iter(stream)
    while chunk := list(islice(items, size)):
        yield chunk


def _store(chunk: list[DemoSession], ground: Ground) -> None:
    sources = ground.sources
    for platform, data_source in sources.items():
        upsert_sessions(data_source=data_source, records=[demo.record for demo in chunk if demo.platform == platform])
    rows = {
        (row.data_source_id, row.external_id): row
        for row in Session.objects.filter(data_source__in=sources.values(), external_id__in=[demo.record["session_id"] for demo in chunk])
    }
    pairs = [(demo, rows[sources[demo.platform].pk, demo.record["session_id"]]) for demo in chunk]
    store_transcripts(
        items=[Held(row.pk, demo.transcript, demo.latency, demo.summary) for demo, row in pairs if demo.transcript is not None],
    )
    transcripts = Transcript.objects.in_bulk([row.pk for _, row in pairs])
    first: list[LabelGiven] = []
    changes: list[LabelGiven] = []
    for demo, row in pairs:
        given, change = ground.judges.labels(demo, row, transcripts.get(row.pk))
        first += given
        if change:
            changes.append(change)
    record_labels(labels=first)
    record_labels(labels=changes)
