"""A batch: some thousand rows by column, and what belongs to them, fetched when a column first asks for it."""

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from django.db.models import F

from labeling.exports import details
from labeling.gate import telling_queues
from labeling.masking import DOTS, mask, mask_handle, masks_text
from labeling.models import User
from labeling.policies import judgments_open_to, why_not_read, why_not_unmask
from labeling.queries.known_queues import get_queue_names, queues_known_to
from labeling.queries.scopes import get_scope
from sessions_app.compiled import AnyOf
from sessions_app.identifiers import HidesKey
from sessions_app.models import Session
from sessions_app.queries.secret_values import hides_none

BATCH = 2_000
# Of sessions with all that was said in them: a transcript can be a thousand times as long as a row.
BATCH_OF_WORDS = 200
# Nearly every caller: what `mask` makes of it is known without asking, which took a fifth of the time of an export.
WHOLE_NUMBER = re.compile(r"\+[0-9]{7,20}")
NUMBER_MASK = f"{DOTS} {DOTS}"


class Batch:
    """Values are read column by column: a function call for each of them would cost more than the database."""

    def __init__(
        self,
        rows: Sequence[tuple[Any, ...]],
        *,
        fields: Sequence[str],
        viewer: User,
        pages: tuple[str, str],
        hides_key: HidesKey,
        unmasked: bool = False,
    ) -> None:
        self._columns = dict(zip(fields, zip(*rows, strict=True), strict=True))
        self.viewer = viewer
        self.pages = pages
        self.is_masked = not unmasked or bool(why_not_unmask(viewer))
        self.hides_key = hides_key if self.is_masked else hides_none

    def __len__(self) -> int:
        return len(self.pks)

    def __getitem__(self, field: str) -> Sequence[Any]:
        return self._columns[field]

    @property
    def pks(self) -> Sequence[int]:
        return self._columns["id"]

    @cached_property
    def shown(self) -> frozenset[int] | None:
        """The sessions whose judgments this person may see, or None where that is all of them."""
        opened = judgments_open_to(self.viewer)
        if not opened:
            return None
        return frozenset(Session.objects.filter(AnyOf(F("pk"), self.pks)).filter(opened).values_list("pk", flat=True))

    @cached_property
    def issues(self) -> Mapping[int, list[str]]:
        return details.get_issues(self.pks)

    @cached_property
    def queues(self) -> Mapping[int, list[str]]:
        """By name, and only those that this person may know of."""
        known = queues_known_to(self.viewer, get_scope(self.viewer))
        if self.shown is None:
            return get_queue_names(self.pks, known)
        # Being in some tells what somebody thinks of a session.
        hidden = [pk for pk in self.pks if pk not in self.shown]
        return get_queue_names([*self.shown], known) | get_queue_names(hidden, known.exclude(pk__in=telling_queues(self.viewer)))

    @cached_property
    def labels(self) -> details.BySession:
        return details.get_labels(self.pks, hide=self.hide, is_whole=not self.is_masked)

    @cached_property
    def other_labels(self) -> details.BySession:
        return details.get_other_labels(self.pks, hide=self.hide, is_whole=not self.is_masked)

    @cached_property
    def evidence(self) -> details.BySession:
        return details.get_evidence(self.pks, hide=self.hide, is_whole=not self.is_masked)

    @cached_property
    def transcripts(self) -> Mapping[int, details.Item]:
        if why_not_read(self.viewer):
            return {}
        started = dict(zip(self.pks, self["started_utc"], strict=True))
        return details.get_transcripts(started, hide=self.hide if self.is_masked else None, hides_key=self.hides_key)

    @cached_property
    def latencies(self) -> Mapping[int, list[details.Item]]:
        return {} if why_not_read(self.viewer) else details.get_latencies(self.pks, hide=self.hide if self.is_masked else None)

    @cached_property
    def summaries(self) -> Mapping[int, tuple[str, str]]:
        return {} if why_not_read(self.viewer) else details.get_summaries(self.pks, hide=self.hide)

    @cached_property
    def hide(self) -> Callable[[str], str]:
        return masks_text(self.viewer) if self.is_masked else str

    def masked(self, field: str) -> Sequence[Any]:
        """A caller's number, address or name."""
        if not self.is_masked:
            return self[field]
        viewer, is_whole = self.viewer, WHOLE_NUMBER.fullmatch
        return [f"{NUMBER_MASK} {value[-4:]}" if value and is_whole(value) else mask(value, viewer) if value else value for value in self[field]]

    def masked_target(self) -> Sequence[Any]:
        """Of a call that went out, this is whom it went to."""
        if not self.is_masked:
            return self["target"]
        rows = zip(self["target"], self["is_outbound"], strict=True)
        return [(mask(value, self.viewer) if out else self.hide(value)) if value else value for value, out in rows]

    def masked_handle(self, field: str) -> Sequence[Any]:
        """An id at the source: some platforms make it of the caller's number or name."""
        if not self.is_masked:
            return self[field]
        rows = zip(self[field], self["source"], self["target"], self["is_outbound"], strict=True)
        return [mask_handle(value, self.viewer, callers=(source, target if out else None)) if value else value for value, source, target, out in rows]
