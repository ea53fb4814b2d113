"""What waits for a person: incidents, second opinions asked of them, drafts they left open, queues, and where people disagree."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from labeling.clock import Shown, show
from labeling.codes import LabelType
from labeling.masking import Viewer, mask_text
from labeling.models import CurrentLabel, Dispute, DisputeParty, Draft, Incident, Queue, SecondOpinion, User
from labeling.models.queue import QueueState
from labeling.policies import judgment_shape, judgments_open, judgments_open_to, judgments_shown, may_see_judgments
from labeling.queries.colleagues import covering
from labeling.queries.disputes import disputes_in, parties_of
from labeling.queries.home_queues import SOON, QueueLine, get_queue_lines, get_waiting_queues
from labeling.queries.session_lines import length_of
from labeling.queries.waits_for import WaitsFor, who
from labeling.roles import Permission, Role
from sessions_app.compiled import AnyOf, HowMany, compiled
from sessions_app.models import Session
from sessions_app.scope import Scope

DRAFT_KEPT = timedelta(days=30)
# A person has a handful; more are counted, and the oldest come first.
MOST_SHOWN = 20


class Rights(NamedTuple):
    """What decides which questions are asked of somebody at all."""

    sees_all: bool
    takes_incidents: bool
    administers: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """Whom something waits for: an id or its mark, the sessions they see, and of those the ones with judgments; None is all there are."""

    pk: Any
    within: QuerySet[Session]
    opened: QuerySet[Session] | None
    rights: Rights


# What of one kind waits for a person.
OfKind = Callable[[Asker], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class WaitingIncident:
    """What happened, for those who were told: it is theirs to read, whatever else is hidden from them."""

    incident: Incident
    agent: str
    started: Shown
    raised: Shown
    by: str
    line: str
    at: str
    acknowledged: Shown | None
    acknowledged_by: str
    note: str
    may_acknowledge: bool


@dataclass(frozen=True, slots=True)
class WaitingOpinion:
    opinion: SecondOpinion
    agent: str
    started: Shown
    asked: Shown
    by: str
    # A note may say what its writer thinks, so it is hidden while judgments are.
    note: str
    is_note_hidden: bool


@dataclass(frozen=True, slots=True)
class WaitingDraft:
    draft: Draft
    agent: str
    started: Shown
    saved: Shown


@dataclass(frozen=True, slots=True)
class WaitingParty:
    """Where the person disagrees with others, or what they disagreed about was settled. It says that, and no codes."""

    session: Session
    agent: str
    started: Shown
    is_settled: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """`to_settle` is how many disagreements wait for a manager, on one line."""

    incidents: list[WaitingIncident]
    opinions: list[WaitingOpinion]
    drafts: list[WaitingDraft]
    queues: list[QueueLine]
    parties: list[WaitingParty]
    to_settle: int = 0

    @property
    def shown(self) -> int:
        return len(self.incidents) + len(self.opinions) + len(self.drafts) + len(self.queues) + len(self.parties) + bool(self.to_settle)

    @property
    def sessions_told_of(self) -> list[Session]:
        """The sessions about which these lines say what somebody else thinks."""
        return [*(one.incident.session for one in self.incidents), *(one.opinion.session for one in self.opinions if one.note)]


def count_waiting(person: User, *, scope: Scope) -> int:
    """This will count all of it, for the top bar of every page. Mostly there is none of most kinds, and that is asked first."""
    n, kinds = _look(person, scope)
    if not kinds:
        return n
    values, shape = judgment_shape(person)
    counted = _counted.first(person.pk, list(scope.agents), *values, kinds=tuple(kinds), rights=_rights(person, scope), **shape)
    return n + sum(map(int, counted or ()))


@compiled
def _counted(person: Any, agents: Any, queues: Any, elsewhere: Any, *, kinds: tuple[OfKind, ...], rights: Rights, **shape: bool) -> QuerySet[User, Any]:
    within = Session.objects.all() if rights.sees_all else Session.objects.filter(AnyOf(F("seen_agent"), agents))
    asker = _asker(person, rights, within, judgments_open(person, queues, elsewhere, **shape))
    return User.objects.filter(pk=person).values_list(*[HowMany(of_kind(asker).values("pk")) for of_kind in kinds])


def _look(person: User, scope: Scope) -> tuple[int, list[OfKind]]:
    """How many queues wait, and the kinds of which there is anything."""
    takes, settles = person.takes_incidents or person.may(Permission.ADMINISTER), person.may(Permission.MANAGE_QUEUES)
    may_label, is_reviewer = person.may(Permission.LABEL), person.role == Role.REVIEWER
    told = _first_look.first(*who(person, scope, SOON), may_label=may_label, is_reviewer=is_reviewer, takes=takes, settles=settles)
    n, *are_any = told or [0]
    kinds = _kinds(person.pk, takes=takes, settles=settles)
    return int(n), [of_kind for (_, of_kinds), is_any in zip(kinds, are_any, strict=False) if is_any for of_kind in of_kinds]


@compiled
def _first_look(
    person: Any, languages: Any, all_agents: Any, agents: Any, soon: Any, *, may_label: bool, is_reviewer: bool, takes: bool, settles: bool
) -> QuerySet[User, Any]:
    """How many queues wait, and whether there is anything of each other kind."""
    waiting = Queue.objects.filter(state=QueueState.ACTIVE, pk__in=WaitsFor(person, languages, all_agents, agents, soon))
    queues = HowMany(waiting.open_to_one(person, is_reviewer=is_reviewer).values("pk")) if may_label else Value(0)
    return User.objects.filter(pk=person).values_list(queues, *[Exists(rows) for rows, _ in _kinds(person, takes=takes, settles=settles)])


def get_waiting(person: User, *, scope: Scope, lines: Sequence[QueueLine] | None = None) -> Waiting:
    """This will return what waits for the person, oldest first. `lines` are their queues, where these were counted already."""
    kinds = _look(person, scope)[1]
    asker = _asker(person.pk, _rights(person, scope), Session.objects.visible_to(scope), judgments_open_to(person))

    def rows(of_kind: OfKind, *related: str, order: Sequence[str]) -> list[Any]:
        return list(of_kind(asker).select_related(*related).order_by(*order)[:MOST_SHOWN]) if of_kind in kinds else []

    opinions = rows(_open_opinions, "session", "asked_by", order=["asked_at", "pk"])
    opened = _with_open_judgments([opinion.session_id for opinion in opinions], person)
    parties = [(party, False) for party in rows(_disputed, "dispute__session", order=["pk"])]
    parties += [(party, True) for party in rows(_settled, "dispute__session", order=["pk"])]
    drafts = rows(_open_drafts, "session", order=["-saved_at", "pk"])
    return Waiting(
        incidents=[_incident(one, person, may_acknowledge=True) for one in rows(_open_incidents, "session", "raised_by", order=["raised_at", "pk"])],
        opinions=[_opinion(opinion, person, is_open=opinion.session_id in opened) for opinion in opinions],
        drafts=[WaitingDraft(draft, _agent(draft.session), _started(draft.session, person), _mine(draft.saved_at, person)) for draft in drafts],
        queues=get_waiting_queues(person, get_queue_lines(person, scope=scope) if lines is None else lines, scope=scope)[:MOST_SHOWN],
        parties=[_party(party.dispute.session, person, is_settled=is_settled) for party, is_settled in parties],
        to_settle=disputes_in(asker.opened).count() if _one_to_settle in kinds else 0,
    )


def incidents_told(person: User, *, scope: Scope) -> QuerySet[Incident]:
    """This will keep the incidents that a person may acknowledge, or could have: those named for them, without their own, and admins."""
    within = Incident.objects.filter(session__in=Session.objects.visible_to(scope))
    if person.may(Permission.ADMINISTER):
        return within
    return within.exclude(raised_by=person) if person.takes_incidents else within.none()


def get_session_incidents(session: Session, *, viewer: User, scope: Scope, eyes: Viewer | None = None) -> list[WaitingIncident]:
    """This will return the incidents of a session that the viewer may know of, newest first.

    An incident is a judgment: who must label first sees only what they raised themselves, or were told of.
    `eyes` is the viewer as their lens on the session has them; without it everything is masked.
    """
    rows = _incidents_of.all(session.pk)
    if not rows:
        return []
    told = set(incidents_told(viewer, scope=scope).filter(session=session).values_list("pk", flat=True))
    is_open = may_see_judgments(viewer, session)
    return [
        _incident(incident, viewer, may_acknowledge=incident.pk in told and incident.acknowledged_at is None, eyes=eyes)
        for incident in rows
        if is_open or incident.raised_by_id == viewer.pk or incident.pk in told
    ]


@compiled
def _incidents_of(session: Any) -> QuerySet[Incident]:
    return Incident.objects.filter(session=session).select_related("session", "raised_by", "acknowledged_by").order_by("-raised_at", "-pk")


def tells_what_others_think(incidents: Sequence[WaitingIncident], opinions: Sequence[WaitingOpinion], *, viewer: User) -> bool:
    """This will say whether what is shown of a session's incidents and second opinions holds a colleague's judgment."""
    return any(one.incident.raised_by_id != viewer.pk for one in incidents) or any(one.note for one in opinions)


def get_told_incident(pk: int, person: User, *, scope: Scope) -> WaitingIncident | None:
    """This will return an incident that the person may acknowledge, or was able to."""
    incident = incidents_told(person, scope=scope).select_related("session", "raised_by", "acknowledged_by").filter(pk=pk).first()
    return _incident(incident, person, may_acknowledge=incident.acknowledged_at is None) if incident else None


def get_opinions_asked(session: Session, *, viewer: User, eyes: Viewer | None = None) -> list[WaitingOpinion]:
    """This will return the second opinions the viewer was asked for and has not given, or gave with the label that stands."""
    rows = _opinions_of.all(session.pk, viewer.pk)
    is_open = bool(rows) and may_see_judgments(viewer, session)
    return [_opinion(row, viewer, is_open=is_open, eyes=eyes) for row in rows]


@compiled
def _opinions_of(session: Any, asked_of: Any) -> QuerySet[SecondOpinion]:
    standing = CurrentLabel.objects.filter(session=session, rater__user=asked_of, type=LabelType.HUMAN).values("label")
    asked = SecondOpinion.objects.filter(Q(closed_at=None) | Q(label__in=standing), session=session, asked_of=asked_of)
    return asked.select_related("session", "asked_by").order_by("asked_at", "pk")


def _with_open_judgments(sessions: list[int], person: User) -> Collection[int]:
    shown = judgments_shown(person, sessions)
    return sessions if shown is None else shown


def _kinds(person: Any, *, takes: bool, settles: bool) -> list[tuple[QuerySet[Any], list[OfKind]]]:
    """Of each kind what there has to be for any to wait, and what waits."""
    kinds: list[tuple[QuerySet[Any], list[OfKind]]] = [
        (SecondOpinion.objects.filter(asked_of=person, closed_at=None), [_open_opinions]),
        (Draft.objects.filter(user=person, is_open=True), [_open_drafts]),
        (DisputeParty.objects.filter(user=person, seen_at=None), [_disputed, _settled]),
    ]
    if takes:
        kinds.append((Incident.objects.filter(acknowledged_at=None), [_open_incidents]))
    if settles:
        kinds.append((Dispute.objects.filter(closed_at=None), [_one_to_settle]))
    return kinds


def _rights(person: User, scope: Scope) -> Rights:
    return Rights(scope.all_agents, person.takes_incidents, person.may(Permission.ADMINISTER))


def _asker(pk: Any, rights: Rights, within: QuerySet[Session], with_judgments: Q) -> Asker:
    return Asker(pk, within, within.filter(with_judgments) if with_judgments or not rights.sees_all else None, rights)


def _disputed(asker: Asker) -> QuerySet[DisputeParty]:
    return parties_of(asker.pk, asker.opened, is_settled=False)


def _settled(asker: Asker) -> QuerySet[DisputeParty]:
    return parties_of(asker.pk, asker.opened, is_settled=True)


def _one_to_settle(asker: Asker) -> QuerySet[Dispute]:
    """However many there are, they are one line."""
    return disputes_in(asker.opened)[:1]


def _open_incidents(asker: Asker) -> QuerySet[Incident]:
    """Whoever was named for them; an admin also finds those for which nobody is."""
    told = ~Q(raised_by=asker.pk) if asker.rights.takes_incidents else Q(pk__in=())
    if asker.rights.administers:
        takers = covering(OuterRef(OuterRef("session__seen_agent"))).filter(takes_incidents=True).exclude(pk=OuterRef("raised_by"))
        told |= ~Q(Exists(takers))
    return Incident.objects.filter(told, acknowledged_at=None, session__in=asker.within)


def _open_opinions(asker: Asker) -> QuerySet[SecondOpinion]:
    return SecondOpinion.objects.filter(asked_of=asker.pk, closed_at=None, session__in=asker.within)


def _open_drafts(asker: Asker) -> QuerySet[Draft]:
    return Draft.objects.filter(user=asker.pk, is_open=True, saved_at__gte=Now() - DRAFT_KEPT, session__in=asker.within)


def _incident(incident: Incident, viewer: User, *, may_acknowledge: bool, eyes: Viewer | None = None) -> WaitingIncident:
    return WaitingIncident(
        incident=incident,
        agent=_agent(incident.session),
        started=_started(incident.session, viewer),
        raised=_mine(incident.raised_at, viewer),
        by=str(incident.raised_by),
        line=mask_text(incident.line, eyes or viewer),
        at=length_of(max(incident.at_ms, 0) // 1000) if incident.at_ms is not None else "",
        acknowledged=_mine(incident.acknowledged_at, viewer) if incident.acknowledged_at else None,
        acknowledged_by=str(incident.acknowledged_by or ""),
        note=mask_text(incident.note, eyes or viewer),
        may_acknowledge=may_acknowledge,
    )


def _opinion(opinion: SecondOpinion, viewer: User, *, is_open: bool, eyes: Viewer | None = None) -> WaitingOpinion:
    session = opinion.session
    note = mask_text(opinion.note, eyes or viewer) if is_open else ""
    return WaitingOpinion(
        opinion, _agent(session), _started(session, viewer), _mine(opinion.asked_at, viewer), str(opinion.asked_by), note, bool(opinion.note) and not is_open
    )


def _party(session: Session, viewer: User, *, is_settled: bool) -> WaitingParty:
    return WaitingParty(session, _agent(session), _started(session, viewer), is_settled)


def _agent(session: Session) -> str:
    return session.agent_name or _("No agent")


def _started(session: Session, viewer: User) -> Shown:
    return show(session.timestamp, agent_zone=session.agent_timezone, viewer=viewer)


def _mine(moment: datetime, viewer: User) -> Shown:
    return show(moment, agent_zone=viewer.time_zone, viewer=viewer)
