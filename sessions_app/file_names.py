"""The names of the files that we keep. Nobody guesses one, and what is named otherwise in a folder of ours is not ours to remove."""

import re
import secrets

OURS = re.compile(r"[A-Za-z0-9_-]{43}")


def make_name() -> str:
    return secrets.token_urlsafe(32)


def is_ours(name: str) -> bool:
    """Whether we gave it, whatever follows its first dot."""
    return bool(OURS.fullmatch(name.partition(".")[0]))
