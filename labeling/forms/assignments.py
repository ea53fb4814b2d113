"""The forms of a queue's board: giving places to people, and taking a claim back."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from labeling.models import Queue, User
from labeling.models.queue import MOST_IN_QUEUE
from labeling.queries.places import workers_of
from sessions_app.reading_order import ByName

UNASSIGNED, OF_PERSON, SESSIONS = "unassigned", "person", "sessions"
MOST_SESSIONS = 1_000
GREATEST_ID = 2**63


class AssignmentForm(forms.Form):
    """Which places, and to whom. Nobody chosen gives those of one person, or of some sessions, back to all."""

    which = forms.ChoiceField(
        choices=[(UNASSIGNED, _("Places that are nobody’s")), (OF_PERSON, _("The places of")), (SESSIONS, _("The sessions chosen below"))], label=_("Which")
    )
    of = forms.ModelChoiceField(queryset=User.objects.none(), required=False, label=_("Whose"), empty_label=_("Choose a person"))
    to = forms.ModelMultipleChoiceField(queryset=User.objects.none(), required=False, label=_("To"), widget=forms.CheckboxSelectMultiple)
    each = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=MOST_IN_QUEUE,
        label=_("At most for each"),
        help_text=_("How many places a person has in the end, with those they have now. Empty shares out all."),
    )

    def __init__(self, *args: Any, queue: Queue, assigned: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = workers_of(queue)
        self.fields["to"].queryset = people.order_by(ByName("name"), "email", "pk")  # type: ignore[attr-defined]
        self.fields["of"].queryset = User.objects.filter(Q(pk__in=assigned.values("pk"))).order_by(ByName("name"), "email", "pk")  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        which, to = given.get("which"), given.get("to")
        if which == OF_PERSON and not given.get("of") and "of" not in self.errors:
            self.add_error("of", _("Choose whose places."))
        if which == UNASSIGNED and not to and "to" not in self.errors:
            self.add_error("to", _("Choose at least one person."))
        if which == OF_PERSON and to and given.get("of") in to:
            self.add_error("to", _("These are the places of somebody you give them to."))
        if which == SESSIONS:
            given["sessions"] = self._sessions()
            if not given["sessions"]:
                self.add_error("which", _("Choose sessions in the lists below."))
        return given

    def _sessions(self) -> list[int]:
        """Whatever is no id is left out, like an id that is none of the queue's."""
        values = self.data.getlist("session") if hasattr(self.data, "getlist") else []
        ids = [int(one) for one in values if one.isascii() and one.isdecimal() and len(one) < 20]
        return [one for one in dict.fromkeys(ids) if one < GREATEST_ID][:MOST_SESSIONS]


class ReleaseForm(forms.Form):
    """Which claim, as it was shown."""

    release = forms.IntegerField(min_value=1, max_value=GREATEST_ID - 1)
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1)
