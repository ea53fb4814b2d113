"""The rights a file was made with, as one short word: a file is handed out only to who has them still."""

import hashlib
import json

from labeling.gate import queues_judged_unseen
from labeling.models import User
from labeling.policies import needs_own_label_first
from labeling.roles import Permission
from sessions_app.scope import Scope


def rights_of(person: User, scope: Scope) -> str:
    """This will be another word whenever the person would be shown other rows, or other things in them."""
    seen = [
        person.may(Permission.READ),
        person.may_read_transcripts,
        person.may(Permission.SEE_WHOLE_SUMMARY),
        needs_own_label_first(person),
        sorted(queues_judged_unseen(person)),
        scope.all_agents,
        sorted(scope.agents),
    ]
    return hashlib.sha256(json.dumps(seen).encode()).hexdigest()[:16]
