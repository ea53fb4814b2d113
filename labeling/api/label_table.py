"""The closed table of labels: each name of the wire, and the condition, order or column it stands for."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Upper

from labeling.models import IssueAlias, IssueCategory, Label, LabelIssue, LabelWithdrawal, Rater, User
from labeling.policies import judgments_open_to
from labeling.queries.issues import canonical_categories, fold, with_merged
from sessions_app.api.grammar import Asked, Names, read_id, read_ids, read_moment
from sessions_app.api.session_table import Conditions
from sessions_app.models import Session
from sessions_app.scope import Scope

NOTHING = Q(pk__in=())
Condition = Callable[[str], Q]


def _session(value: str) -> Q:
    pk = read_id(value)
    return NOTHING if pk is None else Q(session=pk)


def _rater(value: str) -> Q:
    """Whoever labeled under this address, or has it now."""
    email = value.strip().lower()
    return Q(rater__in=list(Rater.objects.filter(Q(email=email) | Q(user__email=email)).values_list("pk", flat=True)))


def _issue(value: str) -> Q:
    """The category that has the name or had it, with what was merged into it; or the very string, which may mean nothing yet."""
    categories = [pk for together in with_merged(canonical_categories([value]).values()) for pk in together]
    # As the database writes capitals, in which its index has the strings.
    upper = [folded for folded, _ in fold([value]).values()]
    # Strings that came before anybody knew what they meant are never rewritten: they mean it now.
    named = [*IssueCategory.objects.filter(pk__in=categories).values_list(Upper("name"), flat=True)]
    named += IssueAlias.objects.filter(category__in=categories).values_list(Upper("text"), flat=True)
    meant = Q(category__in=categories) | Q(upper__in=upper) | Q(category=None, upper__in=named)
    said = LabelIssue.objects.annotate(upper=Upper("raw")).filter(meant, label=OuterRef("pk"))
    return Q(Exists(said))


INDEXED: Mapping[str, Condition] = {
    "timestamp": lambda value: Q(made_at=read_moment(value, "timestamp")),
    "session_id": _session,
    "session_id_list": lambda value: Q(session__in=read_ids(value)),
    "user_email": _rater,
}
EXACT: Mapping[str, Condition] = {
    "type": lambda value: Q(type=value),
    "code": lambda value: Q(code=value),
    "issue_categories": _issue,
}
FIRST_ISSUE = Subquery(LabelIssue.objects.filter(label=OuterRef("pk")).order_by("raw").values("raw")[:1])
ORDERS: Mapping[str, Any] = {
    "timestamp": F("made_at"),
    "session_id": F("session"),
    "type": F("type"),
    "code": F("code"),
    "user_email": F("rater__email"),
    "issue_categories": FIRST_ISSUE,
    "session_id_list": F("session"),
}
# The vendor's SDK cannot read a label without the first six.
ALWAYS = frozenset({"session_id", "type", "code", "user_email", "id", "timestamp"})
FIELDS = ("session_id", "type", "code", "user_email", "id", "timestamp", "comments", "issue_categories", "session_id_list")
NAMES = Names(search=tuple(ORDERS), order=tuple(ORDERS), fields=FIELDS)


def conditions_of(asked: Asked) -> Conditions:
    """This will turn a list's searches and dates into conditions. Raises Unprocessable, Refused."""
    base, rest = Q(), Q()
    if asked.start:
        base &= Q(made_at__gte=asked.start)
    if asked.end:
        base &= Q(made_at__lte=asked.end)
    for name, value in asked.searches:
        if name in INDEXED:
            base &= INDEXED[name](value)
        else:
            rest &= EXACT[name](value)
    return Conditions(base, rest, is_exact=True)


def order_of(asked: Asked) -> tuple[Any, ...]:
    """Equal values are told apart by id, in the same direction; what has no value comes last."""
    # An index has no last place for nulls, and a time never is one.
    if asked.order_by in ("", "timestamp"):
        return ("-made_at", "-pk") if asked.descending else ("made_at", "pk")
    by = ORDERS[asked.order_by]
    return (by.desc(nulls_last=True), "-pk") if asked.descending else (by.asc(nulls_last=True), "pk")


def labels_shown(person: User, scope: Scope) -> Any:
    """This will choose the labels that stand, of sessions in scope: a person's own, and others' where they may see them."""
    # As NOT EXISTS: for a join that finds nothing PostgreSQL reads and sorts all of them.
    labels = Label.objects.filter(~Exists(LabelWithdrawal.objects.filter(label=OuterRef("pk"))))
    if not scope.all_agents:
        labels = labels.filter(session__in=Session.objects.visible_to(scope))
    opened = judgments_open_to(person)
    if not opened:
        return labels
    return labels.filter(Q(rater__user=person) | Exists(Session.objects.filter(opened, pk=OuterRef("session"))))
