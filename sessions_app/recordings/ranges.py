"""The part of a file that a request asks for."""

import re

# A player asks for "the rest" and reads it as slowly as it plays. A part of it sets the thread free, and the player asks again.
MOST_AT_ONCE = 1024 * 1024
ONE_RANGE = re.compile(r"bytes=\s*([0-9]{0,18})\s*-\s*([0-9]{0,18})\s*", re.IGNORECASE)


class NotInFile(Exception):
    """Nothing of what was asked for is in the file."""


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """This will be the first and the last byte to send, or None for the whole file: several ranges, and what is no range, count as none.

    Raises NotInFile.
    """
    found = ONE_RANGE.fullmatch(header.strip())
    if not found or not any(found.groups()):
        return None
    first, last = found.groups()
    if not first:
        if not int(last):
            raise NotInFile
        start, end = max(size - int(last), 0), size - 1
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < start:
            return None
        if start >= size:
            raise NotInFile
    return start, min(end, start + MOST_AT_ONCE - 1)
