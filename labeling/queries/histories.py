"""What became of a row of reference data: each change as the database kept it, by whom, before and after."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import ForeignKey, Model, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.models import IssueAlias, IssueCategory, User
from labeling.models.user import UserAgents

MOST = 200
EMPTY = "–"
MADE, DELETED = "insert", "delete"
WORDS = {MADE: gettext_lazy("Made"), DELETED: gettext_lazy("Deleted")}
# Rows of other tables that belong to a row: what they are called, and by which column they belong.
BELONGING: dict[type[Model], list[tuple[Any, type[Model], str, str]]] = {
    User: [(gettext_lazy("agent"), UserAgents, "user_id", "agent")],
    IssueCategory: [(gettext_lazy("other name"), IssueAlias, "category_id", "text")],
}


@dataclass(frozen=True, slots=True)
class FieldChange:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a row. `by` is empty where no person signed in was the cause: a command, a job, a sign-in."""

    at: datetime
    key: int
    what: str
    by: str
    fields: list[FieldChange]
    is_made_or_deleted: bool = False


@dataclass(frozen=True, slots=True)
class _Kept:
    row: Any
    earlier: Any
    fields: Sequence[Any]
    noun: str = ""


def has_history(model: type[Model]) -> bool:
    return _history_of(model) is not None


def get_history(model: type[Model], pk: int) -> list[Change]:
    """This will return the newest changes of one row and of what belongs to it, newest first."""
    kept = _own(model, pk)
    for noun, belonging, column, shown in BELONGING.get(model, []):
        kept += _of_belonging(noun, belonging, column, shown, pk)
    kept = sorted(kept, key=lambda one: (one.row.pgh_created_at, one.row.pgh_id), reverse=True)[:MOST]
    people = _people(one.row.pgh_context for one in kept)
    names = _names(kept)
    return [_change(one, people, names) for one in kept]


def _history_of(model: type[Model]) -> Any:
    return next((history for history in apps.get_models() if getattr(history, "pgh_tracked_model", None) is model), None)


def _own(model: type[Model], pk: int) -> list[_Kept]:
    """One more than is shown, so that the oldest one shown is compared with what it changed."""
    history = _history_of(model)
    if history is None:
        return []
    rows = list(history.objects.filter(pgh_obj_id=pk).order_by("-pgh_id")[: MOST + 1])
    fields = [field for field in history._meta.concrete_fields if not field.name.startswith("pgh_") and field.name != "id"]
    return [_Kept(row, earlier, fields) for row, earlier in zip(rows, [*rows[1:], None], strict=True)][:MOST]


def _of_belonging(noun: str, model: type[Model], column: str, shown: str, pk: int) -> list[_Kept]:
    history = _history_of(model)
    rows = history.objects.filter(Q((column, pk))).order_by("-pgh_id")[:MOST]
    return [_Kept(row, None, [history._meta.get_field(shown)], noun) for row in rows]


def _change(kept: _Kept, people: dict[int, str], names: dict[tuple[type[Model], Any], str]) -> Change:
    row, label = kept.row, kept.row.pgh_label
    if kept.noun:
        value = _shown(kept.fields[0], row, names)
        before, after = (value, EMPTY) if label == DELETED else (EMPTY, value)
        changes = [FieldChange(kept.noun, before, after)]
    else:
        pairs = [(field, _shown(field, kept.earlier, names), _shown(field, row, names)) for field in kept.fields]
        if label == MADE:
            changes = [FieldChange(_name(field), EMPTY, after) for field, _, after in pairs if after != EMPTY]
        elif label == DELETED:
            changes = [FieldChange(_name(field), after, EMPTY) for field, _, after in pairs if after != EMPTY]
        else:
            changes = [FieldChange(_name(field), before, after) for field, before, after in pairs if before != after]
    known = "" if kept.noun else str(WORDS.get(label, ""))
    by = people.get((row.pgh_context or {}).get("user") or 0, "")
    return Change(at=row.pgh_created_at, key=row.pgh_id, what=known or _("Changed"), by=by, fields=changes, is_made_or_deleted=bool(known))


def _name(field: Any) -> str:
    return _(str(field.verbose_name))


def _shown(field: Any, row: Any, names: dict[tuple[type[Model], Any], str]) -> str:
    """A value in the words of the form: what it refers to by name, a choice by its label."""
    value = getattr(row, field.attname, None)
    if value is None or value in ("", []):
        return EMPTY
    if isinstance(field, ForeignKey):
        return names.get((field.related_model, value), f"{value}")  # type: ignore[arg-type]
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, list):
        return ", ".join(str(one) for one in value)
    return str(dict(field.flatchoices).get(value, value))


def _people(contexts: Iterable[dict[str, Any] | None]) -> dict[int, str]:
    wanted = {context["user"] for context in contexts if context and context.get("user")}
    return {person.pk: str(person) for person in User.objects.filter(pk__in=wanted).only("email", "name")}


def _names(kept: Sequence[_Kept]) -> dict[tuple[type[Model], Any], str]:
    """Each table that is referred to is asked once."""
    wanted: dict[type[Model], set[Any]] = {}
    for one in kept:
        for field in one.fields:
            if isinstance(field, ForeignKey):
                values = {getattr(row, field.attname) for row in (one.row, one.earlier) if row is not None}
                wanted.setdefault(field.related_model, set()).update(values - {None})  # type: ignore[arg-type]
    return {(model, row.pk): str(row) for model, pks in wanted.items() for row in model._default_manager.filter(pk__in=pks)}
