"""The admin in the order an admin thinks in, not the alphabet of models."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.queries.admin_desk import Waits, get_waiting_for_admin

register = template.Library()


@dataclass(frozen=True, slots=True)
class Entry:
    """`model` is empty for a page that is no model's list."""

    name: str
    url: str
    model: str = ""
    add_url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    name: str
    entries: list[Entry]


# Of each model what an admin calls it, where that differs from what the code does; a page stands with its address.
NAMES = {
    "user": gettext_lazy("People"),
    "fixedissue": gettext_lazy("Fixed chips"),
    "guideversion": gettext_lazy("Guide"),
    "unmasking": gettext_lazy("Shown without a mask"),
    "retentionrule": gettext_lazy("Retention"),
}
PAGES = {
    "incomingissue": (gettext_lazy("Unmapped issues"), "labeling:inbox_list"),
    "event": (gettext_lazy("Audit"), "labeling:audit_list"),
    "push": (gettext_lazy("Labels to the vendor"), "labeling:push_list"),
    "import": (gettext_lazy("Imports"), "labeling:import_list"),
    "reconciliation": (gettext_lazy("Reconcile labels"), "labeling:reconciliation_detail"),
    "apidocs": (gettext_lazy("API"), "labeling:api_docs"),
    "health": (gettext_lazy("Health"), "labeling:health_detail"),
    "installation": (gettext_lazy("Configuration"), "labeling:installation_detail"),
}
GROUPS = (
    (gettext_lazy("People and keys"), ("user", "apikey", "rater")),
    (gettext_lazy("Issue categories and guide"), ("incomingissue", "issuecategory", "fixedissue", "categorychange", "guideversion", "guideexample")),
    (gettext_lazy("Privacy"), ("maskedkey", "unmasking", "sharelink", "retentionrule", "retentionrun", "legalhold", "erasure")),
    (gettext_lazy("Other systems"), ("connection", "vendorlabels", "push", "reconciliation", "webhook", "import", "apidocs")),
    (gettext_lazy("Audit"), ("event", "incident")),
    (gettext_lazy("Installation"), ("health", "installation", "agent", "prompt", "source")),
)


@register.simple_tag
def admin_groups(app_list: Iterable[Mapping[str, Any]]) -> list[Group]:
    """This will sort the admin's models into groups; one that no group names stands at the end."""
    models = {str(model["object_name"]).lower(): model for app in app_list for model in app["models"]}
    groups = [Group(str(name), [_entry(word, models) for word in words if word in PAGES or word in models]) for name, words in GROUPS]
    grouped = {word for _, words in GROUPS for word in words}
    others = Group(_("Other"), [_entry(word, models) for word in models if word not in grouped])
    return [group for group in (*groups, others) if group.entries]


@register.simple_tag
def list_name(opts: Any) -> str:
    return str(NAMES.get(opts.model_name, capfirst(opts.verbose_name_plural)))


@register.filter
def counted(changelist: Any) -> str:
    """This will write how many rows there are: the paginator of lists counts only so far."""
    n = str(number_format(changelist.result_count))
    return _("%(n)s or more") % {"n": n} if changelist.result_count >= changelist.paginator.most else n


@register.filter
def in_words(code: str) -> str:
    """This will write a name that the code uses as two words: "issue category"."""
    return _(code.replace("_", " "))


@register.simple_tag
def waiting_for_admin() -> list[Waits]:
    return get_waiting_for_admin()


def _entry(word: str, models: Mapping[str, Mapping[str, Any]]) -> Entry:
    if word in PAGES:
        name, page = PAGES[word]
        return Entry(str(name), reverse(page))
    model = models[word]
    return Entry(str(NAMES.get(word, capfirst(model["name"]))), model["admin_url"], word, model["add_url"] or "")
