"""What people and raters think of sessions, as tables."""

from labeling.models.api_key import ApiKey
from labeling.models.bulk_action import BulkAction
from labeling.models.current_label import CurrentLabel, SessionIssue
from labeling.models.draft import Draft
from labeling.models.event import Event
from labeling.models.export import Export
from labeling.models.exposure import Exposure
from labeling.models.fixed_issue import FixedIssue
from labeling.models.incident import Incident
from labeling.models.issue_category import IssueAlias, IssueCategory
from labeling.models.label import Evidence, Label, LabelIssue
from labeling.models.label_withdrawal import LabelWithdrawal
from labeling.models.presence import Presence
from labeling.models.rater import Rater
from labeling.models.run import Run, Skip
from labeling.models.saved_view import SavedView
from labeling.models.search import Search
from labeling.models.second_opinion import SecondOpinion
from labeling.models.session_comments import SessionComments
from labeling.models.user import User
from labeling.models.verdict_delta import VerdictDelta

__all__ = [
    "ApiKey",
    "BulkAction",
    "CurrentLabel",
    "Draft",
    "Event",
    "Evidence",
    "Export",
    "Exposure",
    "FixedIssue",
    "Incident",
    "IssueAlias",
    "IssueCategory",
    "Label",
    "LabelIssue",
    "LabelWithdrawal",
    "Presence",
    "Rater",
    "Run",
    "SavedView",
    "Search",
    "SecondOpinion",
    "SessionComments",
    "SessionIssue",
    "Skip",
    "User",
    "VerdictDelta",
]
