"""What can be chosen under the keys of a filter: its words, and of a signal its condition."""

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from sessions_app.codes import EndedBy
from sessions_app.models.session import HAS_SIGNAL
from sessions_app.signals import LONG_SILENCE_MS, SLOW_REPLY_MS

UNKNOWN = "unknown"
DIRECTIONS = [("in", _("Inbound")), ("out", _("Outbound")), (UNKNOWN, _("Not said"))]
SIGNALS = [
    ("any", _("Any of these")),
    ("tool_error", _("Tool error")),
    ("silence", _("Silence over 5 s")),
    ("slow", _("Slow reply, over 4 s")),
    ("transferred", _("Transferred")),
    ("voicemail", _("To voicemail")),
    ("hung_up", _("Caller hung up")),
    (UNKNOWN, _("No transcript held")),
]
SIGNAL_CONDITIONS = {
    "any": HAS_SIGNAL,
    "tool_error": Q(tool_errors__gt=0),
    "silence": Q(longest_silence_ms__gte=LONG_SILENCE_MS),
    "slow": Q(reply_p95_ms__gte=SLOW_REPLY_MS),
    "transferred": Q(ended_by=EndedBy.TRANSFER),
    "voicemail": Q(ended_by=EndedBy.VOICEMAIL),
    "hung_up": Q(ended_by=EndedBy.CALLER),
    UNKNOWN: Q(turns=None),
}
# The index of sessions with a signal does not hold these.
SIGNALS_WITHOUT_INDEX = frozenset({"hung_up", UNKNOWN})
YES_NO = [("yes", _("Yes")), ("no", _("No"))]
