"""A connection that does not wait for good: neither PostgreSQL's own time-outs nor TCP's end the wait for a server that took
what was sent and never answers, such as a stalled proxy or a machine that stopped in the middle."""

from collections.abc import AsyncGenerator
from typing import Any

import psycopg

# A second more than the server gives a statement itself, so that its own answer comes first where there is one.
ANSWER_SECONDS = 6.0
# Whether a connection still lives is asked before each request, and a living one says so at once.
SIGN_OF_LIFE_SECONDS = 1.5
# What is asked of the queue of jobs is short.
QUEUE_SECONDS = 15.0
# A minute more than the longest statement of a job may take, which is a draw.
JOB_SECONDS = 660.0
A_DAY = 86_400.0


class NoAnswer(psycopg.OperationalError):
    """The server took a statement and did not answer. Whether it was carried out nobody knows."""


class BoundedConnection(psycopg.Connection[Any]):
    """What is not answered in time is an error like any other that breaks a connection, and the connection is closed."""

    patience = ANSWER_SECONDS

    def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return super().wait(gen, interval, timeout)
        try:
            return super().wait(gen, interval, self.patience)
        except psycopg.errors._WaitTimeout as problem:
            self.close()
            raise NoAnswer(f"The database did not answer within {self.patience:g} s.") from problem

    def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        """An empty statement is how the pool asks for a sign of life."""
        if query != "":
            return super().execute(query, *args, **kwargs)
        patience, self.patience = self.patience, SIGN_OF_LIFE_SECONDS
        try:
            return super().execute(query, *args, **kwargs)
        finally:
            self.patience = patience


class JobConnection(BoundedConnection):
    patience = JOB_SECONDS


class QueueConnection(psycopg.AsyncConnection[Any]):
    """As above, for how a worker takes its jobs."""

    patience = QUEUE_SECONDS

    async def wait(self, gen: Any, interval: float = 0.1, timeout: float | None = None) -> Any:
        if timeout is not None:
            return await super().wait(gen, interval, timeout)
        try:
            return await super().wait(gen, interval, self.patience)
        except psycopg.errors._WaitTimeout as problem:
            await self.close()
            raise NoAnswer(f"The database did not answer within {self.patience:g} s.") from problem

    def notifies(self, *, timeout: float | None = None, stop_after: int | None = None) -> AsyncGenerator[psycopg.Notify]:
        """Silence is no missing answer here: who listens looks after its connection now and then by a statement."""
        return super().notifies(timeout=A_DAY if timeout is None else timeout, stop_after=stop_after)
