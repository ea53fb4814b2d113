"""The one filter of page, bulk action, queue rule and export: session columns plus what labels add up to."""

from typing import Any

import django_filters
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from labeling.codes import Code
from labeling.models import CurrentLabel, IssueCategory, Rater, SessionIssue, User
from labeling.policies import judgments_open_to
from labeling.roles import Permission
from sessions_app.codes import Verdict
from sessions_app.filters import SessionFilter
from sessions_app.models import SessionQuerySet

NONE = "none"
LABEL_CHOICES = [(NONE, "Unlabeled"), *Verdict.choices]
AUTO_CHOICES = [*Code.choices, (NONE, "Not rated")]


class ReviewFilter(SessionFilter):
    """A filter by judgments reads only the sessions whose judgments this person may see."""

    label = django_filters.MultipleChoiceFilter(choices=LABEL_CHOICES, method="by_label", label=_("Label"))
    auto = django_filters.MultipleChoiceFilter(choices=AUTO_CHOICES, method="by_auto_code", label=_("Auto-rating"))
    issue = django_filters.ModelMultipleChoiceFilter(queryset=IssueCategory.objects.in_order(), method="by_issue", label=_("Issue category"))
    rater = django_filters.ModelMultipleChoiceFilter(queryset=lambda request: _raters(request.user), method="by_rater", label=_("Reviewer"))

    @property
    def viewer(self) -> User:
        user: User = self.request.user
        return user

    def by_label(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        if not value:
            return queryset
        codes = [code for code in value if code != NONE]
        # That a session has no label tells nothing about anybody's judgment.
        chosen = Q(label_code__in=codes) & judgments_open_to(self.viewer) if codes else Q(pk__in=())
        return queryset.filter(chosen | Q(label_code=None)) if NONE in value else queryset.filter(chosen)

    def by_auto_code(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        return self._judged(queryset, value, lambda: self._auto_condition(value))

    def by_issue(self, queryset: SessionQuerySet, name: str, value: list[IssueCategory]) -> SessionQuerySet:
        return self._judged(queryset, value, lambda: Q(Exists(SessionIssue.objects.filter(session=OuterRef("pk"), category__in=value))))

    def by_rater(self, queryset: SessionQuerySet, name: str, value: list[Rater]) -> SessionQuerySet:
        return self._judged(queryset, value, lambda: Q(Exists(CurrentLabel.objects.filter(session=OuterRef("pk"), rater__in=value))))

    def _auto_condition(self, value: list[str]) -> Q:
        condition = Q(auto_code__in=[code for code in value if code != NONE])
        return condition | Q(auto_code=None) if NONE in value else condition

    def _judged(self, queryset: SessionQuerySet, value: Any, condition: Any) -> SessionQuerySet:
        return queryset.filter(condition(), judgments_open_to(self.viewer)) if value else queryset


def _raters(viewer: User) -> Any:
    """Who else labels is for those who see everybody's rows; a reviewer finds their own."""
    raters = Rater.objects.order_by("name", "email", "pk")
    return raters if viewer.may(Permission.SEE_WHOLE_SUMMARY) else raters.filter(user=viewer)
