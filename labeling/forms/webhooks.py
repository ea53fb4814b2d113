"""The form of a webhook. Its address is looked up before it is saved, and again each time it is called."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from labeling.models.webhook import WebhookKind
from sessions_app.outbound import why_not_call

LOOK_UP_SECONDS = 5
WORDS = {
    WebhookKind.CREATED: _("A label is given (label.created)"),
    WebhookKind.CHANGED: _("A rater changes their label (label.changed)"),
    WebhookKind.WITHDRAWN: _("A label is taken back (label.withdrawn)"),
    WebhookKind.SETTLED: _("A session is settled (label.settled)"),
}


class WebhookForm(forms.Form):
    name = forms.CharField(
        label=_("What for"),
        max_length=100,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("Such as tickets of the builders. The list of webhooks shows it."),
    )
    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        widget=forms.TextInput(attrs={"class": "vURLField", "inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("It begins with https:// and lies in the open internet. Addresses inside are refused, unless the server's configuration names them."),
    )
    kinds = forms.MultipleChoiceField(
        label=_("Told when"), choices=list(WORDS.items()), widget=forms.CheckboxSelectMultiple, initial=[kind.value for kind in WebhookKind]
    )

    def clean_url(self) -> str:
        url: str = self.cleaned_data["url"]
        if why_not := why_not_call(url, seconds=LOOK_UP_SECONDS):
            raise ValidationError(why_not)
        return url

    @property
    def given(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in ("name", "url", "kinds")}
