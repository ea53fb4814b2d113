"""A person's own choices, and how long their sign-in lasts."""

from typing import Any

from django.db.models.functions import Now
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from labeling.forms.settings import ColumnsForm, SettingsForm
from labeling.middleware.sign_in_age import seconds_left
from labeling.requests import SignedInRequest

SWITCHES = ("shortcuts", "skips_silence", "follows_audio")


@require_http_methods(["GET", "HEAD", "POST"])
def settings_update(request: SignedInRequest) -> HttpResponse:
    columns = ColumnsForm(_columns_given(request))
    if request.method != "POST":
        return render(request, "labeling/settings.html", {"form": SettingsForm(instance=request.user), "columns": columns})
    form = SettingsForm(_given(request), instance=request.user)
    # Both are asked, so that each says what is wrong with it.
    if not all([form.is_valid(), columns.is_valid()]):
        return render(request, "labeling/settings.html", {"form": form, "columns": columns}, status=422)
    request.user.choose(**form.cleaned_data, hidden_columns=columns.hidden_columns)
    if not request.htmx:
        return _back(request)
    answer = HttpResponse(status=204)
    return trigger_client_event(answer, "columns-changed") if "columns" in request.POST else answer


@require_POST
def steps_closing_create(request: SignedInRequest) -> HttpResponse:
    """For good, on every browser of this person."""
    request.user.choose(steps_closed_at=Now())
    return render(request, "labeling/_first_steps_closed.html") if request.htmx else _back(request)


@require_http_methods(["GET", "HEAD", "POST"])
def activity_create(request: SignedInRequest) -> HttpResponse:
    """A POST is a key, a pointer or sound (the middleware has noted it); a GET only asks, as background."""
    idle, absolute = seconds_left(request)
    return JsonResponse({"email": request.user.email, "idle_left": max(idle, 0), "absolute_left": max(absolute, 0)})


def _given(request: SignedInRequest) -> dict[str, Any]:
    """The page sends all choices, an unchecked box as nothing; the menu sends one, and what it does not send stays."""
    sent = request.POST.dict()
    current = dict(SettingsForm(instance=request.user).initial)
    if "time_zone" in sent:
        return {"playback_speed": current["playback_speed"], **sent}
    return {**current, **sent} | {name: sent[name] in ("true", "on") for name in SWITCHES if name in sent}


def _columns_given(request: SignedInRequest) -> dict[str, list[str]]:
    """A box that is not checked sends nothing; an empty value beside the boxes says that they were there at all."""
    if "columns" in request.POST:
        return {"columns": [name for name in request.POST.getlist("columns") if name]}
    return {"columns": [name for name, _, is_shown in request.user.column_choices if is_shown]}


def _back(request: SignedInRequest) -> HttpResponse:
    """To the page on which a menu was used without script, if that is one of ours."""
    page = request.POST.get("next", "")
    is_ours = page.startswith("/") and url_has_allowed_host_and_scheme(page, allowed_hosts=None, require_https=request.is_secure())
    return HttpResponseRedirect(page) if is_ours else redirect("labeling:settings_update")
