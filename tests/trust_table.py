"""Prints what each suite of `make trust` held, and how long it took; a plugin of pytest."""

from collections import defaultdict


def pytest_terminal_summary(terminalreporter):
    rows = defaultdict(lambda: {"passed": 0, "failed": 0, "skipped": 0, "seconds": 0.0})
    for outcome in ("passed", "failed", "error", "skipped"):
        for report in terminalreporter.stats.get(outcome, []):
            row = rows[report.nodeid.split("::")[0]]
            row["failed" if outcome == "error" else outcome] += 1
    for reports in terminalreporter.stats.values():
        for report in reports:
            if hasattr(report, "duration") and hasattr(report, "nodeid"):
                rows[report.nodeid.split("::")[0]]["seconds"] += report.duration
    terminalreporter.write_line("\n| suite | held | broken | not run | seconds |\n|---|---|---|---|---|")
    for suite, row in sorted(rows.items()):
        terminalreporter.write_line(f"| {suite} | {row['passed']} | {row['failed']} | {row['skipped']} | {row['seconds']:.0f} |")
