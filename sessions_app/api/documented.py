"""What the OpenAPI document says of lists: the same tables that requests are held against."""

from typing import Any

from sessions_app.api.grammar import DATES, LIMIT, LONGEST_VALUE, MOST, MOST_SEARCHES, Names


def list_parameters(names: Names) -> dict[str, Any]:
    """This will describe the parameters of a list, for `openapi_extra`."""
    return {
        "parameters": [
            _parameter("page", {"type": "integer", "minimum": 0, "default": 0}, "The page, from 0. Pages reach 100,000 rows."),
            _parameter("limit", {"type": "integer", "minimum": 0, "maximum": MOST, "default": LIMIT}, "Items on a page."),
            _parameter("search_fields", _several({"type": "string", "enum": list(names.search)}), "Fields to search. All of them have to match."),
            _parameter("search_field_values", _several({"type": "string", "maxLength": LONGEST_VALUE}), "The value of each, in the same order."),
            _parameter("order_by", {"type": "string", "enum": list(names.order)}, "Without it: newest first."),
            _parameter("order_by_direction", {"type": "string", "enum": ["asc", "desc"]}, "From the beginning, or from the end."),
            _parameter("fields", {"type": "array", "items": {"type": "string", "enum": list(names.fields)}}, "Fields to give back. Without it: all."),
            *(_parameter(name, {"type": "string", "format": "date-time"}, words) for name, words in DATES.items()),
        ]
    }


def numbered(name: str) -> dict[str, Any]:
    """This will describe an id in a path as the number that the vendor's SDK sends."""
    return {"parameters": [{"in": "path", "name": name, "required": True, "schema": {"type": "integer", "minimum": -(2**63), "maximum": 2**63 - 1}}]}


def _several(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items, "maxItems": MOST_SEARCHES}


def _parameter(name: str, schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": False, "schema": schema, "description": description}
