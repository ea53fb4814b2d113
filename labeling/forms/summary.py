"""The controls of the summary."""

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from sessions_app.models import Agent
from sessions_app.queries.agents import agents_in
from sessions_app.scope import Scope


class SummaryForm(forms.Form):
    """The controls of the summary. What cannot be read falls back to the default, and the page says what it shows."""

    WEEKS = [(1, _("Last 7 days")), (4, _("Last 4 weeks")), (12, _("Last 12 weeks")), (52, _("Last 12 months"))]

    since = forms.TypedChoiceField(choices=WEEKS, coerce=int, required=False, label=_("Period"))
    agent = forms.ModelMultipleChoiceField(queryset=Agent.objects.none(), required=False, label=_("Agents"))

    def __init__(self, *args: Any, scope: Scope, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agents = cast(Any, self.fields["agent"])
        agents.queryset = agents_in(scope)

    @property
    def weeks(self) -> int:
        return (self.is_valid() and self.cleaned_data["since"]) or 12

    @property
    def agents(self) -> list[Agent]:
        return list(self.cleaned_data["agent"]) if self.is_valid() else []
