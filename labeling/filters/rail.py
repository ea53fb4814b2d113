"""The rail: the groups of choices beside the list, with counts where they are known."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from labeling.filters.facets import BAR_SECONDS, BARS, Counts
from labeling.filters.measured_filter import NONE
from labeling.filters.review_filter import ReviewFilter
from labeling.filters.words import FIXED, names_of
from sessions_app.filters.fields import Facet
from sessions_app.queries.agents import get_first_agents
from sessions_app.reading_order import reading_key

# Unfolded from the start, in the order of the page; then those that are counted when somebody opens them.
OPEN = ("label", "auto", "agent", "signal", "length")
CLOSED = ("prompt", "channel", "direction", "language", "issue", "rater", "queue", "tool", "service")
ALL_GROUPS = (*OPEN, *CLOSED)
AT_FIRST, SEARCHABLE = 8, 12
MOST_AGENTS = 200
# The last part of the rail, where choices are rare.
MORE = frozenset(
    {"differs", "issue_match", "comment", "recording", "legacy", "silence", "repeat", "called_back", "reviewed", "conversation", "test"}
    | {"labeled_from", "labeled_to"}
)
# What an address can say and the rail cannot: kept, so that another choice does not widen it.
HIDDEN = (
    *("id", "blind", "not_blind", "sample", "not_sample", "auto_issue", "not_auto_issue", "named", "not_named"),
    *("named_match", "agreement", "incident", "place", "gave", "caller", "q"),
)
HEIGHT = 32
BAR_WIDTH = 9


@dataclass(frozen=True, slots=True)
class Option:
    value: str
    words: str
    count: int | None
    is_chosen: bool
    is_left_out: bool

    @property
    def is_zero(self) -> bool:
        return self.count == 0


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of the histogram of lengths, in the units of its drawing."""

    x: int
    y: float
    height: float
    is_in: bool


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    title: str
    options: tuple[Option, ...]
    is_open: bool
    is_counted: bool
    is_loaded: bool
    is_sample: bool = False
    bars: tuple[Bar, ...] = ()
    is_missing: bool = False

    @property
    def first(self) -> tuple[Option, ...]:
        return self.options[:AT_FIRST] if len(self.options) > AT_FIRST + 1 else self.options

    @property
    def rest(self) -> tuple[Option, ...]:
        return self.options[AT_FIRST:] if len(self.options) > AT_FIRST + 1 else ()

    @property
    def rest_is_open(self) -> bool:
        return any(option.is_chosen or option.is_left_out for option in self.rest)

    @property
    def is_searchable(self) -> bool:
        return len(self.options) > SEARCHABLE

    @property
    def is_alike_for_many(self) -> bool:
        """Nothing chosen and nothing counted: the names of agents, and words."""
        return not self.is_counted and not any(option.is_chosen or option.is_left_out for option in self.options)

    @property
    def is_over_budget(self) -> bool:
        return self.is_loaded and not self.is_counted


class Rail:
    """Built once for a page, without counts, and once more for the answer that carries them."""

    def __init__(self, filtered: ReviewFilter, *, names: Sequence[str], counts: Counts | None = None, without_auto: bool = False) -> None:
        self.filtered = filtered
        self.names = names
        self.counts = counts
        self.without_auto = without_auto

    @cached_property
    def groups(self) -> list[Group]:
        return [self._group(name) for name in self.names]

    @property
    def says_more(self) -> bool:
        return not MORE.isdisjoint(self.filtered.data)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        data = self.filtered.data
        said = [(name, data.getlist(name)) for name in HIDDEN if name in data]
        return [(name, value) for name, values in said for value in (values if isinstance(self.filtered.filters[name], Facet) else values[-1:])]

    def _group(self, name: str) -> Group:
        title = str(_("Length") if name == "length" else self.filtered.form.fields[name].label)
        counted = self.counts.groups.get(name) if self.counts else None
        chosen = [str(value) for value in self.filtered.active.get(name, [])] if name != "length" else []
        left_out = [str(value) for value in self.filtered.active.get(f"not_{name}", [])] if name != "length" else []
        if self.without_auto and name == "auto" and not chosen and not left_out:
            return Group(name, title, (), is_open=True, is_counted=False, is_loaded=True, is_missing=True)
        named = self._first_agents() if name == "agent" and counted is None else {}
        values = self._values(name, [*chosen, *left_out], counted, named)
        unnamed = [value for one in values if (value := _typed(name, one)) not in named]
        words = named | (names_of(name, unnamed, viewer=self.filtered.viewer, scope=self.filtered.request.scope) if unnamed else {})
        options = [
            Option(value, str(words[_typed(name, value)]), None if counted is None else counted.get(_key(name, value), 0), value in chosen, value in left_out)
            for value in values
            if _typed(name, value) in words
        ]
        if name not in FIXED:
            # Its own choices do not move a group's options: the next click would meet another one. Agents stand there before they are counted.
            options.sort(key=lambda option: (0 if name == "agent" else -(option.count or 0), reading_key(option.words)))
        return Group(
            name=name,
            title=title,
            options=tuple(options),
            is_open=name in OPEN or bool(chosen or left_out) or counted is not None,
            is_counted=counted is not None,
            is_loaded=self.counts is not None or name in FIXED or name in ("agent", "length"),
            is_sample=bool(self.counts and name in self.counts.sampled),
            bars=self._bars(counted) if name == "length" and counted else (),
        )

    def _first_agents(self) -> dict[Any, str]:
        return {agent.pk: str(agent) for agent in get_first_agents(self.filtered.request.scope, most=MOST_AGENTS)}

    def _values(self, name: str, chosen: Iterable[str], counted: Any, named: Mapping[Any, str]) -> list[str]:
        if name == "length":
            return []
        if name in FIXED:
            return [value for value in FIXED[name] if not (self.without_auto and name == "differs")]
        found = [str(pk) for pk in named] if counted is None else [value for value, n in counted.most_common(200) if n and value]
        return list(dict.fromkeys([*chosen, *found]))

    def _bars(self, counted: Any) -> tuple[Bar, ...]:
        numbers = [counted.get(str(place), 0) for place in range(BARS)]
        highest = max(numbers, default=0) or 1
        shortest = self.filtered.active.get("length_from") or 0
        longest = self.filtered.active.get("length_to")
        return tuple(
            Bar(
                x=place * BAR_WIDTH,
                y=round(HEIGHT - (height := max(n / highest * (HEIGHT - 1), 0.6 if n else 0)), 1),
                height=round(height, 1),
                is_in=(place + 1) * BAR_SECONDS > shortest and (longest is None or place * BAR_SECONDS <= longest),
            )
            for place, n in enumerate(numbers)
        )


def _typed(name: str, value: str) -> Any:
    return int(value) if name in ("agent", "prompt", "issue", "rater") and value.isdigit() else value


def _key(name: str, value: str) -> str:
    """The verdict columns say nothing where an address says "none"."""
    return "" if name in ("label", "auto") and value == NONE else value
