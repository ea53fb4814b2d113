"""How far people who judged the same session independently name the same issues."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from labeling.agreement import Ballots, ac1, ac1_likely, agreement_on, ballot, kappa
from labeling.models import IssueCategory, LabelIssue
from labeling.queries.independent_labels import of_first_independent
from labeling.queries.issues import canonical_categories
from labeling.queries.summary.frame import Figure, Frame
from labeling.queries.summary.judged_twice import ALL, Agreed, get_agreed, labeled
from labeling.statistics import FEWEST, Range

NAMED, LEFT_OUT = "named", "left out"


@dataclass(frozen=True, slots=True)
class NamedRow:
    """`named` are the sessions where anybody named it, `alone` those of them where somebody did not; `agreed` counts who named it."""

    category: IssueCategory
    named: Figure
    alone: Figure
    agreed: Agreed
    ac1: float | None
    ac1_likely: Range | None
    kappa: float | None


def get_named_rows(frame: Frame, said: Mapping[int, Mapping[int, str]]) -> list[NamedRow]:
    """This will compare, category by category, what the people of `said` named in those labels; what most sessions have comes first."""
    named = _named(frame)
    categories = IssueCategory.objects.in_bulk({category for category, _ in named})
    people = Counter(len(one) for one in said.values())
    times: dict[int, Counter[tuple[int, int]]] = defaultdict(Counter)
    for (category, session), raters in named.items():
        if session in said:
            # Somebody may have labeled it between two statements.
            times[category][len(said[session]), len(raters & set(said[session]))] += 1
    rows = [_row(frame, categories[pk], counted, people) for pk, counted in times.items() if pk in categories]
    return sorted(rows, key=lambda row: (-row.named.n, row.category.name, row.category.pk))


def _row(frame: Frame, category: IssueCategory, counted: Counter[tuple[int, int]], people: Counter[int]) -> NamedRow:
    ballots: Counter[tuple[tuple[str, int], ...]] = Counter()
    for (n, namers), sessions in counted.items():
        ballots[ballot([NAMED] * namers + [LEFT_OUT] * (n - namers))] += sessions
    for n, sessions in people.items():
        ballots[ballot([LEFT_OUT] * n)] += sessions - sum(some for (of, _), some in counted.items() if of == n)
    compared: Ballots = {votes: n for votes, n in ballots.items() if n > 0}
    is_enough = people.total() >= FEWEST
    return NamedRow(
        category=category,
        named=frame.figure(sum(n for (_, namers), n in counted.items() if namers), named=[category.pk]),
        alone=frame.figure(sum(n for (of, namers), n in counted.items() if 0 < namers < of), named=[category.pk], named_match=["alone"]),
        agreed=get_agreed(agreement_on(compared, NAMED)),
        ac1=ac1(compared, codes=2) if is_enough else None,
        ac1_likely=ac1_likely(compared, codes=2) if is_enough else None,
        kappa=kappa(compared) if is_enough else None,
    )


def _named(frame: Frame) -> dict[tuple[int, int], set[int]]:
    """Who named a category in a session, by both."""
    sessions = labeled(frame.judged()).filter(pairs__gt=0).order_by()
    issues = of_first_independent(LabelIssue.objects.filter(session__in=sessions.values("pk")[:ALL]))
    rows = list(issues.values_list("session", "label__rater", "raw"))
    meant = canonical_categories({raw for _, _, raw in rows})
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for session, rater, raw in rows:
        if raw in meant:
            found[meant[raw], session].add(rater)
    return found
