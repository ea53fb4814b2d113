"""What the labels add up to: counts, each one a door to its sessions."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.forms.summary import SummaryForm
from labeling.queries.summary.simple import get_summary
from labeling.requests import SignedInRequest


@require_safe
def summary(request: SignedInRequest) -> HttpResponse:
    form = SummaryForm(request.GET or None, scope=request.scope)
    summed = get_summary(viewer=request.user, scope=request.scope, weeks=form.weeks, agents=form.agents)
    context = {"section": "summary", "form": form, "summary": summed}
    return render(request, "labeling/_summary.html" if request.htmx else "labeling/summary.html", context)
