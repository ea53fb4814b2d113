"""Names in the order in which people look for them: by their letters, whatever their case and marks.

By their codes Zebra stands before apfel, and Ängste behind both. A collation would say more of each language, but the embedded
PostgreSQL has none but the one of codes.
"""

import re
import unicodedata
from functools import lru_cache

from django.db.models import Func, TextField

MARKS = re.compile("[\u0300-\u036f]")


class ByName(Func):
    """A column of names, to order rows by before whatever makes the order whole."""

    # Small letters last: a database of codes knows those of ASCII alone, and a letter without its mark is one of them.
    template = r"lower(regexp_replace(normalize(%(expressions)s, NFKD), '[\u0300-\u036f]', '', 'g'))"
    arity = 1
    output_field = TextField()


# A list offers up to two hundred agents, the same on every page.
@lru_cache(maxsize=4096)
def reading_key(name: str) -> str:
    """This will be what to sort a name by in Python."""
    return MARKS.sub("", unicodedata.normalize("NFKD", name)).lower()
