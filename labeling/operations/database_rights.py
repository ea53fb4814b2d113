"""The rights of the role that serves pages: everything the application does, and nothing that could alter a fact.

Triggers refuse to alter facts already; whoever owns a table can take its triggers away, and whoever may UPDATE it can be let
through by a setting. A role without these rights can do neither.
"""

from dataclasses import dataclass
from typing import Any

import pgtrigger
from django.apps import apps
from django.db import connection, transaction
from psycopg import sql

# Read by whether everything is migrated; written by migrations only.
READ_ONLY = ("django_migrations",)
TABLES = """
    SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') ORDER BY 1
"""
# What would let a role around its own rights.
TOO_STRONG = """
    SELECT r.rolsuper OR r.rolcreaterole OR r.rolreplication
        OR pg_has_role(r.oid, (SELECT datdba FROM pg_database WHERE datname = current_database()), 'MEMBER')
        OR pg_has_role(r.oid, (SELECT nspowner FROM pg_namespace WHERE nspname = current_schema()), 'MEMBER')
        OR EXISTS (
            SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND pg_has_role(r.oid, c.relowner, 'MEMBER')
        )
        OR EXISTS (
            SELECT 1 FROM pg_roles other WHERE pg_has_role(r.oid, other.oid, 'MEMBER')
            AND (other.rolsuper OR other.rolname IN ('pg_write_all_data', 'pg_execute_server_program', 'pg_write_server_files'))
        )
    FROM pg_roles r WHERE r.rolname = %s
"""
# Itself and every role it can become, also one whose rights it does not have until it does. A schema of its own name would come
# before ours where a table is looked for.
MAY_CREATE = """
    SELECT bool_or(has_schema_privilege(oid, current_schema(), 'CREATE') OR has_database_privilege(oid, current_database(), 'CREATE'))
    FROM pg_roles WHERE pg_has_role(%s, oid, 'MEMBER')
"""
STILL = """
    WITH facts AS (SELECT name, format('%%I.%%I', current_schema(), name) AS full_name FROM unnest(%s::text[]) name)
    SELECT DISTINCT name FROM facts, pg_roles WHERE pg_has_role(%s, oid, 'MEMBER')
    AND (has_table_privilege(oid, full_name, 'UPDATE, DELETE, TRUNCATE, TRIGGER') OR has_any_column_privilege(oid, full_name, 'UPDATE'))
    ORDER BY 1
"""


class NoSuchRole(Exception):
    """The server has no role of that name."""


@dataclass(slots=True)
class RoleTooStrong(Exception):
    """Whatever is taken from this role, it could give itself again, or it has it from somewhere else."""

    why: str


@transaction.atomic
def grant_app_rights(role: str) -> list[str]:
    """This will give a role what serving pages takes, take everything else away, and return the tables it can only add to.

    Run it as the owner of the tables, once more after each migration. Raises NoSuchRole, RoleTooStrong.
    """
    _refuse_strong(role)
    facts, tables = fact_tables(), [name for (name,) in _rows(TABLES)]
    with connection.cursor() as cursor:
        schema = sql.Identifier(_rows("SELECT current_schema()")[0][0])
        name = sql.Identifier(role)
        for text in (
            "REVOKE CREATE ON SCHEMA {schema} FROM PUBLIC",
            "REVOKE ALL ON SCHEMA {schema} FROM {role}",
            "REVOKE ALL ON ALL TABLES IN SCHEMA {schema} FROM {role}",
            "REVOKE ALL ON ALL SEQUENCES IN SCHEMA {schema} FROM {role}",
            "ALTER DEFAULT PRIVILEGES REVOKE ALL ON TABLES FROM {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} REVOKE ALL ON TABLES FROM {role}",
            "GRANT USAGE ON SCHEMA {schema} TO {role}",
            "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        ):
            cursor.execute(sql.SQL(text).format(schema=schema, role=name).as_string(cursor.connection))
        for table in tables:
            rights = "SELECT" if table in READ_ONLY else "SELECT, INSERT" if table in facts else "SELECT, INSERT, UPDATE, DELETE"
            cursor.execute(sql.SQL(f"GRANT {rights} ON {{table}} TO {{role}}").format(table=sql.Identifier(table), role=name).as_string(cursor.connection))
    kept = sorted(set(facts) & set(tables))
    _refuse_what_is_left(role, kept)
    return kept


def fact_tables() -> set[str]:
    """This will name the tables whose rows are never altered: what declares itself a fact, and each history."""
    return {model._meta.db_table for model in apps.get_models() if _is_fact(model)}


def _is_fact(model: Any) -> bool:
    triggers = getattr(model._meta, "triggers", [])
    return hasattr(model, "pgh_tracked_model") or any(isinstance(trigger, pgtrigger.Protect) for trigger in triggers)


def _refuse_strong(role: str) -> None:
    found = _rows(TOO_STRONG, role)
    if not found:
        raise NoSuchRole
    if found[0][0]:
        raise RoleTooStrong("It is a superuser, owns the tables, their schema or the database, or is a member of a role that does.")


def _refuse_what_is_left(role: str, facts: list[str]) -> None:
    """Rights that came from elsewhere, such as from PUBLIC or from a role it is a member of."""
    left = [table for (table,) in _rows(STILL, facts, role)]
    if left:
        raise RoleTooStrong(f"It still may alter {', '.join(left)}, through PUBLIC or a role it is a member of.")
    if _rows(MAY_CREATE, role)[0][0]:
        raise RoleTooStrong("It may make tables and functions beside ours, or schemas, by a right on the database or through a role it is a member of.")


def _rows(text: str, *values: Any) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        return list(cursor.fetchall())
