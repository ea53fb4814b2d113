"""Sessions that show what a code or a category means, as far as the reader may see them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from labeling.clock import Shown, show
from labeling.gate import not_drawn_for
from labeling.masking import mask_text
from labeling.models import GuideExample, User
from sessions_app.models import Session
from sessions_app.scope import Scope

MOST = 500


@dataclass(frozen=True, slots=True)
class ExampleLine:
    pk: int
    session: Session
    code: str
    category_id: int | None
    category: str
    agent: str
    started: Shown
    note: str
    is_counter_example: bool


def get_examples(viewer: User, *, scope: Scope, session: Session | None = None) -> list[ExampleLine]:
    """This will return the examples on sessions in scope, those that show it before those that only look like it."""
    # What a session is an example of says what people think of it: not to who is asked to judge it unseen.
    visible = Session.objects.visible_to(scope).filter(not_drawn_for(viewer), erased_at=None)
    rows = GuideExample.objects.filter(session__in=visible.filter(pk=session.pk) if session else visible)
    rows = rows.select_related("session", "category").order_by("is_counter_example", "pk")[:MOST]
    return [_line(row, viewer) for row in rows]


def _line(row: GuideExample, viewer: User) -> ExampleLine:
    return ExampleLine(
        pk=row.pk,
        session=row.session,
        code=row.code,
        category_id=row.category_id,
        category=row.category.name if row.category else "",
        agent=row.session.agent_name or _("No agent"),
        started=show(row.session.timestamp, agent_zone=row.session.agent_timezone, viewer=viewer),
        note=mask_text(row.note, viewer),
        is_counter_example=row.is_counter_example,
    )
