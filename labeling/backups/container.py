"""The file of a backup: a line that says what it is, then parts, each sealed together with its place in the file.

A part that was changed, moved, left out or cut off is found before anything is done with it. With a passphrase the parts are
encrypted as well; the line at the head is readable and sealed with each part.
"""

import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC = b"review desk backup 1\n"
PART = 1 << 20
# A key takes about a tenth of a second and 64 MB to make: whoever has the file and guesses pays that for each guess.
COST: dict[str, int] = {"n": 1 << 16, "r": 8, "p": 1, "maxmem": 128 << 20, "dklen": 32}
# What a part holds.
DUMP, RECORDINGS, MANIFEST = b"D", b"R", b"M"
LONGEST_HEAD, LONGEST_PART = 64 << 10, 256 << 20


class Unusable(Exception):
    """It cannot be restored, and its words say why."""


@dataclass(frozen=True, slots=True)
class Seal:
    """How parts are closed and opened: with a key, or with a digest that only finds damage."""

    key: bytes | None
    head: bytes

    def close(self, number: int, kind: bytes, data: bytes) -> bytes:
        if self.key:
            return AESGCM(self.key).encrypt(self._nonce(number), data, self._about(number, kind))
        return data + hashlib.sha256(self._about(number, kind) + data).digest()

    def open(self, number: int, kind: bytes, closed: bytes) -> bytes:
        if self.key:
            try:
                return AESGCM(self.key).decrypt(self._nonce(number), closed, self._about(number, kind))
            except InvalidTag:
                raise Unusable(f"The file is damaged: part {number} is not what was written.") from None
        data, digest = closed[:-32], closed[-32:]
        if not hmac.compare_digest(digest, hashlib.sha256(self._about(number, kind) + data).digest()):
            raise Unusable(f"The file is damaged: part {number} is not what was written.")
        return data

    def _nonce(self, number: int) -> bytes:
        return number.to_bytes(12)

    def _about(self, number: int, kind: bytes) -> bytes:
        return hashlib.sha256(self.head).digest() + number.to_bytes(8) + kind


class Writer:
    def __init__(self, file: BinaryIO, head: dict[str, Any], passphrase: str) -> None:
        self.file, self.number = file, 0
        key = None
        if passphrase:
            # A salt of its own for each file is a key of its own, so the numbers of parts may be nonces.
            salt = secrets.token_bytes(16)
            key = _key(passphrase, salt)
            head = head | {"salt": salt.hex(), "check": _check(key)}
        line = json.dumps(head | {"encrypted": bool(passphrase)}).encode() + b"\n"
        self.seal = Seal(key, line)
        file.write(MAGIC + line)

    def write(self, kind: bytes, data: bytes) -> None:
        """This will write one part. The one with the manifest is the last. Raises OSError."""
        closed = self.seal.close(self.number, kind, data)
        self.file.write(kind + len(closed).to_bytes(4) + closed)
        self.number += 1


@dataclass(frozen=True, slots=True)
class Backup:
    """A file whose head was read, and whose passphrase is known to be right."""

    path: Path
    head: dict[str, Any]
    seal: Seal
    begins_at: int

    def parts(self) -> Iterator[tuple[bytes, bytes]]:
        """This will read part by part, to the end. Raises Unusable."""
        with self.path.open("rb") as file:
            file.seek(self.begins_at)
            kind = b""
            for number, (kind, closed) in enumerate(_framed(file)):
                yield kind, self.seal.open(number, kind, closed)
            if kind != MANIFEST:
                raise Unusable("The file is cut off: its last part is missing.")

    def manifest(self) -> dict[str, Any]:
        """This will read the whole file, and return what its last part says. Raises Unusable."""
        found = b""
        for kind, data in self.parts():
            if found:
                raise Unusable("The file is damaged: something follows its last part.")
            found = data if kind == MANIFEST else b""
        read: dict[str, Any] = json.loads(found)
        return read


def open_backup(path: Path, passphrase: str) -> Backup:
    """This will read the head. Raises Unusable, OSError."""
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise Unusable("This is no backup of Review Desk, or one of a format that this version does not know.")
        line = file.readline(LONGEST_HEAD)
        begins_at = file.tell()
    try:
        head = json.loads(line)
        key = _key(passphrase, bytes.fromhex(head["salt"])) if head["encrypted"] and passphrase else None
    except (ValueError, KeyError, TypeError):
        raise Unusable("The file is damaged: its first lines are not what was written.") from None
    if head["encrypted"] and not key:
        raise Unusable("The backup is encrypted: set BACKUP_PASSPHRASE to what it was made with.")
    if key and not hmac.compare_digest(head["check"], _check(key)):
        raise Unusable("The passphrase is wrong: BACKUP_PASSPHRASE is not what the backup was made with.")
    return Backup(path, head, Seal(key, line), begins_at)


def _framed(file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
    while front := file.read(5):
        length = int.from_bytes(front[1:])
        if len(front) < 5 or length > LONGEST_PART or len(closed := file.read(length)) < length:
            raise Unusable("The file is cut off, or damaged in a length.")
        yield front[:1], closed


def in_parts(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while data := read(PART):
        yield data


def _key(passphrase: str, salt: bytes) -> bytes:
    return hashlib.scrypt(passphrase.encode(), salt=salt, **COST)


def _check(key: bytes) -> str:
    return hmac.new(key, b"review desk backup", "sha256").hexdigest()[:16]
