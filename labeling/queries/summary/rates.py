"""A rate on the summary: so many of so many, both of them doors."""

from dataclasses import dataclass

from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.tally import RATED, Tally
from labeling.statistics import Range, Share, Weights


@dataclass(frozen=True, slots=True)
class Rate:
    part: Figure
    whole: Figure
    weights: Weights | None = None

    @property
    def share(self) -> Share:
        return Share(self.part.n, self.whole.n, self.weights)

    @property
    def rate(self) -> float | None:
        return self.share.rate

    @property
    def likely(self) -> Range:
        return self.share.likely


def get_rate(frame: Frame, tally: Tally, code: str, **more: object) -> Rate:
    """This will be the rate of a code among the rated; `more` is what else the tally is about."""
    return Rate(frame.figure(tally.n(code), **{frame.code_key: [code]}, **more), get_rated(frame, tally, **more), tally.share(code).weights)


def get_rated(frame: Frame, tally: Tally, **more: object) -> Figure:
    return frame.figure(tally.rated, **{frame.code_key: RATED}, **more)
