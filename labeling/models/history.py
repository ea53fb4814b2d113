"""History of reference data: each change of a row, also one made in bulk or in raw SQL, kept beside it by the database."""

from collections.abc import Callable
from typing import Any

import pghistory


def keeps_history(model_name: str, *fields: str) -> Callable[[Any], Any]:
    """This will keep every insert, update and delete of a model's rows; with fields, only those, and only when one of them changes."""
    changed = pghistory.UpdateEvent(condition=pghistory.AnyChange(*fields))
    tracked: Callable[[Any], Any] = pghistory.track(
        pghistory.InsertEvent(),
        changed,
        pghistory.DeleteEvent(),
        fields=list(fields) or None,
        model_name=model_name,
        append_only=True,
        # Who did it, where a request was the cause.
        context_field=pghistory.ContextJSONField(),
        context_id_field=None,  # type: ignore[arg-type]
    )
    return tracked
