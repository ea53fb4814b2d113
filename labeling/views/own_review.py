"""A person's own judging. Whose it is stands in no address: it is always that of whoever asks."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.access import requires
from labeling.queries.home_queues import get_queue_lines
from labeling.queries.own_review import AGREEMENT_WEEKS, DRIFT_WEEKS, NOW_WEEKS, get_own_review
from labeling.requests import SignedInRequest
from labeling.roles import Permission


@require_safe
@requires(Permission.LABEL)
def own_review(request: SignedInRequest) -> HttpResponse:
    context = {
        "section": "review",
        "own": get_own_review(request.user, scope=request.scope),
        "queues": get_queue_lines(request.user, scope=request.scope),
        "now_weeks": NOW_WEEKS,
        "before_weeks": DRIFT_WEEKS - NOW_WEEKS,
        "agreement_weeks": AGREEMENT_WEEKS,
    }
    return render(request, "labeling/own_review.html", context)
