"""The forms of showing whom a session was with, and of showing it to somebody else."""

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.forms.fields import OneLine
from labeling.forms.labels import new_client_key
from labeling.models.unmasking import UnmaskReason


class UnmaskingForm(forms.Form):
    """Why somebody has to see whom a session was with."""

    reason = forms.ChoiceField(
        label=_("Why do you need to see it?"),
        choices=UnmaskReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose one of the reasons.")},
    )
    note = OneLine(
        required=False,
        max_length=200,
        label=_("Which other reason"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"max_length": _("A reason has at most 200 characters.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == UnmaskReason.OTHER and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", _("Say which other reason."))
        return cleaned


class ShareLinkForm(forms.Form):
    """Whom a redacted session is shown to, and how long."""

    HOURS = [(1, _("One hour")), (24, _("One day")), (24 * 7, _("7 days")), (24 * 30, _("30 days"))]

    purpose = OneLine(
        max_length=200,
        label=_("Whom it is for, and why"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"required": _("Say whom it is for, and why."), "max_length": _("A purpose has at most 200 characters.")},
    )
    hours = forms.TypedChoiceField(
        label=_("It opens for"),
        choices=HOURS,
        coerce=int,
        initial=24,
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"required": _("Choose how long it opens."), "invalid_choice": _("Choose how long it opens.")},
    )
    client_key = forms.CharField(
        min_length=20, max_length=100, widget=forms.HiddenInput, error_messages={"required": _("This form is out of date. Send it again.")}
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"client_key": new_client_key()}, auto_id="share-%s")
