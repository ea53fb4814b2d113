"""What can become of a question to the vendor. Each says it in a sentence that names nobody and echoes nothing."""

from collections.abc import Sequence

from django.utils.translation import gettext_noop

from sessions_app.reasons import with_values

KEY_REFUSED = with_values(gettext_noop("The vendor refuses the key (%(status)s): it is wrong, deactivated, or may not do this."))
ANSWERED = with_values(gettext_noop("The vendor answered %(status)s."))
NOT_TAKEN = with_values(gettext_noop("The vendor does not take the question (%(status)s)."))
ELSEWHERE = with_values(gettext_noop("The vendor sends us elsewhere (%(status)s), and no redirect is followed."))
NO_ANSWER = with_values(gettext_noop("The vendor gave no answer (%(problem)s)."))


class UpstreamProblem(Exception):
    """Why there is no answer."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else type(self).__name__


class AddressRefused(UpstreamProblem):
    """Our own guard does not call this address."""


class KeyRefused(UpstreamProblem):
    """The vendor does not take the key."""


class NotAllowed(KeyRefused):
    """The vendor knows the key, which may not do this."""


class NoAnswer(UpstreamProblem):
    """Nothing usable came, however often it was tried. `after` are the seconds that the vendor asked to wait, if it did."""

    def __init__(self, sentence: str = "", *, after: float = 0.0) -> None:
        super().__init__(sentence)
        self.after = after


class NotTaken(UpstreamProblem):
    """The vendor answered that the question is not well put. `fields` are the vendor's words for what it minds, and not for a page or a log."""

    def __init__(self, sentence: str = "", *, status: int = 0, fields: Sequence[str] = ()) -> None:
        super().__init__(sentence)
        self.status, self.fields = status, tuple(fields)


class NotThere(UpstreamProblem):
    """The vendor has no such thing."""


class Interrupted(UpstreamProblem):
    """Whoever asked has to end."""
