"""What people and raters think of sessions."""

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.utils.translation import gettext_lazy as _


class LabelingConfig(AppConfig):
    name = "labeling"
    verbose_name = _("Labels")

    def ready(self) -> None:
        from labeling.operations import (  # noqa: PLC0415 - models are not loaded before
            comments,
            connections,
            database_checks,
            deltas,
            erasure,
            places,
            synced_labels,
            synced_ratings,
        )
        from labeling.queries import masked_keys  # noqa: PLC0415
        from sessions_app import operations  # noqa: PLC0415
        from sessions_app.operations import ingesting, sync_runs  # noqa: PLC0415

        register(database_checks.check_database, Tags.database)
        operations.AFTER_REKEY += [deltas.follow_rekeyed, comments.follow_rekeyed]
        operations.AFTER_MOVE.append(places.follow_moved)
        operations.WAS_ERASED += [erasure.find_erased]
        operations.MASKED_KEYS.append(masked_keys.get_key_mask)
        ingesting.TAKES_LABELS.append(synced_labels.take_labels)
        ingesting.TAKES_RATINGS.append(synced_ratings.take_ratings)
        ingesting.KEPT_SINCE.append(connections.kept_since)
        sync_runs.AFTER_SYNC.append(connections.note_sync)
