"""What a summary is about: who looks, which sessions, over which period, and which labels count."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, lru_cache
from typing import Any, TypeVar
from urllib.parse import quote_plus

from django.db.models import Q

from labeling.gate import drawn_for
from labeling.models import User
from labeling.policies import judgments_open_to, needs_own_label_first
from labeling.queries.summary.period import Period
from sessions_app.models import Session, SessionQuerySet
from sessions_app.scope import Scope

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and the query string of the list behind it."""

    n: int
    query: str


@dataclass(frozen=True)
class Frame:
    """`basis` is "random" for the first independent labels of random draws, or "" for all session labels."""

    viewer: User
    scope: Scope
    period: Period
    agents: tuple[int, ...] = ()
    channels: tuple[str, ...] = ()
    basis: str = ""
    # What was counted for this page, so that panels that need the same count it once; None to count each time.
    counted: dict[Any, Any] | None = field(default=None, compare=False, repr=False)

    @property
    def before(self) -> "Frame":
        return replace(self, period=self.period.before)

    @property
    def as_far_before(self) -> "Frame":
        return replace(self, period=self.period.as_far_before)

    @property
    def of_all_labels(self) -> "Frame":
        """What an auto-rating and agreement are measured by stands on this basis only."""
        return replace(self, basis="")

    @property
    def is_gated(self) -> bool:
        """Who has to label first sees what their own sessions add up to, and no more."""
        return needs_own_label_first(self.viewer)

    def drawn(self) -> SessionQuerySet | None:
        """The sessions whose judgments are kept from somebody who sees all others, until they have judged them; None where there are none."""
        drawn = None if self.is_gated else drawn_for(self.viewer)
        return None if drawn is None else self.sessions().filter(pk__in=drawn)

    @property
    def code_key(self) -> str:
        """The key of the list that a code of this basis is filtered by."""
        return "sample" if self.basis else "label"

    def sessions(self) -> SessionQuerySet:
        """The sessions in scope: started in the period, not test, of the chosen agents and channels."""
        return self._of_any_time().filter(timestamp__gte=self.period.start, timestamp__lt=self.period.end)

    def judged(self) -> SessionQuerySet:
        """Those of them whose judgments the viewer may see."""
        if self.is_gated:
            return self.sessions().filter(pk__in=self._open)
        drawn = drawn_for(self.viewer)
        # All of them are looked at here, so the drawn ones are read once and not for each.
        return self.sessions() if drawn is None else self.sessions().filter(~Q(pk__in=drawn))

    @cached_property
    def _open(self) -> list[int]:
        """Asked for by itself, because they are few: as a condition within a larger question a plan made of old statistics took ten minutes."""
        return list(self.sessions().filter(judgments_open_to(self.viewer)).values_list("pk", flat=True))

    def judged_of_any_time(self) -> SessionQuerySet:
        return self._of_any_time().filter(judgments_open_to(self.viewer))

    def _of_any_time(self) -> SessionQuerySet:
        found = Session.objects.visible_to(self.scope).live()
        if self.agents:
            found = found.filter(seen_agent__in=self.agents)
        return found.filter(channel__in=self.channels) if self.channels else found

    def once(self, name: str, work: Callable[[], T]) -> T:
        """This will do a piece of work once for a page, however many panels need it."""
        if self.counted is None:
            return work()
        key = (self, name)
        if key not in self.counted:
            self.counted[key] = work()
        found: T = self.counted[key]
        return found

    def figure(self, n: int, **more: Any) -> Figure:
        return Figure(n, self.query(**more))

    def query(self, *, start: datetime | None = None, end: datetime | None = None, **more: Sequence[object]) -> str:
        """This will be the address of the list behind a number: absolute bounds, and whatever else the number is about.

        What is given takes the place of what the frame has under the same key.
        """
        bounds = {"start": [_instant(start) if start else self._bounds[0]], "end": [_instant(end) if end else self._bounds[1]]}
        return self.query_of_any_time(**{**bounds, **more})

    def query_of_any_time(self, **more: Sequence[object]) -> str:
        values: dict[str, Sequence[object]] = {"agent": self.agents, "channel": self.channels}
        # Bounds first, as people read them.
        values = {**{name: more[name] for name in ("start", "end") if name in more}, **values, **more}
        return "&".join(f"{name}={_quoted(str(value))}" for name, several in values.items() for value in several)

    @cached_property
    def _bounds(self) -> tuple[str, str]:
        return _instant(self.period.start), _instant(self.period.end)


def _instant(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"


@lru_cache(4096)
def _quoted(value: str) -> str:
    """A page writes a thousand addresses of the same few words."""
    return quote_plus(value)
