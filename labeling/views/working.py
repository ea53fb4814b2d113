"""On with a queue: what is shown after a label, a pass, or the wish for the next session."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django_htmx.http import HttpResponseClientRedirect, push_url

from labeling.models import Queue
from labeling.operations.claims import QueueNotActive, claim_next
from labeling.requests import SignedInRequest
from labeling.views.saved_views import SeeOther
from labeling.views.showing import Showing, find_session


def show_next(request: SignedInRequest, queue: Queue, *, ending: str = "", **more: Any) -> HttpResponse:
    """This will claim the person's next place and show it; where there is none, the queue's page says why. Only for a POST.

    `ending` is what is added to the address where no script puts a toast on the page.
    """
    try:
        place = claim_next(queue=queue, by=request.user, scope=request.scope)
    except QueueNotActive:
        place = None
    if place is None:
        address = f"{reverse('labeling:queue_work', args=[queue.slug])}{ending}"
        return HttpResponseClientRedirect(address) if request.htmx else SeeOther(address)
    if not request.htmx:
        return SeeOther(f"{reverse('labeling:queue_session', args=[queue.slug, place.session_id])}{ending}")
    after = Showing(request, find_session(request, place.session_id), queue=queue)
    return push_url(after.whole(moved=True, **more), after.address)
