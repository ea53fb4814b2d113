"""Whether an installation can serve: its database answers, is migrated, and a worker lives."""

from datetime import timedelta

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateWorker

# The worker beats every ten seconds; three missed beats are a worker that is gone.
BEAT = timedelta(seconds=30)


def get_readiness() -> dict[str, bool]:
    """This will say yes or no to each part, and nothing else: the page is open to everybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    executor = MigrationExecutor(connection)
    return {
        "database": True,
        "migrations": not executor.migration_plan(executor.loader.graph.leaf_nodes()),
        "worker": ProcrastinateWorker.objects.filter(last_heartbeat__gte=timezone.now() - BEAT).exists(),
    }
