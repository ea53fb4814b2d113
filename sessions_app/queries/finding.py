"""Finding sessions by what names them: ids, numbers, addresses and names."""

import re

from django.db.models import Q

from sessions_app.codes import LAST_ID
from sessions_app.models import Session, Source
from sessions_app.queries.search_text import Asked, digits_in
from sessions_app.scope import Scope
from sessions_app.search_words import COUNTRY_CODE, LOCAL_DIGITS, without_country_code

LONGEST_ID = 200
MOST = 50
OPERATOR = re.compile(r"(id|sid|conversation):\s*", re.IGNORECASE)
# Fewer characters than an index of three can look up are taken as the whole value.
SHORTEST_PART = 3


def find_sessions(typed: str, *, scope: Scope) -> list[Session]:
    """This will return the session with that id, else those with the vendor's sid, else those of the conversation."""
    typed = typed.replace("\0", "").encode("utf-8", "replace").decode().strip()[:LONGEST_ID]
    operator = OPERATOR.match(typed)
    wanted = operator[1].lower() if operator else ""
    value = typed[operator.end() :].strip('" ') if operator else typed
    if not value:
        return []
    visible = Session.objects.visible_to(scope)
    ways = {"id": _has_id(value), "sid": Q(channel_manager_sid=value), "conversation": Q(conversation_id=value)}
    for name, way in ways.items():
        if wanted in ("", name):
            found = list(visible.filter(way).newest_first()[: 1 if name == "id" else MOST])
            if found:
                return found
    return []


def is_named(asked: Asked, *, may_unmask: bool) -> Q:
    """This will be what the operators of a search ask: `from:`, `to:`, `id:`, `sid:` and `conversation:`."""
    named = Q()
    for value in asked.callers:
        named &= has_number("source", value, may_unmask=may_unmask)
    for value in asked.targets:
        named &= has_number("target", value, may_unmask=may_unmask)
    for value in asked.ids:
        named &= _has_id(value)
    for value in asked.sids:
        named &= Q(channel_manager_sid=value)
    for value in asked.conversations:
        named &= Q(conversation_id=value)
    return named


def has_number(column: str, value: str, *, may_unmask: bool) -> Q:
    """This will be the condition that a number, address or name is that one, or for those who may see it a part of it."""
    digits = digits_in(value)
    whole = Q((f"{column}__in", _spellings(value, digits)))
    if not may_unmask:
        return whole
    if digits:
        return whole | Q((f"{column}__contains", digits))
    if len(value) < SHORTEST_PART:
        return whole
    # PostgreSQL's index of parts knows nothing of letter case as Django asks for it.
    for spelling in sorted({value, value.lower(), value.title()}):
        whole |= Q((f"{column}__contains", spelling))
    return whole


def _spellings(value: str, digits: str) -> list[str]:
    """The ways in which the same whole value may stand in a session."""
    spelled = {value, value.lower()}
    if digits:
        local = without_country_code(digits)
        spelled |= {digits, local, f"+{digits}"}
        if len(local) == LOCAL_DIGITS:
            spelled |= {f"{COUNTRY_CODE}{local}", f"+{COUNTRY_CODE}{local}"}
    return sorted(spelled)


def _has_id(value: str) -> Q:
    # Naming every source lets the (source, external id) index answer.
    own = Q(data_source__in=list(Source.objects.values_list("pk", flat=True)), external_id=value)
    return own | Q(pk=int(value)) if value.isascii() and value.isdigit() and len(value) <= 19 and int(value) <= LAST_ID else own
