"""Transcripts as a viewer reads them: masked, one by itself or a whole conversation."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.clock import Shown, show
from labeling.models import User
from labeling.policies import why_not_read
from labeling.queries.lenses import Lens, get_lens, get_lenses
from labeling.queries.session_lines import channel_words, length_of
from sessions_app.codes import TranscriptState
from sessions_app.compiled import compiled
from sessions_app.models import Session, Transcript
from sessions_app.queries.conversation import MOST_SHOWN, of_conversation
from sessions_app.queries.payloads import Payload, get_payload
from sessions_app.queries.recordings import get_recordings
from sessions_app.queries.timeline import Timeline, get_timeline
from sessions_app.scope import Scope
from sessions_app.signals import Gap

NO_TRANSCRIPT = {
    TranscriptState.NONE: gettext_lazy("This session has no transcript."),
    TranscriptState.PENDING: gettext_lazy("The transcript has not arrived yet."),
    TranscriptState.FAILED: gettext_lazy("The transcript could not be fetched."),
    TranscriptState.ERASED: gettext_lazy("The transcript was erased."),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One session's transcript with what tells it from others."""

    session: Session
    title: str
    started: Shown
    channel_words: str
    length: str
    timeline: Timeline | None
    transcript_words: str
    shown_until: Shown | None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """The sessions of one conversation, the earliest first; `left_out` says that there are later ones."""

    readings: list[Reading]
    left_out: bool

    @property
    def total(self) -> dict[str, int]:
        """The counts of all of them, as the bar above shows them."""
        held = [reading.timeline for reading in self.readings if reading.timeline]
        return {"problems": sum(timeline.problems for timeline in held), "tools": sum(timeline.tools for timeline in held)}


def get_reading(session: Session, *, viewer: User) -> Reading:
    """This will gather the transcript of a session that the viewer may see, if they may read it."""
    transcript = get_transcript(session, viewer=viewer)
    recordings = get_recordings(session, transcript)
    lens = get_lens(session.pk, viewer=viewer)
    return _reading(session, transcript, viewer, lens, measured=recordings.measured if recordings else None)


def get_conversation_page(session: Session, *, viewer: User, scope: Scope) -> ConversationPage:
    """This will gather the transcripts of a session's conversation, at most twenty of them; those in scope only."""
    if session.conversation_id:
        sessions = list(of_conversation(session, scope=scope).select_related("seen_agent", "seen_prompt").oldest_first()[: MOST_SHOWN + 1])
    else:
        sessions = [session]
    shown = sessions[:MOST_SHOWN]
    transcripts = {} if why_not_read(viewer) else Transcript.objects.in_bulk([one.pk for one in shown])
    lenses = get_lenses([one.pk for one in shown], viewer=viewer)
    readings = [_reading(one, transcripts.get(one.pk), viewer, lenses[one.pk], name=f"s{one.pk}") for one in shown]
    return ConversationPage(readings=readings, left_out=len(sessions) > MOST_SHOWN)


def get_transcript(session: Session, *, viewer: User) -> Transcript | None:
    """This will return what was said to those who may read it."""
    return None if why_not_read(viewer) else _transcript.first(session.pk)


@compiled
def _transcript(session: Any) -> QuerySet[Transcript]:
    return Transcript.objects.filter(pk=session)


def read_timeline(session: Session, transcript: Transcript, *, lens: Lens, measured: Sequence[Gap] | None = None, name: str = "") -> Timeline:
    """This will be the timeline as the viewer's lens shows it. `measured` are the silences in its recordings."""
    return get_timeline(session, transcript, hide=lens.text, hides_key=lens.hides_key, measured=measured, name=name)


def read_payload_of(session: Session, *, number: int, name: str, viewer: User) -> Payload | None:
    """This will lay out one payload whole, as the viewer's lens shows it."""
    transcript = get_transcript(session, viewer=viewer)
    if transcript is None:
        return None
    lens = get_lens(session.pk, viewer=viewer)
    return get_payload(transcript, number=number, name=name, hide=lens.text, hides_key=lens.hides_key)


def why_no_transcript(session: Session, *, viewer: User) -> str:
    """This will say in words why there is none to read; "" where there is."""
    if session.erased_at:
        at = show(session.erased_at, agent_zone=session.agent_timezone, viewer=viewer).at
        return _("Erased on %(day)s: whom it was with and what was said is gone for good.") % {"day": date_format(at, "M j, Y")}
    return why_not_read(viewer) or str(NO_TRANSCRIPT.get(TranscriptState(session.transcript_state), ""))


def _reading(session: Session, transcript: Transcript | None, viewer: User, lens: Lens, *, measured: Sequence[Gap] | None = None, name: str = "") -> Reading:
    return Reading(
        session=session,
        title=session.agent_name or _("No agent"),
        started=show(session.timestamp, agent_zone=session.agent_timezone, viewer=viewer),
        channel_words=channel_words(session),
        length=length_of(session.duration),
        timeline=read_timeline(session, transcript, lens=lens, measured=measured, name=name) if transcript else None,
        transcript_words=why_no_transcript(session, viewer=viewer),
        shown_until=show(lens.until, agent_zone=session.agent_timezone, viewer=viewer) if lens.until else None,
    )
