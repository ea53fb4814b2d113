"""Disputes as people read them: what waits for those who disagree, what a manager has to settle, and one session's labels side by side."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.clock import Shown, show
from labeling.codes import LabelType
from labeling.models import CurrentLabel, Dispute, DisputeParty, Label, User
from labeling.policies import judgments_open_to, why_not_read
from labeling.queries.citations import LabelShown, show_label
from labeling.queries.session_lines import with_lines
from labeling.queries.session_page import SessionPage
from sessions_app.models import Session
from sessions_app.scope import Scope

PAGE_SIZE = 50


class BadKey(Exception):
    """A page address that we did not write."""


@dataclass(frozen=True, slots=True)
class Side:
    """What one person says now."""

    who: str
    initials: str
    code: str


@dataclass(frozen=True, slots=True)
class DisputeLine:
    dispute: Dispute
    session: Session
    agent: str
    version: str
    started: Shown
    opened: Shown
    waits: str
    sides: list[Side]


@dataclass(frozen=True, slots=True)
class DisputePage:
    lines: list[DisputeLine]
    # Where the next page begins; empty on the last one.
    after: str = ""


@dataclass(frozen=True, slots=True)
class Settling:
    """What a manager settles. `mark` tells this state of the labels from any other; `settled` is the label that settled it already."""

    page: SessionPage
    labels: list[LabelShown]
    codes: dict[str, list[str]]
    dispute: Dispute | None
    opened: Shown | None
    waits: str
    settled: LabelShown | None
    settled_at: Shown | None
    mark: str
    is_disputed: bool
    is_party: bool

    @property
    def may_settle(self) -> bool:
        """Also anew, where somebody has labeled it since or a manager thinks better of it."""
        return self.is_disputed or self.settled is not None


def parties_of(person: Any, opened: QuerySet[Session] | None, *, is_settled: bool) -> QuerySet[DisputeParty]:
    """This will be where a person is one of those who disagree and has not looked since; or else, what was settled there since.

    `opened` are the sessions whose judgments they may see; None is all.
    """
    unseen = DisputeParty.objects.filter(user=person, seen_at=None)
    parties = unseen if opened is None else unseen.filter(dispute__session__in=opened)
    if not is_settled:
        return parties.filter(dispute__closed_at=None)
    stands = Q(dispute__session__label_is_settled=True, dispute__settlement=F("dispute__session__session_label_id"))
    return parties.filter(stands, dispute__closed_at__isnull=False)


def open_disputes(person: User, scope: Scope) -> QuerySet[Dispute]:
    """This will be what waits for a manager to settle. That people disagree is a judgment, so the gate holds here too."""
    opens = judgments_open_to(person)
    return disputes_in(None if scope.all_agents and not opens else Session.objects.visible_to(scope).filter(opens))


def disputes_in(opened: QuerySet[Session] | None) -> QuerySet[Dispute]:
    """This will be the open ones of the sessions whose judgments somebody may see; None is all sessions."""
    disputes = Dispute.objects.filter(closed_at=None)
    return disputes if opened is None else disputes.filter(session__in=opened)


def get_dispute_page(person: User, scope: Scope, *, after: str = "") -> DisputePage:
    """This will read one page, the oldest first. Raises BadKey."""
    wanted = open_disputes(person, scope).annotate(now=Now())
    rows = list(_beyond(wanted, after).order_by("opened_at", "pk")[: PAGE_SIZE + 1])
    shown = rows[:PAGE_SIZE]
    return DisputePage(_lines(shown, person), _key_of(shown[-1]) if len(rows) > PAGE_SIZE else "")


def next_dispute(person: User, scope: Scope, *, after: Dispute) -> int | None:
    """This will return the session of the dispute that is the next oldest; of the oldest where that was the last."""
    disputes = open_disputes(person, scope).order_by("opened_at", "pk")
    later = _beyond(disputes, _key_of(after)).values_list("session", flat=True).first()
    return later or disputes.values_list("session", flat=True).first()


def mark_of(session: Session) -> str:
    """This will write which labels stand, so that a settlement says what it was made of. Read under the session's lock to be sure."""
    current = CurrentLabel.objects.filter(session=session, type=LabelType.HUMAN).order_by("label").values_list("label", flat=True)
    settled = f"s{session.session_label_id}" if session.label_is_settled else ""
    return "-".join([*map(str, current), settled])


