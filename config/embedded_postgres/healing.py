"""A connection that mends what it connects to, wherever it is opened: a pool opens its own, in its own threads."""

from typing import Any, ClassVar, Self

import psycopg

from config.embedded_postgres.server import Server


class HealingConnection(psycopg.Connection[Any]):
    server: ClassVar[Server]
    database: ClassVar[str]  # the one to create when it is missing

    @classmethod
    def to(cls, server: Server, database: str, base: type[psycopg.Connection[Any]]) -> type["HealingConnection"]:
        """This will make the class of connections to one server, with whatever else `base` brings."""
        return type(cls.__name__, (cls,) if issubclass(cls, base) else (cls, base), {"server": server, "database": database})

    @classmethod
    def connect(cls, conninfo: str = "", **kwargs: Any) -> Self:
        """This will connect first, and ask what is wrong only when that fails; raises psycopg.OperationalError."""
        try:
            return super().connect(conninfo, **kwargs)
        except psycopg.OperationalError:
            cls.server.heal(create=cls.database if kwargs.get("dbname") == cls.database else "")
            return super().connect(conninfo, **kwargs)
