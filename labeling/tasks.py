"""Background jobs: one-line shells around operations, and their schedules."""

from contextlib import suppress
from typing import Any

from django.core.management import call_command
from django.db import OperationalError
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import UniqueViolation
from procrastinate.jobs import Status

from labeling.exports.background import Stopped, clear_exports, make_file
from labeling.exports.erased_files import FILES
from labeling.filters.queue_rules import get_frame
from labeling.imports import background as importing
from labeling.imports import running
from labeling.models import RetentionRun, VerdictDelta
from labeling.models.nightly_check import CheckKind
from labeling.operations import bulk_actions, connections, draws, masked_keys, places, queue_adding, retention, sending, session_issues, synced_ratings
from labeling.operations import erasure as erasing
from labeling.operations.api_keys import clear_key_minutes
from labeling.operations.deltas import recount_verdicts
from labeling.operations.derived import repair_derived
from labeling.operations.disputes import repair_disputes
from labeling.operations.drafts import clear_drafts
from labeling.operations.incidents import write_to_taker
from labeling.operations.nightly_checks import note_check
from labeling.operations.presence import clear_presences
from labeling.operations.searches import clear_searches
from labeling.operations.sign_ins import clear_sign_ins
from labeling.operations.webhook_events import clear_webhook_events
from labeling.operations.webhook_sending import send_due
from sessions_app.models import SessionDelta
from sessions_app.operations import StillWritten, count_days, fold_deltas, recount_sessions, repair_search_words
from sessions_app.operations.rejecting import clear_rejected
from sessions_app.operations.sync_runs import clear_runs
from sessions_app.queries.connections import due_connections
from sessions_app.recordings import fetching
from sessions_app.syncing.engine import sync_connection
from sessions_app.syncing.retrying import retry_rejected

# A first sync of years leaves room for the rest of the work.
SYNC_SECONDS = 240.0


@app.periodic(cron="17 3 * * *")
@app.task(queueing_lock="repair_derived", lock="repair_derived")
def repair_derived_nightly(timestamp: int) -> int:
    """This will compare what is stored with what the labels say."""
    return note_check(CheckKind.LABELS, repair_derived())


@app.periodic(cron="21 3 * * *")
@app.task(queueing_lock="recount", lock="recount")
def recount_nightly(timestamp: int) -> int:
    """This will compare what the deltas of a summary add up to with the sessions."""
    return note_check(CheckKind.COUNTS, recount_sessions() + recount_verdicts())


@app.periodic(cron="25 3 * * *")
@app.task(queueing_lock="repair_disputes", lock="repair_disputes")
def repair_disputes_nightly(timestamp: int) -> int:
    """This will compare which disputes are open with what the labels say."""
    return note_check(CheckKind.DISPUTES, repair_disputes())


@app.periodic(cron="27 3 * * *")
@app.task(queueing_lock="repair_places", lock="repair_places")
def repair_places_nightly(timestamp: int) -> int:
    """This will compare the times of places in queues with those of their sessions."""
    return note_check(CheckKind.PLACES, places.repair_places())


@app.periodic(cron="33 3 * * *")
@app.task(queueing_lock="fold_deltas", lock="fold_deltas", retry=RetryStrategy(max_attempts=12, wait=900, retry_exceptions={StillWritten}))
def fold_deltas_nightly(timestamp: int) -> int:
    """This will make one delta of many that count under one key."""
    return sum(fold_deltas(model) for model in (SessionDelta, VerdictDelta))


@app.periodic(cron="13 * * * *")
@app.task(queueing_lock="count_days", lock="count_days")
def count_days_hourly(timestamp: int) -> None:
    """This will add what came within the hour to the days that a summary reads; while somebody writes all the time, in an hour."""
    for model in (SessionDelta, VerdictDelta):
        with suppress(StillWritten):
            count_days(model)


@app.periodic(cron="29 3 * * *")
@app.task(queueing_lock="repair_search_words", lock="repair_search_words")
def repair_search_words_nightly(timestamp: int) -> int:
    """This will give words to transcripts that a search cannot find."""
    return note_check(CheckKind.WORDS, repair_search_words())


@app.periodic(cron="*/5 * * * *")
@app.task(pass_context=True)
async def retry_stalled_jobs(context: Any, timestamp: int) -> None:
    """This will hand out again what a killed worker had begun. It takes no lock: a stalled lock would stop it too."""
    for job in await app.job_manager.get_stalled_jobs():
        try:
            await app.job_manager.retry_job(job)
        except UniqueViolation:
            # The schedule has had another one of the same wait meanwhile, and it waits for the lock of this one.
            await app.job_manager.finish_job(job, status=Status.FAILED, delete_job=True)


