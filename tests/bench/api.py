"""How long the API takes inside the server, on a database that is there already. Everything it writes is undone.

    DATABASE_URL=postgres:///rd_10m python -m tests.bench.api --turns 20

Each call goes through all of the middleware, in one transaction that is rolled back; what a commit costs is not in it,
but in the labels, which are made on a database that may be written to: --labels 200.
"""

import argparse
import logging
import os
import statistics
import sys
from collections import defaultdict
from datetime import timedelta
from time import perf_counter
from urllib.parse import urlencode

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
os.environ["REVIEW_DESK_PROCESS"] = "worker"
django.setup()
logging.disable(logging.CRITICAL)

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from labeling.models import Label, User  # noqa: E402
from labeling.models.api_key import KeyScope  # noqa: E402
from labeling.operations.api_keys import create_api_key  # noqa: E402
from labeling.roles import Role  # noqa: E402
from sessions_app.models import Session  # noqa: E402

LIST_MS, LABEL_MS = 60, 40
SESSIONS, LABELS, CONVERSATIONS = "/api/v1/sessions/", "/api/v1/session_labels/", "/api/v1/conversations/"
LATE_INDEX = "CREATE INDEX IF NOT EXISTS label_newest ON labeling_label (made_at DESC, id DESC)"


def main():
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--turns", type=int, default=20)
    asked.add_argument("--labels", type=int, default=0, help="make so many labels, for good, instead of reading lists")
    options = asked.parse_args()
    settings.ALLOWED_HOSTS = ["*"]
    if options.labels:
        return labels(options.labels)
    with transaction.atomic():
        with connection.cursor() as cursor:
            # A database from before the API has not got it yet.
            cursor.execute(LATE_INDEX)
        late = lists(options.turns)
        transaction.set_rollback(True)
    return late


def lists(turns):
    client = client_of(User.objects.create_user("api-bench@example.com", name="Bench", role=Role.ADMIN, all_agents=True))
    cases, times, said = cases_here(), defaultdict(list), {}
    for turn in range(turns + 1):
        for name, (path, asked) in cases.items():
            address = f"{path}?{urlencode(asked)}"
            started = perf_counter()
            answer = client.get(address)
            if turn:
                times[name].append((perf_counter() - started) * 1000)
            said[name] = (answer.status_code, answer.json().get("total_count"), len(answer.json().get("items", ())))
    say(f"{Session.objects.count():,} sessions, {Label.objects.count():,} labels, {turns} turns")
    say("| list of 25 | status | rows | total | median | p95 |\n|---|---|---:|---:|---:|---:|")
    late = [name for name, taken in times.items() if percentile(taken) > LIST_MS]
    for name, taken in times.items():
        status, total, rows = said[name]
        say(f"| {name} | {status} | {rows} | {total} | {statistics.median(taken):.1f} | {percentile(taken):.1f} |")
    say(f"slower than {LIST_MS} ms: {', '.join(late) or 'none'}")
    return int(bool(late))


def labels(many):
    owner = User.objects.filter(email="api-bench@example.com").first() or User.objects.create_user(
        "api-bench@example.com", name="Bench", role=Role.ADMIN, all_agents=True
    )
    client, taken = client_of(owner), []
    pks = list(Session.objects.newest_first().values_list("pk", flat=True)[: many + 20])
    for n, pk in enumerate(pks):
        body = {"session_id": pk, "type": "human-rating", "code": ("GOOD", "OK", "BAD")[n % 3], "user_email": owner.email, "comments": "Wrong day.",
                "issue_categories": ["Silent treatment"]}  # fmt: skip
        started = perf_counter()
        answer = client.post(LABELS, body, content_type="application/json")
        if n >= 20:
            taken.append((perf_counter() - started) * 1000)
        assert answer.status_code == 200, answer.content
    say(f"{many} labels, committed one by one: median {statistics.median(taken):.1f} ms, p95 {percentile(taken):.1f} ms")
    return int(percentile(taken) > LABEL_MS)


