"""The forms of the settings: how a person likes to work."""

from zoneinfo import available_timezones

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.models import User
from labeling.models.user import Column, Density, Theme, TimeDisplay

# Percent of the recorded pace, and how a person reads it.
PLAYBACK_SPEEDS = [(75, "0.75×"), (100, "1×"), (125, "1.25×"), (150, "1.5×"), (175, "1.75×"), (200, "2×")]


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
