"""The figures of each panel of the summary, as lines of its flat file."""

from collections.abc import Iterable

from labeling.exports.summary import Line, line_of
from labeling.queries.summary.agents import AgentRows
from labeling.queries.summary.agreement import Agreement
from labeling.queries.summary.auto import Auto, Measures
from labeling.queries.summary.auto_issues import AutoIssues
from labeling.queries.summary.auto_rows import AutoRows
from labeling.queries.summary.channels import Channels
from labeling.queries.summary.coverage import Coverage
from labeling.queries.summary.headline import Headline
from labeling.queries.summary.issues import Issues
from labeling.queries.summary.judged_twice import Agreed
from labeling.queries.summary.named_twice import NamedRow
from labeling.queries.summary.outcomes import Outcomes
from labeling.queries.summary.reviewers import Reviewers
from labeling.queries.summary.samples import Sample
from labeling.queries.summary.trend import Trend
from labeling.statistics import Share
from sessions_app.codes import Verdict


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
    yield _pairs_line("headline", "", trust.agreed)
    yield line_of("headline", "", "auto agrees", trust.auto_agrees)


def sample_lines(samples: Iterable[Sample]) -> Iterable[Line]:
    for one in samples:
        words = "" if one.is_finished else "sample not finished"
        yield Line("samples", one.queue.name, "done", one.done.n, one.sessions.n, words=words)
        yield Line("samples", one.queue.name, "skipped", one.skipped.n)
        yield Line("samples", one.queue.name, Verdict.NOT_APPLICABLE, one.not_applicable.n)


def trend_lines(trend: Trend) -> Iterable[Line]:
    for point in trend.points:
        name = f"{point.span.first} through {point.span.last}"
        yield Line("trend", name, "sessions", point.sessions.n)
        yield Line("trend", name, "labeled", point.labeled.n)
        yield line_of("trend", name, trend.code or Verdict.BAD, point.rate.share)
        yield Line("trend", name, Verdict.NOT_APPLICABLE, point.na.n)
        yield Line("trend", name, Verdict.DISPUTED, point.disputed.n)


def agent_lines(agents: AgentRows) -> Iterable[Line]:
    for row in agents.rows:
        name = f"{row.agent} {row.prompt.version_label if row.prompt else ''}".strip()
        yield Line("agents", name, "sessions", row.sessions.n)
        yield line_of("agents", name, Verdict.BAD, row.bad.share)
        yield from (line_of("agents", name, part.code, part.rate.share) for part in row.mix if part.code != Verdict.BAD)
        yield from (Line("agents", name, part.code, part.figure.n) for part in row.beside)
        if row.against:
            then = row.against.then
            yield line_of("agents", name, f"BAD, {row.against.version or 'the period before'}", then.share, row.against.verdict or "no clear change")


def channel_lines(channels: Channels) -> Iterable[Line]:
    for kind in channels.kinds:
        for row in kind.rows:
            yield Line(kind.name, row.words, "sessions", row.sessions.n)
            yield line_of(kind.name, row.words, Verdict.BAD, row.bad.share)
            yield Line(kind.name, row.words, Verdict.NOT_APPLICABLE, row.na.n)
            yield Line(kind.name, row.words, Verdict.DISPUTED, row.disputed.n)


def coverage_lines(coverage: Coverage) -> Iterable[Line]:
    yield line_of("coverage", "", "labeled one by one", coverage.share)
    yield Line("coverage", "", "N/A in bulk", coverage.in_bulk.n)
    for spot in coverage.spots:
        yield line_of("coverage", ", ".join(filter(None, (str(spot.agent), spot.channel, spot.language))), "labeled one by one", spot.share)


def issue_lines(issues: Issues) -> Iterable[Line]:
    for row in issues.rows:
        yield line_of("issues", str(row.category), "sessions", row.rate.share)
        yield Line("issues", str(row.category), "N/A or disputed", row.beside.n)