def get_settling(page: SessionPage, *, viewer: User) -> Settling:
    """This will lay the labels of a session side by side, for a viewer to whom its judgments are open."""
    session = page.session
    dispute = Dispute.objects.filter(session=session).annotate(now=Now()).order_by(F("closed_at").desc(nulls_first=True), "-pk").first()
    cites = not why_not_read(viewer)
    own = [show_label(page.own, page.timeline, hide=page.lens.text, cites=cites)] if page.own else []
    labels = [one for one in (*own, *page.others) if not one.label.is_settlement]
    codes: dict[str, list[str]] = defaultdict(list)
    for one in sorted(labels, key=lambda one: (one.label.made_at, one.label.pk)):
        codes[one.label.code].append(str(one.label.rater))
    settlement = _settlement(session)
    return Settling(
        page=page,
        labels=sorted(labels, key=lambda one: (one.label.made_at, one.label.pk)),
        codes=dict(codes),
        dispute=dispute,
        opened=show(dispute.opened_at, agent_zone=viewer.time_zone, viewer=viewer) if dispute else None,
        waits=waits_words(dispute.now - dispute.opened_at) if dispute else "",  # type: ignore[attr-defined]
        settled=show_label(settlement, page.timeline, hide=page.lens.text, cites=cites) if settlement else None,
        settled_at=show(settlement.made_at, agent_zone=viewer.time_zone, viewer=viewer) if settlement else None,
        mark=mark_of(session),
        is_disputed=dispute is not None and dispute.closed_at is None,
        is_party=any(one.label.rater.user_id == viewer.pk for one in labels),
    )


def waits_words(waited: timedelta) -> str:
    """This will say how long: in hours at first, then in days."""
    hours = max(int(waited.total_seconds() // 3600), 0)
    if not hours:
        return _("less than an hour")
    if hours < 48:
        return ngettext("%(n)d hour", "%(n)d hours", hours) % {"n": hours}
    return ngettext("%(n)d day", "%(n)d days", hours // 24) % {"n": hours // 24}


def _settlement(session: Session) -> Label | None:
    if not session.label_is_settled:
        return None
    return Label.objects.select_related("rater").prefetch_related("issues__evidence").filter(pk=session.session_label_id or 0).first()


def _lines(disputes: Sequence[Dispute], viewer: User) -> list[DisputeLine]:
    sessions = with_lines(Session.objects.all()).in_bulk([dispute.session_id for dispute in disputes])
    sides: dict[int, list[Side]] = defaultdict(list)
    current = CurrentLabel.objects.filter(session__in=sessions, type=LabelType.HUMAN).select_related("label", "rater").order_by("label__made_at", "label")
    for one in current:
        sides[one.session_id].append(Side(str(one.rater), one.rater.initials, one.label.code))
    lines = []
    for dispute in disputes:
        session = sessions[dispute.session_id]
        lines.append(
            DisputeLine(
                dispute=dispute,
                session=session,
                agent=session.agent_name or _("No agent"),
                version=session.seen_prompt.version_label if session.seen_prompt else "",
                started=show(session.timestamp, agent_zone=session.agent_timezone, viewer=viewer),
                opened=show(dispute.opened_at, agent_zone=viewer.time_zone, viewer=viewer),
                waits=waits_words(dispute.now - dispute.opened_at),  # type: ignore[attr-defined]
                sides=sides[session.pk],
            )
        )
    return lines


def _beyond(disputes: QuerySet[Dispute], after: str) -> QuerySet[Dispute]:
    if not after:
        return disputes
    micros, _, pk = after.partition("_")
    if len(after) > 40 or not all(part.isascii() and part.isdigit() for part in (micros, pk)) or int(pk) >= 2**63:
        raise BadKey
    try:
        at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(micros))
    except OverflowError as problem:
        raise BadKey from problem
    return disputes.filter(Q(opened_at__gte=at) & (Q(opened_at__gt=at) | Q(pk__gt=int(pk))))


def _key_of(dispute: Dispute) -> str:
    at = dispute.opened_at
    return f"{int(at.timestamp()) * 1_000_000 + at.microsecond}_{dispute.pk}"
