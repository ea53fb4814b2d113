"""Room for Python's frames in one piece."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Answer = TypeVar("Answer")
# In words of eight bytes. Just above what fits into 128 kB, so that the piece has 256 kB and the other half is for the frames of what is called.
WORDS = 16_500


def with_room(call: Callable[Given, Answer]) -> Callable[Given, Answer]:
    """This will call it with room for all its frames.

    Python keeps frames in pieces of 16 kB, and gives a piece back as soon as the first frame in it ends. A template that loops just
    where one piece ends asks the system for memory at every call: it took a third of the time of a session's page. A piece is as
    large as its first frame needs, so the first one asks for more than it uses.
    """

    def roomy(*args: Given.args, **kwargs: Given.kwargs) -> Answer:
        return call(*args, **kwargs)

    roomy.__code__ = roomy.__code__.replace(co_stacksize=WORDS)
    return wraps(call)(roomy)
