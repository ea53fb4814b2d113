"""The forms of queues: designing one, and changing one."""

from datetime import date, datetime, time, tzinfo
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.clock import zone
from labeling.forms.fields import OneLine
from labeling.forms.labels import new_client_key
from labeling.models import Queue, User
from labeling.models.queue import MOST_IN_QUEUE, MOST_LABELS, PRIORITIES, DrawKind, OpenTo, QueueOrder, Repeats, Stratum
from labeling.operations.queues import MOST_SEED, Design, new_seed
from labeling.queries.colleagues import LABELING_ROLES
from sessions_app.reading_order import ByName

MOST_YEARS = 5
SESSIONS, PERCENT = "sessions", "percent"
LABELS_MISTAKES = dict.fromkeys(("invalid", "min_value", "max_value"), _("Write a whole number from 1 to 10."))
AMOUNT_MISTAKE = _("Write a number above 0.")
SEED_MISTAKE = _("A seed is a whole number below 2,147,483,648.")
PERCENT_MISTAKE = _("Write a whole percentage from 0 to 100.")


class WorkForm(forms.Form):
    """Who works a queue, how often each session is judged, and in which order: what can be changed later too."""

    name = OneLine(label=_("Name"), max_length=60, error_messages={"required": _("Give the queue a name.")})
    labels_wanted = forms.IntegerField(label=_("Labels on each session"), initial=1, min_value=1, max_value=MOST_LABELS, error_messages=LABELS_MISTAKES)
    order = forms.ChoiceField(label=_("Order of work"), choices=QueueOrder.choices, initial=QueueOrder.DRAWN)
    reasons = forms.MultipleChoiceField(
        label=_("First the sessions with"),
        choices=[(reason.value, reason.label) for reason in PRIORITIES],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    open_to = forms.ChoiceField(label=_("Who may work it"), choices=OpenTo.choices, initial=OpenTo.REVIEWERS, widget=forms.RadioSelect)
    workers = forms.ModelMultipleChoiceField(label=_("People"), queryset=User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple)
    by_language = forms.BooleanField(
        label=_("Only in a person’s languages"), required=False, help_text=_("Each person is handed sessions in the languages that an admin named for them.")
    )
    due_on = forms.DateField(
        label=_("Due"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("Write a date, such as 2026-03-14.")},
    )

    def __init__(self, data: QueryDict | None = None, *, person: User, initial: dict[str, Any] | None = None) -> None:
        super().__init__(data, initial=initial)
        self.person = person
        workers: Any = self.fields["workers"]
        workers.queryset = people_who_label()

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"]
        if not any(sign.isprintable() and not sign.isspace() for sign in name):
            raise forms.ValidationError(_("Give the queue a name that can be seen."))
        return name

    def clean_due_on(self) -> date | None:
        due: date | None = self.cleaned_data["due_on"]
        if due and due != self.initial.get("due_on"):
            today = timezone.now().astimezone(self._zone).date()
            if due < today:
                raise forms.ValidationError(_("This day is over. Choose a later one."))
            if due.year > today.year + MOST_YEARS:
                raise forms.ValidationError(_("Choose a day within the next five years."))
        return due

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("open_to") == OpenTo.CHOSEN and not cleaned.get("workers") and "workers" not in self.errors:
            self.add_error("workers", _("Choose who may work it."))
        if self.is_ordered(cleaned) and cleaned.get("order") == QueueOrder.PRIORITY and not cleaned.get("reasons") and "reasons" not in self.errors:
            self.add_error("reasons", _("Choose what makes a problem likely."))
        return cleaned

    def is_ordered(self, cleaned: dict[str, Any]) -> bool:
        """A random sample is worked in the order it was drawn in."""
        return True

    @property
    def due_at(self) -> datetime | None:
        """The end of the day, where the person is."""
        due: date | None = self.cleaned_data["due_on"]
        return datetime.combine(due, time(23, 59), self._zone) if due else None

    @property
    def reasons_given(self) -> list[str]:
        reasons: list[str] = self.cleaned_data["reasons"]
        return reasons if self.cleaned_data["order"] == QueueOrder.PRIORITY else []

    @property
    def _zone(self) -> tzinfo:
        return zone(self.person.time_zone)


class DesignForm(WorkForm):
    """A queue to be made. The rule comes with it, as the query of an address."""

    field_order = ("name", "draw_kind", "amount", "unit", "strata", "seed", "repeats", "labels_wanted", "more_percent", "more_labels")

    draw_kind = forms.ChoiceField(label=_("Draw"), choices=DrawKind.choices, initial=DrawKind.ALL, widget=forms.RadioSelect)
    amount = forms.FloatField(
        label=_("How many"), required=False, initial=60, min_value=0, error_messages=dict.fromkeys(("invalid", "min_value"), AMOUNT_MISTAKE)
    )
    unit = forms.ChoiceField(label=_("Of what"), choices=[(SESSIONS, _("sessions")), (PERCENT, _("percent of those that qualify"))], initial=SESSIONS)
    strata = forms.MultipleChoiceField(
        label=_("In proportion by"),
        choices=Stratum.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each group gets its share of the sample, and at least one session where there are enough. Days are those of UTC."),
    )
    seed = forms.IntegerField(
        label=_("Seed"),
        required=False,
        min_value=0,
        max_value=MOST_SEED - 1,
        help_text=_("The same seed draws the same sample from the same sessions."),
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), SEED_MISTAKE),
    )
    repeats = forms.ChoiceField(
        label=_("Add new ones"), choices=Repeats.choices, required=False, help_text=_("Who is in the queue stays; at 8:30 AM UTC new sessions are added.")
    )
    more_percent = forms.IntegerField(
        label=_("Share that gets more, %"),
        required=False,
        min_value=0,
        max_value=100,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), PERCENT_MISTAKE),
    )
    more_labels = forms.IntegerField(label=_("Labels on these"), required=False, min_value=1, max_value=MOST_LABELS, error_messages=LABELS_MISTAKES)
    is_independent = forms.ChoiceField(
        label=_("What reviewers see"),
        choices=[
            ("yes", _("Independent: what others and machines think stays hidden until they gave their own label")),
            ("", _("Open: everything that their role sees")),
        ],
        initial="yes",
        required=False,
        widget=forms.RadioSelect,
    )
    asks_another = forms.BooleanField(label=_("Ask one more person where two disagree"), required=False)
    query = forms.CharField(required=False, widget=forms.HiddenInput)
    client_key = forms.CharField(max_length=100, min_length=8, widget=forms.HiddenInput)

    @classmethod
    def first(cls, *, person: User, query: str) -> "DesignForm":
        """This will be the form as it is offered."""
        return cls(person=person, initial={"query": query, "client_key": new_client_key(), "seed": new_seed()})

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("draw_kind") == DrawKind.RANDOM:
            self._check_amount(cleaned)
        more, labels = cleaned.get("more_percent") or 0, cleaned.get("more_labels")
        if more and "more_labels" not in self.errors and (labels is None or labels <= cleaned.get("labels_wanted", 1)):
            self.add_error("more_labels", _("Write more labels than the other sessions get, or leave the share empty."))
        return cleaned

    def is_ordered(self, cleaned: dict[str, Any]) -> bool:
        return cleaned.get("draw_kind") != DrawKind.RANDOM

    @property
    def design(self) -> Design:
        given = self.cleaned_data
        is_sample = given["draw_kind"] == DrawKind.RANDOM
        of_sessions = given["unit"] == SESSIONS
        more = given["more_percent"] or 0
        return Design(
            name=given["name"],
            query=given["query"],
            draw_kind=given["draw_kind"],
            seed=given["seed"],
            strata=given["strata"],
            size=int(given["amount"]) if is_sample and of_sessions else None,
            percent=given["amount"] if is_sample and not of_sessions else None,
            repeats=given["repeats"] if given["draw_kind"] != DrawKind.ADDED else Repeats.NEVER,
            labels_wanted=given["labels_wanted"],
            more_percent=more,
            more_labels=given["more_labels"] if more else None,
            is_independent=given["is_independent"] == "yes",
            asks_another=given["asks_another"],
            order=given["order"],
            reasons=self.reasons_given,
            open_to=given["open_to"],
            workers=list(given["workers"]),
            by_language=given["by_language"],
            due_at=self.due_at,
        )

    def _check_amount(self, cleaned: dict[str, Any]) -> None:
        amount = cleaned.get("amount")
        if "amount" in self.errors:
            return
        if not amount:
            self.add_error("amount", _("Write how many sessions to draw."))
        elif cleaned.get("unit") == PERCENT and amount > 100:
            self.add_error("amount", _("Write at most 100 percent."))
        elif cleaned.get("unit") == SESSIONS and (amount != int(amount) or amount > MOST_IN_QUEUE):
            self.add_error("amount", _("Write a whole number up to 100,000."))


