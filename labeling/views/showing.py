"""A session as its page shows it: on its own, in a run or in a queue, whole or as the fragments that are swapped in."""

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property

from labeling.codes import Judgment, LabelType
from labeling.forms.privacy import UnmaskingForm
from labeling.forms.settings import PLAYBACK_SPEEDS
from labeling.label_panel import LabelPanel
from labeling.models import Queue, Run
from labeling.operations.reading import note_reading
from labeling.operations.runs import note_place
from labeling.queries.guide import get_news
from labeling.queries.label_offer import get_offer
from labeling.queries.last_label import LastLabel, get_last_label
from labeling.queries.one_session import get_draft, get_session
from labeling.queries.queue_work import Work, get_work, get_workable
from labeling.queries.runs import Place, Stop, get_place, get_run
from labeling.queries.session_page import SessionPage, get_session_page
from labeling.queries.waiting import WaitingIncident, WaitingOpinion, get_opinions_asked, get_session_incidents, tells_what_others_think
from labeling.requests import SignedInRequest
from labeling.views.incidents import incident_sheet
from sessions_app.models import Session


def find_session(request: SignedInRequest, pk: int) -> Session:
    """This will return a session the person may see. Raises Http404."""
    session = get_session(pk, scope=request.scope)
    if session is None:
        raise Http404
    return session


class Showing:
    """One session for one request. What a fragment does not need is not asked for."""

    def __init__(
        self,
        request: SignedInRequest,
        session: Session,
        *,
        run: Run | None = None,
        queue: Queue | None = None,
        data: QueryDict | None = None,
        stops: Sequence[Stop] | None = None,
    ) -> None:
        self.request, self.session, self.run, self.queue, self.data, self.stops = request, session, run, queue, data, stops

    @cached_property
    def page(self) -> SessionPage:
        return get_session_page(self.session, viewer=self.request.user)

    @cached_property
    def panel(self) -> LabelPanel:
        page = self.page
        offer = get_offer(self.session, viewer=self.request.user, timeline=page.timeline, revision=page.revision)
        draft = get_draft(self.session, self.request.user)
        return LabelPanel(offer, own=page.own, draft=draft, guide=get_news(self.request.user), data=self.data)

    @cached_property
    def place(self) -> Place | None:
        return get_place(self.run, self.session.pk, self.request.user, self.request.scope, stops=self.stops) if self.run else None

    @cached_property
    def work(self) -> Work | None:
        return get_work(self.queue, self.session, self.request.user, self.request.scope) if self.queue else None

    @property
    def why(self) -> str:
        """Why the session is in the queue, as far as the person may know."""
        return self.work.why(is_open=self.page.is_open) if self.work else ""

    @cached_property
    def last_label(self) -> LastLabel | None:
        """What Z undoes."""
        return get_last_label(self.request.user, scope=self.request.scope)

    @cached_property
    def incidents(self) -> list[WaitingIncident]:
        return get_session_incidents(self.session, viewer=self.request.user, scope=self.request.scope, eyes=self.page.lens.viewer)

    @cached_property
    def opinions_asked(self) -> list[WaitingOpinion]:
        return get_opinions_asked(self.session, viewer=self.request.user, eyes=self.page.lens.viewer)

    @cached_property
    def incident_sheet(self) -> dict[str, Any]:
        return incident_sheet(self.session, self.request.user)

    @cached_property
    def unmasking_form(self) -> UnmaskingForm:
        return UnmaskingForm(auto_id="unmask-%s")

    @property
    def address(self) -> str:
        if self.run:
            return reverse("labeling:run_session", args=[self.run.pk, self.session.pk])
        if self.queue:
            return reverse("labeling:queue_session", args=[self.queue.slug, self.session.pk])
        return reverse("labeling:session_detail", args=[self.session.pk])

    def whole(self, *, status: int = 200, **more: Any) -> HttpResponse:
        """This will answer with the page, or with what replaces one session by another."""
        page = self.page
        # Before the counts, so that a page which cannot be shown was not read.
        note_reading(session=self.session, by=self.request.user, judgments=self._judgments, has_transcript=page.timeline is not None)
        if self.run:
            note_place(run=self.run, session_pk=self.session.pk, by=self.request.user)
        template = "labeling/_session.html" if self.request.htmx else "labeling/session_detail.html"
        return render(self.request, template, self._context(more), status=status)

    def panel_only(self, *, status: int = 200, **more: Any) -> HttpResponse:
        """This will answer with the label panel; the transcript stays as it is, and so does the sound."""
        if not self.request.htmx:
            return self.whole(status=status, **more)
        # Submitting can open the judgments: from now on this person has seen them.
        note_reading(session=self.session, by=self.request.user, judgments=self._judgments, has_transcript=False)
        answer = render(self.request, "labeling/_label_panel.html", self._context({"panel_only": True, **more}), status=status)
        answer["HX-Retarget"], answer["HX-Reswap"] = "#label-panel", "outerHTML"
        return answer

    @property
    def _judgments(self) -> list[str]:
        """An incident or a note of a colleague says what others think, just as their labels do, and so does a label that was withdrawn."""
        shown = set(self.page.judgments_shown)
        if tells_what_others_think(self.incidents, self.opinions_asked, viewer=self.request.user):
            shown.add(Judgment.OTHERS.value)
        for line in self.page.history:
            if line.label.rater.user_id != self.request.user.pk:
                shown.add(Judgment.AUTO.value if line.label.type == LabelType.AUTO else Judgment.OTHERS.value)
        return sorted(shown)

    def _context(self, more: dict[str, Any]) -> dict[str, Any]:
        section = "review" if self.run or self.queue else "sessions"
        return {"section": section, "showing": self, "page": self.page, "panel": self.panel, "form": self.panel.form, "speeds": PLAYBACK_SPEEDS, **more}


def find_showing(request: SignedInRequest, session: Session, given: QueryDict) -> Showing:
    """This will return the session as it is shown where the person stands: the run or the queue that a form named, if the session is in it."""
    run = find_run(request, given.get("run"), session.pk)
    queue = None if run else find_queue(request, given.get("queue", ""), session.pk)
    return Showing(request, session, run=run, queue=queue)


def find_queue(request: SignedInRequest, slug: str, session_pk: int) -> Queue | None:
    """This will return the queue the person may work that has the session."""
    return get_workable(slug, request.user, has=session_pk) if slug and "\0" not in slug else None


def find_run(request: SignedInRequest, pk: object, session_pk: int) -> Run | None:
    """This will return the person's own run that holds the session; what is no number is none."""
    if not (isinstance(pk, int) or (isinstance(pk, str) and pk.isdecimal() and len(pk) < 19)):
        return None
    run = get_run(int(pk), request.user)
    return run if run and session_pk in run.sessions else None
