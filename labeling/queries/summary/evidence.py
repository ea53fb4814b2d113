"""The moments that labels cite for an issue: to be read, or heard, one after another."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, QuerySet

from labeling.clock import Shown, show
from labeling.codes import LabelType
from labeling.models import Evidence, IssueCategory, LabelIssue, SessionIssue
from labeling.policies import why_not_hear, why_not_read
from labeling.queries.issues import canonical_categories, with_merged
from labeling.queries.lenses import get_lenses
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.issues import rated_in
from labeling.queries.summary.tally import RATED
from labeling.queries.transcripts import read_timeline, why_no_transcript
from sessions_app.codes import RecordingState, TranscriptState
from sessions_app.models import Session, SessionQuerySet, Transcript
from sessions_app.queries.recordings import recordings_in
from sessions_app.queries.timeline import Timeline
from sessions_app.queries.timeline_events import Silence, ToolCall, Turn, clock

A_PAGE = 25
WHERE = ("session__timestamp", "session", "target_kind", "target_uid", "from_ms", "until_ms")


@dataclass(frozen=True, slots=True)
class Moment:
    """`at_ms` is None where nobody can say when it was. `why_no_words` says why there is no transcript to read, `is_gone` that it changed after the label.

    `can_be_heard`: there is a recording, and this person may hear it.
    """

    session: Session
    started: Shown
    at_ms: int | None
    until_ms: int | None
    who: str
    words: str
    anchor: str
    why_no_words: str
    is_gone: bool
    can_be_heard: bool

    @property
    def at(self) -> str:
        return "" if self.at_ms is None else clock(self.at_ms)


@dataclass(frozen=True, slots=True)
class EvidencePage:
    """`read` are the sessions whose words are on the page, `told` those of which it says what somebody else thinks."""

    moments: list[Moment]
    total: int
    place: int
    pages: int
    sessions: Figure
    read: list[Session]
    told: list[Session]

    @property
    def before(self) -> int:
        return self.place - 1

    @property
    def after(self) -> int:
        return self.place + 1

    @property
    def can_be_heard(self) -> bool:
        return any(moment.can_be_heard for moment in self.moments)


def get_evidence_page(frame: Frame, category: IssueCategory, *, place: int) -> EvidencePage:
    """This will lay out a page of moments, those of the newest session first; a place that there is not is the last one.

    A moment that several people cite is there once. Sessions are those that a rate of the frame's basis counts.
    """
    [group] = with_merged([category.pk])
    sessions = rated_in(frame).filter(Exists(SessionIssue.objects.filter(session=OuterRef("pk"), category__in=group)))
    cited = _cited(sessions, group[0])
    where = cited.order_by("-session__timestamp", "-session", *WHERE[2:]).values_list(*WHERE).distinct()
    total = where.count()
    pages = max(-(-total // A_PAGE), 1)
    place = min(max(place, 1), pages)
    rows = list(where[(place - 1) * A_PAGE : place * A_PAGE])
    shown = Session.objects.visible_to(frame.scope).select_related("seen_agent", "seen_prompt").in_bulk({row[1] for row in rows})
    timelines = _timelines(frame, shown.values())
    told = set(cited.filter(session__in=shown).exclude(label__rater__user=frame.viewer).values_list("session", flat=True))
    heard = _heard(frame, shown)
    moments = [_moment(frame, shown[pk], timelines.get(pk), kind, uid, bounds, can_be_heard=pk in heard) for _, pk, kind, uid, *bounds in rows]
    return EvidencePage(
        moments=sorted(moments, key=lambda moment: (-moment.session.timestamp.timestamp(), -moment.session.pk, moment.at_ms or 0)),
        total=total,
        place=place,
        pages=pages,
        sessions=frame.figure(sessions.count(), issue=[category.pk], **{frame.code_key: RATED}),
        read=[shown[pk] for pk in timelines],
        told=[shown[pk] for pk in told],
    )


def _cited(sessions: SessionQuerySet, category: int) -> QuerySet[Evidence]:
    """What the labels that decide cite for this category: the settled one, else the current ones of people. As strings mean now."""
    decides = Q(session__label_is_settled=False, label__current__type=LabelType.HUMAN) | Q(session__label_is_settled=True, label=F("session__session_label_id"))
    cited = Evidence.objects.filter(decides, session__in=sessions)
    raws = LabelIssue.objects.filter(pk__in=cited.values("label_issue")).values_list("raw", flat=True).distinct()
    meant = canonical_categories(set(raws))
    return cited.filter(label_issue__raw__in=[raw for raw, one in meant.items() if one == category])


def _timelines(frame: Frame, sessions: Iterable[Session]) -> dict[int, Timeline]:
    if why_not_read(frame.viewer):
        return {}
    found = {session.pk: session for session in sessions if session.transcript_state == TranscriptState.HELD}
    transcripts = Transcript.objects.in_bulk(found)
    lenses = get_lenses(transcripts, viewer=frame.viewer)
    return {pk: read_timeline(found[pk], transcript, lens=lenses[pk]) for pk, transcript in transcripts.items()}


def _heard(frame: Frame, sessions: Iterable[int]) -> set[int]:
    if why_not_hear(frame.viewer):
        return set()
    kept = recordings_in(frame.scope).filter(session__in=list(sessions)).exclude(state__in=(RecordingState.GONE, RecordingState.FAILED))
    return set(kept.values_list("session", flat=True))


def _moment(frame: Frame, session: Session, timeline: Timeline | None, kind: str, uid: str, bounds: list[int | None], *, can_be_heard: bool) -> Moment:
    from_ms, until_ms = bounds
    event = _event(timeline, kind, uid, from_ms) if timeline else None
    at_ms = from_ms if from_ms is not None else event.at_ms if event else None
    return Moment(
        session=session,
        started=show(session.timestamp, agent_zone=session.agent_timezone, viewer=frame.viewer),
        at_ms=at_ms if timeline else None,
        until_ms=until_ms if until_ms is not None or event is None or timeline is None else _end_of(event, timeline),
        who=_who(event),
        words=_words(event),
        anchor=event.anchor if event else "",
        why_no_words="" if timeline else why_no_transcript(session, viewer=frame.viewer),
        is_gone=timeline is not None and event is None,
        can_be_heard=can_be_heard and timeline is not None and at_ms is not None,
    )


def _event(timeline: Timeline, kind: str, uid: str, from_ms: int | None) -> Turn | ToolCall | Silence | None:
    if uid:
        return next((event for event in timeline.events if not isinstance(event, Silence) and event.kind == kind and event.uid == uid), None)
    # A moment is no turn's own: the last line that had begun by then.
    return next((event for event in reversed(timeline.events) if from_ms is not None and event.at_ms <= from_ms), None)


def _end_of(event: Turn | ToolCall | Silence, timeline: Timeline) -> int | None:
    """Where the next turn begins; None where it was the last."""
    if isinstance(event, Silence):
        return event.until_ms
    return next((one.at_ms for one in timeline.events if isinstance(one, Turn) and one.at_ms > event.at_ms), None)


def _who(event: Turn | ToolCall | Silence | None) -> str:
    if isinstance(event, Turn):
        return event.speaker
    return "tool" if isinstance(event, ToolCall) else "silence" if event else ""


def _words(event: Turn | ToolCall | Silence | None) -> str:
    if isinstance(event, Turn):
        return event.text
    if isinstance(event, ToolCall):
        return f"{event.name}: {event.error}" if event.error else event.name
    return event.words if event else ""
