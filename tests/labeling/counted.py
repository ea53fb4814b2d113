"""Sessions as a source brings them: with the deltas that a summary counts them by."""

from labeling.operations.label_rows import Provenance
from labeling.operations.labels import submit_label
from sessions_app.models import SessionDelta
from sessions_app.operations.rekeying import session_key
from tests.factories import RaterFactory, SessionFactory


def come(n=1, *, code=None, via="page", **values):
    """This will make sessions, each labeled by somebody if there is a code; two codes are of two people."""
    sessions = [SessionFactory(**values) for _ in range(n)]
    for session in sessions:
        SessionDelta.objects.create(**session_key(session), n=1)
        for place, each in enumerate([code] if isinstance(code, str) else code or []):
            submit_label(session_id=session.pk, rater=RaterFactory(), code=each, client_key=f"key-{place}", provenance=Provenance(via=via))
    return sessions
