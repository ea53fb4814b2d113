"""The writes of drafts: save, close, open again. An older save never wins, and none comes back after its submit."""

from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, Q, QuerySet
from django.db.models.functions import Now

from labeling.models import Draft, Label, User
from sessions_app.compiled import compiled
from sessions_app.models import Session

KEPT = timedelta(days=30)
# Of texts that were left behind, as many as anybody has tabs.
MOST_OTHERS = 10
AFTER_EVERY_SAVE = 2**31 - 1
CLOSED = """
    INSERT INTO labeling_draft (session_id, user_id, revision, tab, sequence, code, issues, comment, reason, others, is_open)
    VALUES (%s, %s, 1, %s, 0, '', '[]', '', '', '[]', false) ON CONFLICT DO NOTHING
"""


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
def save_draft(*, session_id: int, by: User, typed: Typed, tab: str, sequence: int, revision: int, is_leaving: bool = False) -> Draft:
    """This will keep what was typed in a tab, and return the draft that stands.

    `sequence` counts the saves of a tab, so that one that was overtaken on the way changes nothing. `revision` is the
    draft the tab last saw; where another tab has written since, DraftElsewhere says what. A page that is being left has
    nobody to tell: what it sends is kept beside the draft. Raises DraftIsVoid.
    """
    draft = _locked(session_id, by)
    # Only now: a label may have come while this waited for the draft.
    if _is_void.first(session_id, by.pk, tab) is not None:
        raise DraftIsVoid
    if draft.tab == tab:
        if sequence <= draft.sequence:
            return draft
    elif draft.revision != revision and draft.is_open and not _is_same(draft, typed):
        if is_leaving:
            return _set_aside(draft, typed, tab, sequence)
        raise DraftElsewhere(draft)
    draft.others = _without(draft.others, tab)
    for name, value in asdict(typed).items():
        setattr(draft, name, value)
    draft.tab, draft.sequence, draft.is_open = tab, sequence, True
    return _written(draft)


def close_draft(*, session_id: int, by: User, typed: Typed, tab: str, revision: int | None = None) -> None:
    """This will end a draft whose label was submitted. Called under the session's lock, in the label's transaction.

    `revision` is the draft the submitting tab last saw: what another tab wrote since, and the label does not say, stays.
    """
    draft = _locked_row.first(session_id, by.pk)
    if draft is None and _closed_at_once(session_id, by, tab):
        return
    draft = draft or _locked(session_id, by)
    others = _without(draft.others, tab)
    if draft.is_open and draft.tab != tab and revision not in (None, draft.revision) and not _is_same(draft, typed):
        Draft.objects.filter(pk=draft.pk).update(others=others)
        return
    draft.others = [other for other in others if not _says_same(_typed_of(other), typed)]
    _end(draft, tab=tab, sequence=0)


@transaction.atomic
def keep_typed(*, session_id: int, by: User, typed: Typed, tab: str) -> Draft:
    """This will keep what was sent and did not become a label. No save of that tab comes after it; what another tab wrote stays beside it.

    Of a session that was erased nothing is kept.
    """
    draft = _locked(session_id, by)
    if Session.objects.filter(pk=session_id, erased_at__isnull=False).exists():
        return draft
    if draft.is_open and draft.tab != tab and not _is_same(draft, typed):
        return _set_aside(draft, typed, tab, AFTER_EVERY_SAVE)
    _take(draft, typed)
    draft.tab, draft.sequence = tab, AFTER_EVERY_SAVE
    return _written(draft)


@transaction.atomic
def choose_text(*, session_id: int, by: User, tab: str, is_taken: bool) -> None:
    """This will end the question which of two texts stands: the one that `tab` left behind is taken as the draft, or thrown away."""
    draft = _locked(session_id, by)
    left = next((other for other in draft.others if other["tab"] == tab), None)
    if left is None:
        return
    draft.others = _without(draft.others, tab)
    if is_taken:
        _take(draft, _typed_of(left))
    _written(draft)


