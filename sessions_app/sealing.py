"""Sealing: secrets of others that we must be able to use again, such as a vendor's key. Readable only with a key that is not in the database."""

import base64
import hashlib
from functools import cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(Exception):
    """It was sealed with a key that this server does not have."""


def seal(secret: str) -> str:
    """This will make of a secret what may stand in the database; nothing stays nothing."""
    return _keys(tuple(settings.SEALING_KEYS)).encrypt(secret.encode()).decode() if secret else ""


def unseal(sealed: str) -> str:
    """This will give back what was sealed, with the key of today or a former one. Raises Unreadable."""
    if not sealed:
        return ""
    try:
        return _keys(tuple(settings.SEALING_KEYS)).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Unreadable from None


@cache
def _keys(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(hashlib.sha256(b"review desk sealing" + key.encode()).digest())) for key in keys])
