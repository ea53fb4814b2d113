"""Which issues the auto-rating finds: held against people's, on sessions that have it and a first independent label."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Subquery

from labeling.codes import LabelType
from labeling.models import IssueCategory, LabelIssue, SessionIssue
from labeling.queries.auto_issues import current_auto_rating
from labeling.queries.issues import canonical_categories
from labeling.queries.summary.auto import CODES, count_pairs, measure
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.issues import by_root, labeled_in
from labeling.queries.summary.rates import Rate


@dataclass(frozen=True, slots=True)
class IssueRow:
    """`precision` is of what the auto-rating named, `recall` of what people named."""

    category: IssueCategory
    precision: Rate
    recall: Rate


@dataclass(frozen=True, slots=True)
class AutoIssues:
    """`names_any` is false where no auto-rating says why: then there is nothing to compare."""

    rows: list[IssueRow]
    both: Figure
    names_any: bool


def get_auto_issues(frame: Frame) -> AutoIssues:
    """This will compare, category by category, the sessions where people named it with those where the auto-rating did."""
    frame = frame.of_all_labels
    compared = labeled_in(frame).filter(auto_code__isnull=False, blind_code__isnull=False)
    found = {"blind": CODES, "auto": CODES}
    named = LabelIssue.objects.filter(session__in=compared, label__type=LabelType.AUTO, label=Subquery(current_auto_rating("session").values("label")))
    said = list(named.values_list("session", "raw"))
    categories = canonical_categories({raw for _, raw in said})
    by_auto = {(session, categories[raw]) for session, raw in said if raw in categories}
    by_people = set(SessionIssue.objects.filter(session__in=compared).values_list("session", by_root()))
    auto, people, both = (Counter(category for _, category in pairs) for pairs in (by_auto, by_people, by_auto & by_people))
    rows = []
    for category in IssueCategory.objects.filter(pk__in=auto.keys() | people.keys()):
        pk = category.pk
        hit = frame.figure(both[pk], issue=[pk], auto_issue=[pk], **found)
        rows.append(
            IssueRow(
                category,
                precision=Rate(hit, frame.figure(auto[pk], auto_issue=[pk], **found)),
                recall=Rate(hit, frame.figure(people[pk], issue=[pk], **found)),
            )
        )
    rows.sort(key=lambda row: (-row.recall.whole.n, -row.precision.whole.n, row.category.name, row.category.pk))
    return AutoIssues(rows, measure(frame, count_pairs(frame).get((), {})).agrees.both, names_any=bool(said))
