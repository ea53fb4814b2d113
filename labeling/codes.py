"""The closed words of labels, on the wire and in the database."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Code(models.TextChoices):
    GOOD = "GOOD", "GOOD"
    OK = "OK", "OK"
    BAD = "BAD", "BAD"
    NOT_APPLICABLE = "N/A", "N/A"


class LabelType(models.TextChoices):
    HUMAN = "human-rating", "human-rating"
    AUTO = "auto-rating", "auto-rating"


class Via(models.TextChoices):
    PAGE = "page", _("Page")
    BULK = "bulk", _("Bulk action")
    API = "api", "API"
    IMPORT = "import", _("Import")
    SYNC = "sync", _("Sync")


class Basis(models.TextChoices):
    RANDOM = "random", _("Random sample")
    TARGETED = "targeted", _("Targeted queue")
    CHOSEN = "chosen", _("Chosen by the reviewer")


class RaterKind(models.TextChoices):
    PERSON = "person", _("Person")
    MACHINE = "machine", _("Machine")


class Severity(models.TextChoices):
    MINOR = "minor", _("Minor")
    MAJOR = "major", _("Major")
    CRITICAL = "critical", _("Critical")


class Judgment(models.TextChoices):
    """What of others' thinking can be shown to a person before they judge."""

    AUTO = "auto", _("Auto-rating")
    OTHERS = "others", _("Others' labels")
    SUMMARY = "summary", _("AI summary")
    # Asked to see them before judging: from then on nothing is hidden from this person here.
    REVEAL = "reveal", _("Revealed on request")


class TargetKind(models.TextChoices):
    TURN = "turn", _("Turn")
    TOOL = "tool", _("Tool call")
    MOMENT = "moment", _("Moment")


LONGEST_COMMENT = 10_000
# What stands where words were that retention or an erasure took out.
ERASED_WORDS = "(erased)"
LONGEST_ISSUE = 500
MOST_ISSUES = 50
