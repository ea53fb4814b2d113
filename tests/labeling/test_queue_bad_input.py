"""Bad values in every field, parameter and path of queues, assignments, settlements and additions: never a 500, never slow.

Each run takes a part of the values for each place; TRUST=1 takes all of them.
"""

import random
from time import monotonic
from urllib.parse import quote_from_bytes

import pytest
from django.db import transaction
from django.urls import reverse

from labeling.models import Assignment
from labeling.operations.claims import claim_next
from labeling.operations.labels import submit_label
from labeling.operations.raters import rater_of
from labeling.roles import Role
from sessions_app.codes import TranscriptState
from sessions_app.scope import EVERYTHING
from tests.factories import AssignmentFactory, DrawFactory, QueueFactory, SavedViewFactory, SessionFactory, TranscriptFactory, UserFactory
from tests.labeling.bad_values import CORPUS
from tests.repetitions import is_long

pytestmark = pytest.mark.django_db
SLOWEST_S = 2
SAMPLE = 1
BAD = ["\0", "\ud800", "9" * 5_000, "9223372036854775808", "-1", "<img src=x onerror=alert(1)>", "x" * 100_000]

DESIGN = {
    "name": "Week 47", "query": "channel=voice", "draw_kind": "random", "amount": "3", "unit": "sessions", "strata": "agent", "seed": "7",
    "repeats": "", "labels_wanted": "2", "more_percent": "10", "more_labels": "3", "is_independent": "yes", "asks_another": "on", "open_to": "chosen",
    "workers": "{person}", "order": "drawn", "reasons": "auto_low", "by_language": "on", "due_on": "2026-12-01", "due_at": "2026-12-01",
    "client_key": "a-key-of-a-form",
}  # fmt: skip
# By route and what is posted: a field that says what is meant and those that say it wholly.
POSTED = {
    "queue_create": [DESIGN | {"create": "1"}],
    "queue_update": [DESIGN],
    "queue_state_update": [{"state": "paused"}],
    "draw_create": [{}],
    "assignment_create": [
        {"which": "unassigned", "to": "{person}", "each": "2"},
        {"which": "person", "of": "{person}", "to": ""},
        {"which": "sessions", "session": "{session}", "to": "{person}"},
        {"release": "{place}", "version": "1"},
    ],
    "queue_next": [{}, {"put_off": "1"}],
    "pass_create": [{"kind": "later"}],
    "pass_withdrawal": [{}],
    "lease_renew": [{}],
    "reveal_create": [{"queue": "{queue}", "run": "1", "next": "1"}],
    "second_opinion_create": [{"asked_of": "{person}", "note": "Look"}],
    "settlement_create": [
        {"choice": "BAD", "reason": "It was.", "client_key": "a-key-of-a-form", "mark": "1-2", "guide_version": "1"},
        {"choice": "third", "code": "OK", "issues": "Slow", "comments": "So.", "reason": "It was.", "client_key": "a-key-of-a-form", "mark": "1-2"},
    ],
    "queue_addition_create": [
        {"session": "{session}", "query": "channel=voice"},
        {"all": "1", "query": "queue={queue}", "shown": "x", "queue": "{queue}", "client_key": "a-key-of-a-form"},
    ],
    "queue_addition_undo_create": [{}],
    "label_create": [{"code": "GOOD", "queue": "{queue}", "client_key": "a-key-of-a-form", "then": "next", "lease_version": "1"}],
}
READ = {
    "queue_list": [{}],
    "queue_create": [{"channel": "voice"}, {"view": "{view}"}, {"queue": "{queue}", "place": "left"}],
    "queue_detail": [{"shown": "1,2"}],
    "queue_update": [{}],
    "queue_work": [{"passed": "{session}"}],
    "queue_session": [{"passed": "{session}"}],
    "queue_addition_detail": [{}],
    "dispute_list": [{"after": "1772452800000000_1"}],
    "settlement_create": [{}],
    "review_home": [{"shown": "{queue}", "resumed": "{queue}"}],
    "own_review": [{"since": "4w"}],
    "session_list": [{"queue": "{queue}", "place": "left", "after": "1772452800000000_1_1"}, {"not_queue": "none", "before": "1772452800000000_1_1"}],
    "session_counts": [{"queue": "{queue}", "place": "done", "group": "queue", "open": "queue"}],
}


