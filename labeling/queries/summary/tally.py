"""What sessions of a group were labeled, and what share of the rated that is. Reads no database."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from labeling.statistics import Share, Weights
from sessions_app.codes import Verdict

RATED = (Verdict.GOOD, Verdict.OK, Verdict.BAD)
# Weights that differ by less differ by rounding.
LEAST_DIFFERENCE = 1e-6


@dataclass(frozen=True, slots=True)
class Drawn:
    """So many sessions drawn at random, how many they stand for, and the sum of the squares of that."""

    n: int = 0
    weight: float = 0.0
    squares: float = 0.0

    def __add__(self, other: "Drawn") -> "Drawn":
        return Drawn(self.n + other.n, self.weight + other.weight, self.squares + other.squares)

    def __sub__(self, other: "Drawn") -> "Drawn":
        return Drawn(self.n - other.n, self.weight - other.weight, self.squares - other.squares)

    def __bool__(self) -> bool:
        return self.n != 0


@dataclass(frozen=True, slots=True)
class Tally:
    """Sessions by their label. Rates are of the rated: N/A and disputed ones stand beside. `drawn` tells of random draws what each stands for."""

    by_code: Mapping[str, int] = field(default_factory=dict)
    drawn: Mapping[str, Drawn] = field(default_factory=dict)

    @classmethod
    def together(cls, tallies: Iterable["Tally"]) -> "Tally":
        by_code: Counter[str] = Counter()
        drawn: dict[str, Drawn] = defaultdict(Drawn)
        for tally in tallies:
            by_code.update(tally.by_code)
            for code, one in tally.drawn.items():
                drawn[code] += one
        return cls(by_code, drawn)

    def n(self, code: str) -> int:
        return self.by_code.get(code, 0)

    def share(self, code: str) -> Share:
        """This will be the share of a code among the rated, weighted where some of them stand for more sessions than others."""
        return Share(self.n(code), self.rated, self.weigh(self.drawn.get(code, Drawn()).weight))

    def weigh(self, part: float) -> Weights | None:
        """This will hold what a part of the rated stands for against all of them; None where they stand for equally many."""
        whole = sum((self.drawn.get(one, Drawn()) for one in RATED), Drawn())
        if not whole or whole.squares <= 0:
            return None
        weights = Weights(part, whole.weight, whole.squares)
        return weights if weights.effective < whole.n * (1 - LEAST_DIFFERENCE) else None

    @property
    def good(self) -> int:
        return self.n(Verdict.GOOD)

    @property
    def ok(self) -> int:
        return self.n(Verdict.OK)

    @property
    def bad(self) -> int:
        return self.n(Verdict.BAD)

    @property
    def rated(self) -> int:
        return sum(self.n(code) for code in RATED)

    @property
    def labeled(self) -> int:
        return sum(self.n(code) for code in Verdict.values)
