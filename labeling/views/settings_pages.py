"""A person's own choices, and how long their sign-in lasts."""

from typing import Any

from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from labeling.forms import SettingsForm
from labeling.middleware.sign_in_age import seconds_left
from labeling.requests import SignedInRequest


@require_http_methods(["GET", "HEAD", "POST"])
def settings_update(request: SignedInRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "labeling/settings.html", {"form": SettingsForm(instance=request.user)})
    form = SettingsForm(_given(request), instance=request.user)
    if not form.is_valid():
        return render(request, "labeling/settings.html", {"form": form}, status=422)
    request.user.choose(**form.cleaned_data)
    return HttpResponse(status=204) if request.htmx else redirect("labeling:settings_update")


@require_http_methods(["GET", "HEAD", "POST"])
def activity_create(request: SignedInRequest) -> HttpResponse:
    """A POST is a key, a pointer or sound (the middleware has noted it); a GET only asks, as background."""
    idle, absolute = seconds_left(request)
    return JsonResponse({"email": request.user.email, "idle_left": max(idle, 0), "absolute_left": max(absolute, 0)})


def _given(request: SignedInRequest) -> dict[str, Any]:
    """The page sends all choices, an unchecked box as nothing; the menu sends one, and what it does not send stays."""
    sent = request.POST.dict()
    if "time_zone" in sent:
        return sent
    current = dict(SettingsForm(instance=request.user).initial)
    shortcuts = sent.get("shortcuts") in ("true", "on") if "shortcuts" in sent else current["shortcuts"]
    return {**current, **sent} | {"shortcuts": shortcuts}
