"""Jobs: one that failed is tried again."""

from django.db import DatabaseError, connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.models import User
from labeling.models.event import EventKind
from labeling.operations.events import record_event
from labeling.queries.health import is_periodic


class NotRetryable(Exception):
    """It has not failed, or comes again by itself, or an equal one waits already."""


def retry_job(*, job: int, by: User) -> None:
    """This will have a failed job tried again at once. Raises NotRetryable, ProcrastinateJob.DoesNotExist."""
    row = ProcrastinateJob.objects.defer("args").get(pk=job)
    if row.status != "failed" or is_periodic(row.task_name):
        raise NotRetryable
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            # Of two who press at once the second finds it waiting.
            cursor.execute("SELECT 1 FROM procrastinate_jobs WHERE id = %s AND status = 'failed' FOR UPDATE", [job])
            if not cursor.fetchall():
                raise NotRetryable
            cursor.execute("SELECT procrastinate_retry_job_v2(%s, now(), NULL, NULL, NULL)", [job])
            record_event(kind=EventKind.JOB_RETRIED, by=by, subject_kind="job", subject=job)
    except DatabaseError as problem:
        raise NotRetryable from problem