@pytest.fixture
def world(agent):
    """A queue with a place that is held and one that is free, two people who disagree, and an addition."""
    people = {role: UserFactory(role=role, all_agents=True) for role in Role}
    queue, other = QueueFactory(slug="week-47", open_to="everybody"), QueueFactory(slug="open", draw_kind="all", seed=None, size=None, is_independent=False)
    draw = DrawFactory(queue=queue)
    sessions = [SessionFactory(seen_agent=agent, transcript_state=TranscriptState.HELD) for _ in range(3)]
    for position, session in enumerate(sessions):
        TranscriptFactory(session=session)
        AssignmentFactory(queue=queue, draw=draw, session=session, position=position)
    claim_next(queue=queue, by=people[Role.REVIEWER], scope=EVERYTHING)
    for person, code in ((people[Role.REVIEWER], "GOOD"), (UserFactory(), "BAD")):
        submit_label(session_id=sessions[2].pk, rater=rater_of(user=person), code=code, client_key="disagree")
    added = DrawFactory(queue=other, kind="added", number=7, asked_by=people[Role.MANAGER], frame=1)
    named = {
        "slug": queue.slug, "queue": queue.slug, "session": sessions[0].pk, "disputed": sessions[2].pk, "addition": added.pk,
        "person": people[Role.REVIEWER].pk, "place": Assignment.objects.filter(state="claimed").get().pk, "view": SavedViewFactory().slug,
    }  # fmt: skip
    return people, named


def some(values, place):
    """Other values for each place, and the same in each run."""
    rng = random.Random(place)
    return [*BAD, *values] if is_long() else [*rng.sample(BAD, SAMPLE), rng.choice(values)]


def address_of(route, named):
    if route in ("queue_session", "pass_create", "pass_withdrawal", "lease_renew"):
        return reverse(f"labeling:{route}", args=[named["slug"], named["session"]])
    if route in ("queue_detail", "queue_update", "queue_state_update", "draw_create", "assignment_create", "queue_work", "queue_next"):
        return reverse(f"labeling:{route}", args=[named["slug"]])
    if route in ("queue_addition_detail", "queue_addition_undo_create"):
        return reverse(f"labeling:{route}", args=[named["addition"]])
    if route in ("settlement_create", "second_opinion_create", "reveal_create", "label_create"):
        return reverse(f"labeling:{route}", args=[named["disputed" if route == "settlement_create" else "session"]])
    return reverse(f"labeling:{route}")


def encoded(pairs):
    """As bytes, since half a character is none that could be written otherwise."""
    return "&".join(f"{quote_from_bytes(str(name).encode())}={quote_from_bytes(str(value).encode('utf-8', 'surrogatepass'))}" for name, value in pairs)


def variants(fields, place):
    """The fields as they are meant, none of them, each with bad values, and each not at all or once more."""
    yield list(fields.items())
    yield []
    for n, name in enumerate(fields):
        rest = [(one, value) for one, value in fields.items() if one != name]
        yield rest if n % 2 else [*fields.items(), (name, "once more")]
        for bad in some(CORPUS, f"{place} {name}"):
            yield [*rest, (name, bad)]


def ask(client, method, address, pairs, *, is_htmx=False):
    headers = {"HX-Request": "true"} if is_htmx else {}
    for _ in range(3):
        started = monotonic()
        with transaction.atomic():
            if method == "post":
                answer = client.post(address, encoded(pairs), content_type="application/x-www-form-urlencoded", headers=headers)
            else:
                answer = client.get(f"{address}?{encoded(pairs)}", headers=headers)
            transaction.set_rollback(True)
        taken = monotonic() - started
        # A machine that was busy is quicker the next time.
        if taken < SLOWEST_S:
            break
    said = f"{method} {address} {str(pairs)[:300]!r}: {answer.status_code} in {taken:.1f} s"
    assert answer.status_code < 500 or answer.status_code == 503, said
    assert taken < SLOWEST_S, said
    assert b"<img src=x onerror" not in answer.content, said
    return answer


def asked_of(routes, named):
    for route, forms in routes.items():
        for number, fields in enumerate(forms):
            yield route, number, {name: value.format(**named) for name, value in fields.items()}


@pytest.mark.parametrize("is_post", [True, False], ids=["posted", "read"])
@pytest.mark.parametrize("role", list(Role) if is_long() else [Role.MANAGER])
def test_bad_fields_are_refused_or_left_out(as_person, world, role, is_post):
    people, named = world
    client = as_person(people[role])

    for route, number, fields in asked_of(POSTED if is_post else READ, named):
        address = address_of(route, named)
        for n, pairs in enumerate(variants(fields, f"{role} {route} {number}")):
            # A view that refuses a role looks at no field.
            if ask(client, "post" if is_post else "get", address, pairs, is_htmx=n % 3 == 0).status_code == 403 and n:
                break


@pytest.mark.parametrize("role", list(Role) if is_long() else [Role.REVIEWER])
def test_bad_paths_lead_nowhere(as_person, world, role):
    client = as_person(world[0][role])
    values = [quote_from_bytes(bad.encode("utf-8", "surrogatepass"), safe="")[:3_000] for bad in some(CORPUS, "paths")]

    for bad in values:
        for path in (f"/queues/{bad}/", f"/review/q/{bad}/", f"/review/q/week-47/s/{bad}/", f"/disagreements/{bad}/", f"/sessions/additions/{bad}/"):
            ask(client, "get", path, [])
        for path in (f"/review/q/{bad}/next/", f"/review/q/week-47/s/{bad}/pass/", f"/queues/{bad}/assignments/", f"/sessions/{bad}/reveal/"):
            ask(client, "post", path, [])
