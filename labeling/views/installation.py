"""What is configured, how the installation fares, and trying a failed job again."""

from typing import Any

from django.contrib import admin, messages
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.access import requires
from labeling.operations.jobs import NotRetryable, retry_job
from labeling.queries.health import get_health
from labeling.queries.installation import get_installation
from labeling.requests import SignedInRequest
from labeling.roles import Permission


@require_safe
@requires(Permission.ADMINISTER)
def installation_detail(request: SignedInRequest) -> HttpResponse:
    return _page(request, "admin/installation_detail.html", _("Installation"), groups=get_installation())


@require_safe
@requires(Permission.ADMINISTER)
def health_detail(request: SignedInRequest) -> HttpResponse:
    return _page(request, "admin/health_detail.html", _("Health"), health=get_health())


@require_POST
@requires(Permission.ADMINISTER)
def job_retry_create(request: SignedInRequest, pk: int) -> HttpResponse:
    try:
        retry_job(job=pk, by=request.user)
    except ProcrastinateJob.DoesNotExist as gone:
        raise Http404 from gone
    except NotRetryable:
        messages.warning(request, _("This job does not wait for a retry: it was tried again already, or comes again by itself."))
    else:
        messages.success(request, _("The job is tried again"))
    return HttpResponseRedirect(reverse("labeling:health_detail"), status=303)


def _page(request: SignedInRequest, template: str, title: str, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, **context})
