"""The keys that a summary's numbers lead to: what labels add up to, beyond the session label."""

from functools import cached_property

import django_filters
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from labeling.codes import Code, LabelType
from labeling.models import CurrentLabel, Incident
from labeling.policies import judgments_open_to
from labeling.queries.auto_issues import auto_names, naming
from labeling.queries.independent_labels import left_out_by, named_by, often_shared_by, shared_by
from labeling.roles import Permission
from sessions_app.codes import Verdict
from sessions_app.filters import SessionFilter
from sessions_app.filters.choices import YES_NO
from sessions_app.filters.fields import ChoiceFacet, IdFacet
from sessions_app.models import SessionQuerySet

NONE = "none"
CODE_CHOICES = [*Code.choices, (NONE, _("None"))]
# A draw counts by one label, so none is disputed; asking for them is no mistake.
SAMPLE_CHOICES = [*Verdict.choices, (NONE, _("None"))]
AGREEMENT_CHOICES = [
    ("any", _("two or more")),
    ("agree", _("two or more, all alike")),
    ("differ", _("two or more, not all alike")),
    ("opposed", _("GOOD against BAD")),
    ("bad", _("two or more, one or more BAD")),
    ("bad_alone", _("BAD against another")),
]
NAMED_CHOICES = [("alone", _("by one and not by another"))]
AGREEMENT = {"any": Q(pairs__gt=0), "agree": Q(pairs__gt=0, agreeing_pairs=F("pairs")), "differ": Q(agreeing_pairs__lt=F("pairs"))}
# Of two labels on one session.
SAME, DIFFERENT = Q(blind_code=OuterRef("blind_code")), ~Q(blind_code=OuterRef("blind_code"))
OPPOSED = Q(blind_code__in=(Code.GOOD, Code.BAD))
# Which of two labels it takes, and what the other says.
AGAINST = {
    "opposed": (OPPOSED, OPPOSED & DIFFERENT),
    "bad": (Q(blind_code=Code.BAD), Q()),
    "bad_alone": (Q(blind_code=Code.BAD), DIFFERENT),
}
INCIDENT_CHOICES = [("open", _("open")), ("any", _("open or acknowledged"))]
COLUMNS = {"blind": "blind_code", "sample": "sample_code"}


class MeasuredFilter(SessionFilter):
    """What these keys tell is part of a session's judgment, but for one thing: that nobody has looked tells nothing."""

    reviewed = django_filters.ChoiceFilter(choices=YES_NO, method="by_reviewed", label=_("Labeled"))
    blind = ChoiceFacet(choices=CODE_CHOICES, method="by_first_code", label=_("First independent label"))
    sample = ChoiceFacet(choices=SAMPLE_CHOICES, method="by_first_code", label=_("Label in the random sample"))
    agreement = django_filters.ChoiceFilter(choices=AGREEMENT_CHOICES, method="by_agreement", label=_("Independent labels"))
    gave = django_filters.ChoiceFilter(choices=Code.choices, method="by_given_code", label=_("A reviewer said"))
    incident = django_filters.ChoiceFilter(choices=INCIDENT_CHOICES, method="by_incident", label=_("Incident"))
    auto_issue = IdFacet(method="by_auto_issue", label=_("Issue the auto-rating names"))
    named = IdFacet(method="by_named", label=_("Issue in one of two independent labels"))
    named_match = django_filters.ChoiceFilter(choices=NAMED_CHOICES, method="leave_alone", label=_("Issue named"))

    NARROWING = SessionFilter.NARROWING | {"reviewed", "blind", "sample", "agreement", "gave", "auto_issue", "named"}

    # Incidents are few, and lead to their sessions by themselves.
    BOUNDED = SessionFilter.BOUNDED | {"incident"}

    @cached_property
    def gate(self) -> Q:
        """The condition on sessions whose judgments this person may see; an empty one where nothing is hidden from them."""
        return judgments_open_to(self.request.user)

    @property
    def needs_label(self) -> bool:
        """Only a session that people labeled can have these, so the index of labels leads to it."""
        active = self.active
        measured = any(f"not_{name}" in active or NONE not in active.get(name, [NONE]) for name in COLUMNS)
        return measured or active.get("reviewed") == "yes" or bool({"agreement", "gave", "named", "not_named"} & set(active))

    @property
    def needs_auto(self) -> bool:
        return bool({"auto_issue", "not_auto_issue"} & set(self.active))

    def by_reviewed(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        if not value:
            return queryset
        if value == "yes":
            return queryset.filter(self.gate, was_reviewed=True)
        # What was only marked in bulk has been judged: N/A.
        return queryset.filter(Q(label_code=None) | self.gate if self.gate else Q(), was_reviewed=False)

    def by_first_code(self, queryset: SessionQuerySet, name: str, value: list[str]) -> SessionQuerySet:
        if not value:
            return queryset
        column = COLUMNS[name.removeprefix("not_")]
        chosen = Q((f"{column}__in", [code for code in value if code != NONE]))
        if NONE in value:
            chosen |= Q((column, None))
        return self.keep(queryset, name, chosen, Q((f"{column}__isnull", False))).filter(self.gate)

    def by_agreement(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        """Of anybody with anybody, or where reviewers are chosen, of those with anybody."""
        if not value:
            return queryset
        ours = self._of_raters()
        if value in AGAINST:
            one, other = AGAINST[value]
            shared = shared_by(ours & one, other) if self._raters else often_shared_by(one, other)
            return queryset.filter(AGREEMENT["any" if value == "bad" else "differ"], self.gate).filter(shared)
        queryset = queryset.filter(AGREEMENT[value if not self._raters else "any"], self.gate)
        if not self._raters:
            return queryset
        if value == "agree":
            return queryset.filter(shared_by(ours, SAME), ~shared_by(ours, DIFFERENT))
        return queryset.filter(shared_by(ours, DIFFERENT if value == "differ" else Q()))

    def by_given_code(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        """What one of the chosen reviewers says now, or where none is chosen, anybody."""
        if not value:
            return queryset
        said = CurrentLabel.objects.filter(self._of_raters(), session=OuterRef("pk"), type=LabelType.HUMAN, label__code=value)
        return queryset.filter(Exists(said), self.gate)

    def by_incident(self, queryset: SessionQuerySet, name: str, value: str) -> SessionQuerySet:
        if not value:
            return queryset
        raised = Incident.objects.filter(acknowledged_at=None) if value == "open" else Incident.objects.all()
        return queryset.filter(self.gate, pk__in=raised.values("session"))

    def by_auto_issue(self, queryset: SessionQuerySet, name: str, value: list[int]) -> SessionQuerySet:
        if not value:
            return queryset
        return self.keep(queryset, name, auto_names(value), Q(auto_code__isnull=False)).filter(self.gate)

    def by_named(self, queryset: SessionQuerySet, name: str, value: list[int]) -> SessionQuerySet:
        """Of sessions that two or more people judged independently, as each of them judged it first."""
        if not value:
            return queryset
        issues, ours = naming(value), self._of_raters()
        chosen = named_by(ours, issues) & (left_out_by(Q(), issues) if self.form.cleaned_data.get("named_match") else Q())
        return self.keep(queryset.filter(pairs__gt=0), name, chosen).filter(self.gate)

    @property
    def _raters(self) -> list[int]:
        raters: list[int] = self.form.cleaned_data.get("rater") or []
        return raters

    def _of_raters(self) -> Q:
        if not self._raters:
            return Q()
        chosen = Q(rater__in=self._raters)
        return chosen if self.request.user.may(Permission.SEE_WHOLE_SUMMARY) else chosen & Q(rater__user=self.request.user)
