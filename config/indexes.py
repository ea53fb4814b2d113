"""Indexes that are built beside running work, by migrations that may be interrupted at any moment."""

import time
from typing import Any

from django.contrib.postgres import operations

PAUSE_SECONDS = 0.2


class AddIndexConcurrently(operations.AddIndexConcurrently):
    """Django's own, but it can be begun again: what an interrupted one left invalid is built anew, and what it finished is taken as there."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not schema_editor.collect_sql and self.allow_migrate_model(schema_editor.connection.alias, model):
            is_valid = self._what_was_left(schema_editor, schema_editor.quote_name(model._meta.db_table))
            if is_valid:
                return
            if is_valid is not None:
                self._ensure_not_in_transaction(schema_editor)
                schema_editor.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {schema_editor.quote_name(self.index.name)}")
        super().database_forwards(app_label, schema_editor, from_state, to_state)

    def _what_was_left(self, schema_editor: Any, table: str) -> bool | None:
        """Whether an index of this name is valid; None where there is none."""
        with schema_editor.connection.cursor() as cursor:
            # A server goes on building for somebody who was killed. To wait for its lock would make it wait for us too.
            building = "SELECT FROM pg_stat_progress_create_index WHERE relid = to_regclass(%s) AND pid <> pg_backend_pid()"
            cursor.execute(building, [table])
            while cursor.fetchone() is not None:
                time.sleep(PAUSE_SECONDS)
                cursor.execute(building, [table])
            cursor.execute(
                "SELECT indisvalid FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE relname = %s AND indrelid = to_regclass(%s)",
                [self.index.name, table],
            )
            row = cursor.fetchone()
        return row[0] if row else None
