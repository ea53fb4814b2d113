"""Measure the first page of every list in the admin, at a million rows of each table.

    DATABASE_URL=postgres:///bench python manage.py migrate
    DATABASE_URL=postgres:///bench python -m tests.bench.administering --rows 1000000

Fills the tables behind the lists that can grow (it takes minutes, and the database is good for nothing else afterwards), then
opens each list as an admin. Ends with 1 when a list takes more than 200 ms, at the median of five.
"""

import argparse
import os
import statistics
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib import admin  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import get_resolver, reverse  # noqa: E402

from labeling.models import Event, User  # noqa: E402
from tests.factories import SessionFactory, UserFactory  # noqa: E402

BUDGET_MS = 200
# Columns and values of each table that can grow, for the i of generate_series.
FILL = {
    "sessions_app_agent": ("data_source_id, key, name, type, time_zone", "{source}, 'agent-' || i, 'Agent ' || i, '', 'UTC'"),
    "sessions_app_prompt": ("data_source_id, key, name, version, version_number", "{source}, 'prompt-' || i, 'prompt ' || i, '', 1"),
    "labeling_user": (
        "email, password, name, role, is_active, may_unmask, all_agents, theme, density, time_display, time_zone, shortcuts",
        "'person' || i || '@example.com', '', 'Person ' || i, 'reviewer', true, false, true, 'system', 'default', 'agent', 'UTC', true",
    ),
    "labeling_rater": ("kind, email, name", "'person', 'rater' || i || '@example.com', 'Rater ' || i"),
    "labeling_apikey": ("user_id, name, prefix, secret_hash, scopes, expires_at", "{user}, 'key ' || i, lpad(to_hex(i), 8, '0'), '', '{{}}', now()"),
    "labeling_event": ('kind, "user", session, subject_kind, before, after, at', "'transcript_read', 1, i, '', '', '', now() - i * interval '1 second'"),
    "labeling_incomingissue": ("text", "'odd string ' || i"),
    "labeling_incident": ("session_id, raised_by_id, client_key, line, target_uid, note", "{session}, {user}, 'key-' || i, 'A line.', '', ''"),
    "labeling_unmasking": ("session_id, user_id, reason, note, until", "{session}, {user}, 'check', '', now()"),
    "labeling_sharelink": ("session_id, created_by_id, token_hash, purpose, expires_at, opened", "{session}, {user}, md5(i::text), 'For a look.', now(), 0"),
    "labeling_erasure": ("subject_kind, digest, reference, state, counts", "'caller', md5(i::text), '', 'finished', '{{}}'"),
    "labeling_categorychange": ("kind, text, state, total, handled", "'retire', '', 'finished', 0, 0"),
    "labeling_guideexample": ("session_id, code, note, is_counter_example", "{session}, 'BAD', '', false"),
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    options = parser.parse_args()
    get_resolver().url_patterns  # noqa: B018 - unregisters what is not ours
    # Signing in is an event; a list was filled before only if there are many.
    if Event.objects.count() < options.rows:
        fill(options.rows)
    sys.exit(measure())


def fill(rows):
    session, person = SessionFactory(), UserFactory(email="somebody@example.com")
    known = {"source": session.data_source_id, "session": session.pk, "user": person.pk}
    with connection.cursor() as cursor:
        # A superuser's privilege: neither histories nor references, which take ten times as long as the rows.
        cursor.execute("SET session_replication_role = replica")
        for table, (columns, values) in FILL.items():
            started = time.perf_counter()
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT {values.format(**known)} FROM generate_series(1, {rows}) i")
            cursor.execute(f"ANALYZE {table}")
            sys.stdout.write(f"{table}: filled in {time.perf_counter() - started:.0f} s\n")
            sys.stdout.flush()
        cursor.execute("RESET session_replication_role")


def measure():
    person = User.objects.create_user(f"bench-admin-{int(time.time())}@example.com", None, role="admin")
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(person, backend="allauth.account.auth_backends.AuthenticationBackend")
    failed = False
    for model in sorted(admin.site._registry, key=lambda model: model._meta.label_lower):
        address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        took = []
        for _ in range(5):
            started = time.perf_counter()
            answer = client.get(address, follow=True)
            took.append((time.perf_counter() - started) * 1000)
        median = statistics.median(took)
        failed |= median > BUDGET_MS or answer.status_code != 200
        rows = model._default_manager.count()
        said = "  over budget" if median > BUDGET_MS else ""
        sys.stdout.write(f"{model._meta.label_lower}: {rows:,} rows, first page {median:.0f} ms ({answer.status_code}){said}\n")
    return failed


if __name__ == "__main__":
    main()
