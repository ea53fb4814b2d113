"""The form of a connection to the vendor."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from sessions_app.codes import SourceKind
from sessions_app.models import Connection, Source
from sessions_app.outbound import why_not_call
from sessions_app.reading_order import ByName

USUAL_DAYS = 90
FIRST_YEAR = 2000
LOOK_UP_SECONDS = 4.0
NOT_TAKEN = frozenset({"key", "source_name"})


class ConnectionForm(forms.ModelForm):  # type: ignore[type-arg]
    key = forms.CharField(
        label=_("Key"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"}),
        help_text=_("Typed once, sealed, and never shown again. Empty keeps the one that is stored; another address clears it."),
    )
    source_name = forms.CharField(
        label=_("Name of a new source"), required=False, max_length=200, help_text=_("What pages and exports call where these sessions come from.")
    )

    class Meta:
        model = Connection
        fields = ("data_source", "base_url", "begins_at", "every_minutes", "overlap_hours", "takes_transcripts", "takes_labels", "is_active")
        labels = {
            "data_source": _("Source"),
            "base_url": _("Address"),
            "begins_at": _("Sessions from"),
            "every_minutes": _("Sync every, in minutes"),
            "overlap_hours": _("Look back, in hours"),
            "takes_transcripts": _("Bring transcripts, latencies and summaries"),
            "takes_labels": _("Bring labels"),
            "is_active": _("Switched on"),
        }
        help_texts = {
            "data_source": _(
                "Empty makes a new one. One that is here already, such as of an import, can be gone on with; another account of the vendor’s never."
            ),
            "base_url": _("Where the vendor’s API is, up to and without /api. An address inside of this network is not called."),
            "begins_at": _("In UTC. What lies before stays with the vendor. An earlier day reads everything once more, and doubles nothing."),
            "overlap_hours": _("Each sync looks again for what changed so late."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Two boxes in the admin, of which Django names neither.
        for box, words in zip(
            getattr(self.fields["begins_at"].widget, "widgets", ()), (_("Sessions from, day"), _("Sessions from, time of day")), strict=False
        ):
            box.attrs["aria-label"] = words
        if self.instance.pk is None:
            self.fields["begins_at"].initial = (timezone.now() - timedelta(days=USUAL_DAYS)).replace(hour=0, minute=0, second=0, microsecond=0)
        if "data_source" in self.fields:
            offered = Source.objects.filter(kind=SourceKind.VENDOR, connection=None).order_by(ByName("name"), "pk")
            self.fields["data_source"].queryset = offered  # type: ignore[attr-defined]
            self.fields["data_source"].required = False
        # It is shown nowhere, not even to who filled it in a moment ago.
        self.initial.pop("key", None)

    def clean_base_url(self) -> str:
        url = str(self.cleaned_data["base_url"]).strip().rstrip("/")
        if self.instance.pk and url == self.initial.get("base_url"):
            return url
        try:
            parts = urlsplit(url)
        except ValueError:
            raise ValidationError(_("This is no web address.")) from None
        if parts.query or parts.fragment:
            raise ValidationError(_("An address of an API has neither ? nor #."))
        if reason := why_not_call(url, seconds=LOOK_UP_SECONDS):
            raise ValidationError(reason)
        return url

    def clean_key(self) -> str:
        key = str(self.cleaned_data["key"]).strip()
        if not key.isascii() or not key.isprintable():
            raise ValidationError(_("A key has letters, digits and signs only."))
        return key

    def clean_begins_at(self) -> datetime:
        moment: datetime = self.cleaned_data["begins_at"]
        if moment.year < FIRST_YEAR or moment > timezone.now():
            raise ValidationError(_("A day in the past, from the year 2000 on."))
        return moment

    def clean_source_name(self) -> str:
        name = " ".join(str(self.cleaned_data["source_name"]).split())
        if name and Source.objects.filter(name=name).exists():
            raise ValidationError(_("There is a source of this name."))
        return name

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        is_new, has_key = self.instance.pk is None, bool(cleaned.get("key"))
        moved = not is_new and cleaned.get("base_url") != self.initial.get("base_url")
        if cleaned.get("is_active") and not has_key and not self.errors and (is_new or moved or not self.instance.sealed_key):
            self.add_error("key", _("Type the key to switch it on.") if not moved else _("The stored key is for the former address. Type the key of this one."))
        if is_new and not self.errors and not cleaned.get("data_source") and not cleaned.get("source_name"):
            self.add_error("source_name", _("Choose a source, or name a new one."))
        return cleaned

    @property
    def columns(self) -> list[str]:
        """What was changed of the connection itself."""
        return [name for name in self.changed_data if name not in NOT_TAKEN]
