"""What people and raters think of sessions."""

from django.apps import AppConfig


class LabelingConfig(AppConfig):
    name = "labeling"
    verbose_name = "Labels"

    def ready(self) -> None:
        from labeling.operations import comments, deltas, erasure  # noqa: PLC0415 - models are not loaded before
        from labeling.queries import masked_keys  # noqa: PLC0415
        from sessions_app import operations  # noqa: PLC0415

        operations.AFTER_REKEY += [deltas.follow_rekeyed, comments.follow_rekeyed]
        operations.WAS_ERASED += [erasure.find_erased]
        operations.MASKED_KEYS.append(masked_keys.get_key_mask)
