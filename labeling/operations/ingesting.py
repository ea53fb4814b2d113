"""Sessions that a program brings with a key: which source they go to, and the audit of it."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction

from labeling.models import ApiKey
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from sessions_app.codes import SourceKind
from sessions_app.models import Source
from sessions_app.operations import Ingested, take_batch

MOST_SOURCES = 500


class NotForIngest(Exception):
    """The source is filled by a connection or by files, and by nobody else."""


class TooManySources(Exception):
    """A name that nobody used before, and no room for it: names are for platforms, not for days or batches."""


@transaction.atomic
def ingest_sessions(*, source: str, records: Sequence[Any], key: ApiKey) -> Ingested:
    """This will take a batch into a source, which the first batch makes. Raises NotForIngest, TooManySources."""
    data_source = Source.objects.filter(name=source).first() or _new_source(source)
    if data_source.kind != SourceKind.INGEST:
        raise NotForIngest
    taken = take_batch(data_source=data_source, records=records)
    record_event(
        kind=EventKind.INGESTED,
        by=key.user_id,
        api_key=key.pk,
        subject_kind="source",
        subject=data_source.pk,
        before=f"{len(taken.refused)} of {len(records)} refused" if taken.refused else "",
        after=f"{taken.created} new, {taken.changed} changed",
    )
    return taken


def _new_source(name: str) -> Source:
    if Source.objects.count() >= MOST_SOURCES:
        raise TooManySources
    # Two first batches at once: the second waits, and finds it.
    source, _ = Source.objects.get_or_create(name=name, defaults={"kind": SourceKind.INGEST})
    return source
