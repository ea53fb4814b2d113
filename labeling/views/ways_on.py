"""The next step where a panel of the summary has nothing to show: of who looks, and of what there is."""

from dataclasses import dataclass
from typing import NamedTuple

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from labeling.forms.summary import SummaryForm
from labeling.queries.summary.tallies import count_sessions
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.models import Session

LONGEST = SummaryForm.WEEKS[-1][0]


class Way(NamedTuple):
    """Where it leads, what its button says, and, where there are no sessions, what the panel says of that."""

    words: str
    url: str
    text: str = ""


@dataclass(frozen=True)
class WaysOn:
    """Asked for by an empty panel only, and not before."""

    request: SignedInRequest
    form: SummaryForm

    @cached_property
    def to_sessions(self) -> Way:
        """Where there are no sessions: other ones, or the first."""
        if Session.objects.visible_to(self.request.scope).exists():
            text = _("Choose a longer period or other agents.")
            if self.form.since_chosen != LONGEST or self.form.agents or self.form.channels:
                return Way(_("All sessions of the last 12 months"), f"{reverse('labeling:summary')}?since={LONGEST}", text)
            return Way(_("Browse all sessions"), reverse("labeling:session_list"), text)
        if self.request.user.is_staff:
            text = _("They come from the vendor, from files, or from programs with an API key.")
            return Way(_("Bring in sessions"), reverse("admin:sessions_app_connection_changelist"), text)
        text = _("Sessions appear a few minutes after they end. If you expected some, ask an admin which agents you may see.")
        return Way(_("Read the guide"), reverse("labeling:guide_detail"), text)

    @cached_property
    def to_labels(self) -> Way:
        """Where nobody judged: a queue, of who makes them, or one's own work."""
        if not count_sessions(self.form.frame):
            return self.to_sessions
        if self.request.user.may(Permission.MANAGE_QUEUES):
            return Way(_("Start a queue"), reverse("labeling:queue_create"))
        return Way(_("Review"), reverse("labeling:review_home"))
