"""Syncs a connection when told to. See test_sync."""

import time

from tests.faults.killed import serve

NOT_FINISHED = 3


def begin(told):
    from sessions_app.syncing.engine import sync_connection  # noqa: PLC0415 - the settings come first
    from sessions_app.upstream.client import Patience  # noqa: PLC0415

    patience = Patience(attempts=12, first_wait=0.002, longest_wait=0.02, seconds=told["seconds"])

    def sync(line):
        outcome = sync_connection(connection_pk=int(line), patience=patience)
        while outcome.is_elsewhere:
            # The database has not noticed yet that the one before was killed.
            time.sleep(0.01)
            outcome = sync_connection(connection_pk=int(line), patience=patience)
        return 0 if outcome.is_finished else NOT_FINISHED

    return sync


if __name__ == "__main__":
    serve(begin)
