"""Who may: refusals as sentences ("" is yes), and the judgment gate."""

from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from labeling.codes import LabelType
from labeling.models import CurrentLabel, Label, SavedView, User
from labeling.roles import Permission
from sessions_app.models import Session

# From here on it takes a manager.
MOST_WITHOUT_MANAGER = 50


def may_see_judgments(person: User, session: Session) -> bool:
    """This will decide whether others' labels, the auto-rating, the AI summary and comments are shown.

    The one place that decides it: pages, list cells, filters, exports and API ask here or through `judgments_open_to`.
    """
    if not needs_own_label_first(person):
        return True
    return CurrentLabel.objects.filter(session=session, rater__user=person, type=LabelType.HUMAN).exists()


def judgments_open_to(person: User) -> Q:
    """This will be the same decision as a condition on sessions, for lists and counts."""
    if not needs_own_label_first(person):
        return Q()
    return Q(Exists(CurrentLabel.objects.filter(session=OuterRef("pk"), rater__user=person, type=LabelType.HUMAN)))


def needs_own_label_first(person: User) -> bool:
    return settings.INDEPENDENT_REVIEW and not person.may(Permission.SEE_JUDGMENTS)


def why_not_label(person: User) -> str:
    return "" if person.may(Permission.LABEL) else "Your role does not label sessions. Ask an admin."


def why_not_withdraw(person: User, label: Label) -> str:
    """This will allow only the rater's own label: a manager settles, and never takes back what another said."""
    if label.rater.user_id != person.pk:
        return "Only the person who gave a label can withdraw it."
    return ""


def why_not_mark(person: User, n: int) -> str:
    """What is left out of a bulk tells what others labeled, so it is not for who has to label first."""
    if needs_own_label_first(person):
        return _("Where each label has to be independent, sessions are judged one by one.")
    if n <= MOST_WITHOUT_MANAGER or person.may(Permission.MANAGE_QUEUES):
        return ""
    return _("More than 50 sessions at once are for managers. Choose fewer, or ask a manager.")


def why_not_share_views(person: User) -> str:
    return "" if person.may(Permission.MANAGE_QUEUES) else "Your role does not share views. A manager can."


def why_not_edit_view(person: User, view: SavedView) -> str:
    """This will leave a private view to its owner, and a shared one to those who manage them, whoever made it."""
    if view.is_shared:
        return "" if person.may(Permission.MANAGE_QUEUES) else "Your role does not change shared views. You can save the filter as a view of your own."
    return "" if view.owner_id == person.pk else "Only the person who made a private view can change it."
