"""The words that a transcript is found by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import F
from django.db.models.lookups import IsNull

from sessions_app.bulk import update_rows
from sessions_app.codes import TranscriptState
from sessions_app.identifiers import HidesKey
from sessions_app.models import Session, Transcript
from sessions_app.queries.secret_values import payloads_without_secrets
from sessions_app.search_words import Leaf, Words, hour_of, session_words, vector_of
from sessions_app.turns import Content

CHECK_BATCH = 10_000
REPAIR_BATCH = 200
# Says which keys of tools are masked, so that nobody finds a session by what they may not see. labeling registers here.
MASKED_KEYS: list[Callable[[], HidesKey]] = []


def hidden_keys() -> HidesKey | None:
    """This will ask which keys are masked right now."""
    asked = [ask() for ask in MASKED_KEYS]
    if len(asked) == 1:
        return asked[0]
    return (lambda key: any(hides(key) for hides in asked)) if asked else None


def renew_search_words(*, after: int, most: int) -> int | None:
    """This will work out anew the words of some sessions with tools, those after an id, and return the last of them; None at the end."""
    rows = Session.objects.filter(pk__gt=after, transcript_state=TranscriptState.HELD).order_by("pk")
    seen = list(rows.values_list("pk", "tool_calls")[:most])
    with_tools = [pk for pk, tools in seen if tools]
    for start in range(0, len(with_tools), REPAIR_BATCH):
        give_words(with_tools[start : start + REPAIR_BATCH])
    return seen[-1][0] if seen else None


def repair_search_words() -> int:
    """This will give words to transcripts that have none, or those of another hour, batch by batch. The nightly check."""
    repaired, last = 0, 0
    while True:
        rows = Transcript.objects.filter(pk__gt=last).order_by("pk")
        seen = list(rows.values_list("pk", "hour", IsNull(F("search"), True), "session__timestamp")[:CHECK_BATCH])
        if not seen:
            return repaired
        wrong = [pk for pk, hour, is_missing, timestamp in seen if is_missing or hour != hour_of(timestamp)]
        for start in range(0, len(wrong), REPAIR_BATCH):
            repaired += give_words(wrong[start : start + REPAIR_BATCH])
        last = seen[-1][0]


@transaction.atomic
def give_words(pks: Sequence[int]) -> int:
    """This will work out anew what these sessions are found by, of those whose transcript is held, and return how many they are."""
    if not pks:
        return 0
    sessions = list(Session.objects.select_for_update(no_key=True).filter(pk__in=pks, transcript_state=TranscriptState.HELD).order_by("pk"))
    transcripts = Transcript.objects.in_bulk([session.pk for session in sessions])
    hides_key = hidden_keys()
    for session in sessions:
        held = transcripts[session.pk]
        Transcript.objects.filter(pk=session.pk).update(search=search_vector(session, held, hides_key), hour=hour_of(session.timestamp))
        session.tool_names = tool_names(held.tools)
    update_rows(sessions, ["tool_names"])
    return len(sessions)


def search_vector(session: Session, content: Content | Transcript, hides_key: HidesKey | None) -> Leaf:
    return vector_of(words_of(session, content, hides_key))


def words_of(session: Session, content: Content | Transcript, hides_key: HidesKey | None) -> Words:
    hour = hour_of(session.timestamp)
    tools = payloads_without_secrets(content.tools)
    return session_words(turns=content.turns, tools=tools, summary=content.summary, hour=hour, hides_key=hides_key)


def tool_names(tools: Iterable[Mapping[str, Any]]) -> list[str]:
    return sorted({str(tool["tool_name"]) for tool in tools if tool.get("tool_name")})
