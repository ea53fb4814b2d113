"""What the vendor's summaries say of sessions, kept as ratings of a machine; and rated anew when its words mean other codes."""

from collections.abc import Mapping
from datetime import timedelta

from django.db import transaction

from labeling.codes import Code, LabelType, RaterKind, Via
from labeling.models import CurrentLabel, Label, VendorLabels
from labeling.operations.label_rows import LabelGiven, Provenance
from labeling.operations.labels import record_labels
from labeling.operations.raters import rater_named
from labeling.operations.rating_jobs import ask_for_ratings
from sessions_app.models import Session, Source, Transcript

SUMMARY = ("summary", "Summary")
BATCH, BATCHES_OF_A_JOB = 500, 20


def take_ratings(data_source: Source, ratings: Mapping[int, str]) -> int:
    """This will keep the ratings of summaries as auto-ratings, of sessions that the caller has locked; and return how many are new.

    The same code again is the same rating. Words that an admin did not give a code are no rating.
    """
    settings = VendorLabels.objects.filter(data_source=data_source).first() or VendorLabels(data_source=data_source)
    if not settings.takes_summary_ratings:
        return 0
    codes = {str(word).strip().lower(): code for word, code in settings.summary_codes.items() if code in Code.values}
    meant = {pk: codes[word.lower()] for pk, word in ratings.items() if word.lower() in codes}
    if not meant:
        return 0
    rater = rater_named(kind=RaterKind.MACHINE, email=SUMMARY[0], name=SUMMARY[1])
    current = dict(CurrentLabel.objects.filter(session__in=meant, rater=rater, type=LabelType.AUTO).values_list("session", "label__code"))
    changed = {pk: code for pk, code in meant.items() if current.get(pk) != code}
    earlier: dict[int, int] = {}
    for pk in Label.objects.filter(session__in=changed, rater=rater).values_list("session", flat=True):
        earlier[pk] = earlier.get(pk, 0) + 1
    rows = Session.objects.filter(pk__in=changed).order_by("pk").values_list("pk", "timestamp", "duration")
    given = [
        LabelGiven(
            session_id=pk,
            rater=rater,
            code=changed[pk],
            client_key=f"summary:{data_source.pk}:{earlier.get(pk, 0) + 1}",
            type=LabelType.AUTO,
            # The vendor does not say when it summed up; the first time it is the end of the session, a change is of now.
            provenance=Provenance(via=Via.SYNC, made_at=None if pk in earlier else timestamp + timedelta(seconds=duration or 0)),
        )
        for pk, timestamp, duration in rows
    ]
    return len(record_labels(labels=given))


@transaction.atomic
def renew_ratings(*, data_source: Source, after: int = 0) -> int | None:
    """This will rate anew a batch of sessions by the summaries that are here, those after an id; and return the last of them, None at the end."""
    rows = Transcript.objects.filter(session__data_source=data_source, pk__gt=after).exclude(summary_rating="").order_by("pk")
    ratings = dict(rows.values_list("pk", "summary_rating")[:BATCH])
    if not ratings:
        return None
    list(Session.objects.select_for_update(no_key=True).filter(pk__in=ratings).order_by("pk").values_list("pk", flat=True))
    take_ratings(data_source, {pk: word.strip() for pk, word in ratings.items()})
    return max(ratings)


def renew_summary_ratings(*, source_pk: int, after: int) -> None:
    """This will rate some sessions anew, and leave the rest to the next job: a worker that is killed repeats no more than its own."""
    source = Source.objects.get(pk=source_pk)
    for _ in range(BATCHES_OF_A_JOB):
        last = renew_ratings(data_source=source, after=after)
        if last is None:
            return
        after = last
    ask_for_ratings(source_pk=source_pk, after=after)
