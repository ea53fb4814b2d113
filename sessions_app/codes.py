"""The closed words of sessions_app: the values its columns may hold."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class SourceKind(models.TextChoices):
    VENDOR = "vendor", _("Vendor connection")
    INGEST = "ingest", _("Ingest API")
    FILE = "file", _("Imported file")


class Channel(models.TextChoices):
    VOICE = "voice", _("Voice")
    CHAT = "chat", _("Chat")
    SMS = "sms", "SMS"
    OTHER = "other", _("Other")


class TranscriptState(models.TextChoices):
    NONE = "none", _("No transcript")
    PENDING = "pending", _("Not fetched yet")
    HELD = "held", _("Held")
    FAILED = "failed", _("Could not be fetched")
    ERASED = "erased", _("Erased")


class EndedBy(models.TextChoices):
    CALLER = "caller", _("By the caller")
    AGENT = "agent", _("By the agent")
    TRANSFER = "transfer", _("Transferred")
    VOICEMAIL = "voicemail", _("To voicemail")


class RecordingState(models.TextChoices):
    """What we hold of a recording. One that nobody asked for yet is pending."""

    PENDING = "pending", _("Not fetched yet")
    HELD = "held", _("Held")
    FAILED = "failed", _("Could not be fetched")
    GONE = "gone", _("Gone at its source")


class Verdict(models.TextChoices):
    """What a session's labels add up to. `labeling` works it out; a session only carries it."""

    GOOD = "GOOD", "GOOD"
    OK = "OK", "OK"
    BAD = "BAD", "BAD"
    NOT_APPLICABLE = "N/A", "N/A"
    DISPUTED = "DISPUTED", _("Disputed")


# The vendor's ids stay below this; every other session gets an id from here on, below what a double can hold.
FIRST_OWN_ID = 2**52
LAST_ID = 2**53 - 1
