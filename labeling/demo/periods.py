"""How a large demo is cut: twelve weeks at a time, one period before the other, so that no day has more than a city calls."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

from sessions_app.demo.rhythm import DAYS

MOST_IN_A_PERIOD = 500_000
# Two at least, so that two processes have something to do.
FEWEST_PERIODS = 2


@dataclass(frozen=True, slots=True)
class Period:
    """Twelve weeks before `until`; its ids count from `first`, and its oldest `silent` sessions have no transcript."""

    sessions: int
    seed: int
    until: datetime
    first: int
    silent: int


def cut_periods(*, sessions: int, transcripts: int, seed: int, until: datetime) -> list[Period]:
    """This will cut `sessions` into periods, oldest first; the newest `transcripts` of them speak."""
    count = max(FEWEST_PERIODS, ceil(sessions / MOST_IN_A_PERIOD))
    ends = [round(sessions * (place + 1) / count) for place in range(count)]
    return [
        Period(
            sessions=end - start,
            # A period with the same seed would have the same conversations again.
            seed=seed + 1_000_003 * place,
            until=until - timedelta(days=DAYS) * (count - 1 - place),
            first=start,
            silent=min(max(sessions - transcripts - start, 0), end - start),
        )
        for place, (start, end) in enumerate(zip([0, *ends], ends, strict=False))
    ]
