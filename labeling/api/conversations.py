"""Conversations, as they follow from sessions."""

from django.http import HttpRequest, HttpResponse
from ninja import Router

from labeling.api.access import SyllableApiKey, asked_by
from labeling.api.seeing import Sight
from labeling.models.api_key import KeyScope
from labeling.operations.api_reading import note_unmasked
from sessions_app.api.conversation_table import ALWAYS, NAMES, conditions_of, find_conversations, wire_conversation
from sessions_app.api.documented import list_parameters
from sessions_app.api.grammar import read_list
from sessions_app.api.lists import list_answer, refuse_what_reads_everything
from sessions_app.api.rendering import answer
from sessions_app.api.schemas import OF_A_LIST, ConversationList
from sessions_app.api.sessions import read_rows, trimmed
from sessions_app.models import Session

router = Router(tags=["conversations"])
reading = SyllableApiKey(KeyScope.SESSIONS_READ)


@router.get(
    "/", auth=reading, response={200: ConversationList, **OF_A_LIST}, openapi_extra=list_parameters(NAMES), url_name="conversations", summary="Conversations"
)
def conversations_list(request: HttpRequest) -> HttpResponse:
    """Of the sessions that match, one line for each conversation id: what its first session says. Over more than 50,000 sessions it needs dates."""
    who = asked_by(request)
    asked, sight = read_list(request.GET, NAMES), Sight(who)
    visible = Session.objects.visible_to(who.scope)
    wanted = conditions_of(asked)
    refuse_what_reads_everything(visible, asked, wanted, reads_all=True)
    found = find_conversations(visible, wanted, asked)
    told = [wire_conversation(sight.session(row)) for row in read_rows(visible, found.keys)]
    if told and not sight.is_masked:
        note_unmasked(key=who.api_key, session=None)
    fields = None if asked.fields is None else asked.fields | ALWAYS
    return answer(list_answer([trimmed(item, fields) for item in told], asked, found.total))
