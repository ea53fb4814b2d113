"""The form of an export: its format and its columns."""

from itertools import islice
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.exports.catalog import COLUMNS, GROUPS, USUAL
from labeling.models import User
from labeling.models.export import ExportFormat
from labeling.models.unmasking import UnmaskReason
from labeling.policies import why_not_unmask

EVERYTHING, NOTHING = "all", "none"
SETS = {EVERYTHING: [column.name for column in COLUMNS], NOTHING: []}


class ExportForm(forms.Form):
    format = forms.ChoiceField(
        choices=[
            (ExportFormat.CSV, _("CSV, for spreadsheets and programs")),
            (ExportFormat.XLSX, _("Excel (XLSX), at most 1,048,575 rows")),
            (ExportFormat.JSONL, _("JSON lines, for programs: values as they are")),
        ],
        initial=ExportFormat.CSV,
        label=_("Format"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a format."), "invalid_choice": _("Choose one of the formats.")},
    )
    columns = forms.MultipleChoiceField(
        choices=[(column.name, column.title) for column in COLUMNS],
        initial=USUAL,
        label=_("Columns"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one column."), "invalid_choice": _("Choose columns from the list.")},
    )

    is_unmasked = forms.BooleanField(label=_("Without a mask"), required=False)
    # No "another reason": nothing keeps what would be typed.
    reason = forms.ChoiceField(
        label=_("Why without a mask"),
        choices=[("", _("Choose a reason")), *((reason.value, reason.label) for reason in UnmaskReason if reason != UnmaskReason.OTHER)],
        required=False,
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"invalid_choice": _("Choose one of the reasons.")},
    )

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if why_not_unmask(person):
            del self.fields["is_unmasked"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        """`unmasked_for` is the reason, "" where the file is masked."""
        cleaned = super().clean() or {}
        reason, is_unmasked = cleaned.pop("reason", ""), cleaned.pop("is_unmasked", False)
        if is_unmasked and not reason and "reason" not in self.errors:
            self.add_error("reason", _("Say why this file has to be without a mask."))
        return cleaned | {"unmasked_for": reason if is_unmasked else ""}

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The boxes of the columns, under the titles of their groups."""
        boxes = iter(self["columns"])
        return [(group.title, list(islice(boxes, len(group.columns)))) for group in GROUPS]
