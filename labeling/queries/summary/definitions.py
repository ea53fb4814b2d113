"""What each figure of the summary means, in the words that were agreed. What is defined stands between two asterisks."""

from django.utils.translation import gettext_lazy as _

Piece = tuple[str, bool]

AGREED = [
    _("**In scope**: sessions started in the period (reporting time zone of the workspace), not test, within the viewer's agents."),
    _(
        "**Current label** of a person on a session: their latest one not withdrawn. **Session label**: the settled one if a manager "
        "settled it; else, leaving "
        "N/A out, the strict majority of three or more current human labels; else the common code if they are equal; else disputed. "
        "Disputed sessions are counted "
        "and linked, never averaged."
    ),
    _("**Rated** = session label GOOD, OK or BAD. N/A and disputed are shown beside, never in a denominator."),
    _("**GOOD rate** = GOOD / rated. **BAD rate** = BAD / rated. **Coverage** = sessions with a human label not made in bulk / in scope."),
    _(
        "**Basis**: “Random sample” counts only sessions drawn by a sample queue, whatever other queue they also were in. “All labeled” "
        "shows a warning, because "
        "targeted queues over-represent problems."
    ),
    _("**Likely range**: 95 % Wilson interval. Under 10 rated: no rate, just “3 of 7”. Ranges, not stars; the words are “likely”, never “significant”."),
    _(
        "**Change**: difference with Newcombe 95 % interval. “Worse” or “Better” only when it excludes zero, otherwise “No clear change”. "
        "Versions compare with the "
        "previous version of the same prompt, else with the previous period."
    ),
    _("**Most likely problem first** = by the lower end of the BAD range, so one bad call out of two does not top the list."),
    _(
        "**Reviewers agree** = equal codes / pairs, over pairs of labels on one session given independently (neither had seen the other). "
        "Range by bootstrap over "
        "sessions. AC1 beside it, because kappa collapses when almost everything is GOOD; kappa is in the tooltip. “GOOD against BAD” "
        "pairs are linked separately."
    ),
    _(
        "**Auto agrees** = auto code equals the first independent human label made without seeing it / sessions with both, beside what "
        "always saying GOOD would "
        "score. **Missed BAD** = auto not BAD among human BAD. **False BAD** = human not BAD among auto BAD. N/A on either side left out "
        "of these two."
    ),
    _("**Issue share** = sessions with the issue / rated. A session counts once per issue."),
    _("**Median time** = wall time with the tab visible, capped at 10 minutes a session."),
    _("**Reply time p50, p95** over agent turns with a measured reply."),
    _("Weeks start on the workspace's first day; the current week is drawn dashed until it ends."),
]
APPLIED = [
    _(
        "**Agreement on BAD**: of every pair of independent labels on one session, how often one said BAD (twice where both did), and how "
        "often the other did too: 2a / (2a + b + c), the positive specific agreement. “When one said BAD, the other did too: 24 of 31”. Two "
        "people who call nearly everything GOOD agree in nearly all; this asks about what matters. Its range is by drawing sessions anew. The same is "
        "asked of every issue category: when one named it, the other did too."
    ),
    _(
        "**AC1** (Gwet 2008) = (agreement − chance) / (1 − chance), with chance = the sum of p × (1 − p) over the codes / (codes − 1), where p is a "
        "code's share of all judging, every session counting the same. Its range is by Gwet's published variance, with Student's t. Of an "
        "issue category it asks: named or not."
    ),
    _(
        "**Kappa** here is Fleiss' (of two people Scott's pi): the same with chance = the sum of p × p. Where nearly everything is GOOD, chance is "
        "nearly one, so that kappa is low, or below zero, although people agree; therefore AC1 stands on the page, and kappa in its tooltip and in "
        "the file."
    ),
    _(
        "**Independent pairs** are of each person's first label that was given here one by one, before they had seen what anybody or anything else "
        "thinks. A settlement is none, nor is a second opinion, nor the label of whoever is asked because two disagree: those are sessions in doubt, "
        "and would make people seem to agree less than they do."
    ),
    _(
        "**Weighted**: where sessions of the random sample were drawn with different probabilities, each stands for one over its own. "
        "A rate is then the sum of the weights of the part / that of the rated, its range that of as many sessions of equal weight as "
        "tell as much (Kish's effective number), and “weighted” stands beside it. Counts are always of sessions."
    ),
    _(
        "**Worse and Better** in a table also take at least 30 rated on both sides, and hold for the table as a whole: the more rows are "
        "compared, the clearer a "
        "difference has to be, so that at most one in twenty of such tables says either by chance alone (Benjamini and Hochberg, over "
        "Fisher's exact test)."
    ),
    _(
        "**The last version** is the one before it of the same prompt, with the same agent, in this period; else in the period before; "
        "else the version is compared "
        "with itself in the period before. What it was compared with stands beside it."
    ),
    _("**The period before** is as long and ends where this one begins. While a period is running, sessions are compared with as much of it as has passed."),
    _(
        "**Erased, and kept no longer**: such a session counts as before, by when it was, its agent, its channel and its labels' codes; what was "
        "said in it and written about it is gone. Where there are no sessions from the beginning of a period on, the page says from when there are."
    ),
    _("**Target**: below or above only where the whole likely range is, otherwise “cannot tell yet”."),
    _(
        "**Critical** counts every incident, whoever raised it and however sessions were chosen: open ones of any time, and those of "
        "sessions started in the period. "
        "The median is over those of the period that were acknowledged."
    ),
]


def get_definitions() -> list[list[Piece]]:
    return [_pieces(str(one)) for one in AGREED]


def get_applied() -> list[list[Piece]]:
    return [_pieces(str(one)) for one in APPLIED]


def _pieces(text: str) -> list[Piece]:
    return [(words, place % 2 == 1) for place, words in enumerate(text.split("**")) if words]