@app.periodic(cron="41 3 * * *")
@app.task(queueing_lock="clear_sign_ins", lock="clear_sign_ins")
def clear_expired_sign_ins(timestamp: int) -> None:
    call_command("clearsessions")
    clear_sign_ins()


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, retry_exceptions={Stopped}))
def make_export(context: Any, export: int, base: str) -> None:
    """This will make the file of an export; a worker that has to end leaves it to the next one."""
    make_file(export_pk=export, base=base, should_stop=context.should_abort)


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={bulk_actions.Stopped, OperationalError}))
def mark_in_bulk(context: Any, action: int) -> None:
    """This will mark the sessions of a bulk action; a worker that has to end leaves the rest to the next one."""
    bulk_actions.mark_all(action_pk=action, should_stop=context.should_abort)


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=2))
def undo_in_bulk(context: Any, action: int, by: int) -> None:
    """This will withdraw what a bulk action marked, going on where an earlier attempt was cut off."""
    bulk_actions.withdraw_all(action_pk=action, by_pk=by, should_stop=context.should_abort)


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


@app.task
def fetch_recording(recording: int) -> None:
    """This will fetch a recording that somebody wants to hear."""
    fetching.fetch_recording(recording_pk=recording)


@app.periodic(cron="11 4 * * *")
@app.task(queueing_lock="clear_drafts", lock="clear_drafts")
def clear_drafts_nightly(timestamp: int) -> int:
    """This will forget drafts that nobody has touched for a month."""
    return clear_drafts()


@app.periodic(cron="47 3 * * *")
@app.task(queueing_lock="clear_recordings", lock="clear_recordings")
def clear_recordings_nightly(timestamp: int) -> int:
    """This will delete the recordings that nobody has asked for in a month."""
    return fetching.clear_recordings()


@app.task(retry=RetryStrategy(max_attempts=9, exponential_wait=3))
def mail_incident(incident: int, person: int, base: str) -> bool:
    """This will write to one person who was named to take incidents; a mail server that is away is tried again for hours."""
    return write_to_taker(incident_pk=incident, person_pk=person, base=base)


@app.periodic(cron="5 4 * * *")
@app.task(queueing_lock="clear_presences", lock="clear_presences")
def clear_presences_nightly(timestamp: int) -> int:
    """This will forget who had which session open."""
    return clear_presences()


@app.periodic(cron="59 3 * * *")
@app.task(queueing_lock="clear_jobs", lock="clear_jobs")
async def clear_jobs_nightly(timestamp: int) -> None:
    """This will forget jobs that went well a week ago. Failed ones stay, for the health page."""
    await app.job_manager.delete_old_jobs(nb_hours=7 * 24)


@app.periodic(cron="23 4 * * *")
@app.task(queueing_lock="clear_key_minutes", lock="clear_key_minutes")
def clear_key_minutes_nightly(timestamp: int) -> int:
    """This will forget how often keys were used minute by minute."""
    return clear_key_minutes()


@app.task(pass_context=True, lock="category_changes", retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={session_issues.Stopped, OperationalError}))
def follow_category_change(context: Any, change: int) -> None:
    """This will let sessions follow a change of the issue categories; a worker that has to end leaves the rest to the next one."""
    session_issues.follow_change(change_pk=change, should_stop=context.should_abort)


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={erasing.Stopped, OperationalError}))
def erase(context: Any, erasure: int, sessions: list[int] | None = None) -> None:
    """This will carry out an erasure, going on where an earlier attempt was cut off."""
    erasing.carry_out_erasure(erasure_pk=erasure, files=FILES, sessions=sessions or (), should_stop=context.should_abort)


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=5, retry_exceptions={retention.Stopped, retention.AlreadyRunning, OperationalError}))
def run_retention(context: Any, run: int) -> None:
    """This will make a run of retention that somebody asked for, or the rest of it."""
    retention.carry_out_retention(run=RetentionRun.objects.get(pk=run), remove_recordings=FILES.remove_recordings, should_stop=context.should_abort)


@app.periodic(cron="37 4 * * *")
@app.task(queueing_lock="run_retention_nightly", lock="run_retention_nightly")
def run_retention_nightly(timestamp: int) -> None:
    """This will have what is older than its class is kept deleted, where anything is not kept for good."""
    retention.ask_for_nightly_retention()


@app.task(retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={OperationalError}))
def renew_search_words(after: int) -> None:
    """This will work out anew what sessions with tools are found by, because other keys are masked now."""
    masked_keys.renew_search_words(after=after)


