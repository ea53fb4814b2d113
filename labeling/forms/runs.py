"""The form of putting a session off."""

from django import forms

from labeling.models.run import SkipKind


class SkipForm(forms.Form):
    """Why a session is put off. Nothing said is "later"."""

    kind = forms.ChoiceField(choices=SkipKind.choices, required=False)

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or SkipKind.LATER.value
