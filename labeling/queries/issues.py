"""Which category a string means, and which categories are one by merging."""

import re
from collections.abc import Collection, Mapping

from django.db import connection

from labeling.models import IssueCategory

# What counts as a space between words, also the ones of typesetters and of other scripts.
# In full, because PostgreSQL and Python understand different signs by "any space".
SPACES = r"[ \t\n\v\f\r\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+"

# As it is written before one space between its words, a name before a former name.
MEANT = """
    SELECT DISTINCT ON (given.raw) given.raw, known.category_id, known.is_merged
    FROM unnest(%s::text[]) AS given (raw)
    CROSS JOIN LATERAL (VALUES (1, upper(given.raw)), (2, btrim(regexp_replace(upper(given.raw), %s, ' ', 'g')))) AS folded (place, word)
    JOIN (
        SELECT upper(name) AS word, id AS category_id, merged_into_id IS NOT NULL AS is_merged, 1 AS place FROM labeling_issuecategory
        UNION ALL
        SELECT upper(alias.text), category.id, category.merged_into_id IS NOT NULL, 2
        FROM labeling_issuealias AS alias JOIN labeling_issuecategory AS category ON category.id = alias.category_id
    ) AS known USING (word)
    ORDER BY given.raw, folded.place, known.place
"""


def canonical_categories(raws: Collection[str]) -> dict[str, int]:
    """This will map each string to the category that has it as a name or former name, any case and spacing, after merges.

    A string that means none is left out. The statement of operations/session_issue_rows.py says the same of many sessions.
    """
    if not raws:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(MEANT, [list(raws), SPACES])
        meant = {raw: (category, is_merged) for raw, category, is_merged in cursor.fetchall()}
    roots = get_roots() if any(is_merged for _, is_merged in meant.values()) else {}
    return {raw: roots.get(category, category) for raw, (category, _) in meant.items()}


def get_roots() -> dict[int, int]:
    """This will say of each merged category which one it counts as; a loop, which only a hand in the database could make, ends where it began."""
    merged = {row.pk: row.merged_into_id for row in IssueCategory.objects.exclude(merged_into=None).only("merged_into") if row.merged_into_id}
    return {category: _end_of_merges(category, merged) for category in merged}


def with_merged(categories: Collection[int]) -> list[list[int]]:
    """This will list each category with all that are one with it by merging: while a merge is running, sessions have the old ones."""
    roots = get_roots()
    together: dict[int, list[int]] = {}
    for category, root in roots.items():
        together.setdefault(root, [root]).append(category)
    ends = dict.fromkeys(roots.get(category, category) for category in categories)
    return [together.get(root, [root]) for root in ends]


def one_spaced(text: str) -> str:
    """This will write a string with one space between its words: every other spacing of it means the same."""
    return re.sub(SPACES, " ", text).strip(" ")


def fold(raws: Collection[str]) -> dict[str, tuple[str, str]]:
    """This will write each string in upper case, as it is and with one space between its words.

    By the database, whose upper case its own columns are compared in: Python's differs for ß and others.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT given, upper(given), btrim(regexp_replace(upper(given), %s, ' ', 'g')) FROM unnest(%s::text[]) AS given", [SPACES, list(raws)])
        return {given: (upper, spaced) for given, upper, spaced in cursor.fetchall()}


def _end_of_merges(category: int, merged: Mapping[int, int]) -> int:
    seen = {category}
    while (into := merged.get(category)) and into not in seen:
        seen.add(into)
        category = into
    return category