@app.task(pass_context=True)
def send_webhooks(context: Any) -> int:
    """This will tell webhooks what happened just now."""
    return send_due(should_stop=context.should_abort)


@app.periodic(cron="* * * * *")
@app.task(pass_context=True)
def send_webhooks_each_minute(context: Any, timestamp: int) -> int:
    """This will tell webhooks again what they did not take, and what nobody asked to have sent. A second one leaves it to the first."""
    return send_due(should_stop=context.should_abort)


@app.periodic(cron="13 4 * * *")
@app.task(queueing_lock="clear_webhook_events", lock="clear_webhook_events")
def clear_webhook_events_nightly(timestamp: int) -> int:
    """This will forget what webhooks were told three months ago."""
    return clear_webhook_events()


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="send_labels", pass_context=True)
def send_labels_each_minute(context: Any, timestamp: int) -> int:
    """This will send labels to the vendor whose hold is over. It takes no lock of the queue: one that a killed worker left would hold it up."""
    return sending.send_everything_due(should_stop=context.should_abort)


@app.periodic(cron="* * * * *")
@app.task(queueing_lock="sync_due", lock="sync_due")
def sync_due_connections(timestamp: int) -> int:
    """This will have what is new at the vendor brought, where it is time for that or a sync was left off."""
    return sum(connections.ask_for_sync(connection_pk=pk) for pk in due_connections())


@app.task(pass_context=True)
def sync(context: Any, connection: int) -> str:
    """This will bring what is new at the vendor, and leave the rest to the next minute's after a while."""
    return sync_connection(connection_pk=connection, should_stop=context.should_abort, seconds=SYNC_SECONDS).problem


@app.task(pass_context=True)
def retry_rejected_records(context: Any, connection: int, only: int | None = None) -> int:
    """This will try again what was rejected, because an admin asked for it."""
    return retry_rejected(connection_pk=connection, only=only, should_stop=context.should_abort).left


@app.periodic(cron="19 4 * * *")
@app.task(queueing_lock="clear_rejected", lock="clear_rejected")
def clear_rejected_nightly(timestamp: int) -> int:
    """This will forget what rejected records said, a month after they came last, and the runs of syncs after three."""
    return clear_rejected() + clear_runs()


@app.task(retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={OperationalError}))
def renew_summary_ratings(source: int, after: int) -> None:
    """This will rate sessions anew by their summaries, because an admin gave the vendor's words other codes."""
    synced_ratings.renew_summary_ratings(source_pk=source, after=after)


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={running.Stopped, OperationalError}))
def take_file(context: Any, file_import: int) -> None:
    """This will look through a file that was uploaded, or take it in; a worker that has to end leaves the rest to the next one."""
    importing.take_file(file_import_pk=file_import, should_stop=context.should_abort)


@app.periodic(cron="27 * * * *")
@app.task(queueing_lock="clear_imports", lock="clear_imports")
def clear_imports_hourly(timestamp: int) -> int:
    """This will delete uploaded files a day after their end."""
    return importing.clear_imports()


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={draws.Stopped, OperationalError}))
def fill_queue(context: Any, draw: int) -> None:
    """This will draw the sessions of a queue; a worker that has to end leaves all of it to the next one."""
    draws.carry_out_draw(draw_pk=draw, frame_of=get_frame, should_stop=context.should_abort)


@app.periodic(cron="*/5 * * * *")
@app.task(queueing_lock="fill_due_queues", lock="fill_due_queues")
def fill_due_queues(timestamp: int) -> int:
    """This will have repeating queues drawn whose time has come."""
    return draws.ask_for_due_draws()


@app.task(retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={OperationalError}))
def arrange_queue(queue: int) -> None:
    """This will make the places for more labels, and put what is in a queue in its order."""
    places.widen(queue_pk=queue)
    places.reorder(queue_pk=queue)


@app.task(retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={OperationalError}))
def empty_queue(queue: int) -> int:
    """This will give up the places of a queue that was deleted."""
    return places.void_places(queue_pk=queue)


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=2, retry_exceptions={queue_adding.Stopped, OperationalError}))
def add_to_queue(context: Any, draw: int, sessions: list[int], client_key: str) -> None:
    """This will add chosen sessions to a queue. The key tells the form that asked for it."""
    queue_adding.add_all(draw_pk=draw, sessions=sessions, should_stop=context.should_abort)


@app.task(pass_context=True, retry=RetryStrategy(max_attempts=20, wait=2))
def take_from_queue(context: Any, draw: int, by: int) -> None:
    """This will take back what was added, going on where an earlier attempt was cut off."""
    queue_adding.take_back_all(draw_pk=draw, by_pk=by, should_stop=context.should_abort)
