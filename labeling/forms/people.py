"""The forms about people: a first password, and who somebody is elsewhere."""

from typing import Any, cast

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

LONGEST_PASSWORD = 128


class FirstPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """What an invitation asks: a password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("Password")
        self.fields["new_password2"].label, self.fields["new_password2"].help_text = _("The same again"), ""
        for name in ("new_password1", "new_password2"):
            cast(Any, self.fields[name]).max_length = LONGEST_PASSWORD
            self.fields[name].validators.append(MaxLengthValidator(LONGEST_PASSWORD))


class SubjectForm(forms.Form):
    """Who somebody is for the identity provider, as its refusal page says."""

    subject = forms.CharField(
        label=_("Identifier at the identity provider"),
        max_length=191,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the identifier."), "max_length": _("An identifier has at most 191 characters.")},
    )
