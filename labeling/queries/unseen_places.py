"""Sessions for which an independent queue still wants labels: what is said of them must not leave the house before the last one is given."""

from collections.abc import Collection

from django.db.models import QuerySet

from labeling.models import Assignment, Queue
from labeling.models.assignment import WANTED


def unseen_places() -> QuerySet[Assignment]:
    """This will be the places that somebody is still to fill without having seen what others said."""
    return Assignment.objects.filter(state__in=WANTED, queue__in=Queue.objects.wanting().filter(is_independent=True))


def judged_unseen(sessions: Collection[int]) -> set[int]:
    """This will find those of some sessions that have such a place."""
    return set(unseen_places().filter(session__in=sessions).values_list("session", flat=True))
