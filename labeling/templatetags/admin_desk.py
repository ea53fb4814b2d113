"""The admin in the order an admin thinks in, not the alphabet of models."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django import template
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

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
    "user": "People",
    "fixedissue": "Fixed chips",
    "guideversion": "Guide",
    "unmasking": "Shown without a mask",
    "retentionrule": "Retention",
}
PAGES = {
    "incomingissue": ("Unmapped issues", "labeling:inbox_list"),
    "event": ("Audit", "labeling:audit_list"),
    "push": ("Labels to the vendor", "labeling:push_list"),
    "import": ("Imports", "labeling:import_list"),
    "reconciliation": ("Reconcile labels", "labeling:reconciliation_detail"),
    "apidocs": ("API", "labeling:api_docs"),
    "health": ("Health", "labeling:health_detail"),
    "installation": ("Configuration", "labeling:installation_detail"),
}
GROUPS = (
    ("People and keys", ("user", "apikey", "rater")),
    ("Issue categories and guide", ("incomingissue", "issuecategory", "fixedissue", "categorychange", "guideversion", "guideexample")),
    ("Privacy", ("maskedkey", "unmasking", "sharelink", "retentionrule", "retentionrun", "legalhold", "erasure")),
    ("Other systems", ("connection", "vendorlabels", "push", "reconciliation", "webhook", "import", "apidocs")),
    ("Audit", ("event", "incident")),
    ("Installation", ("health", "installation", "agent", "prompt", "source")),
)


@register.simple_tag
def admin_groups(app_list: Iterable[Mapping[str, Any]]) -> list[Group]:
    """This will sort the admin's models into groups; one that no group names stands at the end."""
    models = {str(model["object_name"]).lower(): model for app in app_list for model in app["models"]}
    groups = [Group(name, [_entry(word, models) for word in words if word in PAGES or word in models]) for name, words in GROUPS]
    grouped = {word for _, words in GROUPS for word in words}
    others = Group("Other", [_entry(word, models) for word in models if word not in grouped])
    return [group for group in (*groups, others) if group.entries]


@register.simple_tag
def list_name(opts: Any) -> str:
    return str(NAMES.get(opts.model_name, capfirst(opts.verbose_name_plural)))


@register.filter
def counted(changelist: Any) -> str:
    """This will write how many rows there are: the paginator of lists counts only so far."""
    n = f"{changelist.result_count:,}"
    return _("%(n)s or more") % {"n": n} if changelist.result_count >= changelist.paginator.most else n


@register.filter
def in_words(code: str) -> str:
    """This will write a name that the code uses as two words: "issue category"."""
    return code.replace("_", " ")


@register.simple_tag
def waiting_for_admin() -> list[Waits]:
    return get_waiting_for_admin()


def _entry(word: str, models: Mapping[str, Mapping[str, Any]]) -> Entry:
    if word in PAGES:
        name, page = PAGES[word]
        return Entry(name, reverse(page))
    model = models[word]
    return Entry(NAMES.get(word, capfirst(model["name"])), model["admin_url"], word, model["add_url"] or "")
