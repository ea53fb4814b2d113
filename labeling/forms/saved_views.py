"""The form of a saved view."""

from collections.abc import Collection
from typing import Any

from django import forms
from django.core.exceptions import TooManyFieldsSent
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.models import User
from labeling.policies import why_not_share_views
from labeling.queries.saved_views import canonical_query


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
