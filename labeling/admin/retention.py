"""Retention, legal holds and erasures in the admin."""

from collections.abc import Iterator
from datetime import UTC
from typing import Any, cast

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.admin.lists import HappenedFilter, ReadOnlyAdmin, ReferenceAdmin
from labeling.forms.erasures import RetentionRuleForm
from labeling.models import Erasure, LegalHold, RetentionRule, RetentionRun, User
from labeling.models.erasure import ErasureState
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.queries.erasure import get_figures
from labeling.queries.retention import get_report
from sessions_app.queries.database_clock import database_now


@admin.register(RetentionRule)
class RetentionRuleAdmin(ReferenceAdmin):
    form = RetentionRuleForm
    fields = ("data_class", "days", "confirmed")
    readonly_fields = ("data_class",)
    list_display = ("data_class", "kept_for", "changed_by", "changed_at")
    list_select_related = ("changed_by",)
    ordering = ("data_class",)

    @admin.display(description=gettext_lazy("Kept for"))
    def kept_for(self, rule: RetentionRule) -> str:
        return ngettext("%(n)s day", "%(n)s days", rule.days) % {"n": rule.days} if rule.days else _("for good")

    def save_model(self, request: HttpRequest, obj: RetentionRule, form: Any, change: bool) -> None:
        if "days" not in form.changed_data:
            return
        by = cast(User, request.user)
        obj.changed_by, obj.changed_at = by, database_now()
        obj.save(update_fields=["days", "changed_by", "changed_at"])
        before, after = form.initial.get("days"), obj.days
        record_event(
            kind=EventKind.SETTING_CHANGED,
            by=by,
            subject_kind="retention_rule",
            subject=obj.pk,
            before=f"{before} days" if before else "for good",
            after=f"{after} days" if after else "for good",
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: RetentionRule | None = None) -> bool:
        """A class without a rule would be one that nobody sees."""
        return False


class KindFilter(admin.BooleanFieldListFilter):
    """Runs that only counted, and runs that deleted."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("kind")

    def choices(self, changelist: Any) -> Iterator[Any]:
        words = (_("All"), _("Dry run"), _("Run"))
        return ({**choice, "display": word} for choice, word in zip(super().choices(changelist), words, strict=True))


@admin.register(RetentionRun)
class RetentionRunAdmin(ReadOnlyAdmin):
    list_display = ("run_at", "kind", "run_by", "came_to", "file")
    list_filter = (("is_dry", KindFilter),)
    ordering = ("-run_at", "-pk")
    list_select_related = ("run_by",)
    fields = ("run_at", "kind", "run_by", "came_to", "file")
    readonly_fields = ("kind", "came_to", "file")

    @admin.display(description=gettext_lazy("Kind"))
    def kind(self, run: RetentionRun) -> str:
        words = _("Dry run") if run.is_dry else _("Run")
        return words if run.counts.get("finished", True) else _("%(words)s, not finished") % {"words": words}

    @admin.display(description=gettext_lazy("What it came to"))
    def came_to(self, run: RetentionRun) -> str:
        told = [
            _("%(name)s: %(due)s due, %(held)s on hold, %(deleted)s deleted")
            % {"name": line.name, "due": number_format(line.due), "held": number_format(line.held), "deleted": number_format(line.deleted)}
            for line in get_report(run)
            if line.days is not None
        ]
        return ". ".join(told) or _("Everything is kept for good.")

    @admin.display(description=gettext_lazy("Report"))
    def file(self, run: RetentionRun) -> SafeString:
        return format_html('<a href="{}">CSV</a>', reverse("labeling:retention_run_file", args=[run.pk]))


@admin.register(LegalHold)
class LegalHoldAdmin(ReadOnlyAdmin):
    list_display = ("reason", "covers", "placed_by", "placed_at", "lifted_by", "lifted_at", "lift")
    list_filter = (("lifted_at", HappenedFilter),)
    ordering = ("-placed_at", "-pk")
    list_select_related = ("agent", "placed_by", "lifted_by")
    fields = ("reason", "covers", "placed_by", "placed_at", "lifted_by", "lifted_at", "lift")
    readonly_fields = ("covers", "lift")

    @admin.display(description=gettext_lazy("Covers"))
    def covers(self, hold: LegalHold) -> str:
        return covers_words(hold)

    @admin.display(description=gettext_lazy("Lift"))
    def lift(self, hold: LegalHold) -> SafeString | str:
        return "" if hold.lifted_at else format_html('<a href="{}">{}</a>', reverse("labeling:hold_lifting_create", args=[hold.pk]), _("Lift"))


@admin.register(Erasure)
class ErasureAdmin(ReadOnlyAdmin):
    list_display = ("erased_at", "subject_kind", "reference", "erased_by", "state", "sessions")
    list_filter = ("state",)
    ordering = ("-pk",)
    list_select_related = ("erased_by",)
    fields = ("subject_kind", "reference", "erased_by", "erased_at", "state", "finished_at", "figures")
    readonly_fields = ("figures",)

    @admin.display(description=gettext_lazy("Sessions"))
    def sessions(self, erasure: Erasure) -> int:
        return int(erasure.counts.get("sessions", 0))

    @admin.display(description=gettext_lazy("What was taken out"))
    def figures(self, erasure: Erasure) -> str:
        told = ". ".join(f"{name}: {number_format(n)}" for name, n in get_figures(erasure)) or _("Nothing yet")
        return f"{told}. {_('Load the page again to see how far it is.')}" if erasure.state == ErasureState.RUNNING else told


def covers_words(hold: LegalHold) -> str:
    """This will say what a hold names."""
    told = [
        _("session %(pk)s") % {"pk": hold.session_id} if hold.session_id else "",
        str(hold.agent) if hold.agent else "",
        _("from %(day)s on") % {"day": f"{hold.since.astimezone(UTC):%Y-%m-%d}"} if hold.since else "",
        _("before %(day)s") % {"day": f"{hold.until.astimezone(UTC):%Y-%m-%d}"} if hold.until else "",
    ]
    return ", ".join(words for words in told if words) or _("every session")
