"""The README's table: this run beside what others did with the same data on such a machine."""

from tests.bench import pages
from tests.bench.targets import Results

# Medians of one client, 50 rows, 10 thousand items and after the slash more; measured 2026-11, PostgreSQL 15, two cores.
PEERS = {
    "list page, ms": ("147–229 / 296", "159", "65 / 740"),
    "list page, CPU ms": ("232–246", "162", "65–85"),
    "filter of about 20 rows, ms": ("244 / 1,076", "–", "48 / 484"),
    "page 200, ms": ("184 / 297", "285", "78 / 735"),
    "rare word in transcripts, ms": ("784 / 7,305", "41", "181 / 3,957"),
    "open one, ms": ("122 / 109", "45", "46 / 40"),
    "eight people, labels a second": ("9.7", "5.2, 81 % twice", "–"),
    "import, a second": ("972 / 526", "1,302", "8,272"),
    "export, labels a second": ("160–210", "–", "24,000"),
    "first view, bytes (requests)": ("8.05 MB (30)", "491 kB (19)", "120 kB (25)"),
    "first answer, s; memory, MiB": ("4–6; 485–770", "3–4; 1,296", "0.6; 160"),
}


def short(told):
    results = Results(told)

    def of(page, what, *databases):
        return " / ".join(_ms(results.of(page, database, what)) for database in databases)

    taken, view, start, out = (told["once"].get(name, {}) for name in ("import", "first view", "start", "export"))
    ours = {
        "list page, ms": of(pages.LIST, "median", "small", "middle", "large"),
        "list page, CPU ms": of(pages.LIST, "cpu", "small", "middle", "large"),
        "filter of about 20 rows, ms": of(pages.FEW, "median", "small", "middle", "large"),
        "page 200, ms": of(pages.DEEP, "median", "small", "middle", "large"),
        "rare word in transcripts, ms": f"– / {of(pages.RARE, 'median', 'text')}",
        "open one, ms": f"– / {of(pages.DETAIL, 'median', 'text')}",
        "eight people, labels a second": f"{told['once']['eight people'].get('rate', 0):.0f}, {told['once']['eight people'].get('twice', '–')} twice",
        "import, a second": f"{taken.get('talks', 0):,.0f} with transcripts, {taken.get('bare', 0):,.0f} without",
        "export, labels a second": f"{out.get('rate', 0):,.0f}",
        "first view, bytes (requests)": f"{view.get('bytes', 0) / 1000:.0f} kB ({view.get('requests', '–')})",
        "first answer, s; memory, MiB": f"{start.get('first_answer', 0):.1f}; {start.get('memory', 0):.0f}",
    }
    lines = ["| | Review Desk 10 k / 1 M / 10 M | Label Studio 10 k / 100 k | doccano 10 k | Django admin 10 k / 1 M |", "|---|---:|---:|---:|---:|"]
    lines += [f"| {name} | {ours[name]} | {' | '.join(PEERS[name])} |" for name in PEERS]
    return "\n".join(
        [*lines, "", f"The others measured 2026-11, PostgreSQL 15, two cores; Review Desk {told['at'][:10]} by `make bench BENCH=full`, {told['machine']}."]
    )


def _ms(value):
    return "–" if value is None else f"{value:.0f}" if value >= 10 else f"{value:.1f}"
