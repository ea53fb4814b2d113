"""The issues of sessions after the categories changed: rewritten in batches from what labels say, under each session's lock."""

import time
from collections.abc import Callable, Sequence

from django.db import OperationalError, connection, transaction
from django.db.models import F
from django.db.models.functions import Now

from labeling.models import CategoryChange, IssueCategory, SessionIssue
from labeling.models.category_change import ChangeKind, ChangeState
from labeling.operations.session_issue_rows import move_issues, rewrite_issues
from labeling.queries.issues import SPACES, with_merged

BATCH, MERGE_BATCH = 500, 1_000
LONG_BATCH, SMALLEST_SHARE = 0.15, 16
# A label that is being written while a category changes may still have read the old ones; an import may take this long.
LONGEST_WAIT = 60
FOLLOWED = (ChangeKind.MERGE, ChangeKind.UNMERGE, ChangeKind.SPLIT, ChangeKind.MAP, ChangeKind.UNMAP)


class Stopped(Exception):
    """The worker has to end; the job is taken up again."""


def follow_change(*, change_pk: int, should_stop: Callable[[], bool] = lambda: False) -> None:
    """This will let the sessions follow a change of the categories, going on where an earlier attempt was cut off.

    Raises Stopped, and what the database refuses for a while.
    """
    change = CategoryChange.objects.get(pk=change_pk)
    if change.state != ChangeState.RUNNING:
        return
    try:
        _wait_for_earlier_writes(should_stop)
        _count(change)
        share, begun = 1, time.monotonic()
        while _rewrite_batch(change_pk, share=share):
            # A batch holds its rows until it is written: where the machine is busy, smaller ones.
            took, begun = time.monotonic() - begun, time.monotonic()
            share = min(share * 2, SMALLEST_SHARE) if took > LONG_BATCH else max(share // 2, 1)
            if should_stop():
                raise Stopped
    except (Stopped, OperationalError):
        raise
    except Exception:
        CategoryChange.objects.filter(pk=change_pk, state=ChangeState.RUNNING).update(state=ChangeState.FAILED, finished_at=Now())
        raise


def is_followed(change: CategoryChange) -> bool:
    """Whether there is a session that may have to follow, or is being written. Renaming, retiring and ignoring change no session's issues."""
    return change.kind in FOLLOWED and bool(_next_sessions(change, after=0, limit=1) or _writing())


def spellings_of(text: str) -> list[str]:
    """This will list, in upper case, the unmapped strings that differ from a text by case and spaces only."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT upper(text) FROM labeling_incomingissue WHERE btrim(regexp_replace(upper(text), %(spaces)s, ' ', 'g'))"
            " = btrim(regexp_replace(upper(%(text)s), %(spaces)s, ' ', 'g'))",
            {"spaces": SPACES, "text": text},
        )
        return [word for (word,) in cursor.fetchall()]


def _wait_for_earlier_writes(should_stop: Callable[[], bool]) -> None:
    """Who began to write before the change was there may have read the categories as they were; whoever begins later has not.

    So their sessions are come to after they are done. One that takes longer is left to the nightly repair.
    """
    until = time.monotonic() + LONGEST_WAIT
    waiting = _writing()
    while waiting and time.monotonic() < until:
        if should_stop():
            raise Stopped
        time.sleep(0.05)
        waiting &= _writing()


def _writing() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT backend_xid::text FROM pg_stat_activity WHERE datname = current_database() AND backend_xid IS NOT NULL AND pid <> pg_backend_pid()"
        )
        return {xid for (xid,) in cursor.fetchall()}


def _count(change: CategoryChange) -> None:
    if change.last_session is None:
        categories, words = _walked(change)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT (SELECT count(*) FROM labeling_sessionissue WHERE category_id = ANY(%s::bigint[])) + (SELECT count(DISTINCT session_id)"
                " FROM labeling_labelissue WHERE category_id IS NULL AND upper(raw) = ANY(%s::text[])) + (SELECT count(DISTINCT session_id)"
                " FROM labeling_labelissue WHERE category_id = ANY(%s::bigint[])"
                " AND btrim(regexp_replace(upper(raw), %s, ' ', 'g')) = btrim(regexp_replace(upper(%s), %s, ' ', 'g')))",
                [categories, words, _meant_before(change), SPACES, change.text, SPACES],
            )
            CategoryChange.objects.filter(pk=change.pk).update(total=cursor.fetchone()[0])


@transaction.atomic
def _rewrite_batch(change_pk: int, *, share: int = 1) -> bool:
    """Whether there is more. The lock on the change keeps a second worker from the same batch."""
    with connection.cursor() as cursor:
        # What a crash would lose is lost together with how far the change had come: nobody waits for the disk.
        cursor.execute("SET LOCAL synchronous_commit TO off")
    change = CategoryChange.objects.select_for_update(of=("self",)).get(pk=change_pk)
    if change.state != ChangeState.RUNNING:
        return False
    if change.kind == ChangeKind.MERGE:
        batch = _merge_batch(change, limit=max(MERGE_BATCH // share, 1))
    else:
        batch = _next_sessions(change, after=change.last_session or 0, limit=max(BATCH // share, 1))
    if batch:
        if change.kind != ChangeKind.MERGE:
            _lock(batch)
            rewrite_issues(sessions=batch)
        CategoryChange.objects.filter(pk=change.pk).update(handled=F("handled") + len(batch), last_session=batch[-1])
        return True
    if change.kind == ChangeKind.MERGE and _is_merged(change) and SessionIssue.objects.filter(category=change.category_id).exists():
        # A label that is being written holds the row; it says the new category itself, or leaves the row to the next look.
        time.sleep(0.05)
        CategoryChange.objects.filter(pk=change.pk).update(last_session=0)
        return True
    CategoryChange.objects.filter(pk=change.pk).update(state=ChangeState.FINISHED, finished_at=Now(), total=change.handled)
    return False


def _merge_batch(change: CategoryChange, *, limit: int) -> list[int]:
    if not _is_merged(change):
        return []
    return move_issues(category=change.category_id or 0, into=change.other_id or 0, after=change.last_session or 0, limit=limit)


def _is_merged(change: CategoryChange) -> bool:
    """A merge that was taken back while it ran is over; taking it back has a job of its own."""
    return IssueCategory.objects.filter(pk=change.category_id or 0, merged_into=change.other_id).exists()


def _lock(sessions: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT FROM sessions_app_session WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE", [list(sessions)])


def _next_sessions(change: CategoryChange, *, after: int, limit: int) -> list[int]:
    categories, words = _walked(change)
    found: set[int] = set()
    with connection.cursor() as cursor:
        for category in categories:
            cursor.execute(
                "SELECT session_id FROM labeling_sessionissue WHERE category_id = %s AND session_id > %s ORDER BY session_id LIMIT %s",
                [category, after, limit],
            )
            found |= {session for (session,) in cursor.fetchall()}
        for word in words:
            cursor.execute(
                "SELECT DISTINCT session_id FROM labeling_labelissue WHERE category_id IS NULL AND upper(raw) = %s AND session_id > %s"
                " ORDER BY session_id LIMIT %s",
                [word, after, limit],
            )
            found |= {session for (session,) in cursor.fetchall()}
        if before := _meant_before(change):
            cursor.execute(
                "SELECT DISTINCT session_id FROM labeling_labelissue WHERE category_id = ANY(%s::bigint[]) AND session_id > %s"
                " AND btrim(regexp_replace(upper(raw), %s, ' ', 'g')) = btrim(regexp_replace(upper(%s), %s, ' ', 'g')) ORDER BY session_id LIMIT %s",
                [before, after, SPACES, change.text, SPACES, limit],
            )
            found |= {session for (session,) in cursor.fetchall()}
    return sorted(found)[:limit]


def _walked(change: CategoryChange) -> tuple[list[int], list[str]]:
    """Where the sessions are that may have to be rewritten: below which categories, and below which unmapped strings.

    A later merge may wait behind this change, so they are below any of the categories that are one by now.
    """
    if change.kind == ChangeKind.MERGE:
        return [change.category_id or 0], []
    left = change.other_id if change.kind in (ChangeKind.UNMERGE, ChangeKind.MAP) else change.category_id
    categories = with_merged([left])[0] if left else []
    return categories, spellings_of(change.text) if change.kind == ChangeKind.MAP else []


def _meant_before(change: CategoryChange) -> list[int]:
    """Which categories a string meant that was taken out of them since. Labels of that time name them, for good."""
    if change.kind != ChangeKind.MAP:
        return []
    former = {pk for (pk,) in CategoryChange.objects.filter(kind=ChangeKind.UNMAP, text__iexact=change.text).values_list("category") if pk}
    return sorted(former | {pk for (pk,) in CategoryChange.objects.filter(kind=ChangeKind.MERGE, category__in=former).values_list("other") if pk})
