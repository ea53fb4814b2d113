"""The form of labeling many sessions at once."""

from django import forms
from django.utils.translation import gettext_lazy as _


class BulkForm(forms.Form):
    """The reason, and what the person was shown when they gave it. `shown` stands for exactly those sessions."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("It is kept as the comment of each label."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Give a reason: whoever meets one of these labels later has nothing else to go by."),
            "max_length": _("A reason has at most 500 characters."),
        },
    )
    client_key = forms.CharField(max_length=100, min_length=8, widget=forms.HiddenInput)
    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)
