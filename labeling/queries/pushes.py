"""The outbox as an admin looks at it: how it fares, what is in it, and what one of its labels says to the vendor."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.masking import mask_text
from labeling.models import Label, LabelUpstream, Push, User, VendorLabels
from labeling.models.vendor_labels import PushState
from labeling.queries.pushing import get_said
from sessions_app.models import Connection, Session
from sessions_app.queries.database_clock import database_now
from sessions_app.reading_order import ByName
from sessions_app.scope import Scope

PAGE_SIZE = 50
COUNTED = 10_000
# One that is due for longer than this waits for a worker that does not come.
LATE = timedelta(minutes=15)
# Whole sentences, for languages with another order: whether every label, whether only tried out, whether after a while.
SENTENCES = {
    (False, False, False): gettext_lazy("The label of each session given since %(at)s UTC is sent at once."),
    (False, False, True): gettext_lazy("The label of each session given since %(at)s UTC is sent %(n)s min after it was given."),
    (False, True, False): gettext_lazy("The label of each session given since %(at)s UTC is tried out at once."),
    (False, True, True): gettext_lazy("The label of each session given since %(at)s UTC is tried out %(n)s min after it was given."),
    (True, False, False): gettext_lazy("Every label of people given since %(at)s UTC is sent at once."),
    (True, False, True): gettext_lazy("Every label of people given since %(at)s UTC is sent %(n)s min after it was given."),
    (True, True, False): gettext_lazy("Every label of people given since %(at)s UTC is tried out at once."),
    (True, True, True): gettext_lazy("Every label of people given since %(at)s UTC is tried out %(n)s min after it was given."),
}
LATE_WORDS = gettext_lazy("A label is due and was not looked at. Is a worker running?")


@dataclass(frozen=True, slots=True)
class Counted:
    state: str
    name: str
    n: int

    @property
    def shown(self) -> str:
        return f"{number_format(COUNTED)}+" if self.n > COUNTED else str(number_format(self.n))


@dataclass(frozen=True, slots=True)
class PushPage:
    rows: list[Push]
    # Where the next page begins; None on the last one.
    before: int | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How pushing to one vendor fares, in sentences. `bad` is empty, or says what is wrong and since when."""

    words: str
    bad: str = ""
    since: datetime | None = None
    can_be_resumed: bool = False


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    value: str


def get_vendors() -> "QuerySet[VendorLabels]":
    return VendorLabels.objects.select_related("data_source").order_by("-data_source__is_primary", ByName("data_source__name"), "pk")


def get_standing(vendor: VendorLabels) -> Standing:
    """This will say whether labels are sent, and if not, why."""
    if not vendor.pushes:
        return Standing(_("Nothing is written to the vendor: pushing is switched off."))
    connection = Connection.objects.filter(data_source=vendor.data_source_id).first()
    said = {"at": f"{vendor.pushes_since:%Y-%m-%d %H:%M}", "n": vendor.push_after_minutes}
    words = str(SENTENCES[vendor.pushes_every_label, vendor.is_dry_run, bool(vendor.push_after_minutes)]) % said
    if vendor.pushes_bulk:
        words += " " + _("Also those of bulk actions.")
    if vendor.is_dry_run:
        words += " " + _("This is a dry run: nothing leaves the server.")
    if connection is None or not connection.is_active:
        return Standing(words, _("There is no active connection to the vendor.") if not vendor.is_dry_run else "")
    if is_stopped(vendor) or (vendor.resumes_at and vendor.resumes_at > database_now()):
        return Standing(words, vendor.problem, vendor.problem_at, can_be_resumed=True)
    due = Push.objects.filter(data_source=vendor.data_source_id, state=PushState.WAITING).order_by("due_at", "pk").values_list("due_at", flat=True).first()
    return Standing(words, str(LATE_WORDS), due) if due and due < database_now() - LATE else Standing(words)


def is_stopped(vendor: VendorLabels) -> bool:
    """Until an admin has it tried again, or the vendor has answered a sync since: then somebody gave it a better key."""
    if vendor.problem_at is None or vendor.resumes_at:
        return False
    return not Connection.objects.filter(data_source=vendor.data_source_id, succeeded_at__gt=vendor.problem_at).exists()


def get_counts(vendor: VendorLabels) -> list[Counted]:
    """This will count the outbox by state, each exactly up to 10,000."""
    rows = Push.objects.filter(data_source=vendor.data_source_id).order_by()
    return [Counted(state.value, str(state.label), rows.filter(state=state)[: COUNTED + 1].count()) for state in PushState]


def get_push_page(vendor: VendorLabels, scope: Scope, *, state: str = "", before: int | None = None) -> PushPage:
    """This will read one page, the newest first, of sessions in scope."""
    rows = visible_pushes(scope).filter(data_source=vendor.data_source_id)
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(pk__lt=before) if before else rows
    found = list(rows.order_by("-pk")[: PAGE_SIZE + 1])
    return PushPage(found[:PAGE_SIZE], found[PAGE_SIZE - 1].pk if len(found) > PAGE_SIZE else None)


def visible_pushes(scope: Scope) -> "QuerySet[Push]":
    rows = Push.objects.all()
    return rows if scope.all_agents else rows.filter(session__in=Session.objects.visible_to(scope))


def labels_in_scope(labels: Collection[int], scope: Scope) -> list[int]:
    rows = Label.objects.filter(pk__in=labels, session__in=Session.objects.visible_to(scope))
    return list(rows.values_list("pk", flat=True))


def get_fields(push: Push, viewer: User) -> list[Field]:
    """This will be what is sent, field by field, as it would be sent now; numbers and addresses of callers are masked on the page only."""
    said = get_said([push.label])[push.label_id]
    if push.session.erased_at or said.is_erased:
        return []
    external_id = push.session.external_id
    wire = said.wire(external_id) if external_id.isdecimal() else {"session_id": external_id} | said.wire("0") | {"session_id": external_id}
    words = {name: ", ".join(value) if isinstance(value, list) else str(value or "") for name, value in wire.items()}
    return [Field(name, mask_text(value, viewer) if name in ("comments", "issue_categories") else value) for name, value in words.items()]


def get_upstream_ids(push: Push) -> list[int]:
    links = LabelUpstream.objects.filter(data_source=push.data_source_id, label=push.label_id)
    return list(links.order_by("upstream_id").values_list("upstream_id", flat=True))


def count_failed() -> int:
    return Push.objects.filter(state=PushState.FAILED).order_by()[: COUNTED + 1].count()


def get_stopped() -> list[VendorLabels]:
    """Those where nothing goes until an admin sees to it."""
    return [vendor for vendor in VendorLabels.objects.filter(pushes=True).exclude(problem="").order_by("pk") if is_stopped(vendor)]
