"""What a column of an export is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.utils.functional import Promise

from labeling.exports.batches import Batch


class Kind(Enum):
    """How a flat file writes the values: OWN is of our own making and never a formula."""

    OWN = "own"
    ID = "id"
    TEXT = "text"
    FLAG = "flag"
    NESTED = "nested"


Values = Callable[[Batch], Iterable[Any]]


@dataclass(frozen=True, slots=True)
class Column:
    """`values` gives one value a row, as JSON has it; `words` turns a nested one into the text of a cell. A long one comes in small batches.

    `asks` is what of a batch is fetched for it, so that it is there before the next rows are asked for.
    """

    name: str
    title: Promise
    values: Values
    fields: tuple[str, ...] = ()
    asks: str = ""
    kind: Kind = Kind.OWN
    is_judgment: bool = False
    is_usual: bool = False
    is_long: bool = False
    words: Callable[[Any], str] | None = None

    def read(self, batch: Batch) -> Iterable[Any]:
        """This will leave out judgments that the viewer may not see yet."""
        values = self.values(batch)
        if not self.is_judgment or batch.shown is None:
            return values
        shown = batch.shown
        return [value if pk in shown else None for pk, value in zip(batch.pks, values, strict=True)]


@dataclass(frozen=True, slots=True)
class Group:
    title: Promise
    columns: tuple[Column, ...]


def plain(name: str, title: Promise, kind: Kind = Kind.TEXT, *, column: str = "", **more: Any) -> Column:
    source = column or name
    return Column(name=name, title=title, values=lambda batch: batch[source], fields=(source,), kind=kind, **more)


def handle(name: str, title: Promise) -> Column:
    fields = (name, "source", "target", "is_outbound")
    return Column(name=name, title=title, values=lambda batch: batch.masked_handle(name), fields=fields, kind=Kind.TEXT)
