"""The writes of disputes: opened and closed by what labels add up to, a further reviewer where one is wanted, and who has looked."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Now
from django.db.models.lookups import In

from labeling.codes import Code, LabelType
from labeling.models import Assignment, CurrentLabel, Dispute, DisputeParty, Label, User
from labeling.models.assignment import WANTED, PlaceState
from labeling.models.queue import MOST_LABELS, QueueState, Reason
from labeling.operations.claims import FREE, lock_places
from sessions_app.codes import Verdict
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session

CHECK_BATCH = 500
WANTING = (QueueState.ACTIVE, QueueState.PAUSED)


def follow_disputes(*, sessions: Sequence[Session], is_late: bool = False) -> int:
    """This will open a dispute where the labels of locked sessions disagree by now, close it where they do not, and return how many moved.

    Called after what follows from the labels was worked out, in their transaction. One that is found late has been one since the newest label.
    """
    held = {dispute.session_id: dispute for dispute in _open.all([session.pk for session in sessions])}
    fresh = [session for session in sessions if _is_disputed(session) and session.pk not in held]
    over = [session for session in sessions if not _is_disputed(session) and session.pk in held]
    if not held and not fresh:
        return 0
    opened = Dispute.objects.bulk_create(
        [Dispute(session=session, opened_at=session.labeled_at if is_late and session.labeled_at else Now()) for session in fresh], batch_size=500
    )
    _write_parties([*opened, *(dispute for pk, dispute in held.items() if pk not in {session.pk for session in over})])
    for session in over:
        _close(held[session.pk], session)
    if over:
        _call_off(over)
    _ask_others(fresh)
    return len(fresh) + len(over)


@compiled
def _open(sessions: Any) -> QuerySet[Dispute]:
    return Dispute.objects.filter(AnyOf(F("session"), sessions), closed_at=None)


def close_as_settled(*, dispute: Dispute, label: Label, by: User | None) -> None:
    """This will say which label settled a dispute, and tell its people anew; who settled it knows."""
    Dispute.objects.filter(pk=dispute.pk).update(closed_at=Now(), settlement=label.pk)
    parties = DisputeParty.objects.filter(dispute=dispute)
    parties.update(seen_at=None)
    parties.filter(user=by).update(seen_at=Now())


def add_parties(*, dispute: Dispute) -> None:
    """This will count those among the parties who have labeled the session since."""
    raters = CurrentLabel.objects.filter(session=dispute.session_id, type=LabelType.HUMAN, rater__user__isnull=False, label__is_settlement=False)
    people = raters.order_by("rater__user").values_list("rater__user", flat=True)
    DisputeParty.objects.bulk_create([DisputeParty(dispute=dispute, user_id=user) for user in people], ignore_conflicts=True)


def ask_another(*, place: Assignment, session: Session) -> Assignment | None:
    """This will add a place where the last one that was wanted is done and the people disagree. Called under the session's lock."""
    queue = place.queue
    if not queue.asks_another or queue.state not in WANTING or not _is_disputed(session):
        return None
    places = list(Assignment.objects.filter(queue=queue, session=place.session_id).exclude(state=PlaceState.VOID).order_by("slot"))
    if not places or any(one.state in WANTED for one in places) or places[-1].slot >= MOST_LABELS:
        return None
    first, last = places[0], places[-1]
    return Assignment.objects.create(
        queue=queue,
        draw=first.draw,
        session_id=place.session_id,
        timestamp=first.timestamp,
        slot=last.slot + 1,
        position=first.position,
        reason=Reason.DISAGREEMENT,
    )


def mark_seen(*, session: Session, by: User) -> None:
    """This will note that one of those who disagree has the labels, or what settled them, on their page."""
    DisputeParty.objects.filter(user=by, seen_at=None, dispute__session=session).update(seen_at=Now())


def repair_disputes() -> int:
    """This will compare what is open with what the labels say, batch by batch, and repair it. The nightly check."""
    disputed = Session.objects.filter(In(Coalesce(F("label_code"), Value("")), [Value(Verdict.DISPUTED.value)])).order_by()
    held = Dispute.objects.filter(closed_at=None)
    wrong = sorted({*disputed.values_list("pk", flat=True), *held.values_list("session", flat=True)})
    repaired = 0
    for place in range(0, len(wrong), CHECK_BATCH):
        with transaction.atomic():
            locked = Session.objects.select_for_update(no_key=True).filter(pk__in=wrong[place : place + CHECK_BATCH]).order_by("pk")
            repaired += follow_disputes(sessions=list(locked), is_late=True)
    return repaired


def _is_disputed(session: Session) -> bool:
    return session.label_code == Verdict.DISPUTED


def _write_parties(disputes: Sequence[Dispute]) -> None:
    """Whose current labels disagree: N/A says that there was nothing to judge, and takes no side."""
    by_session = {dispute.session_id: dispute for dispute in disputes}
    wanted = {(by_session[session].pk, user) for session, user in _sides.all(list(by_session))}
    held = {(dispute, user): pk for dispute, user, pk in _parties.all([dispute.pk for dispute in disputes])}
    gone = [pk for key, pk in held.items() if key not in wanted]
    if gone:
        DisputeParty.objects.filter(pk__in=gone).delete()
    DisputeParty.objects.bulk_create([DisputeParty(dispute_id=dispute, user_id=user) for dispute, user in sorted(wanted - set(held))], batch_size=500)


@compiled
def _sides(sessions: Any) -> QuerySet[CurrentLabel, Any]:
    said = CurrentLabel.objects.filter(AnyOf(F("session"), sessions), type=LabelType.HUMAN, rater__user__isnull=False, label__is_settlement=False)
    return said.exclude(label__code=Code.NOT_APPLICABLE).values_list("session", "rater__user")


@compiled
def _parties(disputes: Any) -> QuerySet[DisputeParty, Any]:
    return DisputeParty.objects.filter(AnyOf(F("dispute"), disputes)).values_list("dispute", "user", "pk")


def _close(dispute: Dispute, session: Session) -> None:
    """A session that is settled has the label that settled it; where people agree by themselves nobody has to be told."""
    label = (
        Label.objects.select_related("rater__user").filter(pk=session.session_label_id or 0, is_settlement=True).first() if session.label_is_settled else None
    )
    if label:
        close_as_settled(dispute=dispute, label=label, by=label.rater.user)
    else:
        Dispute.objects.filter(pk=dispute.pk).update(closed_at=Now())


def _call_off(sessions: Sequence[Session]) -> None:
    """Where nobody disagrees any more, nobody else is wanted; who has begun may finish."""
    asked = Assignment.objects.filter(session__in=sessions, reason=Reason.DISAGREEMENT)
    free = asked.filter(Q(state=PlaceState.OPEN) | Q(state=PlaceState.CLAIMED, lease_until__lte=Now()))
    lock_places(free)
    free.update(**FREE | {"state": PlaceState.VOID})


def _ask_others(sessions: Sequence[Session]) -> None:
    """A label that was changed later can disagree too, when every place is done."""
    disputed = {session.pk: session for session in sessions}
    done = Assignment.objects.filter(session__in=disputed, state=PlaceState.DONE, queue__asks_another=True).select_related("queue") if disputed else []
    for place in {(place.queue_id, place.session_id): place for place in done}.values():
        ask_another(place=place, session=disputed[place.session_id])
