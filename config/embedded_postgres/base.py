"""The database backend: PostgreSQL's, on a server that it starts, and starts again after a crash."""

from typing import Any

import psycopg
from django.db import DEFAULT_DB_ALIAS
from psycopg_pool import ConnectionPool

from config.embedded_postgres.client import DatabaseClient
from config.embedded_postgres.healing import HealingConnection
from config.embedded_postgres.server import Server
from config.pooled_postgres import base


class DatabaseWrapper(base.DatabaseWrapper):
    client_class = DatabaseClient

    def __init__(self, settings_dict: dict[str, Any], alias: str = DEFAULT_DB_ALIAS) -> None:
        self.server = Server.for_settings(settings_dict)
        address = self.server.address
        settings_dict |= {"HOST": address["host"], "PORT": address["port"], "USER": address["user"]}
        # The test runner renames the database later; only the one in the settings is created when it is missing.
        settings_dict["EMBEDDED"].setdefault("CREATES", settings_dict["NAME"])
        # A crash breaks every connection that is kept. Django checks a persistent one; for a pool we do it, because the
        # pool's own check waits a second, then two, then four, for each broken connection that it finds.
        pool = settings_dict["OPTIONS"].get("pool")
        settings_dict["CONN_HEALTH_CHECKS"] = not pool
        options = pool if isinstance(pool, dict) else {}
        base_class = options.get("connection_class", psycopg.Connection)
        # The next thread finds the class that the first one made.
        if pool and not issubclass(base_class, HealingConnection):
            healing = HealingConnection.to(self.server, settings_dict["EMBEDDED"]["CREATES"], base_class)
            settings_dict["OPTIONS"] = settings_dict["OPTIONS"] | {"pool": options | {"connection_class": healing}}
        super().__init__(settings_dict, alias)

    def get_connection_params(self) -> dict[str, Any]:
        # Others connect by themselves with these, the job queue for one: the server must run for them too.
        self.server.join()
        return super().get_connection_params()

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        try:
            return self._get_living_connection(conn_params)
        except psycopg.OperationalError:
            if self.pool and self.server.is_answering():
                raise  # the pool is busy, nothing is broken
            created = self.settings_dict["EMBEDDED"]["CREATES"]
            self.server.heal(create=created if conn_params["dbname"] == created else "")
            return self._get_living_connection(conn_params)

    def _get_living_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        while self.pool and not _is_alive(connection):
            self.pool.putconn(connection)
            self.pool.check()
            connection = super().get_new_connection(conn_params)
        return connection


def _is_alive(connection: psycopg.Connection[Any]) -> bool:
    try:
        ConnectionPool.check_connection(connection)
    except psycopg.OperationalError:
        return False
    return True
