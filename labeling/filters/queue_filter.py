"""The keys of queues: in which of them a session is, and how far it has come there. A place that is void is none."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Any

import django_filters
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.db.models.lookups import IsNull
from django.utils.translation import gettext_lazy as _

from labeling.filters.measured_filter import NONE, MeasuredFilter
from labeling.gate import telling_queues
from labeling.models import Assignment, Pass
from labeling.models.assignment import WANTED, PlaceState
from labeling.policies import judgments_open_to
from labeling.queries.known_queues import queues_known_to
from labeling.roles import Permission
from sessions_app.filters.fields import Facet, FilterForm, ManyField
from sessions_app.models import SessionQuerySet
from sessions_app.paging import Key

PLACE_CHOICES = [
    ("left", _("left")),
    ("claimed", _("somebody has it")),
    ("skipped", _("skipped, not done")),
    ("waiting", _("left and not skipped")),
    ("done", _("done")),
]
# As conditions on places; what is said of a session beside them is in `_beside`.
PLACES = {
    "": ~Q(state=PlaceState.VOID),
    "left": Q(state__in=WANTED),
    "claimed": Q(state=PlaceState.CLAIMED, lease_until__gt=Now()),
    "skipped": Q(state__in=WANTED),
    "waiting": Q(state__in=WANTED),
    "done": Q(state=PlaceState.DONE),
}
# Places lead to their sessions in the order of the list, so many at first: a page is most often found among them. Then the others.
FIRST = (500, 8_000)


class QueueFacet(Facet):
    field_class = ManyField


class QueueForm(FilterForm):
    """Slugs of queues, or "none". One that is deleted, or not for this person to know of, is as unknown as one that never was."""

    # By which it is known; set by whoever knows who asks.
    known: Callable[[Collection[str]], dict[int, str]]

    def clean_queue(self) -> list[str]:
        return self._known(self.cleaned_data["queue"])

    def clean_not_queue(self) -> list[str]:
        return self._known(self.cleaned_data["not_queue"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        # Left over in an address whose queue was taken away.
        if not cleaned.get("queue") or NONE in cleaned["queue"]:
            cleaned["place"] = ""
        return cleaned

    def _known(self, slugs: list[str]) -> list[str]:
        named = set(slugs) - {NONE}
        if named and named - set(self.known(named).values()):
            raise ValidationError(_("One of these queues is not there any more, or not yours to see."))
        return slugs


class Led(Func):  # type: ignore[misc]
    """Whether an id is one of a subquery's, which is read first and leads to the rows, whatever the planner thinks of it."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


