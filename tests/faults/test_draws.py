"""A worker that is killed while it fills a queue: all of the places are there in the end, once, and the same ones."""

import random
import time
from datetime import timedelta
from functools import partial

import pytest

from labeling.filters.queue_rules import get_frame
from labeling.models import Assignment, Draw
from labeling.models.queue import DrawState
from labeling.operations.draws import ask_for_draw, carry_out_draw
from sessions_app.models import Session
from tests.factories import NOON, AgentFactory, QueueFactory, SessionFactory
from tests.faults.killing import Killable
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db(transaction=True)
MOMENTS = 20 if is_long() else 4


def places_of(queue):
    return list(Assignment.objects.filter(queue=queue).order_by("position", "slot").values_list("session", "slot", "probability"))


def in_the_midst(draw_pk, seconds):
    while Draw.objects.get(pk=draw_pk).state == DrawState.WAITING:
        time.sleep(0.005)
    time.sleep(seconds)


def test_killed_at_any_moment_a_draw_is_whole_or_not_there_and_the_next_one_is_the_same():
    agents = [AgentFactory(), AgentFactory()]
    Session.objects.bulk_create(
        SessionFactory.build(data_source=agents[0].data_source, seen_agent=agents[number % 2], seen_prompt=None, timestamp=NOON - timedelta(minutes=number))
        for number in range(3_000)
    )
    whole = QueueFactory(seed=11, size=1_500, strata=["agent"], labels_wanted=2)
    carry_out_draw(draw_pk=ask_for_draw(queue=whole).pk, frame_of=get_frame)
    expected = [session for session, _slot, _probability in places_of(whole)]
    assert len(expected) == 3_000
    moments = random.Random(8)
    half_done = 0

    with Killable("drawing_process", batch=100) as process:
        for _ in range(MOMENTS):
            queue = QueueFactory(seed=11, size=1_500, strata=["agent"], labels_wanted=2)
            draw = ask_for_draw(queue=queue)
            ended = process.work(draw.pk, killed_after=partial(in_the_midst, draw.pk, moments.uniform(0, 0.3)))
            draw.refresh_from_db()
            assert Assignment.objects.filter(queue=queue).count() in ((3_000,) if draw.state == DrawState.FINISHED else (0,))
            half_done += ended < 0 and draw.state == DrawState.RUNNING
            assert process.work(draw.pk) == 0
            assert [session for session, _slot, _probability in places_of(queue)] == expected
            assert Draw.objects.get(pk=draw.pk).state == DrawState.FINISHED

    assert half_done, "no moment was in the midst of it"
