"""Events: the audit's only writer."""

from labeling.models import Event, User


def record_event(
    *,
    kind: str,
    by: User | None,
    session: int | None = None,
    subject_kind: str = "",
    subject: int | None = None,
    before: str = "",
    after: str = "",
    api_key: int | None = None,
    address: str | None = None,
) -> None:
    """This will append one event, in the caller's transaction when there is one."""
    Event.objects.create(
        kind=kind,
        user=by.pk if by else None,
        api_key=api_key,
        session=session,
        subject_kind=subject_kind,
        subject=subject,
        before=before,
        after=after,
        address=address,
    )
