"""The label a person gave last, which the undo key takes back."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import F, QuerySet
from django.db.models.functions import Now

from labeling.codes import LabelType, Via
from labeling.models import Label, Rater, User
from sessions_app.compiled import AnyOf, compiled
from sessions_app.scope import Scope

UNDO_FOR = timedelta(hours=12)


class LastLabel(NamedTuple):
    pk: int
    session_id: int
    code: str


def get_last_label(person: User, *, scope: Scope) -> LastLabel | None:
    """This will return the person's latest label on a page today, if it still stands and its session may still be seen."""
    last = _last.all(person.pk, list(scope.agents), all_agents=scope.all_agents)
    return next((LastLabel(*label) for *label, via, is_settlement, current in last if via == Via.PAGE and not is_settlement and current), None)


@compiled
def _last(person: Any, agents: Any, *, all_agents: bool) -> QuerySet[Label, Any]:
    # The rater by a subquery of one row: of their labels the newest are read from an index.
    labels = Label.objects.filter(rater=Rater.objects.filter(user=person).values("pk")[:1], type=LabelType.HUMAN, made_at__gte=Now() - UNDO_FOR)
    seen = labels if all_agents else labels.filter(AnyOf(F("session__seen_agent"), agents))
    return seen.newest_first().values_list("pk", "session", "code", "via", "is_settlement", "current")[:5]
