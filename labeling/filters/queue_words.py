"""A queue's rule in words, for those who work it and those who manage it."""

from django.http import QueryDict
from django.utils.translation import gettext as _

from labeling.filters.review_filter import ReviewFilter, Viewpoint
from labeling.filters.words import get_chips
from labeling.gate import queues_judged_unseen, speaks_of_judgments
from labeling.models import Queue, User
from labeling.models.queue import DrawKind
from labeling.roles import Permission
from sessions_app.models import Session
from sessions_app.scope import Scope

MOST_SAID = 4


def may_copy_rule(queue: Queue, person: User) -> bool:
    """Whoever may judge its sessions unseen is not told a rule that speaks of judgments."""
    return queue.created_by_id == person.pk or not (queue.is_independent and speaks_of_judgments(queue.query))


def rule_words(queue: Queue, *, viewer: User, scope: Scope) -> str:
    """This will say what a queue holds. Whoever judges it unseen is told nothing that a judgment went into, whatever their role."""
    if queue.is_independent and (queue.reasons or speaks_of_judgments(queue.query)) and queue.pk in queues_judged_unseen(viewer):
        return _("Drawn for independent review")
    if queue.draw_kind == DrawKind.ADDED:
        return _("Sessions added by hand")
    viewpoint = Viewpoint(viewer, scope)
    filtered = ReviewFilter(QueryDict(queue.query), queryset=Session.objects.visible_to(scope), request=viewpoint)
    if not filtered.form.is_valid():
        return _("Its rule cannot be read any more.") if viewer.may(Permission.MANAGE_QUEUES) else ""
    said = [str(chip) for chip in get_chips(filtered)]
    words = ", ".join(said[:MOST_SAID]) + (_(" and %(n)d more") % {"n": len(said) - MOST_SAID} if len(said) > MOST_SAID else "")
    return words or _("All sessions")
