"""How often a suite repeats what happens at random: a few times in every run, many times in `make trust`."""

import os


def is_long() -> bool:
    return os.environ.get("TRUST") == "1"


def repetitions(quick: int, long: int) -> range:
    return range(long if is_long() else quick)