class QueueFilter(MeasuredFilter):
    """That a session is in a queue is no judgment. How far it has come there is: it tells who has labeled."""

    queue = QueueFacet(method="by_queue", label=_("Queue"))
    place = django_filters.ChoiceFilter(choices=PLACE_CHOICES, method="leave_alone", label=_("In the queue"))

    # Which of the places are looked at, in the order of the list and beyond its key; all of them where this is None.
    _part: tuple["QuerySet[Assignment]", int, int | None] | None = None

    @property
    def form(self) -> Any:
        form = super().form
        form.known = self.known_queues
        return form

    def known_queues(self, slugs: Collection[str] | None = None) -> dict[int, str]:
        """This will be the slugs by id of the queues that the person may know of, or of those among some."""
        known = queues_known_to(self.request.user, self.request.scope)
        return dict((known if slugs is None else known.filter(slug__in=slugs)).values_list("pk", "slug"))

    @property
    def bounding(self) -> frozenset[str]:
        return super().bounding | (frozenset({"queue"}) if self._in_queues else frozenset())

    @property
    def is_in_queues(self) -> bool:
        """The places lead to the sessions: one read, and not one for each value of another key."""
        return bool(self._in_queues)

    def split(self) -> tuple[SessionQuerySet, list[Q]]:
        return (self.qs, [Q()]) if self.is_in_queues else super().split()

    def find(self, condition: Q, **how: Any) -> list[int]:
        order, limit = how["order"], how["limit"]
        if not self.is_in_queues or order.column != "timestamp":
            return super().find(condition, **how)
        found: list[int] = []
        places = self._places_in_order(how["key"], is_newest_first=order.descending is not how["backward"])
        for start, end in zip((0, *FIRST), (*FIRST, None), strict=True):
            with self._looking_at(places, start, end):
                found += super().find(condition, **how | {"limit": limit - len(found)})
            if len(found) >= limit:
                break
        # A place that is added between two reads moves the others.
        return list(dict.fromkeys(found))

    @contextmanager
    def looking_at_newest(self, n: int) -> Iterator[None]:
        """This will leave out all but so many of the sessions of the queues."""
        with self._looking_at(self._places_in_order(None, is_newest_first=True), 0, n):
            yield

    def has_more_places(self, n: int) -> bool:
        """Whether these queues have more sessions than that."""
        return self._places_in_order(None, is_newest_first=True)[n:].exists()

    def by_queue(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        if not value:
            return queryset
        if self.gate and self._tells(value):
            queryset = queryset.filter(self.gate)
        if self._in_queues and name == self._key:
            return queryset.filter(self._in(), self._beside())
        chosen = Q()
        named = list(self.known_queues(value))
        if NONE in value:
            chosen = self._in_no_queue()
        if named:
            chosen |= ~_in_none(named)
        return self.keep(queryset, name, chosen)

    def _tells(self, slugs: Collection[str]) -> bool:
        """Where a rule asks what somebody thinks of a session, being in its queue tells it."""
        return not telling_queues(self.request.user).isdisjoint(self.known_queues(slugs))

    def _in_no_queue(self) -> Q:
        """A session that is hidden is in none of the queues that would tell of it either."""
        known = set(self.known_queues())
        telling = telling_queues(self.request.user) & known if self.gate else frozenset()
        found = _in_none(known - telling)
        return found & (~self.gate | _in_none(telling)) if telling else found

    def _in(self) -> Q:
        if self._part is None:
            places = self._places.order_by()
        else:
            places, start, end = self._part
            places = places[start:end]
        return Q(Led(F("pk"), ArraySubquery(places.values("session"))))

    @property
    def _key(self) -> str:
        """Under which each session of the list is in one of some queues: not in none is in any of them."""
        is_in_any = self.form.cleaned_data.get("not_queue") == [NONE] and not self.form.cleaned_data.get("queue")
        return "not_queue" if is_in_any and not self.gate else "queue"

    @cached_property
    def _in_queues(self) -> list[int]:
        """The queues of which each session of the list is in one; none where those in no queue are let through as well."""
        if self._key == "not_queue":
            return list(self.known_queues())
        slugs = self.form.cleaned_data.get("queue") or []
        return [] if NONE in slugs or not slugs else list(self.known_queues(slugs))

    @property
    def _place(self) -> str:
        return self.form.cleaned_data.get("place") or "" if self._in_queues else ""

    @property
    def _places(self) -> QuerySet[Assignment]:
        places = Assignment.objects.filter(PLACES[self._place], queue__in=self._in_queues)
        if self.earliest:
            places = places.filter(timestamp__gte=self.earliest)
        if end := self.active.get("end"):
            places = places.filter(timestamp__lt=end)
        return places

    def _places_in_order(self, key: Key | None, *, is_newest_first: bool) -> QuerySet[Assignment]:
        """One place of each session that may be in the list beyond a key."""
        places, after = self._places, "lt" if is_newest_first else "gt"
        if key:
            beyond = Q((f"timestamp__{after}", key.value)) | Q((f"session__{after}", key.pk), timestamp=key.value)
            places = places.filter(beyond, **{f"timestamp__{after}e": key.value})
        return places.order_by(*(("-timestamp", "-session") if is_newest_first else ("timestamp", "session"))).distinct("timestamp", "session")

    @contextmanager
    def _looking_at(self, places: QuerySet[Assignment], start: int, end: int | None) -> Iterator[None]:
        self._part = places, start, end
        self.__dict__.pop("_qs", None)
        try:
            yield
        finally:
            self._part = None
            self.__dict__.pop("_qs", None)

    def _beside(self) -> Q:
        """What the chosen place says of a session beyond one of its places, and to whom."""
        if not self._place:
            return Q()
        may = self.request.user.may(Permission.MANAGE_QUEUES)
        said = Q() if may else judgments_open_to(self.request.user)
        if self._place == "done":
            said &= ~Q(Exists(_of_session(Assignment.objects.filter(PLACES["left"], queue__in=self._in_queues))))
        passed = Q(Exists(Pass.objects.filter(session=OuterRef("pk"), queue__in=self._in_queues)))
        if self._place in ("skipped", "waiting"):
            said &= passed if self._place == "skipped" else ~passed
        return said


def _in_none(queues: Collection[int]) -> Q:
    """As a single row that is not there: a plain NOT EXISTS is joined with all places of all queues at once."""
    if not queues:
        return ~Q(pk__in=())
    places = _of_session(Assignment.objects.filter(PLACES[""], queue__in=queues))
    return Q(IsNull(Subquery(places.values("pk")[:1]), True))


def _of_session(places: QuerySet[Assignment]) -> QuerySet[Assignment]:
    return places.filter(session=OuterRef("pk"))
