"""Everything the page of one session shows, already masked, gated and in the viewer's time."""

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet, prefetch_related_objects
from django.utils import translation
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from labeling.clock import Shown, show
from labeling.codes import Judgment, LabelType
from labeling.gate import may_reveal
from labeling.masking import mask, mask_handle, tells_whose
from labeling.models import Label, User
from labeling.policies import why_hidden, why_not_hear, why_not_label, why_not_read, why_not_share_session, why_not_unmask
from labeling.queries.citations import LabelShown, show_label
from labeling.queries.earlier import Surroundings, get_surroundings
from labeling.queries.label_history import HistoryLine, get_history
from labeling.queries.lenses import Lens, get_lens
from labeling.queries.session_lines import channel_words, label_note, length_of
from labeling.queries.transcripts import get_transcript, read_timeline, why_no_transcript
from labeling.roles import Permission
from sessions_app.codes import EndedBy, Verdict
from sessions_app.compiled import compiled
from sessions_app.models import Session
from sessions_app.queries.recordings import Recordings, get_recordings
from sessions_app.queries.timeline import Timeline


@dataclass(frozen=True, slots=True)
class SessionPage:
    """`settlement` is the label that settled it, whoever has labeled it since."""

    session: Session
    title: str
    version: str
    channel_words: str
    started: Shown
    length: str
    facts: list[tuple[str, str, bool]]
    # Only the whole page asks for it.
    around: Surroundings
    timeline: Timeline | None
    recordings: Recordings | None
    revision: int
    transcript_words: str
    is_open: bool
    summary: str
    auto_code: str | None
    label_code: str | None
    label_note: str
    own: Label | None
    others: list[LabelShown]
    settlement: HistoryLine | None
    may_settle: bool
    history: list[HistoryLine]
    why_not_label: str
    why_not_hear: str
    # What the words of the session are seen through; `shown_until` is when the masks come back, and `may_unmask` says who may lift them.
    lens: Lens
    shown_until: Shown | None
    may_unmask: bool
    may_share: bool
    judgments_shown: list[str]
    why_hidden: str
    may_reveal: bool


def get_session_page(session: Session, *, viewer: User) -> SessionPage:
    """This will gather the page of a session that the viewer may see."""
    labels = _labels.all(session.pk)
    prefetch_related_objects(labels, "issues__evidence")
    standing = [label for label in labels if hasattr(label, "current") and label.type == LabelType.HUMAN]
    own = next((label for label in standing if label.rater.user_id == viewer.pk), None)
    hidden = why_hidden(viewer, session)
    is_open = not hidden
    others = [label for label in standing if label is not own] if is_open else []
    lens = get_lens(session.pk, viewer=viewer)
    transcript = get_transcript(session, viewer=viewer)
    recordings = get_recordings(session, transcript)
    measured = recordings.measured if recordings else None
    timeline = read_timeline(session, transcript, lens=lens, measured=measured) if transcript else None
    summary = transcript.summary if transcript and is_open else ""
    shown = []
    if is_open:
        shown += [Judgment.AUTO.value] if session.auto_code else []
        shown += [Judgment.OTHERS.value] if others else []
        shown += [Judgment.SUMMARY.value] if summary else []
    history = get_history([label for label in labels if is_open or label.rater.user_id == viewer.pk], viewer, hide=lens.text)
    settled = session.session_label_id if is_open and session.label_is_settled else None
    return SessionPage(
        session=session,
        title=session.agent_name or _("No agent"),
        version=session.seen_prompt.version_label if session.seen_prompt else "",
        channel_words=channel_words(session),
        started=show(session.timestamp, agent_zone=session.agent_timezone, viewer=viewer),
        length=length_of(session.duration),
        facts=_facts(session, lens),
        around=SimpleLazyObject(lambda: get_surroundings(session, viewer=viewer, is_telling=_names_somebody(session))),  # type: ignore[arg-type]
        timeline=timeline,
        recordings=None if why_not_hear(viewer) else recordings,
        revision=transcript.revision if transcript else 0,
        transcript_words=why_no_transcript(session, viewer=viewer),
        is_open=is_open,
        summary=lens.text(summary),
        auto_code=session.auto_code if is_open else None,
        label_code=session.label_code if is_open else None,
        label_note=label_note(session) if is_open else "",
        own=own,
        others=[show_label(label, timeline, hide=lens.text, cites=not why_not_read(viewer)) for label in others],
        settlement=next((line for line in history if line.label.pk == settled and line.verb == "settled"), None),
        may_settle=is_open and session.label_code == Verdict.DISPUTED and viewer.may(Permission.MANAGE_QUEUES),
        history=history,
        why_not_label=why_not_label(viewer),
        why_not_hear=why_not_hear(viewer) if recordings and recordings.parts else "",
        lens=lens,
        shown_until=show(lens.until, agent_zone=session.agent_timezone, viewer=viewer) if lens.until else None,
        may_unmask=not why_not_unmask(viewer) and not lens.until and bool(session.source or timeline),
        may_share=not why_not_share_session(viewer, session),
        judgments_shown=shown,
        why_hidden=hidden,
        may_reveal=not is_open and may_reveal(viewer),
    )


@compiled
def _labels(session: Any) -> QuerySet[Label]:
    return Label.objects.filter(session=session).select_related("rater", "withdrawal__withdrawn_by", "current").newest_first()


def _names_somebody(session: Session) -> bool:
    name = session.conversation_id or ""
    return "@" in name or "+" in name or any(tells_whose(name, caller) for caller in (session.source, session.target) if caller)


def _facts(session: Session, lens: Lens) -> list[tuple[str, str, bool]]:
    """What each is called, what it is, and whether that is an id."""
    language = session.language
    if language in ("en", "es", "de", "fr", "pt", "it"):
        language = _(translation.get_language_info(language)["name"])
    ids = [(_("ID"), str(session.pk))]
    if str(session.pk) != session.external_id and not session.external_id.startswith(("sha256:", "erased:")):
        callers = (session.source, session.target if session.is_outbound else None)
        ids.append((_("Their ID"), mask_handle(session.external_id, lens.viewer, callers=callers)))
    facts = [
        (_("From"), mask(session.source, lens.viewer)),
        # Of a call that went out, this is whom it went to.
        (_("Number"), mask(session.target, lens.viewer) if session.is_outbound else session.target or ""),
        (_("Prompt"), f"{session.prompt_name or ''} {session.seen_prompt.version_label if session.seen_prompt else ''}".strip()),
        (_("Language"), language),
        (_("Ended"), str(EndedBy(session.ended_by).label) if session.ended_by else ""),
        (_("Source"), session.data_source.name),
    ]
    return [(term, words, True) for term, words in ids] + [(term, words, False) for term, words in facts if words]
