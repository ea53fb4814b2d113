"""From an address to a condition on sessions and their judgments."""

from labeling.filters.review_filter import AUTO_CHOICES, LABEL_CHOICES, ReviewFilter, Viewpoint

__all__ = ["AUTO_CHOICES", "LABEL_CHOICES", "ReviewFilter", "Viewpoint"]
