"""What people and raters think of sessions, as tables."""

from labeling.models.api_key import ApiKey
from labeling.models.current_label import CurrentLabel, SessionIssue
from labeling.models.event import Event
from labeling.models.export import Export
from labeling.models.exposure import Exposure
from labeling.models.issue_category import IssueAlias, IssueCategory
from labeling.models.label import Evidence, Label, LabelIssue
from labeling.models.label_withdrawal import LabelWithdrawal
from labeling.models.rater import Rater
from labeling.models.saved_view import SavedView
from labeling.models.search import Search
from labeling.models.session_comments import SessionComments
from labeling.models.user import User
from labeling.models.verdict_delta import VerdictDelta

__all__ = [
    "ApiKey",
    "CurrentLabel",
    "Event",
    "Evidence",
    "Export",
    "Exposure",
    "IssueAlias",
    "IssueCategory",
    "Label",
    "LabelIssue",
    "LabelWithdrawal",
    "Rater",
    "SavedView",
    "Search",
    "SessionComments",
    "SessionIssue",
    "User",
    "VerdictDelta",
]
