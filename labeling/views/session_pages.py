"""The page of one session, on its own and in a run."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from labeling.requests import SignedInRequest
from labeling.views.showing import Showing, find_run, find_session


@require_safe
def session_detail(request: SignedInRequest, pk: int) -> HttpResponse:
    return Showing(request, find_session(request, pk)).whole()


@require_safe
def run_session(request: SignedInRequest, run_pk: int, pk: int) -> HttpResponse:
    """The same page with its place in a run. To anybody else the address means the session itself."""
    run = find_run(request, run_pk, pk)
    if run is None:
        return redirect("labeling:session_detail", pk)
    return Showing(request, find_session(request, pk), run=run).whole()
