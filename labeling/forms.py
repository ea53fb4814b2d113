"""Forms: clean types out, one sentence per mistake."""

import secrets
from collections.abc import Collection
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.codes import LONGEST_COMMENT, Code
from labeling.models import IssueCategory, Label, User
from labeling.models.user import Column, Density, Theme, TimeDisplay
from labeling.policies import why_not_share_views
from labeling.queries.saved_views import canonical_query
from sessions_app.models import Agent
from sessions_app.queries.agents import agents_in
from sessions_app.scope import Scope


def new_client_key() -> str:
    """This will make the key of one submit. It is made when the form is shown, so that a double click is one label."""
    return secrets.token_urlsafe(16)


class LabelForm(forms.Form):
    """The label panel. That BAD needs an issue or a comment is asked on this page only, never of the API."""

    code = forms.ChoiceField(choices=Code.choices, error_messages={"required": _("Choose GOOD, OK, BAD or N/A before you submit. Keys 1 to 4.")})
    issues = forms.MultipleChoiceField(required=False)
    comments = forms.CharField(
        required=False,
        max_length=LONGEST_COMMENT,
        error_messages={"max_length": _("A comment has at most 10,000 characters.")},
        strip=True,
    )
    reason = forms.CharField(required=False, max_length=500)
    client_key = forms.CharField(max_length=100, min_length=8)
    version = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)

    def __init__(self, data: QueryDict | None = None, *, channel: str, own: Label | None = None) -> None:
        initial: dict[str, Any] = {"client_key": new_client_key(), "version": own.pk if own else None}
        if own:
            initial |= {"code": own.code, "comments": own.comment, "issues": [issue.raw for issue in own.issues.all()]}
        super().__init__(data, initial=initial)
        offered = list(IssueCategory.objects.active().for_channel(channel).in_order().values_list("name", flat=True))
        # What the label already names stays choosable, also when it was retired since.
        kept = [raw for raw in initial.get("issues", []) if raw not in offered]
        issues = cast(forms.MultipleChoiceField, self.fields["issues"])
        issues.choices = [(name, name) for name in [*offered, *kept]]

    def clean_issues(self) -> list[str]:
        return list(dict.fromkeys(self.cleaned_data["issues"]))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("code") == Code.BAD and not cleaned.get("issues") and not cleaned.get("comments") and "comments" not in self.errors:
            self.add_error("issues", _("BAD needs an issue or a comment, so that others can learn from it."))
        return cleaned


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(label=_("My time zone"), choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())])
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect)
    density = forms.ChoiceField(label=_("Row height"), choices=Density.choices, widget=forms.RadioSelect)
    time_display = forms.ChoiceField(label=_("Show times in"), choices=TimeDisplay.choices, widget=forms.RadioSelect)
    shortcuts = forms.BooleanField(label=_("Single-key shortcuts"), required=False)

    class Meta:
        model = User
        fields = ["theme", "density", "time_display", "time_zone", "shortcuts"]


class ColumnsForm(forms.Form):
    """The columns of the session list that a person shows."""

    columns = forms.MultipleChoiceField(
        label=_("Columns of the session list"),
        choices=Column.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Started, agent and label always show."),
    )

    @property
    def hidden_columns(self) -> str:
        return ",".join(name for name in Column.values if name not in self.cleaned_data["columns"])


class SavedViewForm(forms.Form):
    """A name for a filter. The filter comes as the query of an address and leaves in its canonical form."""

    LONGEST_QUERY = 2_000
    TOO_LONG = _("This filter is too long to be kept. Leave out some of it.")

    name = forms.CharField(label=_("Name"), max_length=60, error_messages={"required": _("Give the view a name.")})
    is_shared = forms.BooleanField(label=_("Share with everybody"), required=False)
    query = forms.CharField(required=False, widget=forms.HiddenInput)
    version = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, person: User, known_keys: Collection[str], initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.known_keys = known_keys
        self.why_not_share = why_not_share_views(person)
        if self.why_not_share:
            self.fields["is_shared"].widget = forms.HiddenInput()

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not any(sign.isprintable() and not sign.isspace() for sign in name):
            raise forms.ValidationError(_("Give the view a name that can be seen."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("is_shared") and self.why_not_share:
            raise forms.ValidationError(self.why_not_share)
        # Not a field's mistake: the person did not type the filter.
        try:
            query = canonical_query(QueryDict(cleaned.pop("query", "")), self.known_keys)
        except TooManyFieldsSent:
            raise forms.ValidationError(self.TOO_LONG) from None
        if len(query) > self.LONGEST_QUERY:
            raise forms.ValidationError(self.TOO_LONG)
        return cleaned | {"query": query}

    @property
    def kept(self) -> dict[str, Any]:
        """What a view keeps of the form."""
        return {name: self.cleaned_data[name] for name in ("name", "query", "is_shared")}


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
