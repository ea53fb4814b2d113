"""Forms of labels and the vendor: the settings, which part of the outbox is looked at, and which days are compared."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from labeling.clock import midnight
from labeling.codes import Code
from labeling.models import VendorLabels
from labeling.models.vendor_labels import PushState
from sessions_app.codes import SourceKind
from sessions_app.models import Source
from sessions_app.reading_order import ByName

LARGEST_ID = 2**63 - 1
MOST_WORDS, LONGEST_WORD = 100, 50
MOST_MINUTES = 7 * 24 * 60
MOST_DAYS, USUAL_DAYS = 92, 7
FIRST_YEAR, LAST_YEAR = 2000, 2100


class VendorLabelsForm(forms.ModelForm):  # type: ignore[type-arg]
    codes = forms.CharField(
        label=_("Words of the summary’s rating"),
        required=False,
        max_length=MOST_WORDS * (LONGEST_WORD + 10),
        widget=forms.Textarea(attrs={"rows": 5, "cols": 40, "spellcheck": "false"}),
        help_text=_("One a line: the vendor’s word, = and GOOD, OK, BAD or N/A. What is not listed is no rating."),
    )

    class Meta:
        model = VendorLabels
        fields = ("data_source", "takes_summary_ratings", "pushes", "is_dry_run", "push_after_minutes", "pushes_every_label", "pushes_bulk")
        labels = {
            "data_source": _("Source"),
            "takes_summary_ratings": _("Take the rating of the vendor’s summary as an auto-rating"),
            "pushes": _("Write labels to the vendor"),
            "is_dry_run": _("Dry run"),
            "push_after_minutes": _("Wait, in minutes"),
            "pushes_every_label": _("Write every label of people"),
            "pushes_bulk": _("Write labels of bulk actions too"),
        }
        help_texts = {
            "pushes": _("From now on, with the address of each label’s author. Labels of before go only when you ask for it under Reconcile labels."),
            "is_dry_run": _("Nothing is written. The outbox shows what would be."),
            "push_after_minutes": _("A label that is changed or withdrawn within this time never leaves."),
            "pushes_every_label": _("Else the label of each session: the settled one, or the newest that says what the session’s labels add up to."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["codes"].initial = "\n".join(f"{word} = {code}" for word, code in self.instance.summary_codes.items())
        if "data_source" in self.fields:
            taken = VendorLabels.objects.values("data_source")
            offered = Source.objects.filter(kind=SourceKind.VENDOR).exclude(pk__in=taken).order_by(ByName("name"), "pk")
            self.fields["data_source"].queryset = offered  # type: ignore[attr-defined]

    def clean_push_after_minutes(self) -> int:
        minutes = int(self.cleaned_data["push_after_minutes"])
        if minutes > MOST_MINUTES:
            raise ValidationError(_("A week is the longest: 10,080 minutes."))
        return minutes

    def clean_codes(self) -> dict[str, str]:
        words: dict[str, str] = {}
        for line in filter(str.strip, str(self.cleaned_data["codes"]).replace("\0", "").splitlines()):
            word, sign, code = line.rpartition("=")
            word, code = " ".join(word.lower().split()), code.strip().upper()
            if not sign or not word or code not in Code.values:
                raise ValidationError(_("“%(line)s” is not a word, = and one of GOOD, OK, BAD and N/A.") % {"line": line[:LONGEST_WORD]})
            if len(word) > LONGEST_WORD or len(words) >= MOST_WORDS:
                raise ValidationError(_("There is room for 100 words of 50 characters."))
            if words.get(word, code) != code:
                raise ValidationError(_("“%(word)s” is there twice, with two codes.") % {"word": word})
            words[word] = code
        return words


class OutboxForm(forms.Form):
    """What stands in the address of the outbox."""

    source = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    state = forms.ChoiceField(required=False, choices=[("", ""), *PushState.choices])
    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)


class PeriodForm(forms.Form):
    """Days of sessions, in UTC."""

    source = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID, widget=forms.HiddenInput)
    since = forms.DateField(label=_("Sessions from"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("Days are those of UTC."))
    until = forms.DateField(label=_("Until"), widget=forms.DateInput(attrs={"type": "date"}), help_text=_("At most 92 days together."))

    def clean_since(self) -> date:
        return _day(self.cleaned_data["since"])

    def clean_until(self) -> date:
        return _day(self.cleaned_data["until"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("This day comes before the first one."))
        elif since and until and (until - since).days >= MOST_DAYS:
            self.add_error("until", _("That is more than 92 days."))
        if not self.errors and since and until:
            cleaned["start"], cleaned["end"] = midnight(since), midnight(until + timedelta(days=1))
        return cleaned

    @staticmethod
    def usual() -> dict[str, date]:
        today = timezone.now().date()
        return {"since": today - timedelta(days=USUAL_DAYS - 1), "until": today}


def _day(day: date) -> date:
    if not FIRST_YEAR <= day.year < LAST_YEAR:
        raise ValidationError(_("There is nothing that far away."))
    return day
