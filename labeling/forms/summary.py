"""The controls of the summary."""

from datetime import date, timedelta
from functools import cached_property
from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.codes import Basis
from labeling.models import User
from labeling.queries.summary.frame import Frame
from labeling.queries.summary.period import Period, days_between, last_weeks
from labeling.queries.summary.tallies import has_sample
from sessions_app.codes import Channel
from sessions_app.models import Agent
from sessions_app.queries.agents import agents_in
from sessions_app.scope import Scope

DAYS = "days"
ALL_LABELED = "all"
DEFAULT_WEEKS = 12
MOST_DAYS = 731
FIRST_YEAR, LAST_YEAR = 1990, 2150


class SummaryForm(forms.Form):
    """What cannot be read falls back to the default, each by itself, and the page says what it shows."""

    WEEKS = [("1", _("Last 7 days")), ("4", _("Last 4 weeks")), ("12", _("Last 12 weeks")), ("52", _("Last 12 months"))]

    since = forms.ChoiceField(choices=[*WEEKS, (DAYS, _("Chosen days"))], required=False, label=_("Period"))
    first = forms.DateField(required=False, label=_("From"))
    last = forms.DateField(required=False, label=_("Through"))
    agent = forms.ModelMultipleChoiceField(queryset=Agent.objects.none(), required=False, label=_("Agents"))
    channel = forms.MultipleChoiceField(choices=Channel.choices, required=False, label=_("Channels"))
    basis = forms.ChoiceField(
        choices=[(Basis.RANDOM.value, _("Random sample")), (ALL_LABELED, _("All labeled"))], required=False, label=_("Which labels count")
    )
    measure = forms.ChoiceField(choices=[("bad", "BAD"), ("good", "GOOD"), ("volume", _("Volume"))], required=False, label=_("Measure"))
    points = forms.ChoiceField(choices=[("week", _("Each week")), ("four", _("Four weeks"))], required=False, label=_("Points"))

    def __init__(self, data: QueryDict, *, viewer: User, scope: Scope) -> None:
        # A key that says nothing is as good as none.
        said = data.copy()
        for name in list(said):
            said.setlist(name, [value for value in said.getlist(name) if value and "\0" not in value])
        super().__init__(said)
        self.viewer, self.scope = viewer, scope
        cast(Any, self.fields["agent"]).queryset = agents_in(scope)
        self.is_valid()

    @property
    def since_chosen(self) -> str:
        return self.cleaned_data.get("since") or str(DEFAULT_WEEKS)

    @cached_property
    def period(self) -> Period:
        first, last = self.cleaned_data.get("first"), self.cleaned_data.get("last")
        if self.since_chosen != DAYS:
            return last_weeks(int(self.since_chosen))
        if first and last and _is_period(first, last):
            return days_between(first, last)
        return last_weeks(DEFAULT_WEEKS)

    @cached_property
    def agents(self) -> list[Agent]:
        return list(self.cleaned_data.get("agent") or ())

    @property
    def agent_choices(self) -> list[tuple[str, str, bool]]:
        """Value, name, and whether it is chosen: Django's own choices make a widget of each."""
        chosen = {agent.pk for agent in self.agents}
        return [(str(agent.pk), str(agent), agent.pk in chosen) for agent in cast(Any, self.fields["agent"]).queryset]

    @property
    def channels(self) -> list[str]:
        return self.cleaned_data.get("channel") or []

    def chosen(self, name: str) -> Any:
        """This will be what a panel of its own asks for."""
        return {"measure": self.cleaned_data.get("measure") or "bad", "points": self.cleaned_data.get("points") or ""}[name]

    @cached_property
    def frame(self) -> Frame:
        """Random draws are what counts wherever there are any in the period, unless all labels are asked for."""
        found = Frame(
            viewer=self.viewer,
            scope=self.scope,
            period=self.period,
            agents=tuple(agent.pk for agent in self.agents),
            channels=tuple(self.channels),
            basis=Basis.RANDOM.value,
            counted={},
        )
        return found if self.cleaned_data.get("basis") != ALL_LABELED and has_sample(found) else found.of_all_labels

    @property
    def is_without_sample(self) -> bool:
        """All labels count although nobody asked for that."""
        return not self.frame.basis and self.cleaned_data.get("basis") != ALL_LABELED

    @property
    def basis_chosen(self) -> str:
        """What is shown, which is all labels where no random draw was judged."""
        return self.frame.basis or ALL_LABELED

    @property
    def channel_words(self) -> list[str]:
        return [str(Channel(channel).label) for channel in self.channels]

    @property
    def controls(self) -> str:
        """The query string of what was chosen, without what would be so anyway."""
        params = QueryDict(mutable=True)
        if self.since_chosen != str(DEFAULT_WEEKS):
            params["since"] = self.since_chosen
        if self.since_chosen == DAYS:
            params["first"], params["last"] = self.period.first.isoformat(), self.period.last.isoformat()
        params.setlist("agent", [str(agent.pk) for agent in self.agents])
        params.setlist("channel", self.channels)
        if basis := self.cleaned_data.get("basis"):
            params["basis"] = basis
        if self.chosen("measure") != "bad":
            params["measure"] = self.chosen("measure")
        if points := self.chosen("points"):
            params["points"] = points
        return params.urlencode()


def _is_period(first: date, last: date) -> bool:
    return first.year >= FIRST_YEAR and last.year <= LAST_YEAR and first <= last and last - first < timedelta(days=MOST_DAYS)
