"""Addresses in logs: those that are a secret themselves are written without it."""

import logging
import re

SECRET = re.compile(r"(/(?:shared|invitations|recordings)/|/key/)[^/\s'\"]+")


class WithoutSecrets(logging.Filter):
    """A failed request is logged with its address."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if SECRET.search(message):
            record.msg, record.args = SECRET.sub(r"\1…", message), ()
        return True
