"""The next step where a panel of the summary has nothing to show: of who looks, and of what there is."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from labeling.forms.summary import SummaryForm
from labeling.queries.summary.tallies import count_sessions
from labeling.requests import SignedInRequest
from labeling.roles import Permission
from sessions_app.models import Session

LONGEST = SummaryForm.WEEKS[-1][0]


@dataclass(frozen=True)
class WaysOn:
    """Asked for by an empty panel only, and not before."""

    request: SignedInRequest
    form: SummaryForm

    @cached_property
    def to_sessions(self) -> tuple[str, str]:
        """Where there are no sessions: other ones, or the first."""
        if Session.objects.visible_to(self.request.scope).exists():
            if self.form.since_chosen != LONGEST or self.form.agents or self.form.channels:
                return _("All sessions of the last 12 months"), f"{reverse('labeling:summary')}?since={LONGEST}"
            return _("Browse all sessions"), reverse("labeling:session_list")
        if self.request.user.is_staff:
            return _("Bring in sessions"), reverse("admin:sessions_app_connection_changelist")
        return _("Read the guide"), reverse("labeling:guide_detail")

    @cached_property
    def to_labels(self) -> tuple[str, str]:
        """Where nobody judged: a queue, of who makes them, or one's own work."""
        if not count_sessions(self.form.frame):
            return self.to_sessions
        if self.request.user.may(Permission.MANAGE_QUEUES):
            return _("Start a queue"), reverse("labeling:queue_create")
        return _("Review"), reverse("labeling:review_home")
