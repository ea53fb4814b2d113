"""Where a person lands: the run to go on with, what waits for them, what they labeled last."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from labeling.operations.incidents import note_told
from labeling.queries.guide import get_news
from labeling.queries.home import get_recent_labels, get_resume, get_work
from labeling.queries.waiting import get_waiting
from labeling.requests import SignedInRequest
from labeling.roles import Permission


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    return redirect("labeling:summary" if request.user.may(Permission.SEE_WHOLE_SUMMARY) else "labeling:review_home")


@require_safe
def review_home(request: SignedInRequest) -> HttpResponse:
    waiting = get_waiting(request.user, scope=request.scope)
    # What was raised or asked says what somebody thinks of a session: whoever labels it later has seen that.
    note_told(sessions=waiting.sessions_told_of, by=request.user)
    work = get_work(request.user)
    context = {
        "section": "review",
        "resume": get_resume(request.user, scope=request.scope),
        "waiting": waiting,
        "recent": get_recent_labels(request.user, scope=request.scope),
        "work": work,
        "guide": get_news(request.user),
        "labeled_today": work.today,
    }
    return render(request, "labeling/review_home.html", context)
