"""Changes of the issue categories that keep old labels true."""

from django.db import transaction

from labeling.models import IssueAlias, IssueCategory


@transaction.atomic
def rename_category(*, category: IssueCategory, former_name: str) -> None:
    """This will keep the former name as another name of the renamed category, so that labels which say it still mean it."""
    IssueAlias.objects.filter(text__iexact=category.name, category=category).delete()
    if former_name.upper() != category.name.upper() and not IssueAlias.objects.filter(text__iexact=former_name).exists():
        IssueAlias.objects.create(text=former_name, category=category)
