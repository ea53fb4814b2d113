"""What became of one attempt to give a label to the vendor, written down."""

from datetime import datetime, timedelta
from typing import NoReturn

from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext_noop

from labeling.models import LabelUpstream, Push, VendorLabels
from labeling.models.vendor_labels import PushState
from labeling.operations.pushes import plan_pushes
from sessions_app.models import Session
from sessions_app.reasons import with_values
from sessions_app.upstream.facts import NoAnswer, NotTaken

# Doubled each time up to the longest: all of them together take a day and a half.
MOST_ATTEMPTS, FIRST_WAIT, LONGEST_WAIT = 14, timedelta(minutes=1), timedelta(hours=6)
LONGEST_REST = timedelta(days=1)
# The words of our own wire; what the vendor minds in words of its own is not repeated.
FIELDS = frozenset({"session_id", "type", "code", "user_email", "comments", "issue_categories"})
GIVEN_UP = with_values(gettext_noop("Given up at attempt %(n)s. %(reason)s"))
MINDED = with_values(gettext_noop("%(reason)s It minds: %(fields)s."))


class Stop(Exception):
    """Nothing more is sent at this turn."""


@transaction.atomic
def note_arrival(push: Push, state: str, upstream_id: int, settings: VendorLabels, *, now: datetime) -> None:
    """With the link; and what the session's labels have become meanwhile follows."""
    list(Session.objects.select_for_update(no_key=True).filter(pk=push.session_id).values_list("pk", flat=True))
    link = LabelUpstream(data_source_id=push.data_source_id, upstream_id=upstream_id, label_id=push.label_id, is_pushed=True)
    # A sync may have seen it before us.
    LabelUpstream.objects.bulk_create([link], ignore_conflicts=True)
    LabelUpstream.objects.filter(data_source=push.data_source_id, upstream_id=upstream_id, label=push.label_id).update(is_pushed=True, seen_at=Now())
    end_push(push, state)
    plan_pushes(vendor=settings, sessions=[push.session_id], now=now)
    if settings.problem:
        VendorLabels.objects.filter(pk=settings.pk).update(problem="", problem_at=None, resumes_at=None)


def try_later(push: Push, problem: NoAnswer) -> None:
    """Where the vendor says when, everything waits until then. Raises Stop."""
    if problem.after > 0:
        stop_sending(VendorLabels.objects.get(data_source=push.data_source_id), str(problem), rest=min(timedelta(seconds=problem.after), LONGEST_REST))
    attempts = push.attempts + 1
    waiting = Push.objects.filter(pk=push.pk, state=PushState.WAITING)
    if attempts >= MOST_ATTEMPTS:
        words = GIVEN_UP % {"n": attempts, "reason": problem}
        waiting.update(state=PushState.FAILED, attempts=attempts, problem=words[:300], settled_at=Now())
    else:
        wait = min(FIRST_WAIT * 2 ** (attempts - 1), LONGEST_WAIT)
        waiting.update(attempts=attempts, problem=str(problem)[:300], due_at=Now() + wait)


def stop_sending(settings: VendorLabels, problem: str, *, rest: timedelta | None = None) -> NoReturn:
    note_problem(settings.data_source_id, problem, rest=rest)
    raise Stop


def note_problem(data_source: int, problem: str, *, rest: timedelta | None = None) -> None:
    settings = VendorLabels.objects.annotate(now=Now()).get(data_source=data_source)
    resumes_at = settings.now + rest if rest else None
    VendorLabels.objects.filter(pk=settings.pk).update(problem=problem[:300], problem_at=settings.now, resumes_at=resumes_at)


def end_push(push: Push, state: str, problem: str = "") -> bool:
    """Whatever became of it meanwhile: this is what happened."""
    Push.objects.filter(pk=push.pk).update(state=state, problem=problem[:300], settled_at=Now())
    return False


def minded_by(problem: NotTaken) -> str:
    """Which fields the vendor minds, in words of ours: its own may repeat what was sent."""
    known = [name for name in dict.fromkeys(problem.fields) if name in FIELDS]
    return MINDED % {"reason": problem, "fields": ", ".join(known)} if known else str(problem)
