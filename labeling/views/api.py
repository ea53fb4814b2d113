"""The description of the API for people, and what it answers to an address that it does not have."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from labeling.api.description import describe, endpoints_of
from sessions_app.api.rendering import answer


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    return render(request, "labeling/api_docs.html", {"section": "api", "groups": endpoints_of(describe())})


@require_safe
def api_openapi(request: HttpRequest) -> HttpResponse:
    return answer(describe())


@csrf_exempt
def api_missing(request: HttpRequest, path: str = "") -> HttpResponse:
    return JsonResponse({"detail": "There is nothing at this address of the API."}, status=404)
