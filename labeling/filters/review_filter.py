"""The one filter of page, bulk action, queue rule and export: session columns plus what labels add up to."""

from datetime import datetime
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.db.models.lookups import Exact, In
from django.utils.translation import gettext_lazy as _

from labeling.codes import Code
from labeling.filters.measured_filter import NONE
from labeling.filters.queue_filter import QueueFilter, QueueForm
from labeling.models import CurrentLabel, Search, SessionComments, SessionIssue, User
from labeling.operations.number_searches import asks_for_number
from labeling.operations.searches import has_searched
from labeling.policies import needs_own_label_first, why_not_read
from labeling.queries.issues import get_roots, with_merged
from labeling.roles import Permission
from sessions_app.codes import Verdict
from sessions_app.filters.choices import YES_NO
from sessions_app.filters.fields import ChoiceFacet, IdFacet, MomentFilter
from sessions_app.models import SessionQuerySet
from sessions_app.paging import Key, Order, find_in_streams
from sessions_app.queries.finding_windows import read_windows, windows
from sessions_app.queries.finding_words import Reach
from sessions_app.queries.finding_words import condition as text_condition
from sessions_app.queries.search_text import Asked, read_search
from sessions_app.scope import Scope

LABEL_CHOICES = [(NONE, _("Unlabeled")), *Verdict.choices]
AUTO_CHOICES = [*Code.choices, (NONE, _("Not rated"))]
# As the verdict index has them: "" stands for no label, or no rating.
LABELS = ["", *Verdict.values]
AUTO_CODES = ["", *Code.values]
LABEL_KEY = Coalesce(F("label_code"), Value(""))
AUTO_KEY = Coalesce(F("auto_code"), Value(""))


class Viewpoint(NamedTuple):
    """Who asks, where there is no request: a background job filters with the rights its maker has."""

    user: User
    scope: Scope


class ReviewForm(QueueForm):
    """The address of a search carries a token; what was typed lies here."""

    def clean_q(self) -> Search | None:
        token = self.cleaned_data["q"]
        search = Search.objects.filter(token=token).first() if token else None
        if token and search is None:
            raise forms.ValidationError(_("This search is not kept any more. Type it again."))
        return search

    def clean_issue(self) -> list[Any]:
        return _canonical(self.cleaned_data["issue"])

    def clean_not_issue(self) -> list[Any]:
        return _canonical(self.cleaned_data["not_issue"])

    def clean_auto_issue(self) -> list[Any]:
        return _canonical(self.cleaned_data["auto_issue"])

    def clean_not_auto_issue(self) -> list[Any]:
        return _canonical(self.cleaned_data["not_auto_issue"])


