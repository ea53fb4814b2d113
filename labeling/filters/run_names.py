"""What a run is called: the saved view it came from, or its filter in words."""

from django.utils.translation import gettext as _

from labeling.filters.review_filter import ReviewFilter
from labeling.filters.words import get_chips
from labeling.models import SavedView
from labeling.operations.runs import LONGEST_NAME

# Their words were typed, and a name is kept: it says that they were looked for, never what.
TYPED = frozenset({"q", "conversation", "service", "tool", "language"})


def run_name(filtered: ReviewFilter, view: SavedView | None) -> str:
    """This will name a run of at most 200 characters, with nothing in it that could name a caller."""
    if view is not None:
        return view.name
    words = [chip.title if chip.name.removeprefix("not_") in TYPED else str(chip) for chip in get_chips(filtered)]
    name = ", ".join(words) or _("All sessions")
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"
