"""A vendor that labels are pushed to: its sessions stand there and here, and what is put into the outbox is due at once."""

from dataclasses import dataclass
from typing import Any

from labeling.codes import Via
from labeling.models import Label, LabelUpstream, Push, VendorLabels
from labeling.operations.label_rows import IssueGiven, Provenance
from labeling.operations.labels import submit_label
from labeling.operations.sending import send_due
from sessions_app.models import Session, Source
from tests.factories import NOON, AgentFactory, ConnectionFactory, SessionFactory, VendorLabelsFactory
from tests.sessions_app.upstream.fake_vendor import FakeVendor, wire_time


@dataclass
class Desk:
    """Our side of the connection to a fake vendor."""

    vendor: FakeVendor
    settings: VendorLabels
    source: Source
    keys: int = 0

    def session(self, number: int, **fields: Any) -> Session:
        """One that stands at the vendor too, under this number."""
        self.vendor.put_session(session_id=str(number), timestamp=wire_time(NOON), number=number)
        return SessionFactory(pk=number, external_id=str(number), seen_agent=AgentFactory(data_source=self.source), timestamp=NOON, **fields)

    def label(self, session: Session, rater: Any, code: str = "GOOD", *, comment: str = "", issues: Any = (), via: str = Via.PAGE, **how: Any) -> Label:
        self.keys += 1
        given = [IssueGiven(issue) for issue in issues]
        return submit_label(
            session_id=session.pk,
            rater=rater,
            code=code,
            client_key=f"push-{self.keys}",
            comment=comment,
            issues=given,
            provenance=Provenance(via=via, **how),
        ).label

    def send(self) -> int:
        return send_due(data_source=self.source.pk)

    def change(self, **fields: Any) -> None:
        VendorLabels.objects.filter(pk=self.settings.pk).update(**fields)
        self.settings.refresh_from_db()

    @property
    def states(self) -> list[tuple[int, str]]:
        return list(Push.objects.order_by("pk").values_list("label", "state"))

    @property
    def links(self) -> list[tuple[int, int, bool]]:
        return list(LabelUpstream.objects.order_by("upstream_id").values_list("upstream_id", "label", "is_pushed"))

    @property
    def there(self) -> list[tuple[int, str, str]]:
        return [(label["session_id"], label["code"], label["user_email"]) for label in self.vendor.all_labels()]


def make_desk(vendor: FakeVendor, allowed: Any, **fields: Any) -> Desk:
    """`allowed` are Django's settings, which have to let loopback be called."""
    allowed.OUTBOUND_ALLOWED = frozenset({vendor.allowed})
    connection = ConnectionFactory(base_url=vendor.url)
    on = {"pushes": True, "pushes_since": NOON, "push_after_minutes": 0} | fields
    return Desk(vendor, VendorLabelsFactory(data_source=connection.data_source, **on), connection.data_source)
