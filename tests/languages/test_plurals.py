"""A count before a word has a form of the word for each number: languages have up to six of them."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VALUE = r"(?:\{\{ ?\w+ ?\}\}|%\(\w+\)[sd])"
# A word between: "3 open sessions". A bound that never is one is "at most", "at least" or "more than".
COUNTED = re.compile(rf"(?<!At most )(?<!at most )(?<!at least )(?<!more than )(?<!longer than ){VALUE} (?:(?!of\b|and\b)[a-z-]+ )?([a-z-]+s)\b")
MESSAGE = re.compile(r"\{% *blocktrans(?:late)?\b.*?%\}(.*?)\{% *endblocktrans", re.DOTALL)
SINGLE = {"_", "gettext", "gettext_lazy", "gettext_noop"}
# After a name and not after a count; and units, which stand for any number.
NO_COUNT = {"comes", "lies", "is", "was", "has", "does", "asks", "this", "ours", "points", "pts", "ms"}
# Said in the background, only of more than a queue or a sample holds.
ALWAYS_MANY = {"labeling/operations/draws.py"}


def test_every_count_in_a_template_has_a_plural():
    found = [
        (file.name, message)
        for file in sorted([*(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")])
        for message in MESSAGE.findall(file.read_text())
        if "{% plural %}" not in message and is_counted(message)
    ]

    assert found == []


def test_every_count_in_the_code_has_a_plural():
    found = [
        (str(file.relative_to(ROOT)), message)
        for folder in ("config", "labeling", "sessions_app")
        for file in sorted((ROOT / folder).rglob("*.py"))
        if str(file.relative_to(ROOT)) not in ALWAYS_MANY
        for message in messages_in(file)
        if is_counted(message)
    ]

    assert found == []


def test_what_is_counted_is_found():
    assert all(map(is_counted, ["{{ n }} rows", "of %(n)s open sessions"]))
    assert not any(map(is_counted, ["{{ name }} is here", "At most %(n)s templates"]))


def is_counted(message):
    return any(word not in NO_COUNT for word in COUNTED.findall(message))


def messages_in(file):
    for call in ast.walk(ast.parse(file.read_text())):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in SINGLE:
            yield from (one.value for one in call.args if isinstance(one, ast.Constant))
