"""The closed words of labels, on the wire and in the database."""

from django.db import models


class Code(models.TextChoices):
    GOOD = "GOOD", "GOOD"
    OK = "OK", "OK"
    BAD = "BAD", "BAD"
    NOT_APPLICABLE = "N/A", "N/A"


class LabelType(models.TextChoices):
    HUMAN = "human-rating", "human-rating"
    AUTO = "auto-rating", "auto-rating"


class Via(models.TextChoices):
    PAGE = "page", "Page"
    BULK = "bulk", "Bulk action"
    API = "api", "API"
    IMPORT = "import", "Import"
    SYNC = "sync", "Sync"


class Basis(models.TextChoices):
    RANDOM = "random", "Random sample"
    TARGETED = "targeted", "Targeted queue"
    CHOSEN = "chosen", "Chosen by the reviewer"


class RaterKind(models.TextChoices):
    PERSON = "person", "Person"
    MACHINE = "machine", "Machine"


class Severity(models.TextChoices):
    MINOR = "minor", "Minor"
    MAJOR = "major", "Major"
    CRITICAL = "critical", "Critical"


class Judgment(models.TextChoices):
    """What of others' thinking can be shown to a person before they judge."""

    AUTO = "auto", "Auto-rating"
    OTHERS = "others", "Others' labels"
    SUMMARY = "summary", "AI summary"
    # Asked to see them before judging: from then on nothing is hidden from this person here.
    REVEAL = "reveal", "Revealed on request"


class TargetKind(models.TextChoices):
    TURN = "turn", "Turn"
    TOOL = "tool", "Tool call"
    MOMENT = "moment", "Moment"


LONGEST_COMMENT = 10_000
# What stands where words were that retention or an erasure took out.
ERASED_WORDS = "(erased)"
LONGEST_ISSUE = 500
MOST_ISSUES = 50
