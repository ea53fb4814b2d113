"""Sessions: the list and one of them."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from labeling.api.access import SyllableApiKey, asked_by
from labeling.api.seeing import HANDLES, Sight
from labeling.models.api_key import KeyScope
from labeling.operations.api_reading import note_number_searches, note_unmasked
from sessions_app.api.documented import list_parameters
from sessions_app.api.finding import find_session
from sessions_app.api.grammar import read_list
from sessions_app.api.lists import find_page, list_answer, refuse_what_reads_everything
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_A_LIST, OF_ONE, Session, SessionList
from sessions_app.api.session_table import NAMES, conditions_of, order_of
from sessions_app.api.sessions import columns_of, read_rows, trimmed, wire_session
from sessions_app.models import Session as Row

router = Router(tags=["sessions"])
reading = SyllableApiKey(KeyScope.SESSIONS_READ)
# What tells who the other side was.
TELLING = frozenset({"source", "target", *HANDLES})


@router.get("/", auth=reading, response={200: SessionList, **OF_A_LIST}, openapi_extra=list_parameters(NAMES), url_name="sessions_list", summary="Sessions")
def sessions_list(request: HttpRequest) -> HttpResponse:
    """Newest first, unless another order is asked for. Counts are exact to 10,000, and null beyond."""
    who = asked_by(request)
    asked, sight = read_list(request.GET, NAMES), Sight(who)
    if sight.is_masked:
        note_number_searches(key=who.api_key, searches=asked.searches)
    visible = Row.objects.visible_to(who.scope)
    wanted = conditions_of(asked, is_masked=sight.is_masked)
    refuse_what_reads_everything(visible, asked, wanted)
    found = find_page(visible.filter(wanted.base, wanted.rest).order_by(*order_of(asked, is_masked=sight.is_masked)), asked)
    items = sight.sessions(read_rows(visible, found.keys))
    if items and not sight.is_masked and (asked.fields is None or asked.fields & TELLING):
        note_unmasked(key=who.api_key, session=None)
    return answer(list_answer([trimmed(item, asked.fields) for item in items], asked, found.total))


@router.get("/{session_id}", auth=reading, response={200: Session, **OF_ONE}, url_name="session_detail", summary="A session")
def session_detail(request: HttpRequest, session_id: str) -> HttpResponse:
    """One session by its id."""
    who = asked_by(request)
    session, sight = find_session(who.scope, session_id), Sight(who)
    if not sight.is_masked:
        note_unmasked(key=who.api_key, session=session.pk)
    return answer(sight.sessions([wire_session(columns_of(session))])[0])
