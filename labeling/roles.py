"""Role to permissions, on one screen. Nothing else decides what a role may do."""

from django.db import models


class Role(models.TextChoices):
    REVIEWER = "reviewer", "Reviewer"
    MANAGER = "manager", "Manager"
    ADMIN = "admin", "Admin"


class Permission(models.TextChoices):
    READ = "read", "Browse, read and listen within the allowed agents"
    LABEL = "label", "Label; change and withdraw own labels"
    SEE_JUDGMENTS = "see_judgments", "See others' labels before giving an own one"
    SEE_WHOLE_SUMMARY = "see_whole_summary", "See everybody's rows on the summary"
    MANAGE_QUEUES = "manage_queues", "Shared views, queues, settling"
    UNMASK = "unmask", "See phone numbers and names"
    ADMINISTER = "administer", "Issue categories, people, roles, keys"


PERMISSIONS: dict[str, frozenset[str]] = {
    Role.REVIEWER: frozenset({Permission.READ, Permission.LABEL}),
    Role.MANAGER: frozenset({Permission.READ, Permission.LABEL, Permission.SEE_JUDGMENTS, Permission.SEE_WHOLE_SUMMARY, Permission.MANAGE_QUEUES}),
    Role.ADMIN: frozenset(Permission.values),
}
# What an admin may grant to one person on top of the role.
GRANTABLE = frozenset({Permission.UNMASK})
