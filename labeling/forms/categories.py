"""Forms of the issue categories: names, targets, and files. Clean types out, one sentence per mistake."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.codes import Severity
from labeling.models import IssueAlias, IssueCategory
from labeling.queries.issues import one_spaced
from labeling.queries.taxonomy import get_targets, why_not_name

LONGEST_NAME = 100
MOST_PARTS = 10
LARGEST_FILE = 1_048_576
MOST_TEMPLATES, LONGEST_TEMPLATE = 10, 300


class NameField(forms.CharField):
    """A name has one space between its words."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=LONGEST_NAME, error_messages={"required": gettext_lazy("Give the category a name.")}, **kwargs)

    def to_python(self, value: Any) -> str:
        return one_spaced(str(super().to_python(value) or ""))


class RenameForm(forms.Form):
    name = NameField(label=gettext_lazy("New name"))

    def __init__(self, data: QueryDict | None = None, *, category: IssueCategory) -> None:
        super().__init__(data, initial={"name": category.name})
        self.category = category

    def clean_name(self) -> str:
        return _free(self.cleaned_data["name"], category=self.category)


class MergeForm(forms.Form):
    into = forms.ModelChoiceField(
        queryset=IssueCategory.objects.none(),
        label=gettext_lazy("Merge into"),
        empty_label=gettext_lazy("Choose a category"),
        error_messages={
            "required": gettext_lazy("Choose the category to merge into."),
            "invalid_choice": gettext_lazy("This category cannot be merged into. Choose another one."),
        },
    )

    def __init__(self, data: QueryDict | None = None, *, category: IssueCategory) -> None:
        super().__init__(data)
        cast(Any, self.fields["into"]).queryset = get_targets(category)


class PartsForm(forms.Form):
    """The names of the categories to make out of one."""

    names = forms.CharField(
        label=gettext_lazy("Names of the new categories"),
        help_text=gettext_lazy("One a line, at most 10. They begin with the group, order, severity and channels of the old one."),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 60}),
        max_length=MOST_PARTS * (LONGEST_NAME + 2),
        error_messages={"required": gettext_lazy("Name at least one new category.")},
    )

    def clean_names(self) -> list[str]:
        names = [name for line in self.cleaned_data["names"].splitlines() if (name := one_spaced(line))]
        if not names:
            raise forms.ValidationError(_("Name at least one new category."))
        if len(names) > MOST_PARTS:
            raise forms.ValidationError(_("At most 10 new categories at once."))
        if len({name.upper() for name in names}) < len(names):
            raise forms.ValidationError(_("Each name once."))
        for name in names:
            if len(name) > LONGEST_NAME:
                raise forms.ValidationError(_("A name has at most 100 characters."))
            _free(name)
        return names


class SplitForm(PartsForm):
    """Which of the other names go where, and whether the old category is still offered."""

    retire = forms.BooleanField(label=gettext_lazy("Retire the old category"), required=False)

    def __init__(self, data: QueryDict | None = None, *, names: Sequence[str], aliases: Sequence[IssueAlias]) -> None:
        super().__init__(data, initial={"names": "\n".join(names)})
        self.fields["names"].widget = forms.HiddenInput()
        self.aliases = aliases
        choices = [("", _("stays with the old category")), *[(name, name) for name in names]]
        for alias in aliases:
            self.fields[f"alias-{alias.pk}"] = forms.ChoiceField(
                label=alias.text, choices=choices, required=False, error_messages={"invalid_choice": _("Choose one of the new categories.")}
            )

    @property
    def moved(self) -> dict[int, str]:
        return {alias.pk: name for alias in self.aliases if (name := self.cleaned_data[f"alias-{alias.pk}"])}


class MapForm(forms.Form):
    category = forms.ModelChoiceField(
        queryset=IssueCategory.objects.none(),
        label=gettext_lazy("Category"),
        empty_label=gettext_lazy("Choose a category"),
        error_messages={
            "required": gettext_lazy("Choose the category that it means."),
            "invalid_choice": gettext_lazy("This category is not offered any more. Choose another one."),
        },
    )

    def __init__(self, data: QueryDict | None = None, *, guess: int | None = None) -> None:
        super().__init__(data, initial={"category": guess})
        cast(Any, self.fields["category"]).queryset = IssueCategory.objects.active().in_order()


class NewCategoryForm(forms.Form):
    name = NameField(label=gettext_lazy("Name"))
    group = forms.CharField(label=gettext_lazy("Group"), max_length=60, required=False)
    severity = forms.ChoiceField(label=gettext_lazy("Severity"), choices=Severity.choices)

    def __init__(self, data: QueryDict | None = None, *, name: str = "") -> None:
        super().__init__(data, initial={"name": name[:LONGEST_NAME], "severity": Severity.MINOR})

    def clean_name(self) -> str:
        return _free(self.cleaned_data["name"])


class TaxonomyFileForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("CSV or JSON as exported here, at most 1 MB."),
        error_messages={
            "required": gettext_lazy("Choose a file."),
            "empty": gettext_lazy("The file is empty."),
            "missing": gettext_lazy("Choose a file."),
            "invalid": gettext_lazy("Choose a file."),
        },
    )

    def clean_file(self) -> bytes:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("The file is larger than 1 MB. A taxonomy is much smaller: is it the right one?"))
        return bytes(file.read())


class TaxonomyConfirmForm(forms.Form):
    """The file as it was shown, and a digest of what it would have done then."""

    content = forms.CharField(widget=forms.HiddenInput, max_length=LARGEST_FILE * 4 // 3 + 8)
    shown = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def clean_content(self) -> bytes:
        try:
            return base64.b64decode(self.cleaned_data["content"], validate=True)
        except (binascii.Error, ValueError):
            raise forms.ValidationError(_("Choose the file again.")) from None


def template_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def why_not_templates(lines: Sequence[str]) -> str:
    if len(lines) > MOST_TEMPLATES or any(len(line) > LONGEST_TEMPLATE for line in lines):
        return _("At most %(n)s templates, of at most %(most)s characters each.") % {
            "n": MOST_TEMPLATES,
            "most": LONGEST_TEMPLATE,
        }
    return ""


def _free(name: str, *, category: IssueCategory | None = None) -> str:
    if why_not := why_not_name(name, category=category):
        raise forms.ValidationError(why_not)
    return name
