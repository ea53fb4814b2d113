"""Background jobs: one-line shells around operations, and their schedules."""

from typing import Any

from django.core.management import call_command
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from labeling.exports.background import Stopped, clear_exports, make_file
from labeling.operations.derived import repair_derived
from labeling.operations.searches import clear_searches
from sessions_app.operations import repair_search_words


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="repair_derived", lock="repair_derived")
def repair_derived_nightly(timestamp: int) -> int:
    """This will compare what is stored with what the labels say."""
    return repair_derived()


@app.periodic(cron="29 3 * * *")
@app.task(queueing_lock="repair_search_words", lock="repair_search_words")
def repair_search_words_nightly(timestamp: int) -> int:
    """This will give words to transcripts that a search cannot find."""
    return repair_search_words()


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


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, retry_exceptions={Stopped}))
def make_export(context: Any, export: int, base: str) -> None:
    """This will make the file of an export; a worker that has to end leaves it to the next one."""
    make_file(export_pk=export, base=base, should_stop=context.should_abort)


@app.periodic(cron="7 * * * *")
@app.task(queueing_lock="clear_exports", lock="clear_exports")
def clear_exports_hourly(timestamp: int) -> int:
    """This will delete the files whose day is over."""
    return clear_exports()


@app.periodic(cron="53 3 * * *")
@app.task(queueing_lock="clear_searches", lock="clear_searches")
def clear_searches_nightly(timestamp: int) -> int:
    """This will forget what nobody has searched for in three months."""
    return clear_searches()
