"""Growth curves as pictures: what a page costs as sessions become more, drawn from the last full run. `python -m tests.bench.pictures` draws them anew."""

import json
from html import escape
from math import ceil, floor, log10

from tests.bench import pages
from tests.bench.databases import FOLDER
from tests.bench.targets import Results

FOLDER_OF_PICTURES = FOLDER / "docs" / "pictures"
WIDTH, HEIGHT = 640, 300
LEFT, RIGHT, TOP, FLOOR = 76, 480, 44, 252
# Our line and theirs differ in dashes as well as in color.
STYLE = """
text { font: 12px system-ui, sans-serif; fill: #444 } .title { font-weight: 600; font-size: 14px; fill: #111 } .grid { stroke: #ddd }
polyline { fill: none; stroke-width: 2 } .ours { stroke: #3b5bdb; fill: #3b5bdb } .admin { stroke: #c2410c; fill: #c2410c; stroke-dasharray: 6 4 }
.floor { stroke: #868e96; fill: #868e96; stroke-dasharray: 1 4 } polyline.ours, polyline.admin, polyline.floor { fill: none } circle { stroke-width: 0 }
@media (prefers-color-scheme: dark) { text { fill: #c9c9c9 } .title { fill: #f1f1f1 } .grid { stroke: #444 }
.ours { stroke: #91a7ff; fill: #91a7ff } .admin { stroke: #ffa94d; fill: #ffa94d } }
"""
PICTURES = {
    "growth-list": ("List page of 50: CPU of a request", pages.LIST, "cpu"),
    "growth-filter": ("A filter of about 20 rows: median for one client", pages.FEW, "median"),
    "growth-page-200": ("Page 200: median for one client", pages.DEEP, "median"),
    "growth-summary": ("Summary of 12 weeks: median for one client", pages.SUMMARY, "median"),
}


def draw(told):
    for name, (title, page, what) in PICTURES.items():
        found = lines_of(told, page, what)
        if found:
            (FOLDER_OF_PICTURES / f"{name}.svg").write_text(picture(title, found))


def shown():
    return "\n\n".join(f"![{title}, by the number of sessions](pictures/{name}.svg)" for name, (title, *_) in PICTURES.items())


def lines_of(told, page, what):
    """By who: places of sessions and milliseconds. The fixed page of the same server lies below."""
    results = Results(told)
    wanted = {"Review Desk": ("ours", page), "Django admin": ("admin", page), "fixed page": ("floor", pages.FIXED)}
    found = {}
    for label, (kind, asked) in wanted.items():
        points = [(told["sessions"][name], results.of(asked, name, what, "admin" if kind == "admin" else "ours")) for name in ("small", "middle", "large")]
        points = [(sessions, ms) for sessions, ms in points if ms]
        if len(points) > 1:
            found[label] = (kind, points)
    return found


def picture(title, lines):
    """Both axes by powers of ten: a straight line that rises is a cost that grows with the sessions, a flat one does not."""
    times = [ms for _, points in lines.values() for _, ms in points]
    sessions = [n for _, points in lines.values() for n, _ in points]
    low, high = floor(log10(min(times))), ceil(log10(max(times)))
    first, last = log10(min(sessions)), log10(max(sessions))

    def across(n):
        return LEFT + 20 + (log10(n) - first) / ((last - first) or 1) * (RIGHT - LEFT - 40)

    def up(ms):
        return FLOOR - (log10(ms) - low) / ((high - low) or 1) * (FLOOR - TOP)

    marks = [f'<text class="title" x="{LEFT}" y="22">{escape(title)}</text>']
    for power in range(low, high + 1):
        y = up(10.0**power)
        marks.append(f'<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
        marks.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:,g} ms</text>')
    for n in sorted(set(sessions)):
        marks.append(f'<text x="{across(n):.1f}" y="{FLOOR + 20}" text-anchor="middle">{n:,}</text>')
    marks.append(f'<text x="{(LEFT + RIGHT) / 2}" y="{FLOOR + 38}" text-anchor="middle">sessions</text>')
    taken = []
    for label, (kind, points) in sorted(lines.items(), key=lambda item: up(item[1][1][-1][1])):
        path = " ".join(f"{across(n):.1f},{up(ms):.1f}" for n, ms in points)
        marks.append(f'<polyline class="{kind}" points="{path}"/>')
        marks += [f'<circle class="{kind}" cx="{across(n):.1f}" cy="{up(ms):.1f}" r="3.5"/>' for n, ms in points]
        # Words at the end of a line, below those of the line above.
        y = max([up(points[-1][1]) + 4, *(other + 15 for other in taken)])
        taken.append(y)
        marks.append(f'<text x="{across(points[-1][0]) + 10:.1f}" y="{y:.1f}">{escape(label)}, {_number(points[-1][1])} ms</text>')
    body = "\n".join(marks)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(title)}">'
    return f"{head}\n<style>{STYLE}</style>\n{body}\n</svg>\n"


def _number(ms):
    return f"{ms:,.0f}" if ms >= 10 else f"{ms:.1f}"


if __name__ == "__main__":
    draw(json.loads((FOLDER / "tests" / "bench" / "results.json").read_text()))
