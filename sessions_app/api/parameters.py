"""The parameters of a call that is no list of the wire: each known by name, and given once unless it may come often."""

from collections.abc import Collection

from django.http import QueryDict

from sessions_app.api.grammar import LONGEST_VALUE
from sessions_app.api.problems import Unprocessable, problem

MOST_VALUES = 100


def refuse_unknown(data: QueryDict, *, once: Collection[str] = (), often: Collection[str] = ()) -> None:
    """Raises Unprocessable."""
    errors = [problem(["query"], "There is no such parameter.", "extra_forbidden") for name in data if name not in (*once, *often)][:1]
    for name, values in data.lists():
        if name in once and len(values) > 1:
            errors.append(problem(["query", name], "Given more than once."))
        if name in often and len(values) > MOST_VALUES:
            errors.append(problem(["query", name], f"At most {MOST_VALUES}.", "too_long"))
        if name in (*once, *often) and any("\0" in value or len(value) > LONGEST_VALUE for value in values):
            errors.append(problem(["query", name], f"A value has a NUL byte, or more than {LONGEST_VALUE} characters."))
    if errors:
        raise Unprocessable(errors)
