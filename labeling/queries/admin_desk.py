"""What waits for an admin: what to begin with, strings to map, work that failed, figures that are bad."""

from dataclasses import dataclass

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labeling.models import CategoryChange, Erasure, IssueCategory, User, Webhook
from labeling.models.category_change import ChangeState
from labeling.models.erasure import ErasureState
from labeling.queries.health import Figure, get_health
from labeling.queries.inbox import BADGE, count_waiting
from labeling.queries.pushes import count_failed, get_stopped


@dataclass(frozen=True, slots=True)
class Waits:
    """`page` is the name of the address where it is dealt with."""

    name: str
    words: str
    page: str
    is_bad: bool = False


def get_waiting_for_admin() -> list[Waits]:
    """This will return what an admin should look at, what is wrong first."""
    bad = [Waits(figure.name, _told(figure), "labeling:health_detail", is_bad=True) for _, figures in get_health().groups for figure in figures if figure.bad]
    return [*bad, *_failed(), *_inbox(), *_first_steps()]


def _told(figure: Figure) -> str:
    return f"{figure.value[:1].upper()}{figure.value[1:]}. {figure.bad}"


def _failed() -> list[Waits]:
    waits = []
    if Erasure.objects.filter(state=ErasureState.FAILED).exists():
        waits.append(Waits(_("Erasures"), _("One did not finish. Go on with it."), "admin:labeling_erasure_changelist", is_bad=True))
    if CategoryChange.objects.filter(state=ChangeState.FAILED).exists():
        waits.append(
            Waits(_("Category changes"), _("Not all sessions could follow one. Take it up again."), "admin:labeling_categorychange_changelist", is_bad=True)
        )
    if Webhook.objects.exclude(off_reason="").exists():
        waits.append(
            Waits(_("Webhooks"), _("One was switched off, because its receiver is gone or failed for days."), "admin:labeling_webhook_changelist", is_bad=True)
        )
    return [*waits, *_pushes()]


def _pushes() -> list[Waits]:
    waits = [
        Waits(_("Labels to the vendor"), _("None is sent. %(problem)s") % {"problem": _(vendor.problem)}, "labeling:push_list", is_bad=True)
        for vendor in get_stopped()
    ]
    n = count_failed()
    words = ngettext("One label could not be sent.", "%(n)s labels could not be sent.", n) % {"n": number_format(n)}
    return [*waits, *([Waits(_("Labels to the vendor"), words, "labeling:push_list", is_bad=True)] if n else [])]


def _inbox() -> list[Waits]:
    n = count_waiting()
    if not n:
        return []
    words = ngettext("One issue was named in words that no category is known by.", "%(n)s issues were named in words that no category is known by.", n) % {
        "n": _shown(n)
    }
    return [Waits(_("Unmapped issues"), words, "labeling:inbox_list")]


def _shown(n: int) -> str:
    return f"{BADGE}+" if n > BADGE else f"{n}"


def _first_steps() -> list[Waits]:
    """What an empty installation lacks before reviewers can begin."""
    waits = []
    if not IssueCategory.objects.exists():
        waits.append(
            Waits(_("Import a file of categories"), _("There is no issue category yet, so nobody can name what went wrong."), "labeling:taxonomy_import")
        )
    if len(User.objects.values_list("pk", flat=True)[:2]) < 2:
        waits.append(Waits(_("Invite somebody"), _("You are the only person here."), "admin:labeling_user_add"))
    return waits
