"""How far people agree who judged a session without seeing each other's label."""

from collections import Counter
from dataclasses import dataclass

from labeling.agreement import ac1, ballot, kappa
from labeling.codes import Code
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.judged_twice import Agreed, get_agreed, get_judged_twice
from labeling.queries.summary.tallies import count_verdicts


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures are of sessions, the share is of pairs: where three people judged a session there are three.

    `alike` and `differ` are all of `compared`; `opposed`, where one said GOOD and another BAD, are some of `differ`.
    """

    compared: Figure
    alike: Figure
    differ: Figure
    opposed: Figure
    agreed: Agreed
    ac1: float | None
    kappa: float | None


def get_agreement(frame: Frame) -> Agreement:
    frame = frame.of_all_labels
    counted: Counter[tuple[int, int]] = Counter()
    for (pairs, agreeing), n in count_verdicts(frame, "pairs", "agreeing_pairs").items():
        if pairs:
            counted[pairs, agreeing] += n
    ballots = Counter(ballot(list(said.values())) for said in get_judged_twice(frame).values())
    alike = sum(n for (pairs, agreeing), n in counted.items() if pairs == agreeing)
    agreed = get_agreed(counted)
    return Agreement(
        compared=frame.figure(counted.total(), agreement=["any"]),
        alike=frame.figure(alike, agreement=["agree"]),
        differ=frame.figure(counted.total() - alike, agreement=["differ"]),
        opposed=frame.figure(sum(n for votes, n in ballots.items() if {Code.GOOD, Code.BAD} <= {code for code, _ in votes}), agreement=["opposed"]),
        agreed=agreed,
        ac1=ac1(ballots, codes=len(Code)) if agreed.rate is not None else None,
        kappa=kappa(ballots) if agreed.rate is not None else None,
    )
