"""The form of a new API key."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.clock import midnight
from labeling.models import User
from labeling.models.api_key import KeyScope
from labeling.operations.api_keys import new_prefix
from labeling.policies import why_not_make_key

KEY_DAYS, MOST_KEY_DAYS = 365, 730


class ApiKeyForm(forms.Form):
    email = forms.EmailField(
        label=_("For whom"), max_length=254, help_text=_("The address of a person. The key sees the agents they see, and never may more than they do.")
    )
    name = forms.CharField(label=_("What for"), max_length=100, help_text=_("Such as nightly import. The list of keys and the audit show it."))
    scopes = forms.MultipleChoiceField(
        label=_("It may"), choices=lambda: [(scope.value, f"{scope.label} ({scope.value})") for scope in KeyScope], widget=forms.CheckboxSelectMultiple
    )
    expires_on = forms.DateField(
        label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("The last day on which it works, at most two years from now.")
    )
    rate_per_minute = forms.IntegerField(label=_("Requests a minute"), min_value=1, max_value=60_000, initial=600)
    # The open part of the key: the same form sent twice makes one.
    start = forms.RegexField(r"^[0-9a-f]{8}\Z", widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial = {**self.initial, "expires_on": timezone.now().date() + timedelta(days=KEY_DAYS), "start": new_prefix()}

    def clean_email(self) -> User:
        owner = User.objects.filter(email=self.cleaned_data["email"].lower()).first()
        if owner is None:
            raise ValidationError(_("Nobody has this address."))
        return owner

    def clean_expires_on(self) -> date:
        last: date = self.cleaned_data["expires_on"]
        today = timezone.now().date()
        if not today <= last <= today + timedelta(days=MOST_KEY_DAYS):
            raise ValidationError(_("A key works until some day from today on, at most two years from now."))
        return last

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        owner = cleaned.get("email")
        why_not = why_not_make_key(owner, cleaned.get("scopes", [])) if owner else ""
        if owner and why_not:
            self.add_error("email" if not owner.is_active else "scopes", why_not)
        return cleaned

    @property
    def expires_at(self) -> datetime:
        return midnight(self.cleaned_data["expires_on"] + timedelta(days=1))
