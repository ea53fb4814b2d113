"""The form of an export: its format and its columns."""

from itertools import islice
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.exports.catalog import COLUMNS, GROUPS, USUAL
from labeling.models.export import ExportFormat

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

    @property
    def groups(self) -> list[tuple[Any, list[Any]]]:
        """The boxes of the columns, under the titles of their groups."""
        boxes = iter(self["columns"])
        return [(group.title, list(islice(boxes, len(group.columns)))) for group in GROUPS]
