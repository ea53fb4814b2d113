"""One stage of a load: what came, how long it took, and what it must keep."""

import sys
from collections import Counter
from dataclasses import dataclass, field

GOOD = frozenset({200, 204, 302, 303})


@dataclass
class Stage:
    """Limits are milliseconds; None has no limit. `skip_seconds` at the beginning are not measured."""

    name: str
    rate: float
    seconds: float
    p95: float | None
    p99: float | None
    may_refuse: frozenset = frozenset()
    skip_seconds: float = 0
    may_refuse_first: frozenset = frozenset()
    took: list = field(default_factory=list)
    by_step: dict = field(default_factory=dict)
    answers: Counter = field(default_factory=Counter)
    wrong: Counter = field(default_factory=Counter)
    unserved: int = 0
    own_share: float = 0
    web_seconds: float = 0
    database_seconds: float = 0
    megabytes: float = 0

    HEAD = (
        "| stage | due a second | requests | p50 ms | p95 ms | p99 ms | answers | CPU ms a request, web + database | memory MB | generator |\n"
        "|---|---|---|---|---|---|---|---|---|---|"
    )

    def note(self, step, status, ms, at):
        is_early = at < self.skip_seconds
        self.answers[status if status not in GOOD else "good"] += 1
        if status not in GOOD | self.may_refuse | (self.may_refuse_first if is_early else frozenset()):
            self.wrong[f"{step}: {status}"] += 1
        if status in GOOD and not is_early:
            self.took.append(ms)
            self.by_step.setdefault(step, []).append(ms)

    def at(self, share):
        return sorted(self.took)[min(int(len(self.took) * share), len(self.took) - 1)] if self.took else float("nan")

    def line(self):
        answers = ", ".join(f"{n:,} × {what}" for what, n in sorted(self.answers.items(), key=str)) + (f", {self.unserved:,} not sent" if self.unserved else "")
        came, figures = sum(self.answers.values()), " | ".join(f"{self.at(share):.0f}" for share in (0.5, 0.95, 0.99))
        cost = f"{1000 * self.web_seconds / came:.1f} + {1000 * self.database_seconds / came:.1f}" if came else ""
        due = f"{self.rate:g} for {self.seconds:.0f} s"
        return f"| {self.name} | {due} | {came:,} | {figures} | {answers} | {cost} | {self.megabytes:.0f} | {self.own_share:.0%} of a core |"

    def broken(self):
        """What was not kept, in words."""
        found = [f"{self.name}: {n} × {what}" for what, n in self.wrong.items()]
        if not self.took:
            return [*found, f"{self.name}: nothing was answered well"]
        for share, limit in ((0.95, self.p95), (0.99, self.p99)):
            if limit is not None and self.at(share) > limit:
                found.append(f"{self.name}: {share:.0%} within {self.at(share):.0f} ms, wanted {limit:g}")
        if self.unserved and not self.may_refuse:
            found.append(f"{self.name}: {self.unserved} could not be sent, because every reviewer was still waiting")
        return found


def say(words):
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
