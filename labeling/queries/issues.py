"""Which category a string means."""

from collections.abc import Collection

from django.db import connection
from django.db.models.functions import Upper

from labeling.models import IssueAlias, IssueCategory


def canonical_categories(raws: Collection[str]) -> dict[str, int]:
    """This will map each string to the category that has it as a name or former name, any case, after merges.

    A string that means none is left out.
    """
    if not raws:
        return {}
    folded = _fold(raws)
    found = {
        name: (category, merged_into)
        for name, category, merged_into in [
            *IssueAlias.objects.annotate(folded=Upper("text"))
            .filter(folded__in=set(folded.values()))
            .values_list("folded", "category", "category__merged_into"),
            *IssueCategory.objects.annotate(folded=Upper("name")).filter(folded__in=set(folded.values())).values_list("folded", "pk", "merged_into"),
        ]
    }
    meant = {raw: found[upper] for raw, upper in folded.items() if upper in found}
    return {raw: _end_of_merges(category, merged_into) for raw, (category, merged_into) in meant.items()}


def _fold(raws: Collection[str]) -> dict[str, str]:
    """By the database, whose upper case its own columns are compared in: Python's differs for ß and others."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT given, upper(given) FROM unnest(%s::text[]) AS given", [list(raws)])
        return dict(cursor.fetchall())


def _end_of_merges(category: int, merged_into: int | None) -> int:
    """Merges chain; a loop, which only a hand in the database could make, ends where it began."""
    seen = {category}
    while merged_into and merged_into not in seen:
        seen.add(merged_into)
        category = merged_into
        merged_into = IssueCategory.objects.filter(pk=category).values_list("merged_into", flat=True).first()
    return category
