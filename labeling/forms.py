"""Forms: clean types out, one sentence per mistake."""

from collections.abc import Collection
from typing import Any, cast
from zoneinfo import available_timezones

from django import forms
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import TooManyFieldsSent
from django.core.validators import MaxLengthValidator
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.codes import Severity
from labeling.label_form import new_client_key
from labeling.models import IssueCategory, User
from labeling.models.incident import LONGEST_LINE
from labeling.models.run import SkipKind
from labeling.models.second_opinion import LONGEST_NOTE
from labeling.models.unmasking import UnmaskReason
from labeling.models.user import Column, Density, Theme, TimeDisplay
from labeling.policies import why_not_share_views
from labeling.queries.colleagues import colleagues_for
from labeling.queries.saved_views import canonical_query
from sessions_app.models import Agent, Session
from sessions_app.queries.agents import agents_in
from sessions_app.scope import Scope

# Percent of the recorded pace, and how a person reads it.
PLAYBACK_SPEEDS = [(75, "0.75×"), (100, "1×"), (125, "1.25×"), (150, "1.5×"), (175, "1.75×"), (200, "2×")]

LONGEST_PASSWORD = 128


class SettingsForm(forms.ModelForm):  # type: ignore[type-arg]
    time_zone = forms.ChoiceField(label=_("My time zone"), choices=lambda: [(name, name.replace("_", " ")) for name in sorted(available_timezones())])
    theme = forms.ChoiceField(label=_("Theme"), choices=Theme.choices, widget=forms.RadioSelect)
    density = forms.ChoiceField(label=_("Row height"), choices=Density.choices, widget=forms.RadioSelect)
    time_display = forms.ChoiceField(label=_("Show times in"), choices=TimeDisplay.choices, widget=forms.RadioSelect)
    shortcuts = forms.BooleanField(label=_("Single-key shortcuts"), required=False)
    playback_speed = forms.TypedChoiceField(label=_("Playback speed"), choices=PLAYBACK_SPEEDS, coerce=int)
    skips_silence = forms.BooleanField(label=_("Skip silence in recordings"), required=False)
    follows_audio = forms.BooleanField(label=_("Let the transcript follow the recording"), required=False)

    class Meta:
        model = User
        fields = ["theme", "density", "time_display", "time_zone", "shortcuts", "playback_speed", "skips_silence", "follows_audio"]


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


class SkipForm(forms.Form):
    """Why a session is put off. Nothing said is "later"."""

    kind = forms.ChoiceField(choices=SkipKind.choices, required=False)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or SkipKind.LATER.value


class BulkForm(forms.Form):
    """The reason, and what the person was shown when they gave it. `shown` stands for exactly those sessions."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("It is kept as the comment of each label."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Give a reason: whoever meets one of these labels later has nothing else to go by."),
            "max_length": _("A reason has at most 500 characters."),
        },
    )
    client_key = forms.CharField(max_length=100, min_length=8, widget=forms.HiddenInput)
    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)


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


class OneLine(forms.CharField):
    """Words on one line: what breaks a line is a space."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())


class IncidentForm(forms.Form):
    """What happened, and at which turn. Where the place or the category cannot be read, the incident is raised without: it must not wait."""

    line = OneLine(
        max_length=LONGEST_LINE,
        label=_("What happened"),
        error_messages={"required": _("Say in one line what happened."), "max_length": _("One line has at most 300 characters.")},
    )
    target_uid = forms.CharField(required=False, max_length=200)
    at_ms = forms.IntegerField(required=False, min_value=-(2**31), max_value=2**31 - 1)
    category = forms.ModelChoiceField(queryset=IssueCategory.objects.none(), to_field_name="name", required=False)
    client_key = forms.CharField(min_length=8, max_length=100, error_messages={"required": _("This form is out of date. Send it again.")})

    BESIDES = ("target_uid", "at_ms", "category")

    def __init__(self, data: QueryDict | None = None, *, channel: str = "") -> None:
        super().__init__(data, initial={"client_key": new_client_key()})
        cast(Any, self.fields["category"]).queryset = IssueCategory.objects.active().for_channel(channel).filter(severity=Severity.CRITICAL)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for name in self.BESIDES:
            if self.errors.pop(name, None):
                cleaned[name] = None
        # The box of the moment is unchecked to leave out the turn.
        if cleaned["at_ms"] is None or cleaned["target_uid"] is None:
            cleaned["target_uid"] = ""
        return cleaned


class AcknowledgmentForm(forms.Form):
    note = OneLine(
        max_length=LONGEST_LINE,
        label=_("What was done about it"),
        error_messages={"required": _("Say in a few words what was done about it."), "max_length": _("A note has at most 300 characters.")},
    )


class SecondOpinionForm(forms.Form):
    """Whom to ask, and why."""

    asked_of = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=_("Colleague"),
        empty_label=_("Choose a colleague"),
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"required": _("Choose a colleague."), "invalid_choice": _("Choose somebody from the list: others may not label this session.")},
    )
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        error_messages={"max_length": _("A note has at most 500 characters.")},
    )
    client_key = forms.CharField(min_length=8, max_length=100, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, session: Session, asker: User) -> None:
        super().__init__(data, initial={"client_key": new_client_key()})
        cast(Any, self.fields["asked_of"]).queryset = colleagues_for(session, asker=asker)


class UnmaskingForm(forms.Form):
    """Why somebody has to see whom a session was with."""

    reason = forms.ChoiceField(
        label=_("Why do you need to see it?"),
        choices=UnmaskReason.choices,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a reason."), "invalid_choice": _("Choose one of the reasons.")},
    )
    note = OneLine(
        required=False,
        max_length=200,
        label=_("Which other reason"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"max_length": _("A reason has at most 200 characters.")},
    )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("reason") == UnmaskReason.OTHER and not cleaned.get("note") and "note" not in self.errors:
            self.add_error("note", _("Say which other reason."))
        return cleaned


class ShareLinkForm(forms.Form):
    """Whom a redacted session is shown to, and how long."""

    HOURS = [(1, _("One hour")), (24, _("One day")), (24 * 7, _("7 days")), (24 * 30, _("30 days"))]

    purpose = OneLine(
        max_length=200,
        label=_("Whom it is for, and why"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off"}),
        error_messages={"required": _("Say whom it is for, and why."), "max_length": _("A purpose has at most 200 characters.")},
    )
    hours = forms.TypedChoiceField(
        label=_("It opens for"),
        choices=HOURS,
        coerce=int,
        initial=24,
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"required": _("Choose how long it opens."), "invalid_choice": _("Choose how long it opens.")},
    )
    client_key = forms.CharField(
        min_length=20, max_length=100, widget=forms.HiddenInput, error_messages={"required": _("This form is out of date. Send it again.")}
    )

    def __init__(self, data: QueryDict | None = None) -> None:
        super().__init__(data, initial={"client_key": new_client_key()}, auto_id="share-%s")


class FirstPasswordForm(SetPasswordForm):  # type: ignore[type-arg]
    """What an invitation asks: a password, twice."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = _("Password")
        self.fields["new_password2"].label, self.fields["new_password2"].help_text = _("The same again"), ""
        for name in ("new_password1", "new_password2"):
            cast(Any, self.fields[name]).max_length = LONGEST_PASSWORD
            self.fields[name].validators.append(MaxLengthValidator(LONGEST_PASSWORD))


class SubjectForm(forms.Form):
    """Who somebody is for the identity provider, as its refusal page says."""

    subject = forms.CharField(
        label=_("Identifier at the identity provider"),
        max_length=191,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": _("Enter the identifier."), "max_length": _("An identifier has at most 191 characters.")},
    )
