"""What refers to an issue category, and what may be done to it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.db.models.functions import Upper
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from labeling.models import (
    BulkAction,
    CategoryChange,
    Draft,
    Draw,
    Export,
    FixedIssue,
    GuideExample,
    Incident,
    IssueAlias,
    IssueCategory,
    LabelIssue,
    Queue,
    SavedView,
    SessionIssue,
)
from labeling.models.bulk_action import BulkState
from labeling.models.category_change import ChangeState
from labeling.models.export import ExportState
from labeling.queries.issues import fold
from sessions_app.codes import Channel
from sessions_app.reading_order import ByName

# Counted exactly up to here, and no row further.
COUNTED = 10_000
MOST_NAMED = 10


@dataclass(frozen=True, slots=True)
class Reference:
    """Something that names a category: how many, and some of their names."""

    words: str
    n: int
    names: tuple[str, ...] = ()

    @property
    def is_many(self) -> bool:
        return self.n > COUNTED

    @property
    def shown(self) -> str:
        return f"{number_format(COUNTED)}+" if self.is_many else str(number_format(self.n))


def get_references(category: IssueCategory) -> list[Reference]:
    """This will count whatever refers to a category, each kind exactly up to 10,000."""
    shared = SavedView.objects.filter(_in_query(category))
    chips = FixedIssue.objects.filter(category=category).select_related("agent").order_by("place", "pk")
    aliases = category.aliases.order_by("pk")
    queues = Queue.objects.filter(_in_query(category)).order_by(ByName("name"), "pk")
    merged = category.merged.order_by(ByName("name"), "pk")
    return [
        Reference(_("labels that name it"), _count_labels(category)),
        Reference(_("sessions that count as it"), _count(SessionIssue.objects.filter(category=category))),
        Reference(_("drafts that name it"), _count(Draft.objects.filter(is_open=True, issues__contains=[{"raw": category.name}]))),
        Reference(_("other names"), _count(aliases), _names(alias.text for alias in aliases[:MOST_NAMED])),
        Reference(_("categories merged into it"), _count(merged), _names(str(one) for one in merged[:MOST_NAMED])),
        Reference(_("fixed chips"), _count(chips), _names(_chip(chip) for chip in chips[:MOST_NAMED])),
        # A private view is counted, and named to nobody.
        Reference(_("saved views"), _count(shared), _names(view.name for view in shared.filter(is_shared=True).order_by(ByName("name"), "pk")[:MOST_NAMED])),
        Reference(_("queues"), _count(queues), _names(queue.name for queue in queues[:MOST_NAMED])),
        Reference(_("examples in the guide"), _count(GuideExample.objects.filter(category=category))),
        Reference(_("incidents"), _count(Incident.objects.filter(category=category))),
        Reference(_("exports being made"), _count(Export.objects.filter(_in_query(category), state__in=(ExportState.WAITING, ExportState.RUNNING)))),
        Reference(_("bulk actions being made"), _count(BulkAction.objects.filter(_in_query(category), state__in=(BulkState.WAITING, BulkState.RUNNING)))),
    ]


def is_used(category: IssueCategory) -> bool:
    """Whether anything refers to it, also its own past: then it is retired, not deleted."""
    kinds: list[QuerySet[Any]] = [
        LabelIssue.objects.filter(category=category),
        SessionIssue.objects.filter(category=category),
        IssueAlias.objects.filter(category=category),
        IssueCategory.objects.filter(merged_into=category),
        FixedIssue.objects.filter(category=category),
        SavedView.objects.filter(_in_query(category)),
        Queue.objects.filter(_in_query(category)),
        Draw.objects.filter(_in_query(category)),
        GuideExample.objects.filter(category=category),
        Incident.objects.filter(category=category),
        Export.objects.filter(_in_query(category)),
        CategoryChange.objects.filter(Q(category=category) | Q(other=category)),
        Draft.objects.filter(issues__contains=[{"raw": category.name}]),
    ]
    return any(rows.exists() for rows in kinds)


def why_not_delete(category: IssueCategory) -> str:
    return _("This category is in use, or was changed before. Retire it: labels that name it keep their words.") if is_used(category) else ""


def why_not_name(name: str, *, category: IssueCategory | None = None) -> str:
    """This will refuse a name that means another category, or meant one: labels that say it mean that one."""
    if not name:
        return _("Give the category a name.")
    others = IssueCategory.objects.exclude(pk=category.pk) if category else IssueCategory.objects.all()
    if others.filter(name__iexact=name).exists():
        return _("Another category has this name.")
    aliases = IssueAlias.objects.exclude(category=category) if category else IssueAlias.objects.all()
    if aliases.filter(text__iexact=name).exists():
        return _("Another category was called that. Labels that say it mean that one.")
    return ""


def why_not_merge(category: IssueCategory, into: IssueCategory) -> str:
    if category.pk == into.pk:
        return _("A category cannot be merged into itself.")
    if category.merged_into_id:
        return _("This category is merged already. Take it out of that merge first.")
    if into.merged_into_id == category.pk:
        return _("%(into)s is merged into %(category)s: the other way round would be a loop.") % {"into": into, "category": category}
    if into.merged_into_id:
        return _("%(into)s is itself merged into another category. Choose that one.") % {"into": into}
    if into.retired_at:
        return _("%(into)s is retired. Make it active again first.") % {"into": into}
    if category.merged.exists():
        return _("Other categories are merged into %(category)s. Take them out first, then merge each.") % {"category": category}
    return ""


def why_not_unmerge(category: IssueCategory) -> str:
    return "" if category.merged_into_id else _("This category is not merged.")


def why_not_retire(category: IssueCategory) -> str:
    return _("A merged category is not offered anyway. Take it out of the merge first.") if category.merged_into_id else ""


def why_not_restore(category: IssueCategory) -> str:
    return _("A merged category is made active by taking it out of the merge.") if category.merged_into_id else ""


def get_targets(category: IssueCategory) -> QuerySet[IssueCategory]:
    """This will return what a category can be merged into."""
    return IssueCategory.objects.active().exclude(pk=category.pk).in_order()


def merge_warnings(category: IssueCategory, into: IssueCategory) -> list[str]:
    """This will say in sentences what is different for reviewers after a merge."""
    found = []
    if category.severity != into.severity:
        found.append(
            _("%(category)s is %(severity)s, %(into)s is %(other)s: from now on sessions with either count as %(other)s.")
            % {"category": category, "severity": category.severity, "into": into, "other": into.severity}
        )
    lost = [Channel(channel).label for channel in (category.channels or Channel.values) if into.channels and channel not in into.channels]
    if lost:
        found.append(
            _("%(into)s is not offered on %(channels)s, where %(category)s was.")
            % {"into": into, "channels": ", ".join(str(one) for one in lost), "category": category}
        )
    if category.suggested_by_signal and not into.suggested_by_signal:
        found.append(
            _("%(into)s is suggested from now on where %(category)s was: %(signal)s.")
            % {"into": into, "category": category, "signal": category.get_suggested_by_signal_display().lower()}
        )
    elif category.suggested_by_signal and into.suggested_by_signal != category.suggested_by_signal:
        found.append(
            _("Nothing is suggested any more for %(signal)s: %(into)s has a signal of its own.")
            % {"signal": category.get_suggested_by_signal_display().lower(), "into": into}
        )
    chips = FixedIssue.objects.filter(category=category)
    there = set(FixedIssue.objects.filter(category=into).values_list("agent", "channel"))
    dropped = [chip for chip in chips if (chip.agent_id, chip.channel) in there or (chip.channel and into.channels and chip.channel not in into.channels)]
    if len(chips) > len(dropped):
        found.append(
            _("Fixed chips of %(category)s that become chips of %(into)s: %(n)s.") % {"category": category, "into": into, "n": len(chips) - len(dropped)}
        )
    if dropped:
        found.append(
            _("Fixed chips of %(category)s that are dropped, because %(into)s is there already or does not apply to the channel: %(n)s.")
            % {"category": category, "into": into, "n": len(dropped)}
        )
    return found


def get_running(category: IssueCategory) -> QuerySet[CategoryChange]:
    """This will return the changes of a category that its sessions are still following."""
    return CategoryChange.objects.filter(Q(category=category) | Q(other=category), state=ChangeState.RUNNING).order_by("-pk")


def _in_query(category: IssueCategory) -> Q:
    """Filters are kept as the query of an address, which names categories by id."""
    return Q(query__regex=rf"(^|&)(not_)?((auto_)?issue|named)={int(category.pk)}(&|$)")


def _count_labels(category: IssueCategory) -> int:
    """Also those that came before anybody knew what they meant: they say one of its names, and are never rewritten."""
    known = LabelIssue.objects.filter(category=category)
    words = {word for pair in fold([category.name, *category.aliases.values_list("text", flat=True)]).values() for word in pair}
    saying = LabelIssue.objects.annotate(folded=Upper("raw")).filter(category=None, folded__in=words)
    return _count(known) + _count(saying)


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[: COUNTED + 1].count()


def _names(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(names)


def _chip(chip: FixedIssue) -> str:
    where = " · ".join([str(chip.agent) if chip.agent else _("every agent"), str(Channel(chip.channel).label) if chip.channel else _("every channel")])
    return _("place %(place)d, %(where)s") % {"place": chip.place, "where": where}
