"""How far people agree who judged a session without seeing each other's label."""

from collections import Counter
from dataclasses import dataclass

from labeling.agreement import ac1, ac1_likely, agreement_on, ballot, kappa
from labeling.codes import Code
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.judged_twice import Agreed, get_agreed, get_judged_twice
from labeling.queries.summary.named_twice import NamedRow, get_named_rows
from labeling.queries.summary.tallies import count_verdicts
from labeling.statistics import Range


@dataclass(frozen=True, slots=True)
class Agreement:
    """Figures are of sessions, the share is of pairs: where three people judged a session there are three.

    `alike` and `differ` are all of `compared`; `opposed`, where one said GOOD and another BAD, are some of `differ`. `on_bad` counts
    who said BAD in a pair, and how often the other did too; `bad` are their sessions, `bad_alone` where the other did not.
    """

    compared: Figure
    alike: Figure
    differ: Figure
    opposed: Figure
    bad: Figure
    bad_alone: Figure
    agreed: Agreed
    on_bad: Agreed
    ac1: float | None
    ac1_likely: Range | None
    kappa: float | None
    issues: list[NamedRow]


def get_agreement(frame: Frame) -> Agreement:
    frame = frame.of_all_labels
    counted: Counter[tuple[int, int]] = Counter()
    for (pairs, agreeing), n in count_verdicts(frame, "pairs", "agreeing_pairs").items():
        if pairs:
            counted[pairs, agreeing] += n
    said = get_judged_twice(frame)
    ballots = Counter(ballot(list(one.values())) for one in said.values())
    alike = sum(n for (pairs, agreeing), n in counted.items() if pairs == agreeing)
    agreed = get_agreed(counted)
    return Agreement(
        compared=frame.figure(counted.total(), agreement=["any"]),
        alike=frame.figure(alike, agreement=["agree"]),
        differ=frame.figure(counted.total() - alike, agreement=["differ"]),
        opposed=frame.figure(sum(n for votes, n in ballots.items() if {Code.GOOD, Code.BAD} <= {code for code, _ in votes}), agreement=["opposed"]),
        bad=frame.figure(sum(n for votes, n in ballots.items() if Code.BAD in dict(votes)), agreement=["bad"]),
        bad_alone=frame.figure(sum(n for votes, n in ballots.items() if Code.BAD in dict(votes) and len(votes) > 1), agreement=["bad_alone"]),
        agreed=agreed,
        on_bad=get_agreed(agreement_on(ballots, Code.BAD)),
        ac1=ac1(ballots, codes=len(Code)) if agreed.rate is not None else None,
        ac1_likely=ac1_likely(ballots, codes=len(Code)) if agreed.rate is not None else None,
        kappa=kappa(ballots) if agreed.rate is not None else None,
        issues=get_named_rows(frame, said),
    )
