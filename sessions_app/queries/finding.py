"""Finding a session by one of its ids."""

from django.db.models import Q

from sessions_app.codes import LAST_ID
from sessions_app.models import Session, Source
from sessions_app.scope import Scope

LONGEST_ID = 200
MOST = 50


def find_sessions(typed: str, *, scope: Scope) -> list[Session]:
    """This will return the session with that id, else the sessions of the conversation with that id."""
    typed = typed.strip().replace("\0", "")[:LONGEST_ID]
    if not typed:
        return []
    visible = Session.objects.visible_to(scope)
    # Naming every source lets the (source, external id) index answer.
    own = Q(data_source__in=list(Source.objects.values_list("pk", flat=True)), external_id=typed)
    if typed.isascii() and typed.isdigit() and int(typed) <= LAST_ID:
        own |= Q(pk=int(typed))
    found = list(visible.filter(own).newest_first()[:1])
    return found or list(visible.filter(conversation_id=typed).newest_first()[:MOST])
