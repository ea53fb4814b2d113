"""What the environment says, and below it the lines of .env."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

Kind = TypeVar("Kind")
YES, NO = {"1", "true", "t", "yes", "y", "on"}, {"0", "false", "f", "no", "n", "off"}


def read_file(file: Path) -> None:
    """This will add the lines of a file to the environment, which has the last word."""
    load_dotenv(file)


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def switch(name: str, default: bool) -> bool:
    def read(given: str) -> bool:
        if given.lower() not in YES | NO:
            raise ValueError(given)
        return given.lower() in YES

    return _read(name, default, read, "1 or 0")


def number(name: str, default: int) -> int:
    return _read(name, default, int, "a whole number")


def words(name: str) -> list[str]:
    """This will be what stands between commas, without what is empty."""
    return [word for word in map(str.strip, text(name).split(",")) if word]


def _read(name: str, default: Kind, read: Callable[[str], Kind], wanted: str) -> Kind:
    given = os.environ.get(name)
    try:
        # An empty line is no answer: PRODUCTION= must not mean a try-out.
        return default if given is None else read(given.strip())
    except ValueError:
        # Without what stands there: it may be a secret in the wrong line.
        raise ImproperlyConfigured(f"{name} must be {wanted}.") from None
