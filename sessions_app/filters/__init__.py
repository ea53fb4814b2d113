"""The filter over session columns: the only way from an address to a condition."""

from typing import Any

import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django_filters.fields import IsoDateTimeField

from sessions_app.codes import Channel
from sessions_app.models import Session, SessionQuerySet
from sessions_app.queries.agents import agents_in

FIRST_YEAR, LAST_YEAR = 1900, 2200


class MomentField(IsoDateTimeField):  # type: ignore[misc]
    """A moment that still is one in every time zone it may be shown in."""

    def clean(self, value: Any) -> Any:
        moment = super().clean(value)
        if moment and not FIRST_YEAR <= moment.year < LAST_YEAR:
            raise forms.ValidationError(_("Choose a date between the years 1900 and 2200."))
        return moment


class MomentFilter(django_filters.IsoDateTimeFilter):  # type: ignore[misc]
    field_class = MomentField


class SessionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Repeated key = OR, different keys = AND. Test sessions are out unless asked for."""

    agent = django_filters.ModelMultipleChoiceFilter(field_name="seen_agent", label=_("Agent"), queryset=lambda request: agents_in(request.scope))
    channel = django_filters.MultipleChoiceFilter(choices=Channel.choices, label=_("Channel"))
    start = MomentFilter(field_name="timestamp", lookup_expr="gte", label=_("From"))
    end = MomentFilter(field_name="timestamp", lookup_expr="lt", label=_("Before"))
    conversation = django_filters.CharFilter(field_name="conversation_id", max_length=200)
    id = django_filters.NumberFilter(field_name="pk", min_value=1, max_value=2**53)
    test = django_filters.BooleanFilter(method="include_test", widget=forms.CheckboxInput)

    class Meta:
        model = Session
        fields: list[str] = []

    def include_test(self, queryset: SessionQuerySet, name: str, value: bool) -> SessionQuerySet:
        return queryset

    def filter_queryset(self, queryset: SessionQuerySet) -> SessionQuerySet:
        filtered: SessionQuerySet = super().filter_queryset(queryset)
        return filtered if self.form.cleaned_data.get("test") else filtered.live()
