"""The form of a target."""

from django import forms
from django.utils.translation import gettext_lazy as _

MISTAKE = _("Write a percentage between 0.1 and 99.9, or nothing for no target.")


class TargetForm(forms.Form):
    bad_percent = forms.DecimalField(
        label=_("BAD rate to stay below, %"),
        required=False,
        min_value=0.1,
        max_value=99.9,
        max_digits=4,
        decimal_places=1,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value", "max_digits", "max_decimal_places", "max_whole_digits"), MISTAKE),
    )
