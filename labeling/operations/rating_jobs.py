"""Having sessions rated anew by their summaries. Apart from the rating, because what asks for it stands below that."""

from procrastinate.contrib.django import app


def ask_for_ratings(*, source_pk: int, after: int = 0) -> None:
    """This will have sessions rated anew, those after an id."""
    # By name: a task is above an operation.
    app.configure_task("labeling.tasks.renew_summary_ratings", lock=f"ratings:{source_pk}").defer(source=source_pk, after=after)
