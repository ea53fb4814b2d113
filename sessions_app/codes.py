"""The closed words of sessions_app: the values its columns may hold."""

from django.db import models


class SourceKind(models.TextChoices):
    VENDOR = "vendor", "Vendor connection"
    INGEST = "ingest", "Ingest API"
    FILE = "file", "Imported file"


class Channel(models.TextChoices):
    VOICE = "voice", "Voice"
    CHAT = "chat", "Chat"
    SMS = "sms", "SMS"
    OTHER = "other", "Other"


class TranscriptState(models.TextChoices):
    NONE = "none", "No transcript"
    PENDING = "pending", "Not fetched yet"
    HELD = "held", "Held"
    FAILED = "failed", "Could not be fetched"
    ERASED = "erased", "Erased"


class EndedBy(models.TextChoices):
    CALLER = "caller", "By the caller"
    AGENT = "agent", "By the agent"
    TRANSFER = "transfer", "Transferred"
    VOICEMAIL = "voicemail", "To voicemail"


class RecordingState(models.TextChoices):
    """What we hold of a recording. One that nobody asked for yet is pending."""

    PENDING = "pending", "Not fetched yet"
    HELD = "held", "Held"
    FAILED = "failed", "Could not be fetched"
    GONE = "gone", "Gone at its source"


class Verdict(models.TextChoices):
    """What a session's labels add up to. `labeling` works it out; a session only carries it."""

    GOOD = "GOOD", "GOOD"
    OK = "OK", "OK"
    BAD = "BAD", "BAD"
    NOT_APPLICABLE = "N/A", "N/A"
    DISPUTED = "DISPUTED", "Disputed"


# The vendor's ids stay below this; every other session gets an id from here on, below what a double can hold.
FIRST_OWN_ID = 2**52
LAST_ID = 2**53 - 1
