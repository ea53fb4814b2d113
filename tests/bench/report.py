"""The measurements as Markdown, and as a verdict."""

import os
import platform
from datetime import UTC, datetime
from statistics import median

from tests.bench.cases import BUDGETS, CASES
from tests.bench.databases import FOLDER

PAGE = FOLDER / "docs" / "scale.md"


def p95(values):
    return sorted(values)[max(0, -(-len(values) * 95 // 100) - 1)]


def verdicts(databases, samples):
    """Every budget that was exceeded, as a sentence."""
    found = []
    for case in CASES:
        budget = BUDGETS[case.kind]
        for database in databases:
            sample = samples.get((case.name, database.name))
            if not sample:
                continue
            if sample.problem:
                found.append(f"{case.name} on {database.name}: {sample.problem}")
            for what, values, most in (("database", sample.database, budget.database_ms), ("server", sample.server, budget.server_ms)):
                if most and values and p95(values) > most:
                    found.append(f"{case.name} on {database.name}: {what} p95 {p95(values):.0f} ms, budget {most:.0f} ms")
        ratio = ratio_of(case, samples)
        if budget.ratio and ratio and ratio > budget.ratio:
            found.append(f"{case.name}: {ratio:.2f} times as long on the large database, budget {budget.ratio}")
    return found


def ratio_of(case, samples):
    """Only of pages with as many rows: a filter that finds three rows among ten thousand is another page."""
    small, large = samples.get((case.name, "small")), samples.get((case.name, "large"))
    if not small or not large or small.rows != large.rows or not small.server or not large.server:
        return None
    return median(large.server) / median(small.server)


def markdown(databases, samples, abouts, command, times, busy):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    about = abouts[databases[0].name]
    lines = [
        f"Measured {datetime.now(UTC):%B %-d, %Y} with `{command}`: {os.cpu_count()} cores, {memory:.0f} GB of memory, {platform.system()}, "
        f"PostgreSQL {about['postgresql']} with shared_buffers {about['shared_buffers']}, two web processes, each address {times} times, "
        f"interleaved, over one connection on loopback, on a machine that was otherwise busy with a load of {busy:.1f}. "
        "Times in milliseconds; blocks of 8 kB are what the queries touched.",
        "",
        "| Page | Class | " + " | ".join(f"{database.name}: database median, p95 | {database.name}: server median, p95" for database in databases)
        + " | Ratio | Blocks | Queries | KB | Rows |",
        "|---|---|" + "---:|---:|" * len(databases) + "---:|---|---:|---:|---:|",
    ]  # fmt: skip
    for case in CASES:
        found = [samples.get((case.name, database.name)) for database in databases]
        if not any(found):
            continue
        ratio = ratio_of(case, samples)
        last = [sample for sample in found if sample][-1]
        blocks = ", ".join(f"{sample.blocks:,}" for sample in found if sample)
        cells = [f"{_pair(sample.database)} | {_pair(sample.server)}" if sample else "– | –" for sample in found]
        cells += [f"{ratio:.2f}" if ratio else "–", blocks, str(last.queries), f"{last.size / 1024:.1f}", str(last.rows)]
        lines.append(f"| {case.name} | {case.kind} | {' | '.join(cells)} |")
    lines += ["", "| Table | " + " | ".join(f"{one.name}: rows, table, indexes" for one in databases) + " |", "|---|" + "---|" * len(databases)]
    for place, (table, *_) in enumerate(about["sizes"]):
        cells = [f"{rows:,}, {_megabytes(size)}, {_megabytes(indexes)}" for _, rows, size, indexes in (abouts[one.name]["sizes"][place] for one in databases)]
        lines.append(f"| {table} | {' | '.join(cells)} |")
    return "\n".join(lines)


def write(size, text):
    """This will put the text between the two markers of that size."""
    begin, end = f"<!-- bench {size} -->", f"<!-- bench {size} end -->"
    page = PAGE.read_text()
    head, rest = page.split(begin, 1)
    PAGE.write_text(f"{head}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}")


def _pair(values):
    return f"{median(values):.1f}, {p95(values):.1f}" if values else "–"


def _megabytes(size):
    return f"{size / 1024**2:,.0f} MB"
