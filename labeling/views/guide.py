"""The guide: what the codes and the issue categories mean, as it stands and as it stood."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from labeling.access import requires
from labeling.operations.guide import note_guide_read
from labeling.queries.guide_page import get_guide_page
from labeling.requests import SignedInRequest
from labeling.roles import Permission


@require_safe
@requires(Permission.READ)
def guide_detail(request: SignedInRequest, number: int | None = None) -> HttpResponse:
    """Without a number it is the newest version. Whoever opens that one has read it."""
    if _is_ahead_of_a_click(request):
        # Shown later from a browser's memory it would be read without having been noted.
        return HttpResponse(status=503)
    page = get_guide_page(number, viewer=request.user, scope=request.scope)
    if page is None and number is not None:
        raise Http404
    if page and page.is_newest and request.method == "GET":
        note_guide_read(version=page.version.number, sessions=page.sessions_shown, by=request.user)
    return render(request, "labeling/guide_detail.html", {"section": "review", "page": page})


def _is_ahead_of_a_click(request: SignedInRequest) -> bool:
    """Browsers say so when they load a page that nobody has asked for yet."""
    return any("prefetch" in request.headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")) or "X-Prefetch" in request.headers
