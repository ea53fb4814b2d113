"""Queues, how far each is, and its places: for owners who manage queues."""

import re
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from ninja import Router
from pydantic import BaseModel

from labeling.api.access import ApiRequest, SyllableApiKey, asked_by
from labeling.models import Assignment
from labeling.models.api_key import KeyScope
from labeling.models.assignment import PlaceState
from labeling.models.queue import Reason
from labeling.queries.known_queues import queues_known_to
from labeling.queries.places import reachable
from labeling.queries.queue_lists import get_queue_lines
from labeling.queries.queue_work import JUDGMENTS
from labeling.roles import Permission
from sessions_app.api.documented import list_parameters
from sessions_app.api.grammar import Asked, Names, read_id, read_list, unknown_value
from sessions_app.api.lists import find_page, list_answer
from sessions_app.api.parameters import refuse_unknown
from sessions_app.api.problems import Refused
from sessions_app.api.rendering import answer, wire_time
from sessions_app.api.schemas import OF_A_LIST, PROBLEMS, Problem

router = Router(tags=["desk"])
reading = SyllableApiKey(KeyScope.LABELS_READ)
NOT_YOURS = "Queues are for managers; the owner of this key is none."
NO_QUEUE = "There is no such queue, or this key does not see it."
# Void places are none.
STATES = (PlaceState.OPEN, PlaceState.CLAIMED, PlaceState.DONE)


class Queue(BaseModel):
    """A queue. `wanted` and `done` count labels, and are null where counting took too long."""

    slug: str
    name: str
    state: str
    is_independent: bool
    labels_wanted: int
    due_at: str | None = None
    wanted: int | None = None
    done: int | None = None


class QueueList(BaseModel):
    items: list[Queue]


class Place(BaseModel):
    """One label wanted of a session. `user_email` is who holds it, was given it or has done it."""

    id: int
    session_id: int
    timestamp: str
    slot: int
    state: str
    reason: str
    probability: float | None = None
    user_email: str | None = None
    done_at: str | None = None


class PlaceList(BaseModel):
    items: list[Place]
    page: int
    page_size: int
    total_pages: int | None = None
    total_count: int | None = None


NAMES = Names(search=("state", "session_id"), order=("timestamp",), fields=tuple(Place.model_fields))
ALWAYS = frozenset({"id", "session_id", "timestamp"})


@router.get("queues", auth=reading, response={200: QueueList, **PROBLEMS}, url_name="queues", summary="Queues")
def queues_list(request: HttpRequest) -> HttpResponse:
    """The queues their manager sees, those that are worked first."""
    who = _manager(request)
    refuse_unknown(request.GET)
    return answer({"items": [_told(line) for line in get_queue_lines(who.user, who.scope)]})


@router.get(
    "queues/{slug}/assignments",
    auth=reading,
    response={200: PlaceList, **OF_A_LIST, 404: Problem},
    openapi_extra=list_parameters(NAMES),
    url_name="assignments",
    summary="The places of a queue",
)
def assignments_list(request: HttpRequest, slug: str) -> HttpResponse:
    """A place for each label wanted, by the time of its session. What people judged is not told here."""
    who = _manager(request)
    asked = read_list(request.GET, NAMES)
    queue = queues_known_to(who.user, who.scope).filter(slug=slug).first() if re.fullmatch(r"[-a-zA-Z0-9_]{1,80}", slug) else None
    if queue is None:
        raise Refused(404, NO_QUEUE)
    places = reachable(Assignment.objects.filter(_wanted(asked), queue=queue), who.scope)
    order = ("-timestamp", "-session", "-slot") if asked.descending else ("timestamp", "session", "slot")
    found = find_page(places.order_by(*order), asked)
    held = {place.pk: place for place in Assignment.objects.filter(pk__in=found.keys).select_related("person", "assigned_to")}
    return answer(list_answer([_place(held[pk], asked) for pk in found.keys], asked, found.total))


def _manager(request: HttpRequest) -> ApiRequest:
    who = asked_by(request)
    if not who.user.may(Permission.MANAGE_QUEUES):
        raise Refused(403, NOT_YOURS)
    return who


def _told(line: Any) -> dict[str, Any]:
    queue = line.queue
    return {
        **{name: getattr(queue, name) for name in ("slug", "name", "state", "is_independent", "labels_wanted", "due_at")},
        "wanted": line.wanted,
        "done": line.done,
    }


def _wanted(asked: Asked) -> Q:
    wanted = Q()
    if asked.start:
        wanted &= Q(timestamp__gte=asked.start)
    if asked.end:
        wanted &= Q(timestamp__lte=asked.end)
    for name, value in asked.searches:
        if name == "session_id":
            pk = read_id(value)
            wanted &= Q(pk__in=()) if pk is None else Q(session=pk)
        elif value not in STATES:
            raise unknown_value(f"One of: {', '.join(STATES)}.")
        else:
            wanted &= Q(state=value)
    return wanted


def _place(place: Assignment, asked: Asked) -> dict[str, Any]:
    person = place.person or place.assigned_to
    told = {
        "id": place.pk,
        "session_id": place.session_id,
        "timestamp": wire_time(place.timestamp),
        "slot": place.slot,
        "state": place.state,
        # Why it is there may tell what somebody judged.
        "reason": Reason.RULE if place.reason in JUDGMENTS else place.reason,
        "probability": place.probability,
        "user_email": person.email if person else None,
        "done_at": place.done_at,
    }
    return {name: value for name, value in told.items() if asked.fields is None or name in asked.fields | ALWAYS}
