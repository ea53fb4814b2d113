"""Labels that come back from an export of ours: as the facts they are, under their own ids where nobody else has them."""

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from labeling.models import Label, Rater
from labeling.operations.derived import derive
from labeling.operations.disputes import follow_disputes
from labeling.operations.label_rows import LabelGiven, insert_issues, label_row
from labeling.operations.raters import rater_named
from sessions_app.codes import FIRST_OWN_ID, LAST_ID
from sessions_app.models import Session

# So many ids stay free above whatever a file brings: a file must not be able to use up those that are to come.
ROOM = 2**40


@dataclass(frozen=True, slots=True)
class Restored:
    """A label as a file tells it. `independent`, `saw_auto` and `saw_others` are what only we can vouch for, so only an export of ours may say it."""

    pk: int
    given: LabelGiven
    made_at: datetime
    independent: bool
    saw_auto: bool
    saw_others: bool

    @property
    def key(self) -> str:
        given = self.given
        parts = [self.pk, given.rater.kind, given.rater.email, given.type, given.code, self.made_at.isoformat()]
        return "export:" + hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@transaction.atomic
def restore_labels(*, labels: Sequence[Restored]) -> int:
    """This will insert the labels that are not here, derive once what follows, and return how many they were. Nobody outside is told of them."""
    locked = Session.objects.select_for_update(no_key=True).filter(pk__in={one.given.session_id for one in labels}).order_by("pk")
    sessions = {session.pk: session for session in locked}
    taken = {pk: (session, code, at) for pk, session, code, at in _rows(labels)}
    known = set(Label.objects.filter(session__in=sessions, client_key__startswith="export:").values_list("session", "client_key"))
    fresh = [
        one
        for one in {(one.given.session_id, one.key): one for one in labels}.values()
        if one.given.session_id in sessions
        and taken.get(one.pk) != (one.given.session_id, one.given.code, one.made_at)
        and (one.given.session_id, one.key) not in known
    ]
    rows = []
    for one in fresh:
        is_erased = sessions[one.given.session_id].erased_at is not None
        row = label_row(one.given, replaces=None, made_at=one.made_at, seen=set(), is_erased=is_erased)
        row.client_key, row.independent, row.saw_auto, row.saw_others = one.key, one.independent, one.saw_auto, one.saw_others
        if one.pk not in taken and 0 < one.pk < LAST_ID - ROOM:
            row.pk = one.pk
        rows.append(row)
    rows = Label.objects.bulk_create(rows, batch_size=500)
    insert_issues([(row, one.given.issues) for row, one in zip(rows, fresh, strict=True)])
    step_over(Label._meta.db_table, [one.pk for one in fresh])
    derive(sessions=list(sessions.values()))
    follow_disputes(sessions=list(sessions.values()))
    return len(rows)


def free_session_ids(*, wanted: Collection[int]) -> set[int]:
    """This will be those of our own ids that nobody has, and that leave room for others."""
    ours = {pk for pk in wanted if FIRST_OWN_ID <= pk < LAST_ID - ROOM}
    return ours - set(Session.objects.filter(pk__in=ours).values_list("pk", flat=True)) if ours else set()


def step_over(table: str, pks: Collection[int]) -> None:
    """This will let ids that are given from now on begin behind those that were brought."""
    ours = [pk for pk in pks if pk < LAST_ID - ROOM]
    if ours:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT setval(given.sequence, given.pk) FROM (SELECT pg_get_serial_sequence(%s, 'id')::regclass AS sequence, %s::bigint AS pk) AS given"
                " WHERE coalesce(pg_sequence_last_value(given.sequence), 0) < given.pk",
                [table, max(ours)],
            )


def rater_restored(*, kind: str, email: str, name: str) -> Rater:
    return rater_named(kind=kind, email=email, name="" if name == email else name)


def _rows(labels: Sequence[Restored]) -> Any:
    return Label.objects.filter(pk__in={one.pk for one in labels}).values_list("pk", "session", "code", "made_at")