class ReviewFilter(QueueFilter):
    """A filter by judgments reads only the sessions whose judgments this person may see."""

    q = django_filters.CharFilter(method="leave_alone", max_length=22, label=_("Search"))

    label = ChoiceFacet(choices=LABEL_CHOICES, method="leave_alone", label=_("Label"))
    auto = ChoiceFacet(choices=AUTO_CHOICES, method="leave_alone", label=_("Auto-rating"))
    conversation = django_filters.CharFilter(method="by_conversation", max_length=200, label=_("Conversation"))
    differs = django_filters.ChoiceFilter(choices=YES_NO[:1], method="leave_alone", label=_("Auto differs from label"))
    issue = IdFacet(method="by_issue", besides=(NONE,), label=_("Issue category"))
    issue_match = django_filters.ChoiceFilter(choices=[("all", _("All of them"))], method="leave_alone", label=_("Issues"))
    rater = IdFacet(method="by_rater", label=_("Reviewer"))
    labeled_from = MomentFilter(method="by_label_date", label=_("Labeled from"))
    labeled_to = MomentFilter(method="by_label_date", label=_("Labeled before"))
    comment = django_filters.ChoiceFilter(choices=YES_NO, method="by_comment", label=_("Comment"))

    NARROWING = QueueFilter.NARROWING | {"issue", "rater", "comment", "labeled_to"}
    BOUNDED = QueueFilter.BOUNDED | {"labeled_from", "q"}
    # How far a search got before its time was over; None where it read everything it had to.
    searched_to: datetime | None = None

    class Meta(QueueFilter.Meta):
        form = ReviewForm

    @property
    def typed(self) -> str:
        """What was typed into the search box, "" for none."""
        return self.active["q"].text if "q" in self.active else ""

    @cached_property
    def asked(self) -> Asked | None:
        return read_search(self.typed) if self.typed else None

    @cached_property
    def reach(self) -> Reach:
        """What this person may find by. A number is found by the whole of it: by its parts a mask could be taken off without a reason."""
        is_first = needs_own_label_first(self.viewer)
        opened = None if is_first else self.gate or None
        return Reach(see_judgments=not is_first, read_transcripts=not why_not_read(self.viewer), comments=SessionComments, opened=opened)

    @property
    def viewer(self) -> User:
        user: User = self.request.user
        return user

    @cached_property
    def verdicts(self) -> list[tuple[str, str]]:
        """The pairs of label and auto-rating that the filter lets through; all of them where it names neither."""
        labels = _kept(LABELS, self.active.get("label"), self.active.get("not_label"))
        codes = _kept(AUTO_CODES, self.active.get("auto"), self.active.get("not_auto"))
        pairs = list(product(labels, codes))
        if self.needs_label:
            pairs = [(label, code) for label, code in pairs if label]
        if self.needs_auto:
            pairs = [(label, code) for label, code in pairs if code]
        if "differs" in self.active:
            pairs = [(label, code) for label, code in pairs if label in Code.values and code in Code.values and label != code]
        return pairs

    @property
    def names_verdicts(self) -> bool:
        return self.needs_label or self.needs_auto or bool({"label", "not_label", "auto", "not_auto", "differs"} & set(self.active))

    def filter_queryset(self, queryset: SessionQuerySet) -> SessionQuerySet:
        filtered = super().filter_queryset(queryset)
        if self.names_verdicts:
            filtered = filtered.filter(self._verdict_condition())
        if self.order.column == "labeled_at":
            filtered = filtered.filter(self.gate)
        return filtered.filter(text_condition(self.asked, None, reach=self.reach)) if self.asked else filtered

    def find(self, condition: Q, **how: Any) -> list[int]:
        if self.asked and how["order"].column == "timestamp":
            return self._find_text(self.asked, condition, **how)
        return super().find(condition, **how)

    def split(self) -> tuple[SessionQuerySet, list[Q]]:
        if not self.names_verdicts or self.asked or "agent" in self.active or self.order.column == "labeled_at" or self.is_in_queues:
            return super().split()
        # Each stream says by itself what it is of; the whole condition beside it would only mislead the planner's estimate.
        return super().filter_queryset(self.queryset.all()), [
            Q(Exact(LABEL_KEY, Value(label))) & Q(Exact(AUTO_KEY, Value(code))) & (self.gate if self.tells(label) else Q()) for label, code in self.verdicts
        ]

    def by_conversation(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        """A chat's conversation can be a caller's number. Who sees these masked finds one that they looked for openly, and none by trying addresses."""
        user = self.request.user
        if asks_for_number([value]) and not user.may(Permission.UNMASK) and not has_searched(text=value, by=user):
            return queryset.none()
        return queryset.filter(conversation_id=value)

    def _find_text(self, asked: Asked, condition: Q, *, key: Key | None, order: Order, backward: bool, limit: int) -> list[int]:
        """Window by window, so that a word of every session costs no more than a rare one."""
        rest = super().filter_queryset(self.queryset.all())
        if self.names_verdicts:
            rest = rest.filter(self._verdict_condition())
        toward_newer = order.descending is backward
        newest, oldest = self.active.get("end"), self.earliest
        if key and toward_newer:
            oldest = max(oldest or key.value, key.value)
        elif key:
            newest = min(newest or key.value, key.value)
        read = windows(asked, reach=self.reach, newest=newest, oldest=oldest, backward=toward_newer)

        def find(within: Q, most: int) -> list[int]:
            return find_in_streams(rest, [Q()], condition & within, order=order, backward=backward, limit=most)

        found = read_windows(find, read, asked=asked, reach=self.reach, limit=limit, finds_all=self._asks_for_words_only)
        self.searched_to = found.reached
        return found.ids

    @property
    def _asks_for_words_only(self) -> bool:
        """Beside a period and an order. Test sessions are left out unasked, and are few."""
        return self.request.scope.all_agents and not set(self.active) - {"q", "since", "start", "end", "sort"}

    def _verdict_condition(self) -> Q:
        # By label date the walk is along that index: words that the verdict index knows would only lead away from it.
        label_key, auto_key = (F("label_code"), F("auto_code")) if self.order.column == "labeled_at" else (LABEL_KEY, AUTO_KEY)
        told, untold = Q(pk__in=()), Q(pk__in=())
        for label in dict.fromkeys(pair[0] for pair in self.verdicts):
            codes = [code for one, code in self.verdicts if one == label]
            rated = Q() if len(codes) == len(AUTO_CODES) else _among(auto_key, codes)
            chosen = Q(Exact(label_key, Value(label))) & rated
            told, untold = (told | chosen, untold) if self.tells(label) else (told, untold | chosen)
        # Said once for all that tell: within each it would be looked up anew.
        return told & self.gate | untold

    def tells(self, label: str) -> bool:
        """That a session has no label tells nothing about anybody's judgment; its auto-rating does."""
        return bool(label or {"auto", "not_auto", "differs"} & set(self.active))

    def by_label_date(self, queryset: SessionQuerySet, name: str, value: datetime | None) -> SessionQuerySet:
        """When a session was labeled is part of its judgment."""
        if value is None:
            return queryset
        bound = Q(labeled_at__gte=value) if name == "labeled_from" else Q(labeled_at__lt=value)
        return queryset.filter(bound, self.gate)

    def by_issue(self, queryset: SessionQuerySet, name: str, value: list[Any]) -> SessionQuerySet:
        if not value:
            return queryset
        issues = SessionIssue.objects.filter(session=OuterRef("pk"))
        categories = with_merged([one for one in value if one != NONE])
        chosen = Q(Exists(issues.filter(category__in=[one for group in categories for one in group]))) if categories else Q(pk__in=())
        if name == "issue" and self.form.cleaned_data.get("issue_match") == "all":
            chosen = Q(*[Q(Exists(issues.filter(category__in=group))) for group in categories])
        if NONE in value:
            chosen |= ~Q(Exists(issues)) & Q(label_code__isnull=False)
        return self.keep(queryset, name, chosen, Q(label_code__isnull=False)).filter(self.gate)

    def by_rater(self, queryset: SessionQuerySet, name: str, value: list[int]) -> SessionQuerySet:
        """Who else labels is for those who see everybody's rows; a reviewer finds their own."""
        if not value:
            return queryset
        labels = CurrentLabel.objects.filter(session=OuterRef("pk"), rater__in=value)
        if not self.viewer.may(Permission.SEE_WHOLE_SUMMARY):
            labels = labels.filter(rater__user=self.viewer)
        return self.keep(queryset, name, Q(Exists(labels)), Q(label_code__isnull=False)).filter(self.gate)

    def by_comment(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        if not value:
            return queryset
        said = Q(Exists(SessionComments.objects.filter(session=OuterRef("pk"))))
        return queryset.filter(said if value == "yes" else ~said & Q(label_code__isnull=False), self.gate)


def _canonical(categories: list[Any]) -> list[Any]:
    """An address that names a category which was merged since means the one it was merged into."""
    if not categories:
        return categories
    roots = get_roots()
    return list(dict.fromkeys(roots.get(category, category) for category in categories))


def _kept(everything: list[str], wanted: list[str] | None, unwanted: list[str] | None) -> list[str]:
    chosen = {"" if one == NONE else one for one in wanted} if wanted else set(everything)
    return [one for one in everything if one in chosen - {"" if one == NONE else one for one in unwanted or ()}]


def _among(key: Any, codes: list[str]) -> Q:
    chosen = Q(Exact(key, Value(codes[0])) if len(codes) == 1 else In(key, [Value(code) for code in codes]))
    return chosen | Q(auto_code=None) if "" in codes and key != AUTO_KEY else chosen