def reviewer_lines(reviewers: Reviewers) -> Iterable[Line]:
    for row in reviewers.rows:
        name = str(row.rater)
        yield Line("reviewers", name, "labels", row.labels.n)
        yield from (Line("reviewers", name, part.code, part.figure.n) for part in row.mix)
        yield line_of("reviewers", name, Verdict.NOT_APPLICABLE, row.not_applicable.share)
        yield _pairs_line("reviewers", name, row.agreed)


def outcome_lines(outcomes: Outcomes) -> Iterable[Line]:
    for row in outcomes.rows:
        yield from (line_of("outcomes", row.name, code, rate.share) for code, rate in row.rates.items())


def agreement_lines(agreement: Agreement) -> Iterable[Line]:
    yield _pairs_line("agreement", "", agreement.agreed)
    yield Line("agreement", "", "sessions of two or more", agreement.compared.n)
    yield Line("agreement", "", "all alike", agreement.alike.n)
    yield Line("agreement", "", "not all alike", agreement.differ.n)
    yield Line("agreement", "", "GOOD against BAD", agreement.opposed.n)
    yield _pairs_line("agreement", "", agreement.on_bad, "when one said BAD, the other did too")
    yield from _beyond_chance("agreement", "", agreement.compared.n, agreement)
    for row in agreement.issues:
        yield _pairs_line("agreement by issue", str(row.category), row.agreed, "when one named it, the other did too")
        yield from _beyond_chance("agreement by issue", str(row.category), agreement.compared.n, row)


def auto_lines(auto: Auto) -> Iterable[Line]:
    yield from (Line("auto", f"people {human}, auto {cell.auto}", "sessions", cell.figure.n) for human, cells in auto.rows for cell in cells)
    yield from _measured("auto", "", auto.measures)
    yield line_of("auto", "", "always saying GOOD", auto.measures.always_good.share)


def auto_row_lines(rows: AutoRows) -> Iterable[Line]:
    for point in rows.points:
        yield line_of("auto over time", str(point.step.first), "auto agrees", point.measures.agrees.share)
    for row in rows.agents:
        yield from _measured("auto by agent", str(row.agent), row.measures)
        for version in row.versions:
            yield from _measured("auto by version", f"{row.agent} {version.prompt.version_label if version.prompt else ''}".strip(), version.measures)


def auto_issue_lines(issues: AutoIssues) -> Iterable[Line]:
    for row in issues.rows:
        yield line_of("auto issues", str(row.category), "precision", row.precision.share)
        yield line_of("auto issues", str(row.category), "recall", row.recall.share)


def _measured(panel: str, row: str, measures: Measures) -> Iterable[Line]:
    yield line_of(panel, row, "auto agrees", measures.agrees.share)
    yield line_of(panel, row, "BAD caught", measures.caught.share)
    yield line_of(panel, row, "missed BAD", measures.missed.share)
    yield line_of(panel, row, "false BAD", measures.false.share)


def _beyond_chance(panel: str, row: str, n: int, found: Agreement | NamedRow) -> Iterable[Line]:
    for name, value in (("AC1", found.ac1), ("kappa", found.kappa)):
        if value is not None:
            yield Line(panel, row, name, n, words=f"{value:.3f}")
    if found.ac1_likely:
        yield Line(panel, row, "AC1, likely range", n, words=f"{found.ac1_likely.low:.3f} to {found.ac1_likely.high:.3f}")


def _pairs_line(panel: str, row: str, agreed: Agreed, what: str = "reviewers agree, pairs") -> Line:
    """Pairs share sessions, so their range is no Wilson's."""
    line = Line(panel, row, what, agreed.share.part, agreed.share.whole)
    if agreed.rate is None:
        return line
    return line._replace(rate=round(agreed.rate, 4), likely_from=round(agreed.likely.low, 4), likely_to=round(agreed.likely.high, 4))
