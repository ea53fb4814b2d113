"""What a filter says in words: the names behind its values, and one chip for each active key."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf.locale import LANG_INFO
from django.db.models import Exists, OuterRef, Q
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.filters.measured_filter import AGREEMENT_CHOICES, CODE_CHOICES, INCIDENT_CHOICES, NAMED_CHOICES, NONE, SAMPLE_CHOICES
from labeling.filters.queue_filter import PLACE_CHOICES
from labeling.filters.review_filter import AUTO_CHOICES, LABEL_CHOICES, ReviewFilter
from labeling.masking import DOTS, mask_text
from labeling.models import IssueCategory, Rater, Search, User
from labeling.queries.known_queues import queues_known_to
from labeling.roles import Permission
from sessions_app.codes import Channel
from sessions_app.filters.choices import DIRECTIONS, SIGNALS, UNKNOWN
from sessions_app.filters.periods import PRESETS
from sessions_app.models import Prompt, Session
from sessions_app.queries.agents import agents_in
from sessions_app.scope import Scope

FIXED: dict[str, dict[str, Any]] = {
    "label": dict(LABEL_CHOICES),
    "auto": dict(AUTO_CHOICES),
    "channel": dict(Channel.choices),
    "direction": dict(DIRECTIONS),
    "signal": dict(SIGNALS),
    "test": {"on": gettext_lazy("included"), "only": gettext_lazy("only these")},
    "differs": {"yes": gettext_lazy("yes")},
    "comment": {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")},
    "recording": {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")},
    "legacy": {"yes": gettext_lazy("yes"), "no": gettext_lazy("no")},
    "reviewed": {"yes": gettext_lazy("by a person, not in bulk"), "no": gettext_lazy("by nobody, or only in bulk")},
    "blind": dict(CODE_CHOICES),
    "sample": dict(SAMPLE_CHOICES),
    "agreement": dict(AGREEMENT_CHOICES),
    "incident": dict(INCIDENT_CHOICES),
    "place": dict(PLACE_CHOICES),
    "issue_match": {"all": gettext_lazy("all of them")},
    "named_match": dict(NAMED_CHOICES),
}
# Says how the list is shown, not what is in it.
SILENT = frozenset({"sort", "issue_match", "named_match"})
MOST_WORDS = 3
# Of what a colleague typed: who was looked for, and any number long enough to be a part of one.
OPERATOR = re.compile(r"\b(from|to):(?:\"[^\"]*\"?|\S+)", re.IGNORECASE)
DIGITS = re.compile(r"\+?\d(?:[\s().-]*\d){2,}")


@dataclass(frozen=True, slots=True)
class Chip:
    """One active key. `query` is the address's query without it."""

    name: str
    title: str
    words: str
    query: str

    def __str__(self) -> str:
        return f"{self.title}: {self.words}"


def get_chips(filtered: ReviewFilter) -> list[Chip]:
    """This will say each active key in words, in the order of the rail."""
    return [
        Chip(name=name, title=_title(filtered, name), words=_words(filtered, name, value), query=query_of(filtered, leave_out=(name,)))
        for name, value in filtered.active.items()
        if name not in SILENT
    ]


def query_of(filtered: ReviewFilter, *, leave_out: Iterable[str] = (), **given: str) -> str:
    """This will write the filter as the query of an address: its own keys only, no page."""
    query = filtered.data.copy()
    known = filtered.keys()
    for name in list(query):
        if name not in known or name in leave_out or not any(query.getlist(name)):
            del query[name]
    for name, value in given.items():
        query[name] = value
    written: str = query.urlencode()
    return written


def names_of(group: str, values: Iterable[Any], *, viewer: User, scope: Scope) -> dict[Any, str]:
    """This will name the values of a group that this person may know of; any other is left out."""
    wanted = [value for value in values if value not in (NONE, UNKNOWN)]
    named: dict[Any, str] = {}
    if group in FIXED:
        return {value: str(words) for value, words in FIXED[group].items()}
    if group == "agent":
        named = {agent.pk: str(agent) for agent in agents_in(scope).filter(pk__in=wanted)}
    elif group == "prompt":
        seen = Session.objects.visible_to(scope).filter(seen_prompt=OuterRef("pk"))
        named = {prompt.pk: str(prompt) for prompt in Prompt.objects.filter(Q() if scope.all_agents else Exists(seen), pk__in=wanted)}
    elif group in ("issue", "auto_issue", "named"):
        named = dict(IssueCategory.objects.filter(pk__in=wanted).values_list("pk", "name"))
    elif group == "rater":
        raters = Rater.objects.filter(pk__in=wanted)
        named = {rater.pk: str(rater) for rater in (raters if viewer.may(Permission.SEE_WHOLE_SUMMARY) else raters.filter(user=viewer))}
    elif group == "queue":
        named = dict(queues_known_to(viewer, scope).filter(slug__in=wanted).values_list("slug", "name"))
    elif group == "language":
        named = {code: _language(code) for code in wanted}
    else:
        named = {value: str(value) for value in wanted}
    return named | {NONE: str(_NOTHING.get(group, _("None"))), UNKNOWN: _("Not said")}


_NOTHING = {"issue": gettext_lazy("No issue"), "prompt": gettext_lazy("No prompt"), "queue": gettext_lazy("In no queue")}


def _title(filtered: ReviewFilter, name: str) -> str:
    base = name.removeprefix("not_")
    title = str(filtered.form.fields[base].label)
    if name != base:
        return _("%(title)s is not") % {"title": title}
    if name == "named" and filtered.active.get("named_match"):
        return _("%(title)s, %(how)s") % {"title": title, "how": FIXED["named_match"][filtered.active["named_match"]]}
    return _("%(title)s, all of") % {"title": title} if name == "issue" and filtered.active.get("issue_match") else title


def _words(filtered: ReviewFilter, name: str, value: Any) -> str:
    base = name.removeprefix("not_")
    if name == "since":
        return str(PRESETS.get(value) or _("last %(period)s") % {"period": value})
    if hasattr(value, "astimezone"):
        return _("%(at)s UTC") % {"at": formats.date_format(value, "M j, Y, g:i A")}
    if name == "caller":
        return _("as in session %(id)s") % {"id": int(value)}
    if name in ("length_from", "length_to"):
        return f"{value // 60}:{value % 60:02}"
    if name == "q":
        return mask_search(value, filtered.viewer)
    if name == "conversation":
        return mask_text(value, filtered.viewer)
    if not isinstance(value, list):
        return str(FIXED.get(base, {}).get(value, value))
    if base == "id":
        return ", ".join(str(one) for one in value)
    names = names_of(base, value, viewer=filtered.viewer, scope=filtered.request.scope)
    shown = [names.get(one) or _("one you may not see") for one in value]
    return ", ".join(shown[:MOST_WORDS]) + (_(" and %(n)d more") % {"n": len(shown) - MOST_WORDS} if len(shown) > MOST_WORDS else "")


def mask_search(search: Search, viewer: User) -> str:
    """This will write what was typed as a colleague may read it: they did not type it, and may not know whom it names."""
    if search.created_by_id == viewer.pk:
        return search.text
    return mask_text(OPERATOR.sub(lambda found: f"{found[1]}:{DOTS}", DIGITS.sub(DOTS, search.text)), viewer)


def _language(code: str) -> str:
    return str(LANG_INFO.get(code, {}).get("name", code))
