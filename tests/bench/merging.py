"""How long a merge of many labels takes, and whom it holds up: python -m tests.bench.merging 500000 (DATABASE_URL: one with demo data, which is added to)."""

import os
import random
import sys
import threading
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["REVIEW_DESK_PROCESS"] = "worker"
django.setup()

from django.db import connection  # noqa: E402

from labeling.models import IssueCategory, LabelIssue, Rater, SessionIssue, User  # noqa: E402
from labeling.operations import session_issues  # noqa: E402
from labeling.operations.label_rows import IssueGiven  # noqa: E402
from labeling.operations.labels import submit_label  # noqa: E402
from labeling.operations.taxonomy import merge_category  # noqa: E402
from labeling.queries.taxonomy import get_references  # noqa: E402
from sessions_app.models import Session  # noqa: E402

FROM, INTO = "Merged in the bench", "Target of the bench"
OWN = {"id", "external_id", "timestamp", "session_label_id", "label_code", "label_raters", "label_agreeing", "labeled_at"}


def fill(n, category):
    """Copies of one session, each with one label that names the category; in SQL, because it is the merge that is measured."""
    columns = ", ".join(f'"{field.column}"' for field in Session._meta.concrete_fields if field.column not in OWN)
    like = Session.objects.order_by("pk").values_list("pk", flat=True).first()
    rater = Rater.objects.filter(kind="person").first()
    mark = f"bench-{time.time_ns()}-"
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO sessions_app_session (external_id, timestamp, label_raters, label_agreeing, {columns})"
            f" SELECT %s || n, now() - n * interval '10 seconds', 1, 1, {columns} FROM sessions_app_session, generate_series(1, %s) AS n WHERE id = %s",
            [mark, n, like],
        )
        cursor.execute(
            "INSERT INTO labeling_label (session_id, rater_id, type, code, comment, client_key, request_hash, reason, via, claimed_email, basis, independent,"
            " saw_auto, saw_others, is_settlement) SELECT id, %s, 'human-rating', 'BAD', '', external_id, 'x', '', 'import', '', 'chosen', false, false,"
            " false, false FROM sessions_app_session WHERE starts_with(external_id, %s)",
            [rater.pk, mark],
        )
        new = "FROM labeling_label WHERE starts_with(client_key, %s)"
        cursor.execute(
            f"INSERT INTO labeling_labelissue (label_id, session_id, raw, category_id, suggested_by) SELECT id, session_id, %s, %s, '' {new}",
            [FROM, category.pk, mark],
        )
        cursor.execute(f"INSERT INTO labeling_currentlabel (session_id, rater_id, type, label_id) SELECT session_id, rater_id, type, id {new}", [mark])
        cursor.execute(f"INSERT INTO labeling_sessionissue (session_id, category_id) SELECT session_id, %s {new}", [category.pk, mark])
        cursor.execute("ANALYZE")
    return list(Session.objects.filter(external_id__startswith=mark).values_list("pk", flat=True)[:: max(n // 1_000, 1)])


def timed(work):
    begun = time.monotonic()
    done = work()
    return done, time.monotonic() - begun


def main(n):
    admin = User.objects.filter(role="admin").first() or User.objects.create_user("bench@example.com", None, name="Bench", role="admin")
    category, into = (IssueCategory.objects.get_or_create(name=name)[0] for name in (FROM, INTO))
    IssueCategory.objects.filter(pk=category.pk).update(merged_into=None)
    sessions = fill(n, category)
    rater, stop, submits, batches = Rater.objects.filter(kind="person").last(), threading.Event(), [], []

    def submit():
        while not stop.is_set():
            issues = [IssueGiven(random.choice([FROM, INTO]))]
            given = {"session_id": random.choice(sessions), "rater": rater, "code": "BAD", "client_key": f"bench-{time.time_ns()}", "issues": issues}
            submits.append(timed(lambda given=given: submit_label(**given))[1])
            time.sleep(0.1)
        connection.close()

    _, preview = timed(lambda: get_references(category))
    change, effective = timed(lambda: merge_category(category=category, into=into, by=admin))
    rewrite = session_issues._rewrite_batch

    def rewrite_timed(pk, **how):
        more, took = timed(lambda: rewrite(pk, **how))
        batches.append(took)
        return more

    session_issues._rewrite_batch = rewrite_timed
    person = threading.Thread(target=submit)
    person.start()
    _, took = timed(lambda: session_issues.follow_change(change_pk=change.pk))
    stop.set()
    person.join()
    change.refresh_from_db()
    left = SessionIssue.objects.filter(category=category).count()
    sys.stdout.write(
        f"{LabelIssue.objects.filter(category=category).count():,} labels, preview {preview * 1000:.0f} ms, in force after {effective * 1000:.0f} ms" + "\n"
    )
    sys.stdout.write(
        f"{change.handled:,} sessions in {took:.1f} s, {len(batches)} batches, the longest {max(batches) * 1000:.0f} ms, {left} left, {change.state}" + "\n"
    )
    sys.stdout.write(f"{len(submits)} labels were submitted meanwhile, the slowest in {max(submits, default=0) * 1000:.0f} ms" + "\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500_000)
