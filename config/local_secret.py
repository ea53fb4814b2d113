"""The signing key of a local installation: made once, kept beside the data, never used in production."""

import os
import secrets
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / ".data" / "secret_key"


def read() -> str:
    """This will return the key, or one that lives as long as the process when none was written yet."""
    try:
        return FILE.read_text().strip() or secrets.token_urlsafe(64)
    except OSError:
        return secrets.token_urlsafe(64)


def ensure() -> None:
    """This will write the key unless there is one, or production brings its own."""
    if FILE.exists() or os.environ.get("SECRET_KEY"):
        return
    FILE.parent.mkdir(mode=0o700, exist_ok=True)
    # Written aside and linked: of two first starts at once, one key wins and both read that one.
    draft = FILE.with_name(f"secret_key.{os.getpid()}")
    draft.touch(mode=0o600)
    draft.write_text(secrets.token_urlsafe(64))
    try:
        os.link(draft, FILE)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
