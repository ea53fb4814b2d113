"""The writes of the guide's examples: linking a session to what it shows, and taking that back."""

import pghistory
from django.db import transaction

from labeling.models import GuideExample, IssueCategory, User
from sessions_app.models import Session


class SessionErased(Exception):
    """There is nothing left in the session that could show anything."""


@transaction.atomic
def link_example(
    *, session: Session, by: User, code: str = "", category: IssueCategory | None = None, note: str = "", is_counter_example: bool = False
) -> GuideExample:
    """This will link a session to a code or a category. Linking the same again changes its note. Raises SessionErased."""
    locked = Session.objects.select_for_update(no_key=True).only("pk", "erased_at").get(pk=session.pk)
    if locked.erased_at:
        raise SessionErased
    # No constraint holds that there is one: the lock on the session does.
    example = GuideExample.objects.filter(session=session, code=code, category=category).order_by("pk").first()
    with pghistory.context(user=by.pk):
        if example is None:
            return GuideExample.objects.create(session=session, code=code, category=category, note=note, is_counter_example=is_counter_example)
        example.note, example.is_counter_example = note, is_counter_example
        example.save(update_fields=["note", "is_counter_example"])
    return example


def unlink_example(*, example: GuideExample, by: User) -> None:
    """This will take an example back; the history keeps that it was one."""
    with pghistory.context(user=by.pk):
        example.delete()
