"""What a file of issue categories would change: new ones, changed ones field by field, and rows that are refused with a reason."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from labeling.models import IssueAlias, IssueCategory

COLUMNS = (
    "name",
    "group",
    "order",
    "severity",
    "description",
    "example",
    "counter_example",
    "channels",
    "comment_templates",
    "suggested_by_signal",
    "aliases",
    "retired",
    "merged_into",
)
# What is written to the row as it stands; the others are changes of meaning, each an operation of its own.
PLAIN = ("group", "order", "severity", "description", "example", "counter_example", "channels", "comment_templates", "suggested_by_signal")


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file with clean values; a column that the file has not is not among them."""

    line: int
    values: Mapping[str, Any]

    @property
    def name(self) -> str:
        return str(self.values["name"])

    @property
    def key(self) -> str:
        return self.name.upper()


@dataclass(frozen=True, slots=True)
class Refusal:
    line: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class FieldPlan:
    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Planned:
    """One row that can be done. `category` is None for a new one."""

    row: Row
    category: IssueCategory | None
    changes: tuple[FieldPlan, ...]
    aliases: tuple[str, ...] = ()

    @property
    def changed(self) -> set[str]:
        return {change.name for change in self.changes}


@dataclass(slots=True)
class Plan:
    new: list[Planned] = field(default_factory=list)
    changed: list[Planned] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not self.new and not self.changed

    @property
    def digest(self) -> str:
        """Another one where the same file would do something else by now."""
        said = [(one.row.line, one.row.name, one.category.pk if one.category else None, one.changes, one.aliases) for one in [*self.new, *self.changed]]
        return hashlib.sha256(repr((said, self.refused)).encode()).hexdigest()


@dataclass(slots=True)
class _Known:
    """The categories of now, by their names in upper case."""

    categories: dict[str, IssueCategory]
    aliases: dict[str, IssueCategory]


def get_rows() -> list[Row]:
    """This will return the whole taxonomy as the rows of a file, in the order of the list."""
    categories = list(IssueCategory.objects.select_related("merged_into").prefetch_related("aliases").in_order())
    return [Row(number, _values(category)) for number, category in enumerate(categories, 1)]


def get_plan(rows: Sequence[Row], refused: Sequence[Refusal] = ()) -> Plan:
    """This will work out what rows would change. Nothing is written, and another name that a file leaves out stays."""
    known = _Known(
        {category.name.upper(): category for category in IssueCategory.objects.select_related("merged_into").prefetch_related("aliases")},
        {alias.text.upper(): alias.category for alias in IssueAlias.objects.select_related("category")},
    )
    plan = Plan(refused=list(refused))
    accepted: dict[str, Row] = {}
    for row in rows:
        why_not = _("Line %(line)s has this name already.") % {"line": accepted[row.key].line} if row.key in accepted else _why_not_row(row, known)
        if why_not:
            plan.refused.append(Refusal(row.line, row.name, why_not))
        else:
            accepted[row.key] = row
    for check in (_refuse_aliases, _refuse_merges):
        # A row that is refused may have been what another one stood on.
        while found := check(accepted, known):
            plan.refused += found
            for refusal in found:
                accepted = {key: row for key, row in accepted.items() if row.line != refusal.line}
    for row in accepted.values():
        _place(plan, row, known)
    plan.refused.sort(key=lambda refusal: refusal.line)
    return plan


def _place(plan: Plan, row: Row, known: _Known) -> None:
    category = known.categories.get(row.key)
    now = _values(category) if category else {}
    held = {text.upper() for text in now.get("aliases", [])} | {row.key}
    aliases = tuple(dict.fromkeys(text for text in row.values.get("aliases", []) if text.upper() not in held))
    changes = [
        FieldPlan(name, _words(now.get(name)), _words(value))
        for name, value in row.values.items()
        if name != "aliases" and (category is None or not _is_same(value, now[name])) and (category is not None or value not in ("", [], False))
    ]
    if aliases:
        changes.append(FieldPlan("aliases", _words(now.get("aliases")), _words([*now.get("aliases", []), *aliases])))
    planned = Planned(row, category, tuple(changes), aliases)
    if category is None:
        plan.new.append(planned)
    elif changes:
        plan.changed.append(planned)
    else:
        plan.unchanged += 1