class QueueChangeForm(WorkForm):
    """What can be changed of a queue. Its rule and its sample stay what they are."""

    def __init__(self, data: QueryDict | None = None, *, person: User, queue: Queue) -> None:
        due = queue.due_at and queue.due_at.astimezone(zone(person.time_zone)).date()
        shown = {name: getattr(queue, name) for name in ("name", "labels_wanted", "order", "reasons", "open_to", "by_language")}
        chosen = list(queue.workers.values_list("pk", flat=True))
        super().__init__(data, person=person, initial=shown | {"due_on": due, "workers": chosen})
        self.queue = queue
        if chosen:
            workers: Any = self.fields["workers"]
            # Who was chosen and may not label any more can be taken out, too.
            workers.queryset = people_who_label() | User.objects.filter(pk__in=chosen).order_by(ByName("name"), "email", "pk")
        if queue.is_sample:
            del self.fields["order"], self.fields["reasons"]

    def clean_labels_wanted(self) -> int:
        wanted: int = self.cleaned_data["labels_wanted"]
        if wanted < self.queue.labels_wanted:
            raise forms.ValidationError(_("A queue asks for as many labels as before, or more. It has %(n)d now.") % {"n": self.queue.labels_wanted})
        return wanted

    def is_ordered(self, cleaned: dict[str, Any]) -> bool:
        return "order" in self.fields

    @property
    def changes(self) -> dict[str, Any]:
        changes = {name: self.cleaned_data[name] for name in ("name", "labels_wanted", "open_to", "by_language")} | {"due_at": self.due_at}
        if "due_on" not in self.changed_data:
            # Said in days; the minute that was set stays.
            changes["due_at"] = self.queue.due_at
        return changes | ({"order": self.cleaned_data["order"], "reasons": self.reasons_given} if "order" in self.fields else {})


def people_who_label() -> Any:
    return User.objects.filter(is_active=True, role__in=LABELING_ROLES, may_read_transcripts=True).order_by(ByName("name"), "email", "pk")
