"""Conversations: the sessions that carry one conversation id, told by the first of them."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Count, Q, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import RowNumber

from sessions_app.api import session_table
from sessions_app.api.grammar import FARTHEST, Asked, Names
from sessions_app.api.lists import COUNTED, Found, in_time
from sessions_app.api.schemas import Conversation as Shape
from sessions_app.api.session_table import Condition, Conditions
from sessions_app.models import SessionQuerySet

# The vendor tells these of a conversation; what a session says of them stands among the fields we have no name for.
MODEL = ("llm_provider", "llm_model", "llm_version")
SETTINGS = {"llm_temperature": int | float, "llm_seed": int}


def _said(name: str) -> Condition:
    return lambda value: Q((f"extra__{name}", value))


OWN: Mapping[str, Condition] = {name: _said(name) for name in MODEL}
FIELDS = tuple(Shape.model_fields)
ALWAYS = frozenset({"timestamp", "conversation_id"})
SEARCH = ("timestamp", "agent_type", "agent_id", "agent_name", "prompt_id", "prompt_name", *MODEL, "is_legacy")
NAMES = Names(search=SEARCH, order=SEARCH, fields=FIELDS)
NEAR = 1_000
SHORTEST_STEP = 100


def conditions_of(asked: Asked) -> Conditions:
    """This will turn a list's searches and dates into conditions on sessions. Raises Unprocessable, Refused."""
    exact = {**session_table.EXACT, **OWN}
    base, rest, is_exact = session_table.dated(asked) & Q(conversation_id__isnull=False), Q(), True
    for name, value in asked.searches:
        if name in session_table.INDEXED:
            base &= session_table.INDEXED[name](value)
        elif name in session_table.ANYWHERE:
            rest &= session_table.ANYWHERE[name](value)
            is_exact = False
        else:
            rest &= exact[name](value)
    return Conditions(base, rest, is_exact)


def find_conversations(sessions: SessionQuerySet, wanted: Conditions, asked: Asked) -> Found:
    """This will read the first sessions of the conversations on the page that was asked for, and count. Raises Refused."""
    within = sessions.filter(wanted.base, wanted.rest)
    is_near = asked.order_by in ("", "timestamp") and asked.offset <= NEAR
    return in_time(lambda: _counted(_near(within, asked) if is_near else _far(within, asked), within, asked))


def _near(within: SessionQuerySet, asked: Asked) -> list[int]:
    """Session by session, each that is the first of its conversation: for pages near the beginning."""
    end, ordered, firsts = asked.offset + asked.limit, within.order_by(*_order_of(asked)), []
    step = max(2 * end, SHORTEST_STEP)
    for start in range(0, FARTHEST, step):
        part = list(ordered.values_list("pk", "conversation_id")[start : start + step])
        named = within.filter(conversation_id__in={conversation for _, conversation in part})
        first = set(named.order_by("conversation_id", "timestamp", "pk").distinct("conversation_id").values_list("pk", flat=True))
        firsts += [pk for pk, _ in part if pk in first]
        if len(firsts) >= end or len(part) < step:
            return firsts[asked.offset : end]
    return _far(within, asked)


def _far(within: SessionQuerySet, asked: Asked) -> list[int]:
    """Further on, and in another order, it costs less to group all of them."""
    place = Window(RowNumber(), partition_by="conversation_id", order_by=("timestamp", "pk"))
    firsts = within.annotate(place=place).filter(place=1).order_by(*_order_of(asked))
    return list(firsts.values_list("pk", flat=True)[asked.offset : asked.offset + asked.limit])


def _counted(keys: list[int], within: SessionQuerySet, asked: Asked) -> Found:
    if 0 < len(keys) < asked.limit:
        n = asked.offset + len(keys)
        return Found(keys, n if n <= COUNTED else None)
    ids = within.order_by().values("conversation_id")
    # Mostly there are more than we count, and some of the sessions tell.
    some = ids[: 2 * COUNTED].aggregate(n=Count("conversation_id", distinct=True))["n"]
    n = some if some > COUNTED else ids.aggregate(n=Count("conversation_id", distinct=True))["n"]
    return Found(keys, n if n <= COUNTED else None)


def wire_conversation(told: Mapping[str, Any]) -> dict[str, Any]:
    """This will write a conversation, given its first session as it stands on the wire, with its masks on."""
    names = {name: told.get(name) for name in FIELDS}
    for name in MODEL:
        names[name] = names[name] if isinstance(names[name], str) else None
    for name, kind in SETTINGS.items():
        value = names[name]
        names[name] = value if isinstance(value, kind) and not isinstance(value, bool) else None
    return names


def _order_of(asked: Asked) -> tuple[Any, ...]:
    name = asked.order_by
    if name not in MODEL:
        return session_table.order_of(asked)
    by = KeyTextTransform(name, "extra")
    return (by.desc(nulls_last=True), "-pk") if asked.descending else (by.asc(nulls_last=True), "pk")
