"""What people and raters think of sessions."""

from django.apps import AppConfig


class LabelingConfig(AppConfig):
    name = "labeling"
    verbose_name = "Labels"

    def ready(self) -> None:
        from labeling.operations import comments, deltas  # noqa: PLC0415 - models are not loaded before
        from sessions_app import operations  # noqa: PLC0415

        operations.AFTER_REKEY += [deltas.follow_rekeyed, comments.follow_rekeyed]