def _why_not_row(row: Row, known: _Known) -> str:
    category, former = known.categories.get(row.key), known.aliases.get(row.key)
    if former and former.pk != (category.pk if category else None):
        return _("“%(former)s” was called that. Labels that say it mean that one.") % {"former": former}
    stays_merged = category and category.merged_into and row.values.get("merged_into", _("as it is"))
    if category and stays_merged and row.values.get("retired", bool(category.retired_at)) != bool(category.retired_at):
        return _("A merged category is not offered anyway. Take it out of the merge first.")
    return ""


def _refuse_aliases(accepted: Mapping[str, Row], known: _Known) -> list[Refusal]:
    taken: dict[str, Row] = {}
    for row in accepted.values():
        category = known.categories.get(row.key)
        for text in row.values.get("aliases", []):
            word = text.upper()
            owner = known.categories.get(word) or known.aliases.get(word)
            if owner and owner.pk != (category.pk if category else None):
                return [Refusal(row.line, row.name, _("Its other name “%(text)s” means “%(owner)s”.") % {"text": text, "owner": owner})]
            other = taken.setdefault(word, row)
            if other is not row or (word in accepted and accepted[word] is not row):
                return [Refusal(row.line, row.name, _("Its other name “%(text)s” is also said in another row.") % {"text": text})]
    return []


def _refuse_merges(accepted: Mapping[str, Row], known: _Known) -> list[Refusal]:
    """Over what would be merged in the end: what was, and what the file says."""
    merged = {name: category.merged_into.name.upper() for name, category in known.categories.items() if category.merged_into}
    for key, row in accepted.items():
        if "merged_into" in row.values:
            merged.pop(key, None)
            if row.values["merged_into"]:
                merged[key] = row.values["merged_into"].upper()
    for key, row in accepted.items():
        into = row.values.get("merged_into", "")
        if not into:
            continue
        category, target = known.categories.get(key), known.categories.get(into.upper())
        now = category.merged_into if category else None
        why_not = ""
        if into.upper() not in known.categories and into.upper() not in accepted:
            why_not = _("No category is called “%(into)s”.") % {"into": into}
        elif into.upper() == key:
            why_not = _("A category cannot be merged into itself.")
        elif now and now.name.upper() != into.upper():
            why_not = _("It is merged into “%(now)s”. Take it out of that merge first.") % {"now": now}
        elif into.upper() in merged:
            why_not = _("“%(into)s” is itself merged into another category.") % {"into": into}
        elif key in merged.values():
            why_not = _("Other categories are merged into it. Take them out first, then merge each.")
        elif target and target.retired_at and now is None and not _is_restored(accepted, into.upper()):
            why_not = _("“%(into)s” is retired. Make it active again first.") % {"into": into}
        if why_not:
            return [Refusal(row.line, row.name, why_not)]
    return []


def _is_restored(accepted: Mapping[str, Row], key: str) -> bool:
    return key in accepted and accepted[key].values.get("retired") is False


def _values(category: IssueCategory) -> dict[str, Any]:
    return {
        **{name: getattr(category, name) for name in ("name", *PLAIN)},
        "channels": sorted(category.channels),
        "comment_templates": category.comment_templates.splitlines(),
        "aliases": sorted((alias.text for alias in category.aliases.all()), key=str.upper),
        "retired": category.retired_at is not None,
        "merged_into": category.merged_into.name if category.merged_into else "",
    }


def _is_same(given: Any, held: Any) -> bool:
    if isinstance(given, str) and isinstance(held, str):
        # A spreadsheet ends lines in its own way.
        return given.replace("\r\n", "\n") == held.replace("\r\n", "\n")
    return bool(given == held)


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
