"""The summary as a flat file: what its page shows, one figure a line."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import NamedTuple

from labeling.exports.cells import guarded
from labeling.queries.summary.frame import Frame
from labeling.statistics import Share


class Line(NamedTuple):
    """`of` is the denominator, without which there is no rate; under ten of them there is none either."""

    panel: str
    row: str
    figure: str
    n: int
    of: int | None = None
    rate: float | None = None
    likely_from: float | None = None
    likely_to: float | None = None
    words: str = ""


def line_of(panel: str, row: str, figure: str, share: Share, words: str = "") -> Line:
    if share.rate is None:
        return Line(panel, row, figure, share.part, share.whole, words=words)
    words = ", ".join(one for one in (words, "weighted" if share.weights else "") if one)
    return Line(panel, row, figure, share.part, share.whole, round(share.rate, 4), round(share.likely.low, 4), round(share.likely.high, 4), words)


def write_summary(frame: Frame, lines: Iterable[Line]) -> str:
    """This will be the file, with a byte order mark for spreadsheets, and what it is about first."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow(Line._fields)
    period, basis = frame.period, "random sample" if frame.basis else "all labeled"
    writer.writerow(["about", "", "", "", "", "", "", "", f"{period.first} through {period.last}, {period.zone}; {basis}"])
    for line in lines:
        writer.writerow(guarded("" if cell is None else str(cell) for cell in line))
    return f"\ufeff{text.getvalue()}"
