"""The background worker, which outlives a database that goes away for a while."""

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any, cast

from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.django_connector import DjangoConnector
from procrastinate.exceptions import ProcrastinateException
from procrastinate.psycopg_connector import PsycopgConnector

from config.bounded import QueueConnection

PAUSE_SECONDS = 1.0
# A job that is running when the worker is told to stop gets this long; what does not end is taken up again later.
GRACE_SECONDS = 4.0
# Who gives up asks several times on the way out.
CONNECTION_SECONDS = 5.0


class Command(BaseCommand):
    help = "Work on background jobs until told to stop."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--concurrency", type=int, default=2)

    def handle(self, *, concurrency: int, **options: Any) -> None:
        told = cast(DjangoConnector, app.connector).connection.get_connection_params()
        kept = {name: value for name, value in told.items() if name not in ("cursor_factory", "context")}
        with app.replace_connector(PsycopgConnector(kwargs=kept, connection_class=QueueConnection, timeout=CONNECTION_SECONDS)):
            asyncio.run(self._work(concurrency))

    async def _work(self, concurrency: int) -> None:
        """Procrastinate's worker ends by itself when its database is lost, as if it had been asked to."""
        told_to_stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, told_to_stop.set)
        while not told_to_stop.is_set():
            try:
                # Also what wakes the embedded database.
                await asyncio.to_thread(_ask_the_database)
                async with app.open_async():
                    worker = asyncio.create_task(
                        app.run_worker_async(concurrency=concurrency, install_signal_handlers=False, shutdown_graceful_timeout=GRACE_SECONDS)
                    )
                    stopping = asyncio.create_task(told_to_stop.wait())
                    await asyncio.wait({worker, stopping}, return_when=asyncio.FIRST_COMPLETED)
                    for task in (worker, stopping):
                        task.cancel()
                    await asyncio.gather(worker, stopping, return_exceptions=True)
            except (ProcrastinateException, DatabaseError) as problem:
                self.stderr.write(f"The worker lost its database: {type(problem).__name__}.")
            if not told_to_stop.is_set():
                self.stderr.write("The worker starts again.")
                await asyncio.sleep(PAUSE_SECONDS)


def _ask_the_database() -> None:
    try:
        connection.ensure_connection()
    finally:
        connection.close()
