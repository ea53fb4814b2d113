"""The form that settles a disagreement."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.codes import LONGEST_COMMENT, MOST_ISSUES, Code
from labeling.forms.fields import OneLine
from labeling.forms.labels import Names, new_client_key
from labeling.operations.settlements import Decision

THIRD = "third"


class SettlementForm(forms.Form):
    """One of the codes that were given, or a label of the manager's own; and why, which those who disagreed are told."""

    choice = forms.CharField(required=False, max_length=10)
    code = forms.ChoiceField(choices=[("", ""), *Code.choices], required=False, label=_("Quality"))
    issues = Names(required=False, label=_("Issues"))
    comments = forms.CharField(
        required=False,
        max_length=LONGEST_COMMENT,
        label=_("Comment"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        error_messages={"max_length": _("A comment has at most 10,000 characters.")},
    )
    reason = OneLine(
        max_length=500,
        label=_("Reason"),
        widget=forms.TextInput(attrs={"class": "input", "autocomplete": "off", "aria-keyshortcuts": "R"}),
        error_messages={
            "required": _("Say in a few words why it is settled so. Both people are told."),
            "max_length": _("A reason has at most 500 characters."),
        },
    )
    client_key = forms.CharField(min_length=8, max_length=100, error_messages={"required": _("This form is out of date. Send it again.")})
    mark = forms.CharField(required=False, max_length=10_000)
    guide_version = forms.IntegerField(required=False, min_value=1, max_value=2**31 - 1)

    def __init__(self, data: QueryDict | None = None, *, codes: Sequence[str], offered: Sequence[str], mark: str, guide: int | None) -> None:
        super().__init__(data, initial={"client_key": new_client_key(), "mark": mark, "guide_version": guide})
        self.codes, self.offered = codes, offered

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        choice = cleaned.get("choice")
        if choice == THIRD:
            self._clean_third(cleaned)
        elif choice not in self.codes:
            self.add_error("choice", _("Choose what stands: one of the labels, or a third."))
        return cleaned

    def _clean_third(self, cleaned: dict[str, Any]) -> None:
        if "code" in cleaned and not cleaned["code"]:
            self.add_error("code", _("Choose GOOD, OK, BAD or N/A for the third label."))
        issues = list(dict.fromkeys(cleaned.get("issues", [])))
        if unknown := [name for name in issues if name not in self.offered]:
            self.add_error("issues", _("“%s” is not offered here any more.") % unknown[0])
        if len(issues) > MOST_ISSUES:
            self.add_error("issues", _("A label names at most 50 issues."))
        if cleaned.get("code") == Code.BAD and not issues and not cleaned.get("comments"):
            self.add_error("issues", _("BAD needs an issue or a comment, so that others can learn from it."))

    @property
    def chosen(self) -> set[str]:
        return set(self["issues"].value() or [])

    @property
    def decision(self) -> Decision:
        """What stands in a form that is valid."""
        cleaned = self.cleaned_data
        if cleaned["choice"] != THIRD:
            return Decision(code=cleaned["choice"], reason=cleaned["reason"])
        issues = tuple(dict.fromkeys(cleaned["issues"]))
        return Decision(code=cleaned["code"], reason=cleaned["reason"], is_third=True, issues=issues, comment=cleaned["comments"].strip())
