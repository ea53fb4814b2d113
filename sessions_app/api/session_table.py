"""The closed table of sessions: each name of the wire, and the condition, order or column it stands for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q
from django.db.models.functions import Right

from sessions_app.api.grammar import Asked, Names, read_boolean, read_decimal, read_id, read_moment
from sessions_app.api.schemas import Session as Shape
from sessions_app.models import Agent

NOTHING = Q(pk__in=())
Condition = Callable[[str], Q]


def _exactly(column: str) -> Condition:
    return lambda value: Q((column, value))


def _anywhere(column: str) -> Condition:
    return lambda value: Q((f"{column}__{'icontains' if _has_case(value) else 'contains'}", value))


def _has_case(value: str) -> bool:
    """Nothing becomes a digit when it is written in capitals, and to write thousands of rows in capitals takes longer than to look through them."""
    return not (value.isascii() and value == value.upper() == value.lower())


def _flag(column: str) -> Condition:
    return lambda value: Q((column, read_boolean(value)))


def _id(value: str) -> Q:
    pk = read_id(value)
    return NOTHING if pk is None else Q(pk=pk)


def _agent(value: str) -> Q:
    """The agents that were seen are few, and sessions are found by them."""
    agents = Q(seen_agent__in=list(Agent.objects.filter(key=value).values_list("pk", flat=True)))
    # One that its source gave no id is kept under its name, or under nothing.
    return agents & Q(agent_id=value) if not value or value.startswith("name:") else agents


def _masked_target(value: str) -> Q:
    """Of a call that went out the target is whom it went to: who sees it masked finds it whole, or not at all."""
    if any(sign.isdigit() for sign in value):
        return Q(target=value)
    return Q(target=value) | (Q(target__icontains=value) & (Q(is_outbound=False) | Q(is_outbound=None)))


# What an index finds: a page and its count read about as many rows as they give.
INDEXED: Mapping[str, Condition] = {
    "timestamp": lambda value: Q(timestamp=read_moment(value, "timestamp")),
    "session_id": _id,
    "conversation_id": _exactly("conversation_id"),
    "channel_manager_sid": _exactly("channel_manager_sid"),
    "agent_id": _agent,
}
# What is looked for row by row.
EXACT: Mapping[str, Condition] = {
    "channel_manager_service": _exactly("channel_manager_service"),
    "channel_manager_type": _exactly("channel_manager_type"),
    "agent_type": _exactly("agent_type"),
    "prompt_id": _exactly("prompt_id"),
    "experiment_id": _exactly("experiment_id"),
    "experiment_variant_id": _exactly("experiment_variant_id"),
    "duration": lambda value: Q(duration=read_decimal(value)),
    "is_outbound": _flag("is_outbound"),
    "is_legacy": _flag("is_legacy"),
    "is_test": _flag("is_test"),
}
ANYWHERE: Mapping[str, Condition] = {name: _anywhere(name) for name in ("agent_name", "prompt_name", "source", "target")}
# For who sees callers masked: a part of a number that matched would tell the number, digit by digit.
MASKED: Mapping[str, Condition] = {"source": _exactly("source")}
MASKED_ANYWHERE: Mapping[str, Condition] = {"target": _masked_target}

ORDERS: Mapping[str, str] = {
    name: name
    for name in (
        "timestamp",
        "conversation_id",
        "channel_manager_service",
        "channel_manager_type",
        "channel_manager_sid",
        "agent_type",
        "agent_id",
        "agent_name",
        "prompt_id",
        "prompt_name",
        "experiment_id",
        "experiment_variant_id",
        "source",
        "target",
        "duration",
        "is_outbound",
        "is_legacy",
        "is_test",
    )
} | {"session_id": "pk"}
# Of a number that is masked the order may say no more than what is shown of it.
MASKED_ORDERS: Mapping[str, Any] = {name: Right(name, 4) for name in ("source", "target")}
FIELDS = tuple(Shape.model_fields)
NAMES = Names(search=tuple(ORDERS), order=tuple(ORDERS), fields=FIELDS)


@dataclass(frozen=True, slots=True)
class Conditions:
    """`base` is what indexes find, `rest` what is looked for in that; `is_exact` where no text is searched in a text."""

    base: Q
    rest: Q
    is_exact: bool


def conditions_of(asked: Asked, *, is_masked: bool) -> Conditions:
    """This will turn a list's searches and dates into conditions. Raises Unprocessable, Refused."""
    base, rest, is_exact = dated(asked), Q(), True
    indexed, anywhere = ({**INDEXED, **MASKED}, {**ANYWHERE, **MASKED_ANYWHERE}) if is_masked else (INDEXED, ANYWHERE)
    for name, value in asked.searches:
        if name in indexed:
            base &= indexed[name](value)
        elif name in EXACT:
            rest &= EXACT[name](value)
        else:
            rest &= anywhere[name](value)
            is_exact = False
    return Conditions(base, rest, is_exact)


def dated(asked: Asked) -> Q:
    condition = Q()
    if asked.start:
        condition &= Q(timestamp__gte=asked.start)
    if asked.end:
        condition &= Q(timestamp__lte=asked.end)
    return condition


def order_of(asked: Asked, *, is_masked: bool = False) -> tuple[Any, ...]:
    """Equal values are told apart by id, in the same direction; what has no value comes last."""
    column = ORDERS[asked.order_by or "timestamp"]
    if column == "timestamp":
        return ("-timestamp", "-pk") if asked.descending else ("timestamp", "pk")
    # Not along the index of ids, on which the sessions of a week are far apart.
    by = F("pk") + 0 if column == "pk" else MASKED_ORDERS[column] if is_masked and column in MASKED_ORDERS else F(column)
    return (by.desc(nulls_last=True), "-pk") if asked.descending else (by.asc(nulls_last=True), "pk")
