"""The one way in which the embedded server fails: a sentence for the person who started the program."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.db.utils import OperationalError


class EmbeddedPostgresUnavailable(OperationalError):
    """The server cannot run; the message says why and what to do."""


@contextmanager
def saying_which_file(folder: Path) -> Iterator[None]:
    """This will turn a refusal of the file system below a folder into EmbeddedPostgresUnavailable."""
    try:
        yield
    except OSError as error:
        raise EmbeddedPostgresUnavailable(f"The embedded PostgreSQL cannot use {error.filename or folder}: {error.strerror or error}.") from error
