"""A person's own choices, and how long their sign-in lasts."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from labeling.forms import SettingsForm
from labeling.middleware.sign_in_age import seconds_left


@require_http_methods(["GET", "HEAD", "POST"])
def settings_update(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return render(request, "labeling/settings.html", {"form": SettingsForm(instance=request.user)})
    # The menu sends one choice at a time; what it does not send stays. `shortcuts` is a checkbox: its form says it was there.
    current = SettingsForm(instance=request.user).initial
    given = {name: request.POST.get(name, value) for name, value in current.items() if name != "shortcuts"}
    given["shortcuts"] = "shortcuts" in request.POST if "shortcuts_shown" in request.POST else current["shortcuts"]
    form = SettingsForm(given, instance=request.user)
    if not form.is_valid():
        return render(request, "labeling/settings.html", {"form": form}, status=422)
    form.save()
    return HttpResponse(status=204) if request.htmx else redirect("labeling:settings_update")


@require_http_methods(["GET", "HEAD", "POST"])
def activity_create(request: HttpRequest) -> HttpResponse:
    """A POST is a key, a pointer or sound (the middleware has noted it); a GET only asks, as background."""
    idle, absolute = seconds_left(request)
    return JsonResponse({"idle_left": max(idle, 0), "absolute_left": max(absolute, 0)})
