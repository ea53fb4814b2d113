"""The summary as a flat file: what its page shows, one figure a line."""

import csv
from collections.abc import Iterable
from io import StringIO
from typing import NamedTuple

from labeling.exports.cells import guarded
from labeling.queries.summary.agents import AgentRows
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.headline import Headline
from labeling.queries.summary.judged_twice import Agreed
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


def headline_lines(headline: Headline) -> Iterable[Line]:
    trust = headline.trust
    yield Line("headline", "", "sessions", headline.sessions.n)
    yield Line("headline", "", "sessions in the period before", headline.sessions_before.n)
    yield Line("headline", "", "labeled", trust.labeled.n)
    yield Line("headline", "", "N/A in bulk", trust.bulk.n)
    yield line_of("headline", "", "coverage", Share(trust.reviewed.n, headline.sessions.n))
    yield line_of("headline", "", "GOOD", headline.good.share)
    yield line_of("headline", "", "BAD", headline.bad.share)
    yield from (Line("headline", "", one.code, one.figure.n) for one in headline.beside)
    yield _pairs_line(trust.agreed)
    yield line_of("headline", "", "auto agrees", trust.auto_agrees)


def _pairs_line(agreed: Agreed) -> Line:
    """Pairs share sessions, so their range is no Wilson's."""
    line = Line("headline", "", "reviewers agree, pairs", agreed.share.part, agreed.share.whole)
    if agreed.rate is None:
        return line
    return line._replace(rate=round(agreed.rate, 4), likely_from=round(agreed.likely.low, 4), likely_to=round(agreed.likely.high, 4))


def agent_lines(agents: AgentRows) -> Iterable[Line]:
    for row in agents.rows:
        name = f"{row.agent} {row.prompt.version_label if row.prompt else ''}".strip()
        yield Line("agents", name, "sessions", row.sessions.n)
        yield from (line_of("agents", name, part.code, Share(part.figure.n, row.rated.n)) for part in row.mix)
        yield from (Line("agents", name, part.code, part.figure.n) for part in row.beside)
        if row.against:
            then = row.against.then
            yield line_of("agents", name, f"BAD, {row.against.version or 'the period before'}", then.share, row.against.verdict or "no clear change")
