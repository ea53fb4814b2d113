"""The forms of an import: which file, and which column of it is what."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from labeling.forms.fields import OneLine
from labeling.imports.labels import ALSO as LABELS_ALSO
from labeling.imports.labels import FIELDS as LABEL_FIELDS
from labeling.imports.restoring import is_restorable
from labeling.models import FileImport
from labeling.models.file_import import ImportKind, ImportMode
from sessions_app.codes import SourceKind
from sessions_app.ingest.columns import ALSO, AS_IT_IS, SESSION_FIELDS, guess
from sessions_app.ingest.shapes import Shape
from sessions_app.models import Source

MASKED = _("This export is masked: it would put dots in the place of callers' numbers. An admin can export sessions without a mask.")
FIELDS = {ImportKind.SESSIONS: SESSION_FIELDS, ImportKind.LABELS: LABEL_FIELDS}
NESTED_WORDS = frozenset({"transcript", "latency", "summary", "summary_rating"})


def guess_mapping(shape: Shape, kind: str) -> dict[str, str]:
    """This will say which column is probably what. Words that an export of ours wrote for people to read are left out."""
    mapping = guess(shape.columns, FIELDS[ImportKind(kind)], LABELS_ALSO if kind == ImportKind.LABELS else ALSO)
    if shape.is_ours and kind == ImportKind.SESSIONS:
        mapping = {column: "" if field in NESTED_WORDS else field for column, field in mapping.items()}
        if "external_id" in mapping:
            mapping |= {"session_id": "", "external_id": "session_id"}
    return mapping


def may_keep_name(column: str, kind: str) -> bool:
    """A column that is called like a field would be read as one."""
    return kind == ImportKind.SESSIONS and column not in (*SESSION_FIELDS, "labels")


class UploadForm(forms.Form):
    kind = forms.ChoiceField(
        label=_("What the file holds"),
        choices=[(ImportKind.SESSIONS, _("Sessions")), (ImportKind.LABELS, _("Labels of sessions that are here"))],
        initial=ImportKind.SESSIONS,
        widget=forms.RadioSelect,
        error_messages={"required": _("Say what the file holds."), "invalid_choice": _("Choose sessions or labels.")},
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV or JSON lines, in UTF-8."),
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson,.json"}),
        error_messages={"required": _("Choose a file."), "empty": _("The file is empty.")},
    )


class MappingForm(forms.Form):
    """`columns` are the selects of the file's columns, one each."""

    source = OneLine(
        label=_("Source"),
        max_length=200,
        required=False,
        help_text=_("Where these sessions come from, such as the name of a platform. A new name makes a source; the same name again adds to it."),
    )
    mode = forms.ChoiceField(
        label=_("When a row cannot be taken"),
        choices=[(ImportMode.ATOMIC, _("Take nothing of the file")), (ImportMode.KEEP_GOOD, _("Take the other rows"))],
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose what happens then."), "invalid_choice": _("Choose one of the two.")},
    )

    def __init__(self, *args: Any, file_import: FileImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.file_import = file_import
        self.is_labels = file_import.kind == ImportKind.LABELS
        self.restores = not self.is_labels and is_restorable(Shape.of(file_import.shape))
        self.initial = {"mode": file_import.mode, "source": file_import.data_source.name if file_import.data_source else "", **self.initial}
        if self.restores:
            del self.fields["source"]
            return
        if self.is_labels:
            self.fields["source"].help_text = _("Needed where a row names its session by the id it has there, and no source of its own.")
        choices = [("", _("Leave out")), *((name, name) for name in FIELDS[ImportKind(file_import.kind)])]
        for number, column in enumerate(file_import.columns):
            self.fields[f"column_{number}"] = forms.ChoiceField(
                label=column,
                choices=[*choices, *([(AS_IT_IS, _("Keep under its own name"))] if may_keep_name(column, file_import.kind) else [])],
                required=False,
                initial=file_import.mapping.get(column, ""),
                widget=forms.Select(attrs={"class": "select"}),
                error_messages={"invalid_choice": _("Choose one of the fields.")},
            )

    @property
    def columns(self) -> list[Any]:
        return [self[name] for name in self.fields if name.startswith("column_")]

    def clean_source(self) -> str:
        name: str = self.cleaned_data["source"]
        if not name and not self.is_labels:
            raise ValidationError(_("Say where these sessions come from."))
        held = Source.objects.filter(name=name).first() if name else None
        if held and held.kind != SourceKind.FILE and not self.is_labels:
            raise ValidationError(_("This source is filled by a connection or through the API. Choose another name."))
        if self.is_labels and name and held is None:
            raise ValidationError(_("There is no source of this name."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.restores:
            return cleaned | {"mapping": {}, "source": ""}
        mapping = {column: cleaned.get(f"column_{number}", "") for number, column in enumerate(self.file_import.columns)}
        chosen = [field for field in mapping.values() if field and field != AS_IT_IS]
        twice = sorted({field for field in chosen if chosen.count(field) > 1})
        if twice:
            self.add_error(None, _("Two columns cannot both be %(field)s.") % {"field": twice[0]})
        needed = ("code", "user_email") if self.is_labels else ("timestamp",)
        for field in needed:
            if field not in chosen:
                self.add_error(None, _("Choose the column that is %(field)s.") % {"field": field})
        if self.is_labels and not {"session_id", "external_id"} & set(chosen):
            self.add_error(None, _("Choose the column that says which session it is: session_id, or external_id."))
        return cleaned | {"mapping": mapping}
