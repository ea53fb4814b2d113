"""Calling the vendor of a source for its labels: with the stored key, and for as long as somebody waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.utils.translation import gettext_noop

from labeling.upstream import PATIENCE
from sessions_app.models import Connection
from sessions_app.sealing import Unreadable, unseal
from sessions_app.upstream.client import Vendor

NOT_ACTIVE = gettext_noop("There is no active connection to the vendor.")
NO_KEY = gettext_noop("No key is stored for the connection.")
UNREADABLE = gettext_noop("The stored key cannot be read on this server. Enter it again.")


class NotConnected(Exception):
    """Nobody there to ask; the message says why."""


@contextmanager
def open_vendor(*, data_source: int, should_stop: Callable[[], bool] = lambda: False) -> Iterator[Vendor]:
    """Raises NotConnected."""
    place = Connection.objects.filter(data_source=data_source, is_active=True).first()
    if place is None:
        raise NotConnected(NOT_ACTIVE)
    try:
        key = unseal(place.sealed_key)
    except Unreadable:
        raise NotConnected(UNREADABLE) from None
    if not key:
        raise NotConnected(NO_KEY)
    with Vendor(base_url=place.base_url, key=key, patience=PATIENCE, should_stop=should_stop) as vendor:
        yield vendor
