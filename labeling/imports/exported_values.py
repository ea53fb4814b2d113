"""Values of an exported row, each as it has to be or refused."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_noop

from labeling.imports.taking import cleaned
from sessions_app.codes import LAST_ID
from sessions_app.reasons import with_values
from sessions_app.records import BadRecord

NO_ROOM = 2**31
NO_LIST = with_values(gettext_noop("%(name)s is not a list of objects."))
NO_ID = with_values(gettext_noop("%(name)s is not one."))


def items_of(value: Any, name: str) -> list[Mapping[str, Any]]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise BadRecord(NO_LIST % {"name": name})
    return value


def cleaned_whole(value: Any, most: int, name: str) -> str:
    """As it is, with the spaces at its ends."""
    text = cleaned(value, most, name)
    return text if not isinstance(value, str) else value.replace("\0", "").encode("utf-8", "replace").decode()


def pk_of(value: Any, name: str) -> int:
    text = str(value)
    if not text.isascii() or not text.isdecimal() or len(text) > 16 or not 0 < int(text) <= LAST_ID:
        raise BadRecord(NO_ID % {"name": name})
    return int(text)


def is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < NO_ROOM
