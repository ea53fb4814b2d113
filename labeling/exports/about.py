"""What a file says about itself: the filter in words, when and by whom it was made, what is masked or left empty."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _

from labeling.exports.details import moment
from labeling.filters import ReviewFilter
from labeling.filters.words import get_chips
from labeling.models import User
from labeling.policies import why_not_read, why_not_unmask

MASKED = ("phone numbers", "e-mail addresses and social security numbers", "dates of birth", "what tools sent and got under the keys that an admin lists")
UNREADABLE = "transcripts and AI summaries, which you may not read"
HIDDEN = "labels, auto-ratings, issues, comments, evidence and AI summaries of sessions that you have not labeled yet"


@dataclass(frozen=True, slots=True)
class About:
    """`hidden` counts the sessions whose judgments this person may not see yet."""

    filter: tuple[str, ...]
    query: str
    made_at: datetime
    made_by: str
    is_masked: bool
    columns: tuple[str, ...]
    hidden: int = 0
    is_readable: bool = True

    def with_hidden(self, n: int) -> "About":
        return replace(self, hidden=n)

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Term and words, in the order a reader asks."""
        facts = [("Filter", words) for words in self.filter]
        facts.append(("Made", f"{moment(self.made_at)} by {self.made_by}"))
        facts += [("Masked", words) for words in (MASKED if self.is_masked else ("nothing",))]
        if not self.is_readable:
            facts.append(("Left empty", UNREADABLE))
        if self.hidden:
            facts.append(("Left empty", f"{HIDDEN}: {self.hidden} session{'s' if self.hidden > 1 else ''}"))
        return facts

    @property
    def as_json(self) -> dict[str, Any]:
        return {
            "filter": list(self.filter),
            "query": self.query,
            "made_at": moment(self.made_at),
            "made_by": self.made_by,
            "masked": list(MASKED) if self.is_masked else [],
            "sessions_with_hidden_judgments": self.hidden,
            "columns": list(self.columns),
        }


def about(filtered: ReviewFilter, *, query: str, viewer: User, columns: tuple[str, ...], at: datetime, unmasked: bool = False) -> About:
    return About(
        filter=tuple(filter_words(filtered)),
        query=query,
        made_at=at,
        made_by=str(viewer),
        is_masked=not unmasked or bool(why_not_unmask(viewer)),
        columns=columns,
        is_readable=not why_not_read(viewer),
    )


def filter_words(filtered: ReviewFilter) -> list[str]:
    """This will say what the filter lets through, also where it does so unasked."""
    words = [str(chip) for chip in get_chips(filtered)]
    if filtered.narrowed_to:
        words.append(_("Period: since %(at)s UTC, as the filter names none") % {"at": formats.date_format(filtered.narrowed_to, "M j, Y, g:i A")})
    if "test" not in filtered.active:
        words.append(_("Test sessions: left out"))
    return words or [_("All sessions")]
