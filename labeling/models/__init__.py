"""What people and raters think of sessions, as tables."""

from labeling.models.api_key import ApiKey, KeyMinute
from labeling.models.assignment import Assignment, Pass
from labeling.models.backup_check import BackupCheck
from labeling.models.bulk_action import BulkAction
from labeling.models.category_change import CategoryChange
from labeling.models.current_label import CurrentLabel, SessionIssue
from labeling.models.dispute import Dispute, DisputeParty
from labeling.models.draft import Draft
from labeling.models.erasure import Erasure
from labeling.models.event import Event
from labeling.models.export import Export
from labeling.models.exposure import Exposure
from labeling.models.file_import import FileImport
from labeling.models.fixed_issue import FixedIssue
from labeling.models.guide import GuideExample, GuideVersion
from labeling.models.incident import Incident
from labeling.models.incoming_issue import IncomingIssue
from labeling.models.invitation import Invitation
from labeling.models.issue_category import IssueAlias, IssueCategory
from labeling.models.label import Evidence, Label, LabelIssue
from labeling.models.label_withdrawal import LabelWithdrawal
from labeling.models.masked_key import MaskedKey
from labeling.models.nightly_check import NightlyCheck
from labeling.models.presence import Presence
from labeling.models.queue import Draw, Queue
from labeling.models.rater import Rater
from labeling.models.retention import LegalHold, RetentionRule, RetentionRun
from labeling.models.run import Run, Skip
from labeling.models.saved_view import SavedView
from labeling.models.search import Search
from labeling.models.second_opinion import SecondOpinion
from labeling.models.session_comments import SessionComments
from labeling.models.share_link import ShareLink
from labeling.models.target import Target
from labeling.models.unmasking import Unmasking
from labeling.models.user import User
from labeling.models.vendor_labels import LabelUpstream, Push, VendorLabels
from labeling.models.verdict_delta import VerdictDay, VerdictDelta, VerdictTotal
from labeling.models.webhook import Webhook, WebhookAnswer, WebhookDelivery, WebhookEvent

__all__ = [
    "ApiKey",
    "Assignment",
    "BackupCheck",
    "BulkAction",
    "CategoryChange",
    "CurrentLabel",
    "Dispute",
    "DisputeParty",
    "Draft",
    "Draw",
    "Erasure",
    "Event",
    "Evidence",
    "Export",
    "Exposure",
    "FileImport",
    "FixedIssue",
    "GuideExample",
    "GuideVersion",
    "Incident",
    "IncomingIssue",
    "Invitation",
    "IssueAlias",
    "IssueCategory",
    "KeyMinute",
    "Label",
    "LabelIssue",
    "LabelUpstream",
    "LabelWithdrawal",
    "LegalHold",
    "MaskedKey",
    "NightlyCheck",
    "Pass",
    "Presence",
    "Push",
    "Queue",
    "Rater",
    "RetentionRule",
    "RetentionRun",
    "Run",
    "SavedView",
    "Search",
    "SecondOpinion",
    "SessionComments",
    "SessionIssue",
    "ShareLink",
    "Skip",
    "Target",
    "Unmasking",
    "User",
    "VendorLabels",
    "VerdictDay",
    "VerdictDelta",
    "VerdictTotal",
    "Webhook",
    "WebhookAnswer",
    "WebhookDelivery",
    "WebhookEvent",
]
