"""Is the process alive; is the installation ready to serve."""

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from labeling.queries.health import get_readiness


@require_safe
@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    try:
        readiness = get_readiness()
    except DatabaseError:
        readiness = {"database": False}
    return JsonResponse(readiness, status=200 if all(readiness.values()) else 503)
