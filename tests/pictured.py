"""What the pictures show: demo data, an admin, a reviewer, and issues that an import named in words of its own. Run once by tests/pictures.py."""

import json
import sys
from itertools import cycle

from django.conf import settings
from django.test import Client
from django.utils import timezone

from labeling.codes import RaterKind, Via
from labeling.demo.seeding import seed_demo
from labeling.models import BackupCheck, IssueCategory, User
from labeling.operations.label_rows import IssueGiven, LabelGiven, Provenance
from labeling.operations.labels import record_labels
from labeling.operations.raters import rater_named
from labeling.roles import Role
from sessions_app.models import Session

SESSIONS, SEED = 1500, 7
ODD = ("Wrong answr", "Hung up on the caller", "Hold music loop", "Billing q unanswered", "silence > 8 s", "Did not verify DOB")


def tell() -> None:
    """This will fill the database unless it is filled, and print how to look at it."""
    if not Session.objects.exists():
        seed_demo(sessions=SESSIONS, seed=SEED, with_accounts=True)
        _import_odd_issues()
        BackupCheck.objects.create(taken_at=timezone.now())
    admin = User.objects.filter(role=Role.ADMIN).order_by("pk").first() or User.objects.create_user(
        "noor@example.com", None, name="Noor Haddad", role=Role.ADMIN, all_agents=True
    )
    # The pictures show what is seen every day, not what is seen once.
    admin.choose(steps_closed_at=timezone.now())
    session = Session.objects.filter(tool_errors__gt=0, duration__gt=60).order_by("-tool_errors", "-longest_silence_ms", "pk")[0]
    merged, into = IssueCategory.objects.order_by("order", "pk")[1:3]
    reviewer = User.objects.filter(role=Role.REVIEWER).order_by("pk")[0]
    told = {"admin": _sign_in(admin), "reviewer": _sign_in(reviewer), "session": session.pk, "merged": merged.pk, "into": into.pk}
    sys.stdout.write(json.dumps(told))


def _sign_in(person: User) -> dict[str, str]:
    client = Client()
    client.force_login(person, backend=settings.AUTHENTICATION_BACKENDS[0])
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    return {"name": cookie.key, "value": cookie.value}


def _import_odd_issues() -> None:
    rater = rater_named(kind=RaterKind.PERSON, email="quality@example.com", name="Quality office")
    words = cycle(ODD)
    # Here and there, or the list would begin with nothing but BAD.
    sessions = Session.objects.newest_first()[:420:7]
    record_labels(
        labels=[
            LabelGiven(session.pk, rater, "BAD", f"sheet-{n}", issues=(IssueGiven(next(words)),), provenance=Provenance(via=Via.IMPORT))
            for n, session in enumerate(sessions)
        ]
    )
