"""Where a person lands: the run or queue to go on with, their queues, what waits for them, what they labeled last."""

from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from labeling.filters.queue_words import rule_words
from labeling.operations.incidents import note_told
from labeling.queries.guide import get_news
from labeling.queries.home import get_recent_labels, get_resume, get_work
from labeling.queries.home_queues import QueueLine, get_last_queue, get_queue_lines
from labeling.queries.waiting import get_waiting
from labeling.requests import SignedInRequest
from labeling.roles import Permission

MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: its counts, and its rule in words."""

    counts: QueueLine
    rule: str


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    return redirect("labeling:summary" if request.user.may(Permission.SEE_WHOLE_SUMMARY) else "labeling:review_home")


@require_safe
def review_home(request: SignedInRequest) -> HttpResponse:
    if request.htmx:
        return _queues_again(request)
    counted = get_queue_lines(request.user, scope=request.scope)
    waiting = get_waiting(request.user, scope=request.scope, lines=counted)
    # What was raised or asked says what somebody thinks of a session: whoever labels it later has seen that.
    note_told(sessions=waiting.sessions_told_of, by=request.user)
    work = get_work(request.user)
    lines = [_line(request, line) for line in counted]
    resume, last = get_resume(request.user, scope=request.scope), get_last_queue(request.user)
    is_queue = last is not None and (resume is None or last[1] > resume.run.used_at)
    resumed = next((line for line in lines if is_queue and last and line.counts.queue.slug == last[0]), None)
    context = {
        "section": "review",
        "resume": resume,
        "resume_queue": resumed,
        "queues": [line for line in lines if line is not resumed],
        "resumed": resumed.counts.queue.slug if resumed else "",
        "waiting": waiting,
        "recent": get_recent_labels(request.user, scope=request.scope),
        "work": work,
        "guide": get_news(request.user),
        "labeled_today": work.today,
    }
    return render(request, "labeling/review_home.html", context)


def _queues_again(request: SignedInRequest) -> HttpResponse:
    """The table as it is now: its lines stay in the order they were shown in, new ones come after them."""
    resumed = request.GET.get("resumed", "")
    shown = request.GET.get("shown", "").split(",")[:MOST_KEPT]
    lines = get_queue_lines(request.user, scope=request.scope, shown=shown)
    queues = [_line(request, line) for line in lines if line.queue.slug != resumed]
    return render(request, "labeling/_home_queues.html", {"queues": queues, "resumed": resumed})


def _line(request: SignedInRequest, line: QueueLine) -> Line:
    return Line(line, rule_words(line.queue, viewer=request.user, scope=request.scope))
