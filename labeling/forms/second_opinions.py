"""The form of a second opinion."""

from typing import Any, cast

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from labeling.forms.labels import new_client_key
from labeling.models import User
from labeling.models.second_opinion import LONGEST_NOTE
from labeling.queries.colleagues import colleagues_for, get_proposed_peer
from sessions_app.models import Session


class SecondOpinionForm(forms.Form):
    """Whom to ask, and why. A fresh form proposes somebody, so that one key sends it."""

    asked_of = forms.ModelChoiceField(
        queryset=User.objects.none(),
        label=_("Colleague"),
        empty_label=_("Choose a colleague"),
        widget=forms.Select(attrs={"class": "select"}),
        error_messages={"required": _("Choose a colleague."), "invalid_choice": _("Choose somebody from the list: others may not label this session.")},
    )
    note = forms.CharField(
        required=False,
        max_length=LONGEST_NOTE,
        label=_("Note"),
        widget=forms.Textarea(attrs={"rows": 3, "class": "input"}),
        error_messages={"max_length": _("A note has at most 500 characters.")},
    )
    client_key = forms.CharField(min_length=8, max_length=100, widget=forms.HiddenInput)

    def __init__(self, data: QueryDict | None = None, *, session: Session, asker: User) -> None:
        self.proposed = None if data is not None else get_proposed_peer(session, asker=asker)
        super().__init__(data, initial={"client_key": new_client_key(), "asked_of": self.proposed})
        cast(Any, self.fields["asked_of"]).queryset = colleagues_for(session, asker=asker)
