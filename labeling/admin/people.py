"""People in the admin: inviting them, their roles, rights and agents. What changes them is in operations."""

import hashlib
import json
from typing import Any, cast

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.forms import CharField, HiddenInput, ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.admin.lists import ReferenceAdmin
from labeling.models import User
from labeling.operations.invitations import invite_person
from labeling.operations.people import CHANGEABLE, RIGHTS, LastAdmin, change_person
from labeling.policies import LAST_ADMIN, why_not_give_up_admin
from labeling.roles import Role
from labeling.views.people import keep_seed


class InvitedForm(ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = User
        fields = ("email", "name", "role", "all_agents", "agents")
        help_texts = {
            "email": gettext_lazy("The next page shows a link for them, with which they choose a password."),
            "all_agents": gettext_lazy("Else they see the sessions of the agents below, and of none without any."),
        }

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).lower()


class PersonForm(ModelForm):  # type: ignore[type-arg]
    """With what the page showed: two admins must not undo each other's changes without a word."""

    seen = CharField(label=gettext_lazy("Seen"), required=False, widget=HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = version_of(self.instance)

    def clean_languages(self) -> list[str]:
        """As sessions name them: in small letters, each once."""
        return sorted({language.strip().lower() for language in self.cleaned_data["languages"] or [] if language.strip()})

    def clean_seen(self) -> str:
        if self.cleaned_data["seen"] not in ("", self.initial["seen"]):
            raise ValidationError(_("Somebody changed this person after you opened the page. Open it again, and look at what is there now."))
        return str(self.cleaned_data["seen"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        stays_admin = cleaned.get("role", self.instance.role) == Role.ADMIN and cleaned.get("is_active", self.instance.is_active)
        if not stays_admin and (reason := why_not_give_up_admin(self.instance.pk)):
            raise ValidationError(reason)
        return cleaned


@admin.register(User)
class UserAdmin(ReferenceAdmin):
    list_display = ("email", "name", "role", "all_agents", "takes_incidents", "is_active", "last_login")
    list_filter = ("role", "is_active", "takes_incidents")
    search_fields = ("email", "name")
    ordering = ("email", "pk")
    form = PersonForm
    fields = (
        "email",
        "name",
        "role",
        "is_active",
        "all_agents",
        "agents",
        "may_unmask",
        "may_read_transcripts",
        "may_hear_recordings",
        "takes_incidents",
        "languages",
        "seen",
    )
    add_form = InvitedForm
    change_form_template = "admin/labeling/user/change_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Where only the identity provider signs people in, it makes their accounts too."""
        return super().has_add_permission(request) and not settings.SSO_ONLY

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> type[ModelForm]:  # type: ignore[type-arg]
        if obj is None:
            kwargs |= {"form": self.add_form, "fields": None}
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return self.fields if obj else self.add_form.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> tuple[str, ...]:
        """Nobody raises, lowers or locks out themselves; an address stays: it is how labels of other sources find their person."""
        if obj is None:
            return ()
        return ("email", "role", "agents", *RIGHTS) if obj.pk == request.user.pk else ("email",)

    def changeform_view(self, request: HttpRequest, object_id: str | None = None, form_url: str = "", extra_context: Any = None) -> Any:
        """What two admins do at once can be refused only when it is written, after the form was found good."""
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except LastAdmin:
            messages.error(request, LAST_ADMIN)
        except IntegrityError:
            messages.error(request, _("Somebody else added a person with this address just now."))
        return HttpResponseRedirect(request.path)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        by = cast(User, request.user)
        if change:
            changes = {name: form.cleaned_data[name] for name in form.changed_data if name in CHANGEABLE}
            change_person(person=obj, by=by, changes=changes, agents=form.cleaned_data["agents"] if "agents" in form.changed_data else None)
        else:
            keep_seed(request, obj, invite_person(person=obj, agents=form.cleaned_data["agents"], by=by))

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Done with the person, each agent an event."""

    def response_add(self, request: HttpRequest, obj: User, post_url_continue: str | None = None) -> HttpResponse:
        """To the link that has to be handed over."""
        return HttpResponseRedirect(reverse("labeling:person_access", args=[obj.pk]))

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        """A person is deactivated: their labels stay theirs."""
        return False


def version_of(person: User) -> str:
    """This will be another word whenever something that an admin decides about a person is another."""
    agents = sorted(person.agents.values_list("pk", flat=True)) if person.pk else []
    return hashlib.sha256(json.dumps([*(getattr(person, name) for name in CHANGEABLE), agents]).encode()).hexdigest()[:16]
