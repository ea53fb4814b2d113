"""A label that a program sends: safe to send again, with a key of its own making or without."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from django.db import connection, transaction

from labeling.codes import LabelType, RaterKind, Via
from labeling.models import ApiKey, Label, Rater, User
from labeling.operations.label_rows import IssueGiven, LabelGiven, Provenance, request_hash
from labeling.operations.labels import KeyReused, Submitted, submit_label
from labeling.operations.raters import rater_named, rater_of

# A client that got no answer sends the same again; after this long it means another label.
SAME_WITHIN = timedelta(minutes=10)
LOCK = "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))"


def submit_api_label(
    *, session_id: int, type: str, code: str, comment: str, issues: Sequence[str], user_email: str, key: ApiKey, idempotency_key: str = ""
) -> Submitted:
    """This will insert a label in the name of an address, or give the one that the same request made before.

    With an idempotency key that is the label made with it, whatever became of it. Without one it is the rater's current
    label, where the same key gave it the same content within ten minutes. Raises KeyReused, AddressTaken, Session.DoesNotExist.
    """
    given = LabelGiven(
        session_id=session_id,
        rater=_rater(type, user_email, key.user),
        code=code,
        client_key=_client_key(key, idempotency_key),
        type=type,
        comment=comment,
        issues=tuple(IssueGiven(raw) for raw in issues),
        provenance=Provenance(via=Via.API, api_key=key, claimed_email=user_email),
    )
    submit = partial(
        submit_label,
        session_id=session_id,
        rater=given.rater,
        code=code,
        client_key=given.client_key,
        type=type,
        comment=comment,
        issues=given.issues,
        provenance=given.provenance,
    )
    if not idempotency_key:
        return submit(same_within=SAME_WITHIN)
    with transaction.atomic(), connection.cursor() as cursor:
        # The key may come with two sessions at once, which have two row locks.
        cursor.execute(LOCK, [given.client_key])
        earlier = Label.objects.filter(api_key=key, client_key=given.client_key).first()
        if earlier is None:
            return submit()
    if (earlier.session_id, earlier.rater_id, earlier.request_hash) != (session_id, given.rater.pk, request_hash(given)):
        raise KeyReused
    return Submitted(earlier, is_new=False)


def _rater(type: str, user_email: str, owner: User) -> Rater:
    email = user_email.strip().lower()
    if type == LabelType.AUTO:
        return Rater.objects.filter(kind=RaterKind.MACHINE, email=email).first() or rater_named(kind=RaterKind.MACHINE, email=email)
    person = owner if email == owner.email else User.objects.filter(email=email).first()
    if person is None:
        return rater_named(kind=RaterKind.PERSON, email=email)
    return rater_of(user=person)


def _client_key(key: ApiKey, idempotency_key: str) -> str:
    said = hashlib.sha256(idempotency_key.encode()).hexdigest() if idempotency_key else secrets.token_hex(16)
    return f"api {key.pk} {said}"
