"""Filters and fields that are made once: of a filter's fifty keys django-filter and Django copy every one for each request, in depth.

What an instance writes on is its own: the filters, each with its method, and the fields, each by itself. Choices, widgets and messages
are only read, and shared.
"""

import copy
from collections import OrderedDict
from functools import cache
from typing import Any


class Prototypes(OrderedDict[str, Any]):
    """Filters or fields by name, whose deep copy goes one level down."""

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return {name: _copied(prototype) for name, prototype in self.items()}


@cache
def form_class_of(filters: type) -> Any:
    """This will be the form of a class of filters. Its fields are of no request."""
    fields = {name: prototype.field for name, prototype in filters.base_filters.items()}  # type: ignore[attr-defined]
    made: Any = type(f"{filters.__name__}Form", (filters._meta.form,), fields)  # type: ignore[attr-defined]
    made.base_fields = Prototypes(made.base_fields)
    return made


def _copied(prototype: Any) -> Any:
    copied = copy.copy(prototype)
    if getattr(copied, "method", None) is not None:
        # What calls the method is tied to its filter, and so to a request.
        copied.method = copied.method
    return copied
