"""The filter over session columns: the only way from an address to a condition."""

from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, Self

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.codes import Channel, RecordingState
from sessions_app.filters.choices import DIRECTIONS, SIGNAL_CONDITIONS, SIGNALS, SIGNALS_WITHOUT_INDEX, UNKNOWN, YES_NO
from sessions_app.filters.fields import ChoiceFacet, Facet, FilterForm, IdFacet, LengthFilter, MomentFilter, PeriodFilter, ValueFacet
from sessions_app.filters.periods import NARROW, PRESETS, start_of, within_period
from sessions_app.filters.prototypes import Prototypes, form_class_of
from sessions_app.models import Recording, Session, SessionQuerySet
from sessions_app.paging import ORDERS, Order, find_in_streams
from sessions_app.queries.agents import zones_in
from sessions_app.queries.size import are_many
from sessions_app.signals import LONG_SILENCE_MS

MOST_STREAMS = 32


class SessionFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Repeated key = OR, different keys = AND, `not_…` leaves out. Test sessions are out unless asked for.

    A filter that no index serves is *narrowing*: among many sessions, and where nothing else bounds the search, it gets
    the last 31 days, and `narrowed_to` says so.
    """

    since = PeriodFilter(method="by_period", label=_("Period"))
    start = MomentFilter(field_name="timestamp", lookup_expr="gte", label=_("From"))
    end = MomentFilter(field_name="timestamp", lookup_expr="lt", label=_("Before"))
    agent = IdFacet(method="by_agent", label=_("Agent"))
    prompt = IdFacet(method="by_prompt", besides=("none",), label=_("Prompt version"))
    channel = ChoiceFacet(method="by_channel", choices=Channel.choices, label=_("Channel"))
    service = ValueFacet(method="by_service", label=_("Service"))
    direction = ChoiceFacet(method="by_direction", choices=DIRECTIONS, label=_("Direction"))
    language = ValueFacet(method="by_language", label=_("Language"))
    signal = ChoiceFacet(method="by_signal", choices=SIGNALS, label=_("Signals"))
    tool = ValueFacet(method="by_tool", label=_("Tool"))
    silence = django_filters.NumberFilter(method="by_silence", min_value=0, max_value=86_400, label=_("Silence of at least, seconds"))
    length_from = LengthFilter(field_name="duration", lookup_expr="gte", label=_("Shortest"))
    length_to = LengthFilter(field_name="duration", lookup_expr="lte", label=_("Longest"))
    conversation = django_filters.CharFilter(field_name="conversation_id", max_length=200, label=_("Conversation"))
    caller = django_filters.NumberFilter(method="by_caller", min_value=1, max_value=2**53, label=_("Caller"))
    repeat = django_filters.NumberFilter(method="by_repeat", min_value=1, max_value=24 * 90, label=_("Called before, within hours"))
    called_back = django_filters.NumberFilter(method="by_call_back", min_value=1, max_value=24 * 90, label=_("Called again, within hours"))
    recording = django_filters.ChoiceFilter(method="by_recording", choices=YES_NO, label=_("Recording"))
    legacy = django_filters.ChoiceFilter(method="by_legacy", choices=YES_NO, label=_("Legacy system"))
    id = IdFacet(method="by_id", label=_("ID"))
    test = django_filters.ChoiceFilter(method="leave_alone", choices=[("on", _("Included")), ("only", _("Only these"))], label=_("Test sessions"))
    sort = django_filters.ChoiceFilter(method="leave_alone", choices=[(name, name) for name in ORDERS], label=_("Order"))

    NARROWING = frozenset(
        {"prompt", "service", "direction", "language", "tool", "length_from", "length_to", "recording", "legacy", "repeat", "called_back", "silence"}
    )
    # Few rows by themselves, so nothing else has to bound them.
    BOUNDED = frozenset({"since", "start", "conversation", "caller", "id"})

    class Meta:
        model = Session
        fields: list[str] = []
        form = FilterForm

    def __init__(self, data: QueryDict, queryset: SessionQuerySet, *, request: Any) -> None:
        """`request` is whoever asks: anything with a user and a scope. A key that says nothing is as good as none."""
        said = data.copy()
        for name in list(said):
            said.setlist(name, [value for value in said.getlist(name) if value])
            if not said.getlist(name):
                del said[name]
        super().__init__(said, queryset, request=request)

    @classmethod
    def get_filters(cls) -> Any:
        filters = super().get_filters()
        for name, facet in list(filters.items()):
            if isinstance(facet, Facet):
                filters[f"not_{name}"] = facet.opposite(name)
        return Prototypes(filters)

    def get_form_class(self) -> Any:
        own: Any = type(self)
        return form_class_of(own)

    @classmethod
    def keys(cls) -> frozenset[str]:
        """This will name every key that is part of a filter; pages and fragments have others beside them."""
        return frozenset(cls.base_filters)

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    @property
    def active(self) -> dict[str, Any]:
        """The keys that say something, with their clean values."""
        return {name: value for name, value in self.form.cleaned_data.items() if value not in (None, "", [])}

    @property
    def narrowing(self) -> list[str]:
        """The active keys that no index serves."""
        names = [name for name in self.active if name.removeprefix("not_") in self.NARROWING]
        if self.active.get("silence") is not None and self.active["silence"] * 1000 >= LONG_SILENCE_MS:
            names.remove("silence")
        if "not_signal" in self.active or SIGNALS_WITHOUT_INDEX & set(self.active.get("signal", ())):
            names.append("signal")
        if self.order.is_narrowing:
            names.append("sort")
        return names

    @property
    def bounding(self) -> frozenset[str]:
        """The active keys by which alone there are few rows."""
        return self.BOUNDED & set(self.active)

    @cached_property
    def narrowed_to(self) -> datetime | None:
        """The start of the last 31 days, where the filter would otherwise read everything there is."""
        if self.narrowing and not self.bounding and are_many():
            return (self.active.get("end") or self.now) - NARROW
        return None

    @property
    def earliest(self) -> datetime | None:
        """The instant before which nothing matches, if the filter has one."""
        starts = [self.active.get("start"), self.narrowed_to, start_of(self.active["since"], now=self.now) if "since" in self.active else None]
        return max((moment for moment in starts if moment), default=None)

    @property
    def order(self) -> Order:
        return ORDERS[self.form.cleaned_data.get("sort") or "-started"]

    def without(self, *names: str) -> Self:
        """This will be the same filter without those keys, over the same period."""
        data = self.data.copy()
        for name in names:
            data.pop(name, None)
        less = type(self)(data, queryset=self.queryset, request=self.request)
        less.now, less.narrowed_to = self.now, self.narrowed_to
        less.form.is_valid()
        return less

    def filter_queryset(self, queryset: SessionQuerySet) -> SessionQuerySet:
        filtered: SessionQuerySet = super().filter_queryset(queryset)
        if self.narrowed_to:
            filtered = filtered.filter(timestamp__gte=self.narrowed_to)
        test = self.form.cleaned_data.get("test")
        filtered = filtered.filter(is_test=True) if test == "only" else filtered if test else filtered.live()
        return self.order.applied_to(filtered)

    def find(self, condition: Q, **how: Any) -> list[int]:
        """This will find the ids of a page, see `get_page`."""
        sessions, streams = self.split()
        return find_in_streams(sessions, streams, condition, **how) if streams else []

    def split(self) -> tuple[SessionQuerySet, list[Q]]:
        """This will be the filter as conditions that one index each serves in order, and what all of them share.

        PostgreSQL cannot read "one of three agents, newest first" from an index, and "this agent, newest first" it can.
        """
        for name, column in (("agent", "seen_agent"), ("channel", "channel")):
            values = self.active.get(name, [])
            if 1 < len(values) <= MOST_STREAMS:
                return self.qs, [Q((column, value)) for value in values]
        return self.qs, [Q()]

    def leave_alone(self, queryset: SessionQuerySet, name: str, value: Any) -> SessionQuerySet:
        return queryset

    def by_period(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        if not value:
            return queryset
        zones = zones_in(self.request.scope) if value in PRESETS and not value[0].isdigit() else []
        return queryset.filter(within_period(value, now=self.now, zones=zones))

    def by_agent(self, queryset: SessionQuerySet, name: str, value: list[int]) -> SessionQuerySet:
        return self.keep(queryset, name, Q(seen_agent__in=value)) if value else queryset

    def by_prompt(self, queryset: SessionQuerySet, name: str, value: list[Any]) -> SessionQuerySet:
        chosen = Q(seen_prompt__in=[one for one in value if one != "none"])
        return self.keep(queryset, name, chosen | Q(seen_prompt=None) if "none" in value else chosen, Q()) if value else queryset

    def by_channel(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        return self.keep(queryset, name, Q(channel__in=value)) if value else queryset

    def by_service(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        return self.keep(queryset, name, _one_of("channel_manager_service", value, None), Q(channel_manager_service__isnull=False)) if value else queryset

    def by_direction(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        meant = {"in": False, "out": True}
        chosen = Q(is_outbound__in=[meant[one] for one in value if one in meant])
        return self.keep(queryset, name, chosen | Q(is_outbound=None) if UNKNOWN in value else chosen, Q(is_outbound__isnull=False)) if value else queryset

    def by_language(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        return self.keep(queryset, name, _one_of("language", value, ""), ~Q(language="")) if value else queryset

    def by_signal(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        chosen = Q(pk__in=())
        for one in value:
            chosen |= SIGNAL_CONDITIONS[one]
        return self.keep(queryset, name, chosen, Q() if UNKNOWN in value else Q(turns__isnull=False)) if value else queryset

    def by_tool(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        return self.keep(queryset, name, Q(tool_names__overlap=value), Q(tool_names__isnull=False)) if value else queryset

    def by_silence(self, queryset: SessionQuerySet, name: str, value: Any) -> SessionQuerySet:
        return queryset if value is None else queryset.filter(longest_silence_ms__gte=int(value * 1000))

    def by_caller(self, queryset: SessionQuerySet, name: str, value: Any) -> SessionQuerySet:
        """The caller of that session. An address names the session, because a number in it would be written down."""
        if value is None:
            return queryset
        visible = Session.objects.visible_to(self.request.scope)
        return queryset.filter(source=visible.filter(pk=int(value)).values_list("source", flat=True).first() or "\x7f")

    def by_repeat(self, queryset: SessionQuerySet, name: str, value: Any) -> SessionQuerySet:
        if value is None:
            return queryset
        earlier = Session.objects.visible_to(self.request.scope).filter(
            source=OuterRef("source"), timestamp__lt=OuterRef("timestamp"), timestamp__gte=OuterRef("timestamp") - timedelta(hours=int(value))
        )
        return queryset.filter(Exists(earlier))

    def by_call_back(self, queryset: SessionQuerySet, name: str, value: Any) -> SessionQuerySet:
        """A test is nobody calling back."""
        if value is None:
            return queryset
        later = Session.objects.visible_to(self.request.scope).live()
        hours = timedelta(hours=int(value))
        return queryset.filter(
            Exists(later.filter(source=OuterRef("source"), timestamp__gt=OuterRef("timestamp"), timestamp__lte=OuterRef("timestamp") + hours))
        )

    def by_recording(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        """What its source has lost is no recording any more."""
        if not value:
            return queryset
        kept = Exists(Recording.objects.filter(session=OuterRef("pk")).exclude(state=RecordingState.GONE))
        return queryset.filter(kept if value == "yes" else ~kept)

    def by_legacy(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        return queryset.filter(is_legacy=True) if value == "yes" else queryset.exclude(is_legacy=True) if value else queryset

    def by_id(self, queryset: SessionQuerySet, name: str, value: list[int]) -> SessionQuerySet:
        return self.keep(queryset, name, Q(pk__in=value)) if value else queryset

    @staticmethod
    def keep(queryset: SessionQuerySet, name: str, chosen: Q, known: Q | None = None) -> SessionQuerySet:
        """This will filter by a condition, or for its twin leave out what matches. What is unknown is left out too."""
        return queryset.filter(known or Q(), ~chosen) if name.startswith("not_") else queryset.filter(chosen)


def _one_of(column: str, values: list[str], unknown: str | None) -> Q:
    named = [value for value in values if value != UNKNOWN]
    return Q((f"{column}__in", named)) | Q((column, unknown)) if UNKNOWN in values else Q((f"{column}__in", named))
