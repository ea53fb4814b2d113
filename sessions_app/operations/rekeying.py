"""What goes along when a session's row changes: counts, search words, and what labeling keeps under the same keys."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sessions_app.bulk import update_rows
from sessions_app.models import Session, SessionDelta
from sessions_app.operations.search_words import give_words
from sessions_app.search_words import hour_of

# labeling's deltas carry the same keys. It registers here, because sessions_app must not import it.
Rekeyed = Callable[[Sequence[tuple[Session, Session]]], None]
AFTER_REKEY: list[Rekeyed] = []
# Places of queues carry the session's time. Locked sessions whose time is another now.
AFTER_MOVE: list[Callable[[Sequence[Session]], None]] = []

BATCH = 1_000


def session_key(session: Session) -> dict[str, Any]:
    """This will be the key under which deltas count a session."""
    moment = session.timestamp
    return {
        "bucket": moment.replace(minute=moment.minute - moment.minute % 15, second=0, microsecond=0),
        "agent_id": session.seen_agent_id,
        "prompt_id": session.seen_prompt_id,
        "channel": session.channel,
        "language": session.language,
        "direction": session.direction,
        "is_test": bool(session.is_test),
    }


def change(session: Session, values: Mapping[str, Any]) -> Session | None:
    """This will set what differs and return the session as it was, or None when nothing differs."""
    changed = [name for name, value in values.items() if getattr(session, name) != value]
    if not changed:
        return None
    before = Session(**{column.attname: getattr(session, column.attname) for column in Session._meta.concrete_fields})
    for name in changed:
        setattr(session, name, values[name])
    return before


def write_rekeyed(pairs: Sequence[tuple[Session, Session]]) -> None:
    """This will write locked sessions, each given as it was and as it is, and whatever goes along with them."""
    if not pairs:
        return
    columns = [column for column in Session._meta.concrete_fields if any(getattr(a, column.attname) != getattr(b, column.attname) for a, b in pairs)]
    update_rows([after for _, after in pairs], [column.name for column in columns], touch="changed_at")
    moved = [(before, after) for before, after in pairs if session_key(before) != session_key(after)]
    deltas = [SessionDelta(**session_key(side), n=n) for pair in moved for side, n in zip(pair, (-1, 1), strict=True)]
    SessionDelta.objects.bulk_create(deltas, batch_size=BATCH)
    # An hour is whole buckets, so who changed hour is among these.
    give_words([after.pk for before, after in moved if hour_of(before.timestamp) != hour_of(after.timestamp)])
    for listener in AFTER_REKEY:
        listener(moved)
    if late := [after for before, after in pairs if before.timestamp != after.timestamp]:
        for listener_of_moves in AFTER_MOVE:
            listener_of_moves(late)
