"""The words of comments, to search in: a row for each session whose current human labels say something."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection
from django.db.models import F, QuerySet
from psycopg import sql

from labeling.codes import ERASED_WORDS, LabelType
from labeling.models import CurrentLabel, SessionComments
from sessions_app.compiled import AnyOf, compiled
from sessions_app.models import Session
from sessions_app.search_words import VECTOR, comment_words, hour_of

# Only what differs is written, so that the nightly check of everything writes nothing.
WRITE = sql.SQL("""
    INSERT INTO labeling_sessioncomments (session_id, hour, search)
    SELECT wanted.session_id, wanted.hour, wanted.search
    FROM (SELECT given.session_id, given.hour, {vector} AS search
        FROM unnest(%s::bigint[], %s::integer[], %s::text[]) AS given(session_id, hour, words) OFFSET 0) AS wanted
    LEFT JOIN labeling_sessioncomments AS held USING (session_id)
    WHERE (held.hour, held.search) IS DISTINCT FROM (wanted.hour, wanted.search)
    ON CONFLICT (session_id) DO UPDATE SET hour = EXCLUDED.hour, search = EXCLUDED.search
    RETURNING session_id
""").format(vector=sql.SQL(VECTOR.format(texts="given.words, given.words")))


@compiled
def _held(sessions: Any) -> QuerySet[SessionComments, Any]:
    return SessionComments.objects.filter(AnyOf(F("session"), sessions)).values_list("pk", flat=True)


def write_comments(*, sessions: Sequence[Session], comments: Mapping[int, Sequence[str]]) -> set[int]:
    """This will keep the words of locked sessions' comments, and return the sessions where they were different."""
    comments = {pk: [one for one in told if one != ERASED_WORDS] for pk, told in comments.items()}
    said = [session for session in sessions if any(comments.get(session.pk, ()))]
    silent = [session.pk for session in sessions if not any(comments.get(session.pk, ()))]
    gone = _held.all(silent) if silent else []
    if gone:
        SessionComments.objects.filter(pk__in=gone).delete()
    if not said:
        return set(gone)
    hours = [hour_of(session.timestamp) for session in said]
    words = [comment_words(sorted(one for one in comments[session.pk] if one), hour=hour).english for session, hour in zip(said, hours, strict=True)]
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [[session.pk for session in said], hours, words])
        return {*gone, *(session_id for (session_id,) in cursor.fetchall())}


def follow_rekeyed(pairs: Sequence[tuple[Session, Session]]) -> None:
    """This will move comments along with sessions whose hour a sync has changed."""
    rewrite_comments(sessions=[new for old, new in pairs if hour_of(old.timestamp) != hour_of(new.timestamp)])


def rewrite_comments(*, sessions: Sequence[Session]) -> None:
    """This will gather the comments of locked sessions anew."""
    comments: dict[int, list[str]] = defaultdict(list)
    current = CurrentLabel.objects.filter(session__in=sessions, type=LabelType.HUMAN)
    for session_id, comment in current.values_list("session", "label__comment") if sessions else []:
        comments[session_id].append(comment)
    write_comments(sessions=sessions, comments=comments)
