"""The forms of incidents: raise one, acknowledge one."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.codes import Severity
from labeling.forms.fields import OneLine
from labeling.forms.labels import new_client_key
from labeling.models import IssueCategory
from labeling.models.incident import LONGEST_LINE


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
