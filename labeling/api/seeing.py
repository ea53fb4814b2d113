"""What the owner of a key sees through it: callers masked unless the key has pii:read, judgments only where they may."""

from collections.abc import Callable, Collection, Sequence
from functools import cached_property
from typing import Any

from labeling.api.access import ApiRequest
from labeling.exports.details import hide_in
from labeling.masking import KeyMask, Unmasked, Viewer, is_masked, mask, mask_handle, masks_text
from labeling.models import MaskedKey
from labeling.models.api_key import KeyScope
from labeling.policies import judgments_shown, why_not_use
from sessions_app.api.schemas import Session as Shape
from sessions_app.identifiers import HidesKey, hide_turns
from sessions_app.queries.secret_values import hides_none, tools_without_secrets, without_secrets

HANDLES = ("conversation_id", "channel_manager_sid")
# Digits in these are not a caller's.
UNMASKED_KEYS = frozenset({"uid", "timestamp", "measurement_start", "tool_call_id", "value", "duration_ms"})
Item = dict[str, Any]


class Sight:
    """One key's view of what it reads, for one request."""

    def __init__(self, request: ApiRequest) -> None:
        self.person = request.user
        sees_callers = not why_not_use(request.api_key, KeyScope.PII_READ)
        self.viewer: Viewer = Unmasked(request.user) if sees_callers else request.user
        self.is_masked = is_masked(self.viewer)

    @cached_property
    def hides_key(self) -> HidesKey:
        return KeyMask(MaskedKey.objects.values_list("name", flat=True)) if self.is_masked else hides_none

    @property
    def hide(self) -> Callable[[str], str]:
        return masks_text(self.viewer)

    def session(self, told: dict[str, Any]) -> dict[str, Any]:
        """This will mask the caller in a session of the wire."""
        unknown = {name: value for name, value in told.items() if name not in Shape.model_fields}
        if unknown:
            told = {**told, **without_secrets(unknown, hides_key=self.hides_key)}
        if not self.is_masked:
            return told
        source, target, went_out = told["source"], told["target"], told["is_outbound"]
        callers = (source, target if went_out else None)
        masked = {name: mask_handle(told[name], self.viewer, callers=callers) for name in HANDLES if told[name]}
        masked["source"] = mask(source, self.viewer) if source else source
        if target:
            masked["target"] = mask(target, self.viewer) if went_out else self.hide(target)
        return {**told, **masked, **{name: hide_in(told[name], self.hide) for name in unknown}}

    def sessions(self, rows: Collection[dict[str, Any]]) -> list[dict[str, Any]]:
        """This will mask the callers, and take away the session labels that the key's owner may not know of yet."""
        shown = self.judgments_shown([int(row["session_id"]) for row in rows])
        return [self.session(row if shown is None or int(row["session_id"]) in shown else {**row, "session_label_id": None}) for row in rows]

    def judgments_shown(self, pks: Collection[int]) -> frozenset[int] | None:
        """The sessions whose judgments the owner may see, or None where that is all of them."""
        return judgments_shown(self.person, pks)

    def turns(self, turns: Sequence[Item]) -> list[Item]:
        """Identifiers that are spread over several turns are found too."""
        if not self.is_masked:
            return list(turns)
        texts = hide_turns((turn["text"] for turn in turns), self.hide)
        return [event | {"text": text} for event, text in zip(self.events(turns), texts, strict=True)]

    def tools(self, tools: Sequence[Item]) -> list[Item]:
        """Secrets are in no answer, whoever asks."""
        return self.events(tools_without_secrets(tools, hides_key=self.hides_key))

    def events(self, events: Sequence[Item]) -> list[Item]:
        if not self.is_masked:
            return list(events)
        hide = self.hide
        return [{key: value if key in UNMASKED_KEYS else hide_in(value, hide) for key, value in event.items()} for event in events]
