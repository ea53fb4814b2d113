"""Retention and legal holds: asking for a dry run, its report as a file, placing a hold and lifting it."""

import csv
from typing import Any

from django.contrib import admin, messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.forms.erasures import LegalHoldForm
from labeling.models import LegalHold, RetentionRun
from labeling.operations.holds import AlreadyLifted, lift_hold, place_hold
from labeling.operations.retention import ask_for_retention
from labeling.queries.holds import count_covered, covered_by
from labeling.queries.retention import get_report
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from labeling.views.saved_views import SeeOther

COLUMNS = ("class", "days", "due", "on_hold", "deleted", "oldest_left", "dry_run", "run_at_utc")


@require_POST
@requires(Permission.ADMINISTER)
def retention_run_create(request: SignedInRequest) -> HttpResponse:
    """From here only a dry run: what is deleted is deleted at night, or by the command."""
    run = ask_for_retention(by=request.user, is_dry=True)
    messages.info(request, _("A worker counts what the next run would delete. Load the page again to see the report."))
    return SeeOther(reverse("admin:labeling_retentionrun_change", args=[run.pk]))


@require_safe
@requires(Permission.ADMINISTER)
def retention_run_file(request: SignedInRequest, pk: int) -> HttpResponse:
    run = get_object_or_404(RetentionRun, pk=pk)
    answer = HttpResponse(content_type="text/csv; charset=utf-8", headers={"Content-Disposition": f'attachment; filename="retention-{run.pk}.csv"'})
    writer = csv.writer(answer)
    writer.writerow(COLUMNS)
    for line in get_report(run):
        days = "for good" if line.days is None else line.days
        writer.writerow([line.data_class, days, line.due, line.held, line.deleted, line.oldest, int(run.is_dry), f"{run.run_at:%Y-%m-%d %H:%M:%S}"])
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def hold_create(request: SignedInRequest) -> HttpResponse:
    """The first POST shows how much it covers, the second one, of the same, places it."""
    form = LegalHoldForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return _page(request, "admin/hold_create.html", _("Place a legal hold"), form=form)
    if not form.is_valid():
        return _page(request, "admin/hold_create.html", _("Place a legal hold"), form=form, status=422)
    given = form.cleaned_data
    session, agent = given["session_row"], given["agent"]
    chosen = "|".join(str(part or "") for part in (given["session"], agent.pk if agent else None, given["since"], given["until"]))
    if request.POST.get("shown") != chosen:
        covered = count_covered(covered_by(session.pk if session else None, agent.pk if agent else None, given["since_at"], given["until_at"]))
        return _page(request, "admin/hold_create.html", _("Place a legal hold"), form=form, covered=covered, chosen=chosen)
    place_hold(by=request.user, reason=given["reason"], session=session, agent=agent, since=given["since_at"], until=given["until_at"])
    messages.info(request, _("Legal hold placed"))
    return SeeOther(reverse("admin:labeling_legalhold_changelist"))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def hold_lifting_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """Lifting one that was lifted changes nothing."""
    hold = get_object_or_404(LegalHold.objects.select_related("agent"), pk=pk)
    if request.method != "POST":
        covered = count_covered(covered_by(hold.session_id, hold.agent_id, hold.since, hold.until))
        return _page(request, "admin/hold_lifting.html", _("Lift a legal hold"), hold=hold, covered=covered)
    try:
        lift_hold(hold=hold, by=request.user)
    except AlreadyLifted:
        messages.info(request, _("This hold was lifted before."))
    else:
        messages.info(request, _("Legal hold lifted"))
    return SeeOther(reverse("admin:labeling_legalhold_changelist"))


def _page(request: SignedInRequest, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, "opts": LegalHold._meta, **context}, status=status)
