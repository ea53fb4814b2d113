"""What an address may hold: moments, periods, lengths, numbers, and many values under one key."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField

from sessions_app.filters.periods import is_period

FIRST_YEAR, LAST_YEAR = 1900, 2200
MOST_VALUES = 100
LONGEST_VALUE = 200
LONGEST_SECONDS = 1_000_000
LARGEST_ID = 2**53 - 1


class MomentField(IsoDateTimeField):  # type: ignore[misc]
    """A moment that still is one in every time zone it may be shown in."""

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if not moment:
            return moment
        try:
            # PostgreSQL knows no offset of a whole day, which ISO 8601 lets through.
            moment = moment.astimezone(UTC)
        except (OverflowError, ValueError):
            moment = None
        if moment is None or not FIRST_YEAR <= moment.year < LAST_YEAR:
            raise ValidationError(_("Choose a date between the years 1900 and 2200."))
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = MomentField


class PeriodField(forms.CharField):
    def clean(self, value: Any) -> str:
        word: str = super().clean(value)
        if word and not is_period(word):
            raise ValidationError(_("Choose a period from the list, or write one as 36h, 7d or 12w."))
        return word


class PeriodFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = PeriodField


class LengthField(forms.CharField):
    """Seconds, or minutes and seconds as people write them: 90 or 1:30."""

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        parts = typed.split(":")
        if not typed:
            return None
        if not 1 <= len(parts) <= 3 or not all(part.isascii() and part.isdigit() and len(part) <= 7 for part in parts):
            raise ValidationError(_("Write a length as minutes and seconds, such as 1:30."))
        seconds = 0
        for part in parts:
            seconds = seconds * 60 + int(part)
        if seconds > LONGEST_SECONDS:
            raise ValidationError(_("No session is that long."))
        return seconds


class LengthFilter(django_filters.Filter):  # type: ignore[misc]
    field_class = LengthField


class ManyField(forms.MultipleChoiceField):
    """Many values under one key, each of them checked by its shape; whether it exists is the query's business.

    So a shared filter that names an agent somebody may not see finds nothing of it, and says nothing.
    """

    def validate(self, value: Any) -> None:
        if len(value) > MOST_VALUES:
            raise ValidationError(_("Choose at most 100 of them."))
        for one in value:
            self.check(one)

    def check(self, one: str) -> None:
        if not one or len(one) > LONGEST_VALUE or "\0" in one:
            raise ValidationError(_("One of the values cannot be read."))


class IdsField(ManyField):
    """Row numbers, and the words in `besides`."""

    def __init__(self, *, besides: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.besides = besides

    def check(self, one: str) -> None:
        if one not in self.besides and not (one.isascii() and one.isdigit() and len(one) <= 16 and 0 < int(one) <= LARGEST_ID):
            raise ValidationError(_("One of the values cannot be read."))

    def clean(self, value: Any) -> Any:
        return [one if one in self.besides else int(one) for one in super().clean(value)]


class Facet(django_filters.Filter):  # type: ignore[misc]
    """A key that may be repeated (OR), with a twin `not_…` that leaves out what it names."""

    def opposite(self, name: str) -> "Facet":
        return type(self)(field_name=f"not_{name}", method=self.method, label=self.label, **self.extra)


class ChoiceFacet(Facet):
    field_class = forms.MultipleChoiceField


class ValueFacet(Facet):
    field_class = ManyField


class IdFacet(Facet):
    field_class = IdsField


class FilterForm(forms.Form):
    """What goes from one value to another goes forward."""

    PAIRS = [("start", "end"), ("length_from", "length_to"), ("labeled_from", "labeled_to")]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for first, last in self.PAIRS:
            low, high = cleaned.get(first), cleaned.get(last)
            if low is not None and high is not None and low > high:
                self.add_error(last, _("This lies before “%(other)s”.") % {"other": self.fields[first].label})
        return cleaned
