"""Who may: refusals as sentences ("" is yes), and the judgment gate."""

from collections.abc import Collection, Iterable
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labeling.gate import (
    Hiding,
    has_own_label,
    hides_what,
    hiding_from,
    labeled_among,
    not_drawn,
    not_drawn_among,
    not_drawn_for,
    own_labels,
    wanted_of,
)
from labeling.models import ApiKey, Label, SavedView, User
from labeling.models.api_key import KeyScope
from labeling.roles import Permission, Role
from sessions_app.codes import TranscriptState
from sessions_app.models import Agent, Session
from sessions_app.scope import Scope

# From here on it takes a manager.
MOST_WITHOUT_MANAGER = 50
HIDING = {
    Hiding.OWN_FIRST: gettext_lazy("The auto-rating, the summary and other labels stay hidden until you submit, so each label is independent."),
    Hiding.DRAWN: gettext_lazy("Hidden until you label it: this session is drawn for independent review."),
    Hiding.ASKED: gettext_lazy("Hidden until you label it: a colleague asks for an opinion of your own."),
}
LAST_ADMIN = gettext_lazy("This is the last active admin. Make somebody else an admin first.")


def may_see_judgments(person: User, session: Session) -> bool:
    """This will decide whether others' labels, the auto-rating, the AI summary and comments are shown.

    The one place that decides it: pages, list cells, filters, exports and API ask here or through `judgments_open_to`.
    """
    return _hiding(person, session) is None


def judgments_open_to(person: User) -> Q:
    """This will be the same decision as a condition on sessions, for lists and counts; an empty one where nothing is hidden."""
    if needs_own_label_first(person):
        return Q(Exists(own_labels(person, OuterRef("pk"))))
    return not_drawn_for(person)


def judgments_open(person: Any, queues: Any, elsewhere: Any, *, own_first: bool, **shape: bool) -> Q:
    """This will be the same condition for a query that is written once: of marks, and in the shape that `judgment_shape` says."""
    return Q(Exists(own_labels(person, OuterRef("pk")))) if own_first else not_drawn(person, queues, elsewhere, **shape)


def judgment_shape(person: User) -> tuple[list[list[int]], dict[str, bool]]:
    """This will be what `judgments_open` asks for: the values beside the person, and the shape."""
    if needs_own_label_first(person):
        return [[], []], {"own_first": True}
    values, shape = hides_what(person)
    return values, {"own_first": False, **shape}


def judgments_shown(person: User, sessions: Collection[int]) -> frozenset[int] | None:
    """This will be those of some sessions whose judgments the person may see, or None where that is all of them."""
    shown = labeled_among(person, sessions) if needs_own_label_first(person) else not_drawn_among(person, sessions)
    return None if shown is None else frozenset(shown)


def why_hidden(person: User, session: Session) -> str:
    """This will say why judgments are hidden; "" where they are shown."""
    hiding = _hiding(person, session)
    if hiding == Hiding.OWN_FIRST:
        hiding = wanted_of(person, session) or hiding
    return str(HIDING[hiding]) if hiding else ""


def _hiding(person: User, session: Session) -> Hiding | None:
    if not needs_own_label_first(person):
        return hiding_from(person, session)
    return None if has_own_label(person, session) else Hiding.OWN_FIRST


def needs_own_label_first(person: User) -> bool:
    return settings.INDEPENDENT_REVIEW and not person.may(Permission.SEE_JUDGMENTS)


def why_not_label(person: User) -> str:
    """Who may not read what was said cannot judge it."""
    if not person.may_read_transcripts:
        return _("To label a session you have to be allowed to read transcripts. Ask an admin.")
    return "" if person.may(Permission.LABEL) else _("Your role does not label sessions. Ask an admin.")


def why_not_read(person: User) -> str:
    """What was said, and whatever is made of it: turns, tools, AI summaries, a search for words."""
    return "" if person.may_read_transcripts else _("Your account does not cover reading transcripts. Ask an admin.")


def why_not_hear(person: User) -> str:
    return "" if person.may_hear_recordings else _("Your account does not cover hearing recordings. Ask an admin.")


def why_not_unmask(person: User) -> str:
    return "" if person.may(Permission.UNMASK) else _("Your role does not show callers' numbers and names. Ask an admin.")


