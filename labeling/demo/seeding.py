"""Demo data: sessions, issue categories, auto-ratings, and reviewers who disagree in plausible ways."""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice
from random import Random

from django.db import transaction
from django.utils import timezone

from labeling.codes import Basis, LabelType, RaterKind, TargetKind, Via
from labeling.models import IssueCategory, Rater, User
from labeling.operations.labels import EvidenceGiven, IssueGiven, LabelGiven, Provenance, record_labels
from labeling.operations.raters import rater_named, rater_of
from sessions_app.codes import SourceKind
from sessions_app.demo import DemoSession, generate, people
from sessions_app.models import Session, Source, Transcript
from sessions_app.operations import Held, store_transcripts, upsert_sessions

DEMO_SESSIONS = 2_500
DEMO_SEED = 7
CHUNK = 500
# One in eight is drawn at random, whatever it is; a quarter of those gets a second, blind label.
DRAWN, SECOND_LABEL = 0.125, 0.25
LOW_AUTO_LABELED, CHOSEN_LABELED, CHANGED = 0.3, 0.03, 0.03


@dataclass(frozen=True, slots=True)
class SignIn:
    role: str
    email: str
    password: str


@dataclass(frozen=True, slots=True)
class DemoRater:
    rater: Rater
    profile: people.Reviewer


@transaction.atomic
def seed_demo(*, sessions: int, seed: int, with_accounts: bool, until: datetime | None = None) -> list[SignIn]:
    """This will fill an empty database, all or nothing, and return the sign-ins it made."""
    until = until or timezone.now().replace(minute=0, second=0, microsecond=0)
    sign_ins = _make_accounts() if with_accounts else []
    _make_categories()
    vendor = Source.objects.create(name="Demo voice platform", kind=SourceKind.VENDOR, is_primary=True)
    sources = {"vendor": vendor, "chat": Source.objects.create(name="Demo web chat", kind=SourceKind.INGEST)}
    raters = [DemoRater(_rater(person), person) for person in people.REVIEWERS]
    machine = rater_named(kind=RaterKind.MACHINE, email="auto-rating@demo", name="Auto-rating")
    for chunk in _chunks(generate(sessions, seed, until), CHUNK):
        _store(chunk, sources, raters, machine, seed, until)
    return sign_ins


def _make_accounts() -> list[SignIn]:
    sign_ins = []
    for account in people.ACCOUNTS:
        password = secrets.token_urlsafe(12)
        User.objects.create_user(account.email, password, name=account.name, role=account.role, all_agents=True)
        sign_ins.append(SignIn(account.role, account.email, password))
    return sign_ins


def _make_categories() -> None:
    IssueCategory.objects.bulk_create(
        IssueCategory(
            name=category.name,
            origin=category.origin,
            group=category.group,
            severity=category.severity,
            description=category.description,
            example=category.example,
            counter_example=category.counter_example,
            channels=list(category.channels),
            order=category.order,
        )
        for category in people.ISSUE_CATEGORIES
    )


def _rater(person: people.Reviewer) -> Rater:
    user = User.objects.filter(email=person.email).first()
    return rater_of(user=user) if user else rater_named(kind=RaterKind.PERSON, email=person.email, name=person.name)


def _chunks(stream: Iterable[DemoSession], size: int) -> Iterator[list[DemoSession]]:
    items = iter(stream)
    while chunk := list(islice(items, size)):
        yield chunk


def _store(chunk: list[DemoSession], sources: dict[str, Source], raters: list[DemoRater], machine: Rater, seed: int, until: datetime) -> None:
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
        rng = Random(f"{seed}:labels:{row.external_id}")
        if demo.auto_code:
            made_at = row.timestamp + timedelta(seconds=(row.duration or 60) + 90)
            first.append(_auto(row, machine, demo.auto_code, min(made_at, until)))
        human = list(_human(demo, row, transcripts.get(row.pk), raters, rng, until))
        first += human
        if human and rng.random() < CHANGED:
            changes.append(_changed(human[0], demo, until))
    record_labels(labels=first)
    record_labels(labels=changes)


def _auto(row: Session, machine: Rater, code: str, made_at: datetime) -> LabelGiven:
    return LabelGiven(row.pk, machine, code, "demo-auto", type=LabelType.AUTO, provenance=Provenance(via=Via.SYNC, made_at=made_at))


def _human(demo: DemoSession, row: Session, transcript: Transcript | None, raters: list[DemoRater], rng: Random, until: datetime) -> Iterator[LabelGiven]:
    drawn, low, chosen, second = (rng.random() for _ in range(4))
    made_at = row.timestamp + timedelta(hours=2 + 70 * rng.random())
    if row.is_test or made_at > until:
        return
    provenance = None
    if drawn < DRAWN:
        provenance = Provenance(made_at=made_at, basis=Basis.RANDOM, selection_probability=DRAWN)
    elif demo.auto_code in ("OK", "BAD") and low < LOW_AUTO_LABELED:
        # Found by its auto-rating, so it cannot pass for an independent judgment.
        provenance = Provenance(via=Via.IMPORT, made_at=made_at, basis=Basis.TARGETED)
    elif chosen < CHOSEN_LABELED:
        provenance = Provenance(via=Via.IMPORT, made_at=made_at)
    if provenance is None:
        return
    places = 2 if provenance.basis == Basis.RANDOM and second < SECOND_LABEL else 1
    for place, demo_rater in enumerate(rng.sample(raters, places)):
        code, issues, comment = people.judge(demo.truth, demo_rater.profile, rng)
        yield LabelGiven(
            row.pk,
            demo_rater.rater,
            code,
            f"demo-{place}",
            comment=comment,
            issues=tuple(IssueGiven(name, evidence=_evidence(demo, name, transcript)) for name in issues),
            provenance=provenance,
        )


def _changed(label: LabelGiven, demo: DemoSession, until: datetime) -> LabelGiven:
    made_at = min((label.provenance.made_at or until) + timedelta(minutes=25), until)
    return LabelGiven(
        label.session_id,
        label.rater,
        demo.truth.code,
        "demo-change",
        comment=demo.truth.comment,
        issues=tuple(IssueGiven(name) for name in demo.truth.issues),
        reason="Read it again.",
        provenance=Provenance(via=Via.IMPORT, made_at=made_at),
    )


def _evidence(demo: DemoSession, issue: str, transcript: Transcript | None) -> tuple[EvidenceGiven, ...]:
    if transcript is None:
        return ()
    found = []
    for evidence in demo.truth.evidence:
        if evidence.issue != issue:
            continue
        if evidence.turn_index is not None:
            found.append(EvidenceGiven(TargetKind.TURN, transcript.turns[evidence.turn_index]["uid"], transcript.revision))
        elif evidence.action_index is not None:
            found.append(EvidenceGiven(TargetKind.TOOL, transcript.tools[evidence.action_index]["uid"], transcript.revision))
    return tuple(found)
