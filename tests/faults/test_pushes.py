"""A sender that is killed at any moment, again and again, while replies are lost and a sync reads along: each label is there exactly once."""

import random
import re
import signal
import time
from collections import Counter
from datetime import timedelta

import pytest
from django.db import transaction
from django.utils import timezone

from labeling.codes import Via
from labeling.models import Label, LabelUpstream, Push
from labeling.operations.label_rows import IssueGiven, LabelGiven, Provenance
from labeling.operations.labels import record_labels
from labeling.operations.synced_labels import take_labels
from tests.factories import RaterFactory
from tests.faults.killing import Killable
from tests.labeling.pushed import make_desk
from tests.repetitions import is_long
from tests.sessions_app.upstream.fake_vendor import FakeVendor

pytestmark = pytest.mark.django_db(transaction=True)

LABELS, KILLS = (600, 20) if is_long() else (40, 6)


def some_requests_later(vendor, rng):
    """A moment in the middle of the work, however slow the machine is: so many requests on, and then a little."""
    wanted, given_up = len(vendor.requests) + rng.randint(1, 12), time.monotonic() + 5

    def wait():
        while len(vendor.requests) < wanted and time.monotonic() < given_up:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.03))

    return wait


def pull(desk):
    """What a sync does with the vendor's labels at any time."""
    with transaction.atomic():
        take_labels(desk.source, desk.vendor.all_labels())


def give_labels(desk, raters, rng):
    codes, issues, how = ["GOOD", "OK", "BAD"], (IssueGiven("Rude"),), Provenance(via=Via.API)
    sessions = [desk.session(number) for number in range(1, LABELS + 1)]
    return record_labels(labels=[LabelGiven(one.pk, rng.choice(raters), rng.choice(codes), "key", issues=issues, provenance=how) for one in sessions])


def test_a_sender_that_is_killed_again_and_again_gives_each_label_once(settings):
    rng = random.Random(11)
    with FakeVendor() as vendor, Killable("sending_process", allowed=vendor.allowed) as killable:
        desk = make_desk(vendor, settings)
        raters = RaterFactory.create_batch(5)
        labels = give_labels(desk, raters, rng)
        vendor.bad_share, vendor.bad_kinds, vendor.bad_paths = 0.12, ("reset", "half", "truncated", "html"), re.compile("session_labels")
        vendor.seconds = 0.004
        ended = Counter()
        for turn in range(KILLS):
            vendor.lost_label_replies = turn % 3
            ended[killable.work("send", killed_after=some_requests_later(vendor, rng))] += 1
            if turn % 2:
                pull(desk)
            Push.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1), attempts=0)
        vendor.bad_share, vendor.lost_label_replies = 0.0, 0
        for _ in range(3):
            Push.objects.filter(state="waiting").update(due_at=timezone.now() - timedelta(seconds=1), attempts=0)
            assert killable.work("send") == 0
        pull(desk)

    there = Counter(label["session_id"] for label in vendor.all_labels())
    assert there == Counter(range(1, LABELS + 1))
    assert set(Push.objects.values_list("state", flat=True)) == {"sent", "adopted"}
    assert sorted(LabelUpstream.objects.values_list("label", flat=True)) == sorted(label.pk for label in labels)
    assert not Label.objects.filter(via=Via.SYNC).exists()
    assert ended[-signal.SIGKILL] >= KILLS // 3
    assert len(vendor.asked("/api/v1/session_labels/", "POST")) >= LABELS
