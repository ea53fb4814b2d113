"""The process that knows Django: looks up what addresses need, signs in, and measures the database's part of a page.

Started once a database as `python -m tests.bench.inside`; reads one JSON line a question and answers with one.
"""

import json
import logging
import os
import re
import secrets
import sys
import time
from contextlib import suppress
from dataclasses import asdict
from datetime import timedelta

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()
# Lines of the audit go to standard output, where answers are read.
logging.disable(logging.CRITICAL)

from django.conf import settings  # noqa: E402
from django.db import OperationalError, connection  # noqa: E402
from django.db.models import Sum  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from labeling.models import Search, User  # noqa: E402
from labeling.roles import Role  # noqa: E402
from sessions_app.models import Session, SessionDelta, Transcript  # noqa: E402
from tests.bench import asking, pages  # noqa: E402
from tests.bench.cases import SEARCHES, Facts  # noqa: E402
from tests.bench.cpu import database_seconds  # noqa: E402

OLDER = re.compile(rb'id="page-older" href="([^"]+)"')
TABLES = ("sessions_app_session", "sessions_app_transcript", "labeling_label", "labeling_currentlabel", "sessions_app_sessiondelta", "labeling_sessioncomments")


class Inside:
    def __init__(self):
        self.user, _ = User.objects.get_or_create(email="bench@example.com", defaults={"name": "Bench", "role": Role.ADMIN, "all_agents": True})
        self.client = Client(raise_request_exception=False, HTTP_HOST="127.0.0.1")
        self.client.force_login(self.user, backend=settings.AUTHENTICATION_BACKENDS[0])

    def facts(self):
        by_agent = SessionDelta.objects.filter(is_test=False).values_list("agent").annotate(n=Sum("n")).order_by("n")
        agents = [agent for agent, n in by_agent if n]
        channels = [channel for channel, n in SessionDelta.objects.filter(is_test=False).values_list("channel").annotate(n=Sum("n")).order_by("n") if n]
        newest = Session.objects.live().newest_first()[:500]
        # The demo counts its callers from 0, the most frequent one.
        callers = sorted((row.source, row.pk) for row in newest if (row.source or "").startswith("+"))
        until = newest[0].timestamp
        return asdict(
            Facts(
                big_agent=agents[-1],
                rare_agent=agents[0],
                big_channel=channels[-1],
                rare_channel=channels[0],
                conversation=newest[len(newest) // 2].conversation_id,
                frequent_caller=callers[0][1],
                rare_caller=callers[-1][1],
                month=(f"{until - timedelta(days=80):%Y-%m-%d}", f"{until - timedelta(days=50):%Y-%m-%d}"),
                searches={name: self.search(words) for name, words in SEARCHES.items()} if Transcript.objects.exists() else {},
            )
        )

    def pages(self):
        return {name: asdict(asked) for name, asked in asking.ours(self).items()}

    def peers(self, known):
        return {name: asdict(asked) for name, asked in asking.peers(known).items()}

    def cookie(self):
        return f"{settings.SESSION_COOKIE_NAME}={self.client.cookies[settings.SESSION_COOKIE_NAME].value}"

    def measure(self, path, headers=None):
        """The same page in this process: milliseconds in the database, and queries."""
        spent = [0.0, 0]

        def timed(execute, statement, parameters, many, context):
            begun = time.perf_counter()
            try:
                return execute(statement, parameters, many, context)
            finally:
                spent[0] += time.perf_counter() - begun
                spent[1] += 1

        with connection.execute_wrapper(timed):
            answer = self.client.get(path, headers=headers)
        return {"status": answer.status_code, "ms": spent[0] * 1000, "queries": spent[1], "rows": len(pages.rows_of(answer.content))}

    def seconds(self):
        return database_seconds()

    def blocks(self, path):
        """How many blocks of 8 kB the page's queries touch: the same on a busy machine as on a quiet one."""
        asked = []

        def kept(execute, statement, parameters, many, context):
            asked.append((statement, parameters))
            return execute(statement, parameters, many, context)

        with connection.execute_wrapper(kept):
            self.client.get(path)
        touched = 0
        for statement, parameters in asked:
            if isinstance(statement, str) and statement.startswith("SELECT"):
                # A count that ran out of its budget in the page does so here.
                with suppress(OperationalError), connection.cursor() as cursor:
                    cursor.execute("SET statement_timeout = '2s'")
                    cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
                    plan = cursor.fetchone()[0]
                    plan = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
                    touched += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
        with connection.cursor() as cursor:
            cursor.execute("RESET statement_timeout")
        return touched

    def about(self):
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('shared_buffers'), current_setting('fsync')")
            version, buffers, fsync = cursor.fetchone()
            sizes = []
            for table in TABLES:
                cursor.execute("SELECT reltuples::bigint, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class WHERE oid = %s::regclass", [table])
                sizes.append([table, *cursor.fetchone()])
        return {"postgresql": version.split()[0], "shared_buffers": buffers, "fsync": fsync, "sizes": sizes}

    def soon(self):
        return timezone.now() + timedelta(days=1)

    def search(self, words):
        search, _ = Search.objects.get_or_create(created_by=self.user, text=words, defaults={"token": secrets.token_urlsafe(16)})
        return search.token

    def older(self, clicks):
        """Where so many clicks on "Older" lead to from the list."""
        address = "/sessions/"
        for _ in range(clicks):
            found = OLDER.search(self.client.get(address).content)
            if not found:
                break
            address = found.group(1).decode().replace("&amp;", "&")
        return address


def main():
    inside = Inside()
    for line in sys.stdin:
        question, *given = json.loads(line)
        print(json.dumps(getattr(inside, question)(*given)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
