"""A message is a whole sentence, with the links and values in it; and what the code says to people is one. A label such as "From" is whole, too."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LABELING = ROOT / "labeling"
MESSAGE = re.compile(r"""\{% *translate *(["'])(.*?)\1""")
BINDING = {"a", "about", "against", "and", "are", "as", "at", "by", "every", "for", "from", "in", "is", "of", "on", "or", "than", "the", "to", "where", "with"}
# What people read on pages is made in these.
SAID_IN = ("accounts", "admin", "filters", "forms", "queries", "templatetags", "views")
# And here is what a row keeps, to be told later.
KEPT_IN = (
    "exports/background.py",
    "exports/handing_out.py",
    "exports/making.py",
    "imports/background.py",
    "operations/draws.py",
    "operations/erasure.py",
    "operations/exports.py",
    "operations/imports.py",
    "operations/pushes.py",
    "operations/queue_adding.py",
    "operations/sending.py",
    "operations/vendor_calls.py",
    "operations/vendor_settings.py",
    "operations/webhook_sending.py",
)
MARKS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
# Programs read these.
FOR_PROGRAMS = {"labeling/queries/measures.py", "labeling/views/health.py", "labeling/views/api.py"}


def test_no_message_of_a_template_only_binds_others():
    found = [
        (file.name, message)
        for file in sorted((ROOT / "templates").rglob("*.html"))
        for _, message in MESSAGE.findall(file.read_text())
        if set(message.strip(" ,.:").split()) <= BINDING
    ]

    assert found == []


def test_every_sentence_that_the_code_says_is_a_message():
    files = [file for folder in SAID_IN for file in sorted((LABELING / folder).rglob("*.py"))] + [LABELING / name for name in KEPT_IN]

    found = [(name, sentence) for file in files if (name := str(file.relative_to(ROOT))) not in FOR_PROGRAMS for sentence in plain_sentences(file.read_text())]

    assert found == []
    assert len(files) > 100


def test_a_plain_sentence_is_found():
    source = '"""A docstring of it."""\nx = _("Said to people.")\ny = f"Not {x} translated."\nz = "Nor is this one."'

    assert set(plain_sentences(source)) == {" translated.", "Nor is this one."}


def plain_sentences(source):
    tree = ast.parse(source)
    marked = {id(word) for call in ast.walk(tree) if isinstance(call, ast.Call) and name_of(call) in MARKS for word in ast.walk(call)}
    documented = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    for one in ast.walk(tree):
        if isinstance(one, ast.Constant) and id(one) not in marked | documented and isinstance(one.value, str) and SENTENCE.search(one.value):
            yield one.value


SENTENCE = re.compile(r"[A-Za-z]{2}[.]$")


def name_of(call):
    return getattr(call.func, "id", "")
