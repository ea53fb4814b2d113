"""Webhooks: making one, changing it, and what it was told. Its secret is shown once."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labeling.access import requires
from labeling.forms.webhooks import WebhookForm
from labeling.models import Webhook
from labeling.models.webhook import DeliveryState
from labeling.operations.webhooks import (
    NameTaken,
    SwitchedOff,
    change_webhook,
    create_webhook,
    hurry_deliveries,
    renew_secret,
    replay_deliveries,
    send_test,
    switch_webhook,
)
from labeling.queries.webhooks import PAGE_SIZE, get_deliveries
from labeling.requests import SignedInRequest
from labeling.roles import Permission

TAKEN = gettext_lazy("Another webhook has this name. If this form was sent twice, it is that one: give it a new secret if nobody copied the first.")
OFF = gettext_lazy("This webhook is switched off. Switch it on first.")


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def webhook_create(request: SignedInRequest) -> HttpResponse:
    """The answer to the form is the page with the secret, not a redirect to it: nothing keeps a secret between two requests."""
    return _form_page(request, _("Add a webhook"), None, lambda given: create_webhook(**given, by=request.user))


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def webhook_update(request: SignedInRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    return _form_page(request, _("Change the webhook"), webhook, lambda given: change_webhook(webhook=webhook, **given, by=request.user))


@require_safe
@requires(Permission.ADMINISTER)
def webhook_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook.objects.select_related("created_by"), pk=pk)
    state, before = request.GET.get("state", ""), request.GET.get("before", "")
    state = state if state in DeliveryState.values else ""
    deliveries = get_deliveries(webhook, state=state, before=_number(before))
    context: dict[str, Any] = {
        "webhook": webhook,
        "state": state,
        "states": DeliveryState.choices,
        "deliveries": deliveries[:PAGE_SIZE],
        "next": deliveries[PAGE_SIZE - 1].pk if len(deliveries) > PAGE_SIZE else None,
        "is_first": not _number(before),
        "is_held_back": settings.INDEPENDENT_REVIEW,
    }
    return _page(request, "admin/webhook_detail.html", webhook.name, **context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.ADMINISTER)
def webhook_secret_create(request: SignedInRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    if request.method != "POST":
        return _page(request, "admin/webhook_secret_create.html", _("Make a new secret"), webhook=webhook)
    return _page(request, "admin/webhook_secret.html", _("Secret made"), webhook=webhook, secret=renew_secret(webhook=webhook, by=request.user))


@require_POST
@requires(Permission.ADMINISTER)
def webhook_switch(request: SignedInRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    is_active = request.POST.get("is_active") == "1"
    switch_webhook(webhook=webhook, is_active=is_active, by=request.user)
    messages.success(request, _("Webhook switched on") if is_active else _("Webhook switched off"))
    return _back(webhook)


@require_POST
@requires(Permission.ADMINISTER)
def webhook_test_create(request: SignedInRequest, pk: int) -> HttpResponse:
    webhook = get_object_or_404(Webhook, pk=pk)
    return _sent(
        request, webhook, lambda: send_test(webhook=webhook, by=request.user), lambda _sent: _("A test is on its way. Load the page again to see the answer.")
    )


@require_POST
@requires(Permission.ADMINISTER)
def webhook_replay_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """One delivery again, or all that were given up."""
    webhook = get_object_or_404(Webhook, pk=pk)
    delivery = _number(request.POST.get("delivery", ""))
    if "delivery" in request.POST and not delivery:
        messages.warning(request, _("No delivery was chosen."))
        return _back(webhook)
    return _sent(
        request,
        webhook,
        lambda: replay_deliveries(webhook=webhook, delivery=delivery, by=request.user),
        lambda n: ngettext("%(n)s event is sent again", "%(n)s events are sent again", n) % {"n": n},
    )


@require_POST
@requires(Permission.ADMINISTER)
def webhook_attempt_create(request: SignedInRequest, pk: int) -> HttpResponse:
    """What waits for its next attempt is tried now."""
    webhook = get_object_or_404(Webhook, pk=pk)
    n = hurry_deliveries(webhook=webhook)
    messages.success(request, ngettext("%(n)s event is tried now", "%(n)s events are tried now", n) % {"n": n})
    return _back(webhook)


def _form_page(request: SignedInRequest, title: str, webhook: Webhook | None, save: Callable[[dict[str, Any]], tuple[Webhook, str]]) -> HttpResponse:
    initial = {"name": webhook.name, "url": webhook.url, "kinds": webhook.kinds} if webhook else None
    form = WebhookForm(request.POST if request.method == "POST" else None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved, secret = save(form.given)
        except NameTaken:
            form.add_error("name", str(TAKEN))
        else:
            if secret:
                return _page(request, "admin/webhook_secret.html", _("Secret made"), webhook=saved, secret=secret)
            messages.success(request, _("Webhook changed"))
            return _back(saved)
    return _page(request, "admin/webhook_form.html", title, status=422 if form.errors else 200, form=form, webhook=webhook)


def _sent(request: SignedInRequest, webhook: Webhook, send: Callable[[], Any], words: Callable[[Any], str]) -> HttpResponse:
    try:
        messages.success(request, words(send()))
    except SwitchedOff:
        messages.warning(request, str(OFF))
    return _back(webhook)


def _back(webhook: Webhook) -> HttpResponse:
    return HttpResponseRedirect(reverse("labeling:webhook_detail", args=[webhook.pk]), status=303)


def _number(said: str) -> int | None:
    return int(said) if said.isascii() and said.isdigit() and len(said) < 19 else None


def _page(request: SignedInRequest, template: str, title: str, *, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), "title": title, "opts": Webhook._meta, **context}, status=status)
