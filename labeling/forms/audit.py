"""The filter of the audit."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from labeling.clock import midnight
from labeling.models import ApiKey, User
from labeling.models.event import EventKind
from labeling.queries.audit import AuditFilter

LARGEST_ID = 2**63 - 1
EARLIEST, LATEST = date(1970, 1, 1), date(9000, 1, 1)


class AuditForm(forms.Form):
    """People and keys by what one knows of them, or by number: an address holds numbers only."""

    kind = forms.ChoiceField(label=_("What"), required=False, choices=lambda: [("", _("Everything")), *sorted(EventKind.choices, key=lambda one: str(one[1]))])
    person = forms.CharField(label=_("Who"), required=False, max_length=254, help_text=_("An address, or the number of a person."))
    session = forms.IntegerField(label=_("Session"), required=False, min_value=1, max_value=LARGEST_ID, help_text=_("Its number."))
    key = forms.CharField(label=_("API key"), required=False, max_length=20, help_text=_("The eight signs after rd_, or the number of a key."))
    since = forms.DateField(label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("Days are those of UTC."))
    until = forms.DateField(label=_("Until"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_person(self) -> int | None:
        given = self.cleaned_data["person"].strip().lower()
        if not given or (given.isascii() and given.isdigit()):
            return _id(given)
        found = User.objects.filter(email=given).values_list("pk", flat=True).first()
        if found is None:
            raise ValidationError(_("Nobody has this address."))
        return found

    def clean_key(self) -> int | None:
        given = self.cleaned_data["key"].strip().lower().removeprefix("rd_")
        found = ApiKey.objects.filter(prefix=given).values_list("pk", flat=True).first() if len(given) == 8 else None
        if found or not given:
            return found
        if not (given.isascii() and given.isdigit()):
            raise ValidationError(_("There is no such key."))
        return _id(given)

    def clean_since(self) -> date | None:
        return _day(self.cleaned_data["since"])

    def clean_until(self) -> date | None:
        return _day(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day comes before the first one."))
        return cleaned

    @property
    def wanted(self) -> AuditFilter:
        given = self.cleaned_data
        until = midnight(given["until"] + timedelta(days=1)) if given["until"] else None
        return AuditFilter(given["kind"], given["person"], given["session"], given["key"], midnight(given["since"]) if given["since"] else None, until)

    @property
    def in_address(self) -> dict[str, str]:
        """What stands in an address: numbers, days and a kind, never whom it is about by name."""
        return {name: str(value) for name, value in self.cleaned_data.items() if value}

    @property
    def as_typed(self) -> dict[str, Any]:
        """The form again as somebody would fill it in."""
        given = dict(self.cleaned_data)
        address = User.objects.filter(pk=given["person"]).values_list("email", flat=True).first() if given["person"] else ""
        prefix = ApiKey.objects.filter(pk=given["key"]).values_list("prefix", flat=True).first() if given["key"] else ""
        return given | {"person": address or given["person"] or "", "key": prefix or given["key"] or ""}


def _id(digits: str) -> int | None:
    if len(digits) > 18:
        raise ValidationError(_("This number is too large."))
    return int(digits) if digits else None


def _day(day: date | None) -> date | None:
    if day and not EARLIEST <= day <= LATEST:
        raise ValidationError(_("There is nothing that far away."))
    return day
