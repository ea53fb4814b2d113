"""Privacy in the admin: the keys of tools that are masked, who unmasked what and why, and the links that are out."""

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.admin.lists import HappenedFilter, ReadOnlyAdmin, ReferenceAdmin
from labeling.masking import mask_text, plain_key
from labeling.models import MaskedKey, ShareLink, Unmasking, User
from labeling.operations.masked_keys import note_masked_key
from labeling.operations.share_links import revoke_share_link
from sessions_app.queries.database_clock import database_now


class MaskedKeyForm(ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = MaskedKey
        fields = ("name",)
        help_texts = {
            "name": (
                gettext_lazy(
                    "A key in what tools send and get, such as member_id. Its values are hidden at once in transcripts, exports and search results; "
                    "memberId, MEMBER-ID and patient_member_id are the same key. Tools’ own names, such as tool_name, are never hidden by name."
                )
            )
        }

    def clean_name(self) -> str:
        name: str = self.cleaned_data["name"].strip()
        if len(plain_key(name)) < 2:
            raise ValidationError(_("A key has at least two letters or digits."))
        return name


@admin.register(MaskedKey)
class MaskedKeyAdmin(ReferenceAdmin):
    form = MaskedKeyForm
    list_display = ("name", "created_at")
    search_fields = ("name",)
    ordering = ("name", "pk")

    def save_model(self, request: HttpRequest, obj: MaskedKey, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        note_masked_key(key=obj, by=cast(User, request.user), change="changed" if change else "added")

    def delete_model(self, request: HttpRequest, obj: MaskedKey) -> None:
        note_masked_key(key=obj, by=cast(User, request.user), change="removed")
        super().delete_model(request, obj)


@admin.register(Unmasking)
class UnmaskingAdmin(ReadOnlyAdmin):
    list_display = ("at", "user", "session_number", "reason", "masked_note", "until", "ended_early")
    list_filter = ("reason",)
    ordering = ("-pk",)
    list_select_related = ("user",)
    fields = ("at", "user", "session_number", "reason", "masked_note", "until")

    @admin.display(description=gettext_lazy("session"))
    def session_number(self, unmasking: Unmasking) -> str:
        return str(unmasking.session_id)

    @admin.display(description=gettext_lazy("note"))
    def masked_note(self, unmasking: Unmasking) -> str:
        return mask_text(unmasking.note, unmasking.user) or "–"

    @admin.display(description=gettext_lazy("hidden again"), boolean=True)
    def ended_early(self, unmasking: Unmasking) -> bool:
        return unmasking.until <= unmasking.at


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnlyAdmin):
    list_display = ("created_at", "created_by", "session_number", "masked_purpose", "expires_at", "revoked_at", "revoked_by", "opened")
    list_filter = (("revoked_at", HappenedFilter),)
    ordering = ("-pk",)
    list_select_related = ("created_by", "revoked_by")
    fields = ("created_at", "created_by", "session_number", "masked_purpose", "expires_at", "revoked_at", "revoked_by", "opened")
    actions = ("revoke_selected",)

    @admin.display(description=gettext_lazy("session"))
    def session_number(self, link: ShareLink) -> str:
        return str(link.session_id)

    @admin.display(description=gettext_lazy("purpose"))
    def masked_purpose(self, link: ShareLink) -> str:
        return mask_text(link.purpose, link.created_by)

    @admin.action(description=gettext_lazy("Revoke selected links"), permissions=["view"])
    def revoke_selected(self, request: HttpRequest, links: QuerySet[ShareLink]) -> None:
        """At once: ending a link harms nobody, and a new one is made in a moment."""
        open_links = list(links.filter(revoked_at=None))
        for link in open_links:
            revoke_share_link(link=link, by=cast(User, request.user), at=database_now())
        self.message_user(request, ngettext("%(n)s link revoked", "%(n)s links revoked", len(open_links)) % {"n": len(open_links)})
