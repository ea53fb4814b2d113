"""Sessions in which something was said, for the tests of search."""

from datetime import timedelta

from sessions_app.operations import store_transcript
from tests.factories import NOON, SessionFactory


def talk(*turns, tools=(), summary="", **session):
    """A held session. A turn is a text, or a pair of language and text; the caller and the agent take turns."""
    row = SessionFactory(**session)
    spoken = [turn if isinstance(turn, tuple) else ("en-US", turn) for turn in turns]
    transcription = [
        {"timestamp": (NOON + timedelta(seconds=5 * place)).isoformat(), "source": ("user", "agent")[place % 2], "text": text, "lang": language}
        for place, (language, text) in enumerate(spoken)
    ]
    actions = [{"timestamp": (NOON + timedelta(seconds=90 + place)).isoformat(), **tool} for place, tool in enumerate(tools)]
    store_transcript(session=row, transcript={"transcription": transcription, "actions": actions}, summary={"summary": summary})
    row.refresh_from_db()
    return row
