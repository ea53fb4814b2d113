"""What a page says, and what of it was not translated."""

import re

from django.db import connection

from tests.languages.joined import joined
from tests.languages.pseudo import Spoken, unbracketed

PLAIN = re.compile(r"[A-Za-z][A-Za-z'’-]+(?: [A-Za-z'’-]+)*")
# Django says True and False of its marks of yes and no in English only.
SAME = re.compile(
    r"\b(?:GOOD|OK|BAD|N/A|Review Desk|UTC|CST|CDT|CSV|JSON|ID|IDs|URL|API|SMS|STT|TTS|HTTP|kB|MB|AC1|xlsx|True|False"
    r"|manage\.py \w+|webhook\.\w+|[A-Z]+_[A-Z_]+)\b"
)
IN_CODE = re.compile(r"\b[A-Za-z-]+(?:_[A-Za-z_]+|-(?!\w))|\{\w+\}")
# Rows that hold words of Django and of the job queue.
PROGRAMS = re.compile("^(django_|auth_|procrastinate_(?!jobs))")


def texts_of(answer):
    return Spoken(unbracketed(_page_of(answer))).texts


def joined_in(answer):
    return joined(_page_of(answer))


def _page_of(answer):
    if answer.streaming:
        answer.close()
    elif answer["Content-Type"].startswith("text/html"):
        return answer.content.decode()
    return ""


def untranslated(found):
    """Some of the rows were made on the way. Constraints and hidden fields are called by their names in the code."""
    data = "\n".join(everything_stored())
    return [f"{name}: {text[:120]}" for text, name in found.items() if any(words not in data for words in PLAIN.findall(IN_CODE.sub(" ", SAME.sub(" ", text))))]


def everything_stored():
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if not PROGRAMS.match(table):
                cursor.execute(f'SELECT string_agg(one::text, chr(10)) FROM "{table}" AS one')
                yield cursor.fetchone()[0] or ""
