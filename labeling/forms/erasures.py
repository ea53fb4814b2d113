"""The forms of erasures, legal holds and retention in the admin."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from labeling.clock import midnight
from labeling.models import RetentionRule
from labeling.models.retention import DataClass
from labeling.queries.retention import FEWEST_EVENT_DAYS, MOST_COUNTED, count_due
from sessions_app.codes import LAST_ID
from sessions_app.identifiers import EMAIL, PHONE
from sessions_app.models import Agent, Session
from sessions_app.queries.database_clock import database_now
from sessions_app.queries.identity import caller_digests, identity_of, names_one_of
from sessions_app.reading_order import ByName

FEWEST_DIGITS = 10
FIRST_YEAR, LAST_YEAR = 2000, 2100
MOST_DAYS = 100 * 366


class ErasureForm(forms.Form):
    """Whom it is about is typed, posted and shown, and stands in no address and no row."""

    subject = forms.CharField(
        label=_("Phone number, address or name"),
        max_length=200,
        required=False,
        help_text=_("A number in any spelling. One without a country code is taken as of the United States. An address or name as the source tells it."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "size": 40}),
    )
    session = forms.IntegerField(
        label=_("Or the ID of one session"), min_value=1, max_value=LAST_ID, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    reference = forms.CharField(
        label=_("Reference"), max_length=100, required=False, help_text=_("The number of the request at your side; never whom it is about. It is kept.")
    )
    mentions = forms.BooleanField(required=False, label=_("Also erase the sessions that name them"), widget=forms.HiddenInput)
    expected = forms.IntegerField(required=False, widget=forms.HiddenInput)
    confirmation = forms.CharField(required=False, max_length=40, widget=forms.HiddenInput)

    def clean_subject(self) -> str:
        value = str(self.cleaned_data["subject"]).replace("\0", "").strip()
        identity = identity_of(value)
        if identity.startswith("+") and len(identity) <= FEWEST_DIGITS:
            raise ValidationError(_("Type the number with its area code, or with a plus and its country code."))
        return value

    def clean_reference(self) -> str:
        reference = str(self.cleaned_data["reference"]).replace("\0", "").strip()
        if PHONE.search(reference) or EMAIL.search(reference):
            raise ValidationError(_("This looks like a phone number or an address. The reference is kept, so it must not say whom it is about."))
        return reference

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given = [name for name in ("subject", "session") if cleaned.get(name)]
        if not self.errors and len(given) != 1:
            self.add_error("subject", _("Type a number, address or name, or the ID of one session: one of them."))
        pk = cleaned.get("session")
        if not self.errors and pk and not Session.objects.filter(pk=pk, erased_at=None).exists():
            self.add_error("session", _("There is no such session, or it is erased already."))
        if not self.errors and cleaned.get("subject") and names_one_of(cleaned["reference"], caller_digests(cleaned["subject"])):
            self.add_error("reference", _("The reference is kept, so it must not say whom it is about."))
        return cleaned


class LegalHoldForm(forms.Form):
    """What it names must hold all together. One that names nothing covers every session."""

    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("The number of the case; never whom it is about."))
    session = forms.IntegerField(label=_("Session ID"), min_value=1, max_value=LAST_ID, required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"}))
    agent = forms.ModelChoiceField(label=_("Agent"), queryset=Agent.objects.order_by(ByName("name"), "pk"), required=False, empty_label=_("Every agent"))
    since = forms.DateField(label=_("From this day on"), required=False, widget=forms.DateInput(attrs={"type": "date"}), help_text=_("Days are in UTC."))
    until = forms.DateField(label=_("Through this day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))

    def clean_reason(self) -> str:
        reason = str(self.cleaned_data["reason"]).replace("\0", "").strip()
        if PHONE.search(reason) or EMAIL.search(reason):
            raise ValidationError(_("This looks like a phone number or an address. The reason is kept, so it must not say whom it is about."))
        return reason

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        pk = cleaned.get("session")
        cleaned["session_row"] = Session.objects.filter(pk=pk).first() if pk else None
        if pk and cleaned["session_row"] is None:
            self.add_error("session", _("There is no such session."))
        since, until = cleaned.get("since"), cleaned.get("until")
        for name, day in (("since", since), ("until", until)):
            if day and not FIRST_YEAR <= day.year < LAST_YEAR:
                self.add_error(name, _("The day lies outside the years %(first)s to %(last)s.") % {"first": FIRST_YEAR, "last": LAST_YEAR})
        if self.errors:
            return cleaned
        if since and until and until < since:
            self.add_error("until", _("The last day comes before the first."))
        cleaned["since_at"] = midnight(since) if since else None
        cleaned["until_at"] = midnight(until) + timedelta(days=1) if until else None
        return cleaned


class RetentionRuleForm(forms.ModelForm):  # type: ignore[type-arg]
    """A shorter time deletes at the next run, so it says how much and asks again."""

    confirmed = forms.BooleanField(
        required=False,
        label=_("Delete what is older"),
        help_text=_("Needed for a shorter time: the next run of the night deletes it, and nobody gets it back."),
    )

    class Meta:
        model = RetentionRule
        fields = ("days",)

    def clean_days(self) -> int | None:
        days: int | None = self.cleaned_data["days"]
        if self.instance.data_class == DataClass.EVENT and days is not None and days < FEWEST_EVENT_DAYS:
            raise ValidationError(
                _("Events are kept for at least %(n)s days: who deletes something must not be able to delete the trace of it soon after.")
                % {"n": FEWEST_EVENT_DAYS}
            )
        return days

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        days, before = cleaned.get("days"), RetentionRule.objects.filter(pk=self.instance.pk).values_list("days", flat=True).first()
        is_shorter = days is not None and (before is None or days < before)
        if is_shorter and not self.errors and not cleaned.get("confirmed"):
            n = count_due(self.instance.data_class, before=database_now() - timedelta(days=min(days or 0, MOST_DAYS)))
            words = (
                _("more than could be counted in time")
                if n is None
                else _("%(n)s or more") % {"n": number_format(n)}
                if n >= MOST_COUNTED
                else number_format(n)
            )
            self.add_error("days", _("The next run would delete of these: %(words)s. To have that done, tick the box below and save again.") % {"words": words})
        return cleaned
