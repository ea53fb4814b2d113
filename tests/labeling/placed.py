"""Places of a queue as they stand: open, claimed, done."""

from datetime import timedelta

from django.db.models import F
from django.db.models.functions import Now
from django.utils import timezone

from labeling.models import Assignment
from labeling.models.assignment import PlaceState
from labeling.operations.raters import rater_of
from tests.factories import AssignmentFactory, CurrentLabelFactory, DrawFactory, LabelFactory, SessionFactory


def places(queue, n, *, slots=1, **fields):
    draw = DrawFactory(queue=queue)
    made = []
    for position in range(n):
        session = SessionFactory(**fields)
        made += [AssignmentFactory(queue=queue, draw=draw, session=session, slot=slot + 1, position=position) for slot in range(slots)]
    return made


def claimed(place, person, *, minutes=10, times=1):
    Assignment.objects.filter(pk=place.pk).update(
        state=PlaceState.CLAIMED, person=person, claimed_at=Now(), lease_until=Now() + timedelta(minutes=minutes), lease_version=F("lease_version") + times
    )
    place.refresh_from_db()
    return place


def done(place, person, *, days_ago=0):
    label = LabelFactory(session=place.session, rater=rater_of(user=person), code="BAD")
    CurrentLabelFactory(label=label)
    at = timezone.now() - timedelta(days=days_ago)
    Assignment.objects.filter(pk=place.pk).update(state=PlaceState.DONE, person=person, label=label.pk, done_at=at)
