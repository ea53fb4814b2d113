"""The forms of the guide: a new version, and a session as an example."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.codes import Code
from labeling.models import IssueCategory
from labeling.queries.guide import Texts
from labeling.queries.guide_differences import LONGEST_SENTENCE

LONGEST_TEXT = 5_000
NOTE_HELP = _("What to look at. No names and no numbers of callers: every reader of the guide who may see the session reads this.")


class Prose(forms.CharField):
    """A text of several lines. Browsers end a line with two characters, and a difference is not to show that."""

    def __init__(self, **more: Any) -> None:
        # The class is the admin's own for long texts.
        super().__init__(widget=forms.Textarea(attrs={"class": "vLargeTextField", "rows": 12}), **more)

    def to_python(self, value: Any) -> str:
        text = str(super().to_python(value) or "")
        return text.replace("\r\n", "\n").replace("\r", "\n").strip()


class GuideForm(forms.Form):
    """What the codes mean, and why that is said anew."""

    good = Prose(label="GOOD", max_length=LONGEST_TEXT)
    ok = Prose(label="OK", max_length=LONGEST_TEXT)
    bad = Prose(label="BAD", max_length=LONGEST_TEXT)
    not_applicable = Prose(label="N/A", max_length=LONGEST_TEXT)
    what_changed = forms.CharField(
        label=_("What changed"),
        max_length=LONGEST_SENTENCE,
        widget=forms.TextInput(attrs={"class": "vLargeTextField"}),
        help_text=_("One line, shown on everybody's page until they have opened the guide."),
        error_messages={"required": _("Say in one line what changed.")},
    )
    version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1, widget=forms.HiddenInput)

    @property
    def texts(self) -> Texts:
        return Texts(**{name: self.cleaned_data[name] for name in ("good", "ok", "bad", "not_applicable")})


class GuideExampleForm(forms.Form):
    """What a session is an example of."""

    of = forms.ChoiceField(label=_("Example of"), error_messages={"required": _("Choose what the session is an example of.")})
    is_counter_example = forms.BooleanField(label=_("It only looks like it: a counter-example"), required=False)
    note = forms.CharField(label=_("Note"), required=False, max_length=300, help_text=NOTE_HELP)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data)
        self.categories = {str(category.pk): category for category in IssueCategory.objects.active().in_order()}
        self.fields["of"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")),
            (_("Codes"), [(f"code-{code}", code) for code in Code.values]),
            (_("Issue categories"), [(f"category-{pk}", category.name) for pk, category in self.categories.items()]),
        ]

    @property
    def given(self) -> dict[str, Any]:
        """What the operation takes."""
        kind, _dash, value = self.cleaned_data["of"].partition("-")
        target = {"code": value} if kind == "code" else {"category": self.categories[value]}
        return {**target, "note": self.cleaned_data["note"], "is_counter_example": self.cleaned_data["is_counter_example"]}
