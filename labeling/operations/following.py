"""What goes along when labels are given or taken back, in their transaction."""

from collections.abc import Sequence

from labeling.codes import LabelType
from labeling.models import Label, LabelWithdrawal
from labeling.operations.disputes import follow_disputes
from labeling.operations.pushes import follow_for_vendor
from labeling.operations.webhook_events import note_labels
from sessions_app.models import Session


def follow_labels(*, sessions: Sequence[Session], given: Sequence[Label] = (), withdrawn: Sequence[LabelWithdrawal] = ()) -> None:
    """This will put down, with the labels, what others are to be told of them, outside and here.

    The sessions are locked, and what follows from their labels was worked out.
    """
    note_labels(given=given, withdrawn=withdrawn)
    follow_for_vendor(given=given, withdrawn=withdrawn)
    judged = {label.session_id for label in given if label.type == LabelType.HUMAN} | {withdrawal.session_id for withdrawal in withdrawn}
    if judged:
        follow_disputes(sessions=[session for session in sessions if session.pk in judged])
