"""Sending labels to the vendor: what is due, one after the other, each looked up there before it is made. Safe to kill at any moment."""

import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext

from django.db import OperationalError, connection, transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from labeling.models import Label, LabelUpstream, Push, VendorLabels
from labeling.models.vendor_labels import PushState
from labeling.operations.push_outcomes import Stop, end_push, minded_by, note_arrival, note_problem, stop_sending, try_later
from labeling.operations.pushes import REPLACED, hold_back, release_held_back, waits_until
from labeling.operations.vendor_calls import NOT_ACTIVE, NotConnected, open_vendor
from labeling.queries.pushes import is_stopped
from labeling.queries.pushing import Seen, find_there, get_chosen, get_said, why_not_push
from labeling.upstream import Said, TooMany, create_label, labels_of_session
from sessions_app.alone import alone
from sessions_app.models import Session
from sessions_app.upstream.client import Vendor
from sessions_app.upstream.facts import AddressRefused, Interrupted, KeyRefused, NoAnswer, NotAllowed, NotTaken, NotThere

# The first number says what is locked, the second one for which source.
PUSH_LOCK = 0x9054
SECONDS = 45.0
# After so many in a row that got no answer the vendor is left alone for a turn.
MOST_UNANSWERED = 3
# One that the key may not give, perhaps because of its author, is that label's trouble; so many in a row are the key's.
MOST_FORBIDDEN = 3
FORBIDDEN = gettext_noop("The vendor does not let this key give this label (403), perhaps because of its author.")
NOT_A_NUMBER = gettext_noop("The vendor has no number for this session.")
UNKNOWN_SESSION = gettext_noop("The vendor does not have this session (404).")
ERASED = gettext_noop("The session was erased.")
UNTHOUGHT_OF = gettext_noop("It could not be sent. The worker's log says why, by the name of the task.")
NO_LIST = gettext_noop("The vendor has no list of labels at this address, or does not take our question for it.")
TOO_MANY = gettext_noop("The session has too many labels there.")


def send_everything_due(*, should_stop: Callable[[], bool] = lambda: False) -> int:
    """This will send what is due to every vendor that an admin switched on, and return how many labels arrived."""
    sources = list(VendorLabels.objects.filter(pushes=True).order_by("pk").values_list("data_source", flat=True))
    return sum(send_due(data_source=source, should_stop=should_stop) for source in sources)


def send_due(*, data_source: int, should_stop: Callable[[], bool] = lambda: False, seconds: float = SECONDS) -> int:
    """This will send what is due to one vendor, the longest due first, until nothing is left, the time is over or the vendor wants none.

    One at a time for a source, whichever process; another one finds nothing to do.
    """
    until, sent, unanswered, forbidden = time.monotonic() + seconds, 0, 0, 0
    with alone(PUSH_LOCK, data_source) as is_alone:
        if not is_alone:
            return 0
        release_held_back(vendor=VendorLabels.objects.get(data_source=data_source))
        if not _next(data_source):
            return 0
        try:
            with _open(data_source, should_stop) as client:
                while time.monotonic() < until and not should_stop() and unanswered < MOST_UNANSWERED and (push := _next(data_source)):
                    try:
                        is_sent = _send(push, client)
                        sent, unanswered, forbidden = sent + is_sent, 0, 0 if is_sent else forbidden
                    except NotAllowed as problem:
                        end_push(push, PushState.FAILED, FORBIDDEN)
                        forbidden += 1
                        if forbidden == MOST_FORBIDDEN:
                            stop_sending(VendorLabels.objects.get(data_source=data_source), str(problem))
                    except NoAnswer as problem:
                        try_later(push, problem)
                        unanswered += 1
                    except (Stop, Interrupted, OperationalError):
                        raise
                    except Exception:
                        # One that nobody thought of must not stand in the way of all others.
                        try_later(push, NoAnswer(UNTHOUGHT_OF))
                        raise
        except (Stop, Interrupted):
            pass
        except NotConnected as problem:
            # That it is switched off the connection says itself, and it ends when it is switched on.
            if str(problem) != NOT_ACTIVE:
                note_problem(data_source, str(problem))
    return sent


