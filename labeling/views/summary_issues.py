"""The evidence of one issue: the moments that labels cite, one after another."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from labeling.forms.summary import SummaryForm
from labeling.models import IssueCategory
from labeling.operations.incidents import note_told
from labeling.operations.reading import note_reading
from labeling.queries.issues import get_roots
from labeling.queries.summary.evidence import get_evidence_page
from labeling.requests import SignedInRequest


@require_safe
def issue_evidence(request: SignedInRequest, pk: int) -> HttpResponse:
    """With the controls of the summary. A category that was merged leads to the one it is now."""
    category = get_object_or_404(IssueCategory, pk=pk)
    if root := get_roots().get(pk):
        return redirect(reverse("labeling:issue_evidence", args=[root]) + (f"?{request.GET.urlencode()}" if request.GET else ""))
    form = SummaryForm(request.GET, viewer=request.user, scope=request.scope)
    wanted = request.GET.get("page", "")
    page = get_evidence_page(form.frame, category, place=int(wanted) if wanted.isascii() and wanted.isdecimal() and len(wanted) < 7 else 1)
    for session in page.read:
        note_reading(session=session, by=request.user, judgments=[], has_transcript=True)
    note_told(sessions=page.told, by=request.user)
    return render(request, "labeling/issue_evidence.html", {"section": "summary", "form": form, "frame": form.frame, "category": category, "page": page})