def why_not_share_session(person: User, session: Session) -> str:
    """A share link shows a transcript, so it takes somebody who may read it."""
    if not settings.SHARE_LINKS:
        return _("Share links are switched off on this server.")
    if not person.may(Permission.MANAGE_QUEUES):
        return _("Your role does not share sessions. A manager can.")
    if session.transcript_state != TranscriptState.HELD or session.erased_at:
        return _("This session has no transcript to share.")
    return why_not_read(person)


def why_not_withdraw(person: User, label: Label) -> str:
    """This will allow only the rater's own label: a manager settles, and never takes back what another said."""
    if label.rater.user_id != person.pk:
        return _("Only the person who gave a label can withdraw it.")
    return ""


def why_not_give_up_admin(pk: int) -> str:
    """This will refuse to lower or deactivate the only admin there is."""
    admins = list(User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").values_list("pk", flat=True)[:2])
    return str(LAST_ADMIN) if admins == [pk] else ""


def why_not_mark(person: User, n: int) -> str:
    """What is left out of a bulk tells what others labeled, so it is not for who has to label first."""
    if needs_own_label_first(person):
        return _("Where each label has to be independent, sessions are judged one by one.")
    if n <= MOST_WITHOUT_MANAGER or person.may(Permission.MANAGE_QUEUES):
        return ""
    return _("More than 50 sessions at once are for managers. Choose fewer, or ask a manager.")


def why_not_share_views(person: User) -> str:
    return "" if person.may(Permission.MANAGE_QUEUES) else _("Your role does not share views. A manager can.")


def why_not_set_target(person: User, scope: Scope, agent: Agent | None) -> str:
    """This will leave the workspace's target to those who see all of it."""
    if not person.may(Permission.MANAGE_QUEUES):
        return _("Your role does not set targets. A manager can.")
    return "" if agent or scope.all_agents else _("The target of the workspace is for those who see all agents. Choose one agent to set its own.")


def why_not_edit_view(person: User, view: SavedView) -> str:
    """This will leave a private view to its owner, and a shared one to those who manage them, whoever made it."""
    if view.is_shared:
        return "" if person.may(Permission.MANAGE_QUEUES) else _("Your role does not change shared views. You can save the filter as a view of your own.")
    return "" if view.owner_id == person.pk else _("Only the person who made a private view can change it.")


# What a key's owner has to be allowed for the key to be allowed it.
NEEDED_FOR_SCOPE = {
    KeyScope.SESSIONS_READ: Permission.READ,
    KeyScope.SESSIONS_WRITE: Permission.ADMINISTER,
    KeyScope.LABELS_READ: Permission.READ,
    KeyScope.LABELS_WRITE: Permission.LABEL,
    KeyScope.LABELS_WRITE_AS_ANY: Permission.MANAGE_QUEUES,
    KeyScope.PII_READ: Permission.UNMASK,
}


def why_not_make_key(owner: User, scopes: Iterable[str]) -> str:
    """This will refuse a key to who is deactivated, and one that may more than its owner."""
    if not owner.is_active:
        return _("This person is deactivated, and could do nothing with a key.")
    beyond = [scope for scope in KeyScope if scope in scopes and not owner.may(NEEDED_FOR_SCOPE[scope])]
    if beyond:
        return _("A key may not do more than its owner. This person may not: %(scopes)s.") % {
            "scopes": ", ".join(f"{scope.label} ({scope})" for scope in beyond)
        }
    return ""


def why_not_use(key: ApiKey, scope: KeyScope) -> str:
    """This will refuse what the key was not made for, and what its owner may no longer do."""
    if scope not in key.scopes:
        return _("This key was not made for that. It needs the scope %(scope)s.") % {"scope": scope}
    if not key.user.may(NEEDED_FOR_SCOPE[scope]):
        return _("The owner of this key may not do that any more.")
    return ""


def why_not_write_as(key: ApiKey, email: str) -> str:
    """This will say whether labels may be made with a key in the name of an address: the owner's own, or anybody's with a scope for it."""
    if why_not := why_not_use(key, KeyScope.LABELS_WRITE):
        return why_not
    if email.strip().lower() == key.user.email:
        return ""
    return why_not_use(key, KeyScope.LABELS_WRITE_AS_ANY)


def why_not_rate(key: ApiKey) -> str:
    """This will leave auto-ratings to keys that may speak for others: everybody's summary is measured against what a machine says, under whatever address."""
    return why_not_use(key, KeyScope.LABELS_WRITE) or why_not_use(key, KeyScope.LABELS_WRITE_AS_ANY)