def _next(data_source: int) -> Push | None:
    """What is due, unless the vendor is not written to or left alone for now: both may change while we send."""
    settings = VendorLabels.objects.annotate(now=Now()).get(data_source=data_source)
    if not settings.pushes or is_stopped(settings) or (settings.resumes_at and settings.resumes_at > settings.now):
        return None
    due = Push.objects.filter(data_source=data_source, state=PushState.WAITING, due_at__lte=Now())
    return due.order_by("due_at", "pk").first()


def _open(data_source: int, should_stop: Callable[[], bool]) -> AbstractContextManager[Vendor | None]:
    """A dry run asks nobody."""
    if VendorLabels.objects.filter(data_source=data_source, is_dry_run=True).exists():
        return nullcontext()
    return open_vendor(data_source=data_source, should_stop=should_stop)


def _send(push: Push, client: Vendor | None) -> bool:
    """Whether the vendor has it now. Raises Stop, Interrupted, NotAllowed, NoAnswer."""
    settings = VendorLabels.objects.annotate(now=Now()).get(data_source=push.data_source_id)
    try:
        # Until it is there nobody can erase the session: what is on its way would be out of reach.
        with transaction.atomic():
            _hold(push.session_id)
            session, label = Session.objects.get(pk=push.session_id), Label.objects.select_related("rater").get(pk=push.label_id)
            until = waits_until(session_id=session.pk, at_earliest=settings.now)
            if until > settings.now:
                hold_back(push=push, until=until)
                return False
            said = get_said([label])[label.pk]
            if why_not := _why_not_send(session, label, said, settings):
                return end_push(push, PushState.DROPPED, why_not)
            if settings.is_dry_run:
                return end_push(push, PushState.DRY)
            if client is None:
                # It was a dry run a moment ago; the next turn is none.
                raise Stop
            state, upstream_id = _deliver(push, session, said, settings, client)
    except NotAllowed:
        raise
    except (KeyRefused, AddressRefused) as problem:
        stop_sending(settings, str(problem))
    except NotThere:
        return end_push(push, PushState.DROPPED, UNKNOWN_SESSION)
    except NotTaken as problem:
        return end_push(push, PushState.FAILED, minded_by(problem))
    note_arrival(push, state, upstream_id, settings, now=settings.now)
    return True


def _why_not_send(session: Session, label: Label, said: Said, settings: VendorLabels) -> str:
    if session.erased_at:
        return ERASED
    if label.pk not in {one.pk for one in get_chosen([session.pk], settings).get(session.pk, ())}:
        return REPLACED
    number = session.external_id
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        return NOT_A_NUMBER
    return why_not_push(label, said)


def _deliver(push: Push, session: Session, said: Said, settings: VendorLabels, client: Vendor) -> tuple[str, int]:
    """It is looked for there each time: an earlier attempt may have come about without our hearing of it."""
    try:
        theirs = labels_of_session(client, session.external_id)
    except (NotThere, NotTaken):
        raise KeyRefused(NO_LIST) from None
    except NotAllowed as problem:
        # Who may not look may not make sure that there is none yet.
        raise KeyRefused(str(problem)) from None
    except TooMany:
        raise NotTaken(TOO_MANY) from None
    rows = LabelUpstream.objects.filter(data_source=settings.data_source_id, upstream_id__in=[their.id for their in theirs])
    linked = {upstream_id: Seen(label_id, at) for upstream_id, label_id, at in rows.values_list("upstream_id", "label", "linked_at")}
    found = find_there(push, said, theirs, linked, settings)
    return (PushState.ADOPTED, found.id) if found else (PushState.SENT, create_label(client, session.external_id, said))


def _hold(session_pk: int) -> None:
    with connection.cursor() as cursor:
        # Stands in the way of an erasure, and of no reviewer.
        cursor.execute("SELECT 1 FROM sessions_app_session WHERE id = %s FOR KEY SHARE", [session_pk])
