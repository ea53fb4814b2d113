"""Sessions that people judged independently of each other: what each of them said first."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import In

from labeling.agreement import Histogram, likely_share, share_of_pairs
from labeling.queries.independent_labels import first_independent
from labeling.queries.summary.frame import Frame
from labeling.statistics import Range, Share
from sessions_app.codes import Verdict
from sessions_app.models import SessionQuerySet

# More than there are: a subquery with a limit is read first and by itself, whatever the planner expects of it.
ALL = 100_000_000


@dataclass(frozen=True, slots=True)
class Agreed:
    """Equal pairs of all pairs. The range is by sessions, whose pairs stand or fall together."""

    share: Share
    likely: Range

    @property
    def rate(self) -> float | None:
        return self.share.rate


def get_agreed(sessions: Histogram) -> Agreed:
    return Agreed(share_of_pairs(sessions), likely_share(sessions))


def get_judged_twice(frame: Frame, *, by: Q | None = None) -> Mapping[int, Mapping[int, str]]:
    """This will map each session to who said what: first independent labels, where at least two people gave one. `by` keeps some sessions."""
    sessions = labeled(frame.judged()).filter(by or Q(), pairs__gt=0).order_by()
    said: dict[int, dict[int, str]] = defaultdict(dict)
    for session, rater, code in first_independent().filter(session__in=sessions.values("pk")[:ALL]).values_list("session", "rater", "blind_code"):
        said[session][rater] = code
    return said


def labeled(sessions: SessionQuerySet) -> SessionQuerySet:
    """This will keep what people labeled, in the words of the index that leads there."""
    return sessions.filter(In(Coalesce(F("label_code"), Value("")), [Value(code) for code in Verdict.values]))
