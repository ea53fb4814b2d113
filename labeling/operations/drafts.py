"""The writes of drafts: save, close, open again. An older save never wins, and none comes back after its submit."""

from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from labeling.models import Draft, Label, User
from sessions_app.models import Session

KEPT = timedelta(days=30)
AFTER_EVERY_SAVE = 2**31 - 1


class DraftIsVoid(Exception):
    """The form that sent this was submitted already, or its session was erased: what comes late is part of that label, or of nothing."""


@dataclass(slots=True)
class DraftElsewhere(Exception):
    """Another tab wrote in the meantime."""

    draft: Draft


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands in the label form."""

    code: str = ""
    issues: list[dict[str, Any]] = field(default_factory=list)
    comment: str = ""
    reason: str = ""
    version: int | None = None


@transaction.atomic
def save_draft(*, session_id: int, by: User, typed: Typed, tab: str, sequence: int, revision: int) -> Draft:
    """This will keep what was typed in a tab, and return the draft that stands.

    `sequence` counts the saves of a tab, so that one that was overtaken on the way changes nothing. `revision` is the
    draft the tab last saw; where another tab has written since, DraftElsewhere says what. Raises DraftIsVoid.
    """
    draft = _locked(session_id, by)
    if Session.objects.filter(pk=session_id, erased_at__isnull=False).exists():
        raise DraftIsVoid
    if Label.objects.filter(session=session_id, rater__user=by, client_key=tab).exists():
        raise DraftIsVoid
    if draft.tab == tab:
        if sequence <= draft.sequence:
            return draft
    elif draft.revision != revision and draft.is_open and not _is_same(draft, typed):
        raise DraftElsewhere(draft)
    for name, value in asdict(typed).items():
        setattr(draft, name, value)
    draft.tab, draft.sequence, draft.is_open = tab, sequence, True
    return _written(draft)


@transaction.atomic
def close_draft(*, session_id: int, by: User, typed: Typed, tab: str, revision: int | None = None) -> None:
    """This will end a draft whose label was submitted. Called under the session's lock, in the label's transaction.

    `revision` is the draft the submitting tab last saw: what another tab wrote since, and the label does not say, stays.
    """
    draft = _locked(session_id, by)
    if draft.is_open and draft.tab != tab and revision not in (None, draft.revision) and not _is_same(draft, typed):
        return
    _empty(draft)
    draft.tab, draft.sequence = tab, 0
    _written(draft)


@transaction.atomic
def discard_draft(*, session_id: int, by: User, tab: str = "") -> None:
    """This will throw away what was typed, because the person said so; a save of that tab that comes late changes nothing."""
    draft = _locked(session_id, by)
    _empty(draft)
    draft.tab, draft.sequence = tab, AFTER_EVERY_SAVE if tab else 0
    _written(draft)


@transaction.atomic
def reopen_draft(*, session_id: int, by: User, typed: Typed) -> None:
    """This will give back, as a draft, what an undone label said. Called in the withdrawal's transaction.

    What was typed since the label stays, and starts from what stands now.
    """
    draft = _locked(session_id, by)
    if draft.is_open and not _is_same(draft, Typed()):
        draft.version = typed.version
        _written(draft)
        return
    for name, value in asdict(typed).items():
        setattr(draft, name, value)
    draft.tab, draft.sequence, draft.is_open = "", 0, True
    _written(draft)


def clear_drafts() -> int:
    """This will forget drafts that nobody has touched for a month. The nightly task."""
    return Draft.objects.filter(saved_at__lt=timezone.now() - KEPT).delete()[0]


def _locked(session_id: int, by: User) -> Draft:
    """The row is made first, so that a save and a submit at the same moment wait for each other."""
    Draft.objects.bulk_create([Draft(session_id=session_id, user=by)], ignore_conflicts=True)
    return Draft.objects.select_for_update().get(session_id=session_id, user=by)


def _empty(draft: Draft) -> None:
    for name, value in asdict(Typed()).items():
        setattr(draft, name, value)
    draft.is_open = False


def _is_same(draft: Draft, typed: Typed) -> bool:
    return all(getattr(draft, name) == value for name, value in asdict(typed).items() if name != "version")


def _written(draft: Draft) -> Draft:
    draft.revision += 1
    draft.saved_at = Now()
    draft.save(update_fields=["revision", "tab", "sequence", "version", "code", "issues", "comment", "reason", "is_open", "saved_at"])
    draft.refresh_from_db(fields=["saved_at"])
    return draft
