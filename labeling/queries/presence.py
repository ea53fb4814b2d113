"""Who else has a session open."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models.functions import Now

from labeling.models import Presence, User

# A beat comes every two minutes while the page is visible.
STILL_HERE = timedelta(seconds=150)
MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Here:
    name: str
    minutes: int


@dataclass(frozen=True, slots=True)
class Others:
    """Everybody else on a session, those who came first first."""

    here: Sequence[Here]

    @property
    def named(self) -> Sequence[Here]:
        return self.here[:MOST_NAMED]

    @property
    def more(self) -> int:
        return len(self.here) - len(self.named)


def get_others_here(session_id: int, *, viewer: User) -> Others:
    """This will return who else renewed their presence lately, with how long they have been there by the database's clock."""
    rows = (
        Presence.objects.filter(session=session_id, seen_at__gte=Now() - STILL_HERE, user__is_active=True)
        .exclude(user=viewer)
        .select_related("user")
        .annotate(now=Now())
        .order_by("since", "pk")
    )
    return Others([Here(_called(row.user), max(int((row.now - row.since).total_seconds()) // 60, 0)) for row in rows])


def _called(user: User) -> str:
    """Colleagues know each other by the first name."""
    return str(user).split()[0] if user.name.strip() else user.email.partition("@")[0]
