"""The headline figures: sessions, coverage, the two rates, and how much labels can be trusted."""

from collections import Counter
from dataclasses import dataclass

from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.judged_twice import Agreed, get_agreed
from labeling.queries.summary.rates import Rate, get_rate
from labeling.queries.summary.tallies import count_sessions, count_verdicts, get_tally
from labeling.queries.summary.tally import Tally
from labeling.statistics import FEWEST, Range, Share
from sessions_app.codes import Verdict

# Four a person or a machine may give; disputed is none of them.
CODES = tuple(code for code in Verdict.values if code != Verdict.DISPUTED)
# Below this a change in the number of sessions is none that a whole percentage shows, and above it a percentage says little.
LEAST_GROWTH, MOST_GROWTH = 0.005, 2.0


@dataclass(frozen=True, slots=True)
class Beside:
    """A count that enters no rate."""

    code: str
    figure: Figure


@dataclass(frozen=True, slots=True)
class Trust:
    """What labels are held against. `agreed` is of pairs of labels, `auto_agrees` of sessions; `compared` and `both` are the sessions."""

    labeled: Figure
    reviewed: Figure
    bulk: Figure
    compared: Figure
    agreed: Agreed
    both: Figure
    auto_agrees: Share
    always_good: Share


@dataclass(frozen=True, slots=True)
class Headline:
    sessions: Figure
    sessions_before: Figure
    good: Rate
    bad: Rate
    beside: list[Beside]
    depending: Range | None
    trust: Trust

    @property
    def growth(self) -> float | None:
        """How many more sessions than in the period before, as a share of those; None where there were hardly any."""
        if self.sessions_before.n < FEWEST or self.sessions.n / self.sessions_before.n - 1 > MOST_GROWTH:
            return None
        return self.sessions.n / self.sessions_before.n - 1

    @property
    def is_growing(self) -> bool:
        return self.growth is not None and self.growth >= LEAST_GROWTH

    @property
    def is_shrinking(self) -> bool:
        return self.growth is not None and self.growth <= -LEAST_GROWTH

    @property
    def coverage(self) -> float:
        return self.trust.reviewed.n / self.sessions.n if self.sessions.n else 0.0


def get_headline(frame: Frame) -> Headline:
    tally = get_tally(frame)
    return Headline(
        sessions=frame.figure(sum(count_sessions(frame).values())),
        sessions_before=frame.as_far_before.figure(sum(count_sessions(frame.as_far_before).values())),
        good=get_rate(frame, tally, Verdict.GOOD),
        bad=get_rate(frame, tally, Verdict.BAD),
        beside=[Beside(code, frame.figure(tally.n(code), **{frame.code_key: [code]})) for code in (Verdict.NOT_APPLICABLE, Verdict.DISPUTED)],
        depending=_depending(tally),
        trust=_trust(frame.of_all_labels),
    )


def _depending(tally: Tally) -> Range | None:
    """What the BAD rate would be with none of the disputed sessions BAD, and with all of them."""
    disputed = tally.n(Verdict.DISPUTED)
    settled = tally.rated + disputed
    return Range(tally.bad / settled, (tally.bad + disputed) / settled) if disputed and tally.rated >= FEWEST else None


def _trust(frame: Frame) -> Trust:
    labeled = reviewed = bulk = both = equal = good = 0
    judged_twice: Counter[tuple[int, int]] = Counter()
    counted = count_verdicts(frame, "code", "was_reviewed", "pairs", "agreeing_pairs", "auto_code", "blind_code")
    for (code, was_reviewed, pairs, agreeing, auto, blind), n in counted.items():
        labeled += n if code else 0
        reviewed += n if was_reviewed else 0
        bulk += n if code == Verdict.NOT_APPLICABLE and not was_reviewed else 0
        if pairs:
            judged_twice[pairs, agreeing] += n
        if auto and blind:
            both, equal, good = both + n, equal + n * (auto == blind), good + n * (blind == Verdict.GOOD)
    return Trust(
        labeled=frame.figure(labeled, label=Verdict.values),
        reviewed=frame.figure(reviewed, reviewed=["yes"]),
        bulk=frame.figure(bulk, label=[Verdict.NOT_APPLICABLE.value], reviewed=["no"]),
        compared=frame.figure(judged_twice.total(), agreement=["any"]),
        agreed=get_agreed(judged_twice),
        both=frame.figure(both, auto=CODES, blind=CODES),
        auto_agrees=Share(equal, both),
        always_good=Share(good, both),
    )
