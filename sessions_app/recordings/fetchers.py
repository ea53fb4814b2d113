"""What fetches a recording from one kind of source, and what it says where it cannot."""

from collections.abc import Callable

from sessions_app.models import Recording

# Gets the recording and a function that takes its bytes, piece by piece. It keeps its own time limits.
Fetcher = Callable[[Recording, Callable[[bytes], None]], None]


class FetchFailed(Exception):
    """The source did not give the recording, this time."""


class Gone(Exception):
    """The source does not have the recording any more."""
