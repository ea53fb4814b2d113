"""What a local installation keeps beside the code: its signing key and its prepared static files. Never used in production."""

import os
import secrets
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / ".data"
STATIC = FOLDER / "static"
KEY = FOLDER / "secret_key"


def read_key() -> str:
    """This will return the key, or one that lives as long as the process when none was written yet."""
    try:
        return KEY.read_text().strip() or secrets.token_urlsafe(64)
    except OSError:
        return secrets.token_urlsafe(64)


def ensure() -> None:
    """This will make the folders, and write the key unless there is one. Raises OSError."""
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    STATIC.mkdir(exist_ok=True)
    if KEY.exists() or os.environ.get("SECRET_KEY"):
        return
    # Written aside and linked: of two first starts at once, one key wins and both read that one.
    draft = KEY.with_name(f"secret_key.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(64))
    try:
        os.link(draft, KEY)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
