"""How often a suite repeats what happens at random: a few times in every run, many times in `make trust`."""

import os


def repetitions(quick: int, long: int) -> range:
    return range(long if os.environ.get("TRUST") == "1" else quick)