def client_of(owner):
    expires_at = timezone.now() + timedelta(hours=1)
    key = create_api_key(user=owner, name="bench", scopes=KeyScope.values, expires_at=expires_at, by=None, rate_per_minute=60_000)[1]
    return Client(headers={"Syllable-API-Key": key})


def cases_here():
    """Every field with a value that is there, alone and within a week; orders and substrings within a week; pages far away."""
    newest = Session.objects.newest_first().first()
    some = Session.objects.filter(conversation_id__isnull=False, channel_manager_sid__isnull=False, duration__isnull=False, timestamp__lte=newest.timestamp)
    row = some.newest_first()[5_000]
    week = {"start_datetime": (row.timestamp - timedelta(days=7)).isoformat(), "end_datetime": row.timestamp.isoformat()}
    exact = (
        "conversation_id", "channel_manager_service", "channel_manager_type", "channel_manager_sid", "agent_type", "agent_id", "prompt_id", "experiment_id",
        "experiment_variant_id", "duration",
    )  # fmt: skip
    values = {"timestamp": row.timestamp.isoformat(), "session_id": row.pk}
    values |= {name: getattr(row, name) or "none" for name in exact} | dict.fromkeys(("is_outbound", "is_legacy", "is_test"), "true")
    texts = {
        "agent_name": (row.agent_name or "x")[2:8],
        "prompt_name": (row.prompt_name or "x")[1:6],
        "source": (row.source or "+1")[-7:],
        "target": (row.target or "x")[1:6],
    }
    cases = {"no filter": (SESSIONS, {}), "oldest first": (SESSIONS, {"order_by": "timestamp", "order_by_direction": "asc"}), "a week": (SESSIONS, week)}
    cases |= {name: (SESSIONS, searched(name, value)) for name, value in values.items()}
    cases |= {f"{name}=false": (SESSIONS, searched(name, "false")) for name in ("is_outbound", "is_legacy", "is_test")}
    cases |= {f"{name}, a week": (SESSIONS, searched(name, value) | week) for name, value in (values | texts).items()}
    cases |= {f"{name}, no dates": (SESSIONS, searched(name, value)) for name, value in texts.items()}
    cases |= {f"by {name}, a week": (SESSIONS, {"order_by": name, **week}) for name in ("duration", "agent_name", "source", "session_id", "is_test")}
    cases |= {"page 3,999": (SESSIONS, {"page": 3_999}), "page 3,999 of an agent": (SESSIONS, {"page": 3_999, **searched("agent_id", row.agent_id)})}
    cases |= {"1,000 rows": (SESSIONS, {"limit": 1_000}), "conversations, a week": (CONVERSATIONS, week), "conversations, no dates": (CONVERSATIONS, {})}
    label = Label.objects.newest_first().select_related("rater")[100]
    given = {
        "session_id": label.session_id, "type": label.type, "code": label.code, "user_email": label.rater.email, "issue_categories": "Silent treatment",
        "session_id_list": f"{label.session_id},1,2", "timestamp": label.made_at.isoformat(),
    }  # fmt: skip
    weeks = {"start_datetime": (label.made_at - timedelta(days=7)).isoformat(), "end_datetime": label.made_at.isoformat()}
    cases |= {"labels": (LABELS, {}), "labels, a week": (LABELS, weeks), "labels, page 3,999": (LABELS, {"page": 3_999})}
    cases |= {f"labels, {name}": (LABELS, searched(name, value)) for name, value in given.items()}
    cases |= {f"labels, {name}, a week": (LABELS, searched(name, given[name]) | weeks) for name in ("type", "code", "issue_categories")}
    cases |= {f"labels by {name}, a week": (LABELS, {"order_by": name, **weeks}) for name in ("session_id", "user_email", "issue_categories")}
    return cases


def searched(name, value):
    return {"search_fields": name, "search_field_values": value}


def say(text):
    sys.stdout.write(f"{text}\n")


def percentile(taken):
    return sorted(taken)[int(len(taken) * 0.95)]


if __name__ == "__main__":
    sys.exit(main())
