"""Role to permissions, on one screen. Nothing else decides what a role may do."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    REVIEWER = "reviewer", _("Reviewer")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")


class Permission(models.TextChoices):
    READ = "read", _("Browse, read and listen within the allowed agents")
    LABEL = "label", _("Label; change and withdraw own labels")
    SEE_JUDGMENTS = "see_judgments", _("See others' labels before giving an own one")
    SEE_WHOLE_SUMMARY = "see_whole_summary", _("See everybody's rows on the summary")
    MANAGE_QUEUES = "manage_queues", _("Shared views, queues, settling")
    UNMASK = "unmask", _("See phone numbers and names")
    ADMINISTER = "administer", _("Issue categories, people, roles, keys")


PERMISSIONS: dict[str, frozenset[str]] = {
    Role.REVIEWER: frozenset({Permission.READ, Permission.LABEL}),
    Role.MANAGER: frozenset({Permission.READ, Permission.LABEL, Permission.SEE_JUDGMENTS, Permission.SEE_WHOLE_SUMMARY, Permission.MANAGE_QUEUES}),
    Role.ADMIN: frozenset(Permission.values),
}
# What an admin may grant to one person on top of the role.
GRANTABLE = frozenset({Permission.UNMASK})
