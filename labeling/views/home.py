"""Where a person lands, and what they labeled last."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from labeling.queries.home import get_recent_labels, get_today_count
from labeling.requests import SignedInRequest
from labeling.roles import Permission


@require_safe
def home(request: SignedInRequest) -> HttpResponse:
    return redirect("labeling:summary" if request.user.may(Permission.SEE_WHOLE_SUMMARY) else "labeling:review_home")


@require_safe
def review_home(request: SignedInRequest) -> HttpResponse:
    context = {
        "section": "review",
        "recent": get_recent_labels(request.user, scope=request.scope),
        "labeled_today": get_today_count(request.user),
    }
    return render(request, "labeling/review_home.html", context)
