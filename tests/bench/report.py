"""The results as Markdown: printed, appended to results.md, and after a full run put into docs/scale.md and README.md."""

import json

from tests.bench import pictures
from tests.bench.databases import FOLDER
from tests.bench.pages import FIXED
from tests.bench.short import short
from tests.bench.targets import Results, judged, problems

HERE = FOLDER / "tests" / "bench"
KEPT, LAST = HERE / "results.md", HERE / "results.json"


def markdown(told):
    return "\n\n".join([_head(told), _targets(told), _rows(told), _filters(told), _once(told), _wrong(told)]).replace("\n\n\n\n", "\n\n").strip()


def keep(told):
    """This will append a run, and after a full one write the documents anew."""
    with KEPT.open("a") as file:
        file.write(f"\n{markdown(told)}\n")
    if told["size"] == "full":
        LAST.write_text(json.dumps(told, indent=1) + "\n")
        publish(told)


def publish(told):
    """This will put a run into the documents, with its pictures."""
    pictures.draw(told)
    between(
        FOLDER / "docs" / "scale.md",
        "bench full",
        "\n\n".join([_head(told, level=3), _targets(told), pictures.shown(), _rows(told), _filters(told), _once(told)]),
    )
    between(FOLDER / "README.md", "bench short", short(told))


def between(page, name, text):
    """This will put the text between the two markers of that name."""
    begin, end = f"<!-- {name} -->", f"<!-- {name} end -->"
    content = page.read_text()
    head, rest = content.split(begin, 1)
    page.write_text(f"{head}{begin}\n{text}\n{end}{rest.split(end, 1)[1]}")


def size_words(n):
    return f"{n // 1_000_000} M" if n >= 1_000_000 else f"{n // 1_000} k"


def _head(told, level=2):
    about = next(iter(told["about"].values()))
    sizes = ", ".join(f"{name} {size_words(n)}" for name, n in told["sessions"].items())
    return (
        f"{'#' * level} {told['at']}, {told['commit']}, {told['size']}\n\n"
        f"{told['machine']}, PostgreSQL {about['postgresql']} with shared_buffers {about['shared_buffers']} and fsync {about['fsync']}; "
        f"load {told['load']:.1f} before, {told['load_after']:.1f} after. "
        f"Two web processes on loopback; databases: {sizes}. Milliseconds; CPU is that of the processes of web and PostgreSQL for a request of one client."
    )


def _targets(told):
    lines = ["| target | limit | found | |", "|---|---:|---:|---|"]
    sizes = {name: size_words(n) for name, n in told["sessions"].items()}
    for target, value, _ in judged(told):
        sign = "≥" if target.at_least else "≤"
        lines.append(f"| {target.name.format(**sizes)} | {sign} {target.limit:,g} {target.unit} | {_number(value)} {target.unit} | {target.verdict(value)} |")
    return "\n".join(lines)


def _rows(told):
    if not told["rows"]:
        return ""
    results = Results(told)
    lines = [
        "| page | sessions | by | median, p95 | eight clients: median, p95, a second | CPU: web + PostgreSQL | × fixed page | SQL | queries | bytes |",
        "|---|---:|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for row in told["rows"]:
        floor = results.of(FIXED, row["database"], "cpu")
        cells = [row["page"], size_words(told["sessions"][row["database"]]), row["who"], f"{row['median']:.1f}, {row['p95']:.1f}"]
        crowd = f"{row['crowd_median']:.1f}, {row['crowd_p95']:.1f}, {row['crowd_rate']:.0f}" if row["crowd_rate"] else "–"
        cells += [crowd, f"{row['web']:.1f} + {row['postgres']:.1f}"]
        cells += [f"{row['cpu'] / floor:.1f}" if floor else "–", f"{row['sql']:.1f}", str(row["queries"]), f"{row['bytes']:,}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _filters(told):
    """Each filter by the sizes it was asked at; how much longer the largest takes only where all show as many rows."""
    names = [name for name in told["sessions"] if any(row["database"] == name for row in told["filters"])]
    if not names:
        return ""
    lines = [
        "| filter or panel | "
        + " | ".join(f"{size_words(told['sessions'][name])}: median, p95; SQL" for name in names)
        + " | ratio | blocks | queries | rows |",
        "|---|" + "---:|" * (len(names) + 4),
    ]
    found = {(row["case"], row["database"]): row for row in told["filters"]}
    for case in dict.fromkeys(row["case"] for row in told["filters"]):
        # A search was asked only where there are transcripts.
        each = [found.get((case, name)) for name in names]
        rows = [row for row in each if row]
        is_same = len({row["rows"] for row in rows}) == 1 and len(rows) > 1
        cells = [f"{row['median']:.1f}, {row['p95']:.1f}; {row['sql']:.1f}" if row else "–" for row in each]
        cells += [f"{rows[-1]['median'] / rows[0]['median']:.2f}" if is_same else "–", ", ".join(f"{row['blocks']:,}" for row in rows)]
        lines.append(f"| {case} | {' | '.join([*cells, str(rows[-1]['queries']), str(rows[-1]['rows'])])} |")
    return "\n".join(lines)


def _once(told):
    once, lines = told["once"], []
    for name in ("one person", "eight people"):
        if once.get(name, {}).get("times"):
            found = once[name]
            times = "; ".join(f"{what} {middle:.0f}, p95 {p95:.0f}" for what, (n, middle, p95, _) in found["times"].items() if n)
            cost = f"CPU {found['web']:.1f} + {found['postgres']:.1f}"
            lines.append(f"- {name}: {found['labels']} labels, {found['rate']:.1f} a second, {found['twice']} twice; {times}; {cost}")
    if once.get("export", {}).get("rows"):
        found = once["export"]
        lines.append(
            f"- export: {found['rows']:,} sessions of {found['labels']:,} labels, {found['rate']:,.0f} a second; {found['first_rate']:,.0f} the first time, "
            f"with what had to be read from the disk; each {found['python']:.1f} µs in Python and "
            f"{found['postgres']:.1f} µs in PostgreSQL; memory grew by {found['growth']:.0f} MB"
        )
    if once.get("import", {}).get("bare"):
        lines.append(f"- import: {once['import']['bare']:,.0f} a second without transcripts, {once['import']['talks']:,.0f} with them")
    if once.get("start"):
        found = once["start"]
        lines.append(f"- manage.py check {found['check']:.2f} s, first answer {found['first_answer']:.2f} s, memory of web {found['memory']:.0f} MiB")
    return "\n".join(lines)


def _wrong(told):
    return "\n".join(f"- **Wrong**: {problem}" for problem in problems(told))


def _number(value):
    return f"{value:,.0f}" if value >= 100 or value == int(value) else f"{value:.2f}" if value < 10 else f"{value:.1f}"
