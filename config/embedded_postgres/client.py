"""dbshell: psql of the same PostgreSQL, on a server that runs and a database that exists."""

import shutil
from collections.abc import Iterable
from typing import Any

from django.db.backends.postgresql import client

from config.embedded_postgres.binaries import find_programs


class DatabaseClient(client.DatabaseClient):
    @classmethod
    def settings_to_cmd_args_env(cls, settings_dict: dict[str, Any], parameters: Iterable[str]) -> tuple[list[str], dict[str, str] | None]:
        (_, *arguments), env = super().settings_to_cmd_args_env(settings_dict, parameters)
        folder = find_programs(str(settings_dict["EMBEDDED"].get("BIN") or ""))
        # Debian keeps psql out of the bin folder of some installations; any other will do.
        return [shutil.which("psql", path=str(folder)) or cls.executable_name, *arguments], env

    def runshell(self, parameters: Iterable[str]) -> None:
        self.connection.ensure_connection()
        self.connection.close()
        super().runshell(parameters)
