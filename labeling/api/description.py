"""The OpenAPI document, and the same laid out for a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ninja.openapi import get_schema

from labeling.api import api
from labeling.api.exports import ExportCreate
from labeling.api.ingest import Batch
from labeling.api.wire_labels import SessionLabelCreate


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One call, with its parameters and the fields of its body and its answer in words."""

    method: str
    path: str
    summary: str
    description: str
    parameters: list[Mapping[str, Any]]
    body: str
    answers: list[tuple[str, str]]
    problems: str


@cache
def describe() -> dict[str, Any]:
    """This will be the OpenAPI document of all endpoints."""
    document: dict[str, Any] = dict(get_schema(api, "api/"))
    # Bodies that are read here and not by ninja.
    for model in (SessionLabelCreate, Batch, ExportCreate):
        schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
        document["components"]["schemas"] |= schema.pop("$defs", {}) | {model.__name__: schema}
    for methods in document["paths"].values():
        # Of two ways to describe a parameter the later is ours.
        for told in methods.values():
            told["parameters"] = list({(one["in"], one["name"]): one for one in told["parameters"]}.values())
        # As GET, and under one name with it.
        methods.pop("head", None)
    return document


def endpoints_of(document: Mapping[str, Any]) -> dict[str, list[Endpoint]]:
    """This will list the calls of a document by their group, a list before what stands in it."""
    groups: dict[str, list[Endpoint]] = {}
    for path, methods in sorted(document["paths"].items()):
        for method, told in methods.items():
            endpoint = Endpoint(
                method=method.upper(),
                path=path,
                summary=told["summary"],
                description=told.get("description", ""),
                parameters=[_parameter(parameter) for parameter in told["parameters"]],
                body=_fields_of(told.get("requestBody", {}), document),
                answers=[(str(status), _answer_of(answer, document)) for status, answer in told["responses"].items() if int(status) < 400],
                problems=", ".join(sorted(str(status) for status in told["responses"] if int(status) >= 400)),
            )
            groups.setdefault(told["tags"][0], []).append(endpoint)
    return groups


def _parameter(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    schema = parameter["schema"]
    inner = schema.get("items", schema)
    kind = f"list of {inner['type']}" if schema.get("type") == "array" else schema.get("type", "string")
    return {**parameter, "kind": kind, "allowed": inner.get("enum", [])}


def _fields_of(content: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    """The fields of a body, or the one word for what it is."""
    for told in content.get("content", {}).values():
        schema = told["schema"]
        named = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], schema)
        return ", ".join(named.get("properties", ())) or str(schema.get("type", ""))
    return ""


def _answer_of(answer: Mapping[str, Any], document: Mapping[str, Any]) -> str:
    return _fields_of(answer, document) or str(answer.get("description", ""))
