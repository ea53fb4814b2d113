"""The database backend of workers: PostgreSQL's, on connections of their own that do not wait for good."""

from types import SimpleNamespace

import psycopg
from django.db.backends.postgresql import base

from config.bounded import JobConnection


class DatabaseWrapper(base.DatabaseWrapper):
    # Django takes a class of connections only together with a pool, and a job may hold an advisory lock of its connection.
    Database = SimpleNamespace(**{**vars(psycopg), "connect": JobConnection.connect})  # type: ignore[assignment]
