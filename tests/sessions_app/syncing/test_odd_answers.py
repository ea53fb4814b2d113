"""Whatever the vendor sends, nothing stops and nothing is out of step."""

import copy
import json
import random
from collections import Counter

import pytest

from sessions_app.models import RejectedRecord, Session
from sessions_app.operations.ingesting import Talk, take_labels, take_records, take_talks
from tests.factories import SourceFactory
from tests.labeling.recomputation import check_everything_derived, check_session_deltas
from tests.repetitions import repetitions
from tests.sessions_app.upstream.fake_vendor import FakeVendor

pytestmark = pytest.mark.django_db


def deep(levels):
    value = {}
    for _ in range(levels):
        value = {"d": value}
    return value


BAD = [
    None, True, False, 0, -1, 2**31, 2**53, 2**63, 10**39, 1.5, float("nan"), float("inf"),
    "", " ", "\0", "\ud800", "x" * 3000, "é" * 600, "1", "001", "9" * 20,
    "2026-02-30", "2026-03-02T24:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+00:00", "2026-03-02T12:00:00+23:59",
    [], {}, [[]], {"a": {"b": [{}]}}, ["x"], [None], {"\0": "\0"}, deep(19), deep(25), deep(300),
]  # fmt: skip


def spoiled(rng, wire):
    """A copy with up to three values taken out or replaced by something bad."""
    wire = json.loads(json.dumps(wire))
    for _ in range(rng.randint(0, 3)):
        node = wire
        while isinstance(node, (dict, list)) and node:
            key = rng.choice(list(node)) if isinstance(node, dict) else rng.randrange(len(node))
            if rng.random() < 0.5 or not isinstance(node[key], (dict, list)) or not node[key]:
                if isinstance(node, dict) and rng.random() < 0.2:
                    del node[key]
                else:
                    node[key] = copy.deepcopy(rng.choice(BAD))
                break
            node = node[key]
    return wire if rng.random() < 0.97 else copy.deepcopy(rng.choice(BAD))


@pytest.mark.parametrize("seed", repetitions(1, 40))
def test_whatever_comes_is_taken_or_kept_with_a_reason(seed):
    rng, vendor, source = random.Random(seed), FakeVendor(), SourceFactory(kind="vendor", is_primary=True)
    names = vendor.fill(30)

    for _ in range(12):
        records = [spoiled(rng, vendor.sessions[rng.choice(names)].wire) for _ in range(20)]
        take_records(data_source=source, items=records, run=None, takes_transcripts=True, by_themselves=rng.random() < 0.3)
        known = {name: pk for name, pk in Session.objects.order_by("pk").values_list("external_id", "pk") if name in vendor.transcripts}
        parts = (vendor.transcripts, vendor.latencies, vendor.summaries)
        talks = [Talk(pk, name, *(spoiled(rng, part[name]) for part in parts)) for name, pk in rng.sample(sorted(known.items()), min(8, len(known)))]
        take_talks(data_source=source, talks=talks, run=None)
        labels = [
            vendor.put_label(int(rng.choice(names)), code=rng.choice(["GOOD", "OK", "BAD"]), issue_categories=["a", "b"], comments="c") for _ in range(15)
        ]
        take_labels(data_source=source, items=[spoiled(rng, label) for label in labels], run=None)

    assert set(Counter(RejectedRecord.objects.values_list("kind", flat=True))) == {"session", "transcript", "label"}
    assert not RejectedRecord.objects.filter(reason="").exists()
    assert Session.objects.filter(transcript_state="held").exists()
    check_session_deltas()
    check_everything_derived()
