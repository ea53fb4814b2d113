"""What must hold, and what is aimed at besides: read out of the results of one run, so that the machine's mood falls on both sides of a ratio."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.bench import pages

# What a filter may take: of those that stand on an index, and among a million.
FILTER_KINDS = ("plain", "indexed", "pair", "sorted")


@dataclass(frozen=True)
class Target:
    """`name` holds names of databases, for their sizes. `found` is None where this run has nothing to say. The higher the better where `at_least` is set."""

    name: str
    limit: float
    unit: str
    found: Callable[["Results"], float | None]
    stretch: float | None = None
    at_least: bool = False

    def holds(self, value, limit):
        return value >= limit if self.at_least else value <= limit

    def verdict(self, value):
        """Holds, and the stretch too or by how much not; or missed, by how much."""
        if not self.holds(value, self.limit):
            return f"missed: {_apart(value, self.limit)}"
        if self.stretch is None:
            return "holds"
        return "holds, stretch too" if self.holds(value, self.stretch) else f"holds; stretch {self.stretch:g} missed: {_apart(value, self.stretch)}"


class Results:
    """Rows by page, database and who; and what was measured once."""

    def __init__(self, told: dict[str, Any]) -> None:
        self.told = told
        self._rows = {(row["page"], row["database"], row["who"]): row for row in told["rows"]}

    def of(self, page, database, what, who="ours"):
        row = self._rows.get((page, database, who))
        return row[what] if row else None

    def ratio(self, page, what, over, under):
        """Of two servers or two databases, each given as (database, who)."""
        above, below = self.of(page, over[0], what, over[1]), self.of(page, under[0], what, under[1])
        return above / below if above is not None and below else None

    def once(self, part, *names):
        found = self.told["once"].get(part)
        for name in names:
            found = found.get(name) if isinstance(found, dict) else found[name] if found else None
        return found

    def slowest_filter(self, what):
        found = [row[what] for row in self.told["filters"] if row["database"] == "middle" and row["kind"] in FILTER_KINDS]
        return max(found, default=None)


def _page(page, database, what="median"):
    return lambda results: results.of(page, database, what)


def _once(part, *names):
    return lambda results: results.once(part, *names)


TARGETS = [
    *[
        Target(f"list page of {name}, CPU of a request", 15, "ms", _page(pages.LIST, database, "cpu"), stretch=8)
        for name, database in (("{middle}", "middle"), ("{large}", "large"))
    ],
    *[
        Target(f"the admin's list, times our CPU, {name}", limit, "×", lambda r, d=d: r.ratio(pages.LIST, "cpu", (d, "admin"), (d, "ours")), at_least=True)
        for name, d, limit in (("{small}", "small", 4), ("{middle}", "middle", 30))
    ],
    Target("list page, CPU at {large} over {small}", 1.3, "×", lambda r: r.ratio(pages.LIST, "cpu", ("large", "ours"), ("small", "ours"))),
    Target("slowest indexed filter at {middle}, median", 20, "ms", lambda r: r.slowest_filter("median")),
    Target("and of it the database, p95", 25, "ms", lambda r: r.slowest_filter("sql_p95")),
    Target("a filter of about 20 rows at {middle}, median", 20, "ms", _page(pages.FEW, "middle")),
    Target("page 200 at {middle}, median", 20, "ms", _page(pages.DEEP, "middle")),
    *[Target(f"{name} at {{text}}, median", 20, "ms", _page(name, "text")) for name in pages.SEARCHES],
    Target("open a session of 60 turns, CPU", 12, "ms", _page(pages.DETAIL, "text", "cpu"), stretch=8),
    Target("submit and next, CPU", 25, "ms", _once("one person", "cpu"), stretch=12),
    Target("eight people, labels a second", 60, "/s", _once("eight people", "rate"), stretch=150, at_least=True),
    Target("eight people, places twice", 0, "", _once("eight people", "twice")),
    Target(
        "eight people, p95 of next and of submit",
        150,
        "ms",
        lambda r: max(r.once("eight people", "times", name, 2) or 0 for name in ("next", "submit")) or None,
    ),
    Target("summary at {large}, median", 60, "ms", _page(pages.SUMMARY, "large")),
    Target("import with transcripts", 5_000, "/s", _once("import", "talks"), at_least=True),
    Target("import without transcripts", 20_000, "/s", _once("import", "bare"), at_least=True),
    Target("export as CSV", 60_000, "/s", _once("export", "rate"), at_least=True),
    Target("export as CSV, growth of memory", 100, "MB", _once("export", "growth")),
    Target("API list of 25, CPU", 6, "ms", _page(pages.API, "middle", "cpu"), stretch=4),
    Target("first view of the list, bytes", 45_000, "B", _once("first view", "bytes")),
    Target("first view of the list, requests", 7, "", _once("first view", "requests")),
    Target("next session, bytes", 15_000, "B", _once("one person", "bytes")),
    Target("manage.py check", 1, "s", _once("start", "check")),
    Target("first answer after start", 2, "s", _once("start", "first_answer")),
    Target("memory of web, two workers", 220, "MiB", _once("start", "memory")),
]


def judged(told):
    """Each target that this run has a number for, with the number and whether it holds."""
    results = Results(told)
    found = [(target, target.found(results)) for target in TARGETS]
    return [(target, value, target.holds(value, target.limit)) for target, value in found if value is not None]


def problems(told):
    """What was answered wrongly, however fast."""
    rows = [f"{row['page']}, {row['database']}, {row['who']}: {row['problem']}" for row in told["rows"] if row["problem"]]
    rows += [f"{row['case']}, {row['database']}: {row['problem']}" for row in told["filters"] if row["problem"]]
    return rows + [f"{name}: {part['problem']}" for name, part in told["once"].items() if part.get("problem")]


def _apart(value, limit):
    return f"{value / limit:.2f} × {limit:g}" if limit else f"{value:g}"