@transaction.atomic
def discard_draft(*, session_id: int, by: User, tab: str = "") -> None:
    """This will throw away what was typed, because the person said so; a save of that tab that comes late changes nothing."""
    draft = _locked(session_id, by)
    draft.others = _without(draft.others, tab)
    _end(draft, tab=tab, sequence=AFTER_EVERY_SAVE if tab else 0)


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
    _take(draft, typed)
    _written(draft)


def clear_drafts() -> int:
    """This will forget drafts that nobody has touched for a month. The nightly task."""
    return Draft.objects.filter(saved_at__lt=Now() - KEPT).delete()[0]


def _locked(session_id: int, by: User) -> Draft:
    """A row that is not there is made first, so that a save and a submit at the same moment wait for each other."""
    draft = _locked_row.first(session_id, by.pk)
    if draft is None:
        # Another may have made it in this moment, and is waited for.
        Draft.objects.bulk_create([Draft(session_id=session_id, user=by)], ignore_conflicts=True)
        (draft,) = _locked_row.all(session_id, by.pk)
    return draft


def _closed_at_once(session_id: int, by: User, tab: str) -> bool:
    """This will put down that a text which was never saved is submitted; nothing, where a save of it came before in this moment."""
    with connection.cursor() as cursor:
        cursor.execute(CLOSED, [session_id, by.pk, tab])
        return bool(cursor.rowcount)


@compiled
def _is_void(session: Any, user: Any, tab: Any) -> QuerySet[Session, Any]:
    submitted = Label.objects.filter(session=session, rater__user=user, client_key=tab)
    return Session.objects.filter(Q(erased_at__isnull=False) | Exists(submitted), pk=session).values_list("pk", flat=True)


@compiled
def _locked_row(session: Any, user: Any) -> QuerySet[Draft]:
    return Draft.objects.select_for_update().filter(session=session, user=user).annotate(now=Now())


def _set_aside(draft: Draft, typed: Typed, tab: str, sequence: int) -> Draft:
    earlier = next((other for other in draft.others if other["tab"] == tab), None)
    if _says_same(typed, Typed()) or (earlier and sequence <= earlier["sequence"]):
        return draft
    draft.others = [*_without(draft.others, tab), {"tab": tab, "sequence": sequence, **asdict(typed)}][-MOST_OTHERS:]
    return _written(draft)


def _end(draft: Draft, *, tab: str, sequence: int) -> None:
    """What was left behind in another tab, and nobody has decided about, stands then."""
    for name, value in asdict(Typed()).items():
        setattr(draft, name, value)
    draft.is_open, draft.tab, draft.sequence = False, tab, sequence
    if draft.others:
        *draft.others, left = draft.others
        _take(draft, _typed_of(left))
    _written(draft)


def _take(draft: Draft, typed: Typed) -> None:
    for name, value in asdict(typed).items():
        setattr(draft, name, value)
    draft.tab, draft.sequence, draft.is_open = "", 0, True


def _typed_of(other: dict[str, Any]) -> Typed:
    return Typed(**{name: other[name] for name in Typed.__dataclass_fields__})


def _says_same(one: Typed, other: Typed) -> bool:
    return replace(one, version=None) == replace(other, version=None)


def _without(others: list[dict[str, Any]], tab: str) -> list[dict[str, Any]]:
    return [other for other in others if other["tab"] != tab]


def _is_same(draft: Draft, typed: Typed) -> bool:
    return all(getattr(draft, name) == value for name, value in asdict(typed).items() if name != "version")


def _written(draft: Draft) -> Draft:
    draft.revision += 1
    draft.saved_at = draft.now  # type: ignore[attr-defined]
    draft.save(update_fields=["revision", "tab", "sequence", "version", "code", "issues", "comment", "reason", "others", "is_open", "saved_at"])
    return draft
