"""Lenses: what one person sees the words of a session through."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Case, CharField, DateTimeField, Value, When
from django.db.models.functions import Now

from labeling.masking import KeyMask, Unmasked, Viewer, mask_text
from labeling.models import MaskedKey, Unmasking, User
from labeling.roles import Permission
from sessions_app.identifiers import HidesKey
from sessions_app.queries.secret_values import hides_none

# When an unmasking ends, or nothing where it has.
STILL = Case(When(until__gt=Now(), then="until"))


@dataclass(frozen=True, slots=True)
class Lens:
    """`viewer` is the person, masked or unmasked; `until` is when the unmasking ends, None where everything is masked."""

    viewer: Viewer
    hides_key: HidesKey
    until: datetime | None = None

    def text(self, text: str) -> str:
        return mask_text(text, self.viewer)


def get_lens(session_pk: int, *, viewer: User) -> Lens:
    return get_lenses([session_pk], viewer=viewer)[session_pk]


def get_lenses(session_pks: Iterable[int], *, viewer: User) -> dict[int, Lens]:
    """This will read the masked keys, and what this person unmasked of these sessions, with one query."""
    pks = list(session_pks)
    rows = MaskedKey.objects.values_list("name", Value(None, BigIntegerField()), Value(None, DateTimeField()))
    if viewer.may(Permission.UNMASK):
        # The newest of each session counts: hiding again is one that ends at once.
        asked = Unmasking.objects.filter(user=viewer, session__in=pks).order_by("session", "-pk").distinct("session")
        rows = rows.union(asked.values_list(Value("", CharField()), "session", STILL), all=True)
    keys, ends = [], {}
    for name, session, until in rows:
        if session is None:
            keys.append(name)
        elif until is not None:
            ends[session] = until
    hides_key = KeyMask(keys)
    return {pk: Lens(Unmasked(viewer), hides_none, ends[pk]) if pk in ends else Lens(viewer, hides_key) for pk in pks}
