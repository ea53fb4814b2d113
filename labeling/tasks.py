"""Background jobs: one-line shells around operations, and their schedules."""

from typing import Any

from django.core.management import call_command
from procrastinate.contrib.django import app

from labeling.operations.derived import repair_derived


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="repair_derived", lock="repair_derived")
def repair_derived_nightly(timestamp: int) -> int:
    """This will compare what is stored with what the labels say."""
    return repair_derived()


@app.periodic(cron="*/5 * * * *")
@app.task(pass_context=True)
async def retry_stalled_jobs(context: Any, timestamp: int) -> None:
    """This will hand out again what a killed worker had begun. It takes no lock: a stalled lock would stop it too."""
    for job in await app.job_manager.get_stalled_jobs():
        await app.job_manager.retry_job(job)


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="clear_sign_ins", lock="clear_sign_ins")
def clear_expired_sign_ins(timestamp: int) -> None:
    call_command("clearsessions")
