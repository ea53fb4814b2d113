"""Every filter and panel: named addresses, each made from what is in the database. What else is measured stands in pages.py."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

LIST, COUNTS, SUMMARY = "/sessions/", "/sessions/counts/", "/summary/"


@dataclass(frozen=True)
class Facts:
    """What addresses are made of; "inside.py" looks it up."""

    big_agent: int
    rare_agent: int
    big_channel: str
    rare_channel: str
    conversation: str
    frequent_caller: int
    rare_caller: int
    month: tuple[str, str]
    searches: dict[str, str]


@dataclass(frozen=True)
class Case:
    """One address. `facts -> None` where a database has nothing to ask it for."""

    name: str
    kind: str
    path: Callable[[Facts], str | None]


LATER_PANELS = ("channels", "coverage", "auto-rows", "auto-issues", "issues", "reviewers", "outcomes", "agreement")
SEARCHES = {"a rare word": "fertility", "a common word": "appointment", "a phrase": '"date of birth"', "two words": "refill tomorrow"}


def _list(**query: object) -> str:
    return f"{LIST}?{urlencode(query)}" if query else LIST


def _counts(**query: object) -> str:
    return f"{COUNTS}?{urlencode(query)}" if query else COUNTS


def _search(name: str) -> Callable[[Facts], str | None]:
    return lambda facts: _list(q=facts.searches[name]) if name in facts.searches else None


CASES = [
    Case("no filter", "plain", lambda facts: _list()),
    Case("last 7 days", "indexed", lambda facts: _list(since="7d")),
    Case("a month, by dates", "indexed", lambda facts: _list(start=facts.month[0], end=facts.month[1])),
    Case("agent, the largest", "indexed", lambda facts: _list(agent=facts.big_agent)),
    Case("agent, the rarest", "indexed", lambda facts: _list(agent=facts.rare_agent)),
    Case("channel, the largest", "indexed", lambda facts: _list(channel=facts.big_channel)),
    Case("channel, the rarest", "indexed", lambda facts: _list(channel=facts.rare_channel)),
    *[Case(f"label {code}", "indexed", lambda facts, code=code: _list(label=code)) for code in ("GOOD", "OK", "BAD", "N/A", "DISPUTED")],
    Case("unlabeled", "indexed", lambda facts: _list(label="none")),
    *[Case(f"auto-rating {code}", "indexed", lambda facts, code=code: _list(auto=code)) for code in ("GOOD", "OK", "BAD", "N/A", "none")],
    Case("auto differs from label", "indexed", lambda facts: _list(differs="yes")),
    Case("any signal", "indexed", lambda facts: _list(signal="any")),
    Case("signal: tool error", "indexed", lambda facts: _list(signal="tool_error")),
    Case("signal: caller hung up", "indexed", lambda facts: _list(signal="hung_up")),
    Case("conversation", "indexed", lambda facts: _list(conversation=facts.conversation)),
    Case("caller, a frequent one", "indexed", lambda facts: _list(caller=facts.frequent_caller)),
    Case("caller, a rare one", "indexed", lambda facts: _list(caller=facts.rare_caller)),
    Case("agent + unlabeled", "pair", lambda facts: _list(agent=facts.big_agent, label="none")),
    Case("agent + BAD", "pair", lambda facts: _list(agent=facts.big_agent, label="BAD")),
    Case("auto BAD + unlabeled", "pair", lambda facts: _list(auto="BAD", label="none")),
    Case("channel + last 7 days", "pair", lambda facts: _list(channel=facts.big_channel, since="7d")),
    Case("agent + any signal", "pair", lambda facts: _list(agent=facts.big_agent, signal="any")),
    Case("oldest first", "sorted", lambda facts: _list(sort="started")),
    Case("longest first, last 7 days", "narrowing", lambda facts: _list(sort="-length", since="7d")),
    Case("newest labels first", "sorted", lambda facts: _list(sort="-labeled")),
    Case("direction, last 31 days", "narrowing", lambda facts: _list(direction="out")),
    Case("language, last 31 days", "narrowing", lambda facts: _list(language="es")),
    *[Case(f"search: {name}", "text", _search(name)) for name in SEARCHES],
    Case("summary, 12 weeks", "summary", lambda facts: SUMMARY),
    Case("summary, 12 weeks, all labeled", "summary", lambda facts: f"{SUMMARY}?basis=all"),
    Case("summary, 12 weeks, an agent", "summary", lambda facts: f"{SUMMARY}?agent={facts.big_agent}"),
    Case("summary, 12 weeks, a channel, all labeled", "summary", lambda facts: f"{SUMMARY}?channel={facts.big_channel}&basis=all"),
    Case("summary, 12 weeks, volume", "summary", lambda facts: f"{SUMMARY}?measure=volume"),
    Case("summary, 4 weeks", "summary", lambda facts: f"{SUMMARY}?since=4"),
    Case("summary, 52 weeks", "later", lambda facts: f"{SUMMARY}?since=52"),
    *[Case(f"summary, panel {name}", "later", lambda facts, name=name: f"{SUMMARY}panels/{name}/") for name in LATER_PANELS],
    Case("counts, no filter", "counts", lambda facts: _counts()),
    Case("counts, agent", "counts", lambda facts: _counts(agent=facts.big_agent)),
    Case("counts, auto BAD + unlabeled", "counts", lambda facts: _counts(auto="BAD", label="none")),
    Case("counts, last 7 days", "counts", lambda facts: _counts(since="7d")),
]
