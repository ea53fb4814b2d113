"""The forms of doing something with many sessions at once."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labeling.queries.queue_additions import Target


class BulkForm(forms.Form):
    """The reason, and what the person was shown when they gave it. `shown` stands for exactly those sessions."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=500,
        help_text=_("It is kept as the comment of each label."),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={
            "required": _("Give a reason: whoever meets one of these labels later has nothing else to go by."),
            "max_length": _("A reason has at most 500 characters."),
        },
    )
    client_key = forms.CharField(max_length=100, min_length=8, widget=forms.HiddenInput)
    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)


class AdditionForm(forms.Form):
    """One of the queues that take sessions by hand. `shown` stands for what each of them would get."""

    queue = forms.ChoiceField(
        label=_("Queue"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a queue."), "invalid_choice": _("Choose one of the queues that take these sessions.")},
    )
    client_key = forms.CharField(max_length=100, min_length=8, widget=forms.HiddenInput)
    shown = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, targets: Sequence[Target], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._targets = {target.queue.slug: target for target in targets if target.fits}
        # The words stand beside them on the page.
        self.fields["queue"].choices = [(slug, target.queue.name) for slug, target in self._targets.items()]  # type: ignore[attr-defined]

    @property
    def target(self) -> Target:
        return self._targets[self.cleaned_data["queue"]]
