"""Facts: rows that are inserted once and never altered, by anybody, also not in raw SQL."""

import pgtrigger


def insert_only(table: str) -> list[pgtrigger.Trigger]:
    """This will make the triggers that refuse UPDATE, DELETE and TRUNCATE. Erasure alone lifts them, and logs it."""
    return [
        pgtrigger.Protect(name=f"{table}_is_a_fact", operation=pgtrigger.Update | pgtrigger.Delete),
        pgtrigger.Trigger(
            name=f"{table}_is_kept",
            level=pgtrigger.Statement,
            when=pgtrigger.Before,
            operation=pgtrigger.Truncate,
            func="RAISE EXCEPTION 'Cannot truncate %, its rows are facts', TG_TABLE_NAME;",
        ),
    ]
