"""Many rows in the tables that grow, as they were after the first migrations, made inside PostgreSQL."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import sql

# One row each that the others point at.
FEW = """
INSERT INTO sessions_app_source (id, name, kind, is_primary) VALUES (1, 'Vendor', 'vendor', true);
INSERT INTO sessions_app_agent (id, data_source_id, key, name, type, time_zone)
    SELECT n, 1, 'agent-' || n, 'Agent ' || n, 'voice', 'UTC' FROM generate_series(1, 50) AS n;
INSERT INTO labeling_rater (id, kind, email, name) SELECT n, 'person', 'person' || n || '@example.com', 'Person ' || n FROM generate_series(1, 200) AS n;
"""

# What each column without a default is made of; n counts the rows.
MANY = {
    "sessions_app_session": {
        "id": "n",
        "external_id": "n::text",
        "timestamp": "timestamptz '2026-01-01 00:00+00' + n * interval '5 seconds'",
        "conversation_id": "'+1555' || lpad((n % 900000)::text, 7, '0')",
        "channel_manager_sid": "'CA' || n",
        "source": "'+1555' || lpad((n % 900000)::text, 7, '0')",
        "extra": "'{}'",
        "channel": "CASE WHEN n % 5 = 0 THEN 'chat' ELSE 'voice' END",
        "language": "'en'",
        "ended_by": "CASE WHEN n % 20 = 0 THEN 'transfer' ELSE 'caller' END",
        "transcript_state": "'none'",
        "label_code": "CASE WHEN n % 3 = 0 THEN 'GOOD' END",
        "label_raters": "1",
        "label_agreeing": "1",
        "label_is_settled": "false",
        "label_new_since": "false",
        "labeled_at": "CASE WHEN n % 3 = 0 THEN timestamptz '2026-02-01 00:00+00' + n * interval '5 seconds' END",
        "seen_agent_id": "1 + n % 50",
        "data_source_id": "1",
    },
    "labeling_label": {
        "id": "n",
        "type": "'human-rating'",
        "code": "CASE WHEN n % 4 = 0 THEN 'BAD' ELSE 'GOOD' END",
        "comment": "''",
        "client_key": "'key-' || n",
        "request_hash": "''",
        "reason": "''",
        "made_at": "timestamptz '2026-02-01 00:00+00' + n * interval '5 seconds'",
        "via": "'page'",
        "claimed_email": "''",
        "basis": "'chosen'",
        "independent": "n % 2 = 0",
        "saw_auto": "false",
        "saw_others": "false",
        "is_settlement": "n % 50 = 0",
        "session_id": "n",
        "rater_id": "1 + n % 200",
    },
    "labeling_labelissue": {"id": "n", "raw": "'Wrong time'", "suggested_by": "''", "label_id": "n", "session_id": "n"},
    "labeling_currentlabel": {"id": "n", "type": "'human-rating'", "session_id": "n", "label_id": "n", "rater_id": "1 + n % 200"},
    "labeling_verdictdelta": {
        "id": "n",
        "bucket": "timestamptz '2026-01-01 00:00+00' + n / 180 * interval '15 minutes'",
        "channel": "'voice'",
        "language": "'en'",
        "direction": "'in'",
        "is_test": "false",
        "basis": "''",
        "code": "'GOOD'",
        "auto_code": "''",
        "n": "1",
        "weight": "1",
        "agent_id": "1 + n % 50",
    },
    "labeling_event": {
        "id": "n",
        "at": "timestamptz '2026-01-01 00:00+00' + n * interval '5 seconds'",
        "kind": "CASE WHEN n % 50 = 0 THEN 'exported' ELSE 'transcript_read' END",
        '"user"': "1 + n % 200",
        "session": "n",
        "subject_kind": "''",
        "before": "''",
        "after": "''",
    },
    "labeling_user": {
        "id": "n",
        "email": "'reviewer' || n || '@example.com'",
        "name": "'Reviewer ' || n",
        "password": "''",
        "role": "'reviewer'",
        "is_active": "true",
        "all_agents": "true",
        "may_unmask": "false",
        "shortcuts": "true",
        "time_zone": "''",
        "theme": "''",
        "density": "''",
        "time_display": "''",
    },
}


# One label in five names an issue, deltas are folded, and a thousand people do all that.
SHARE = {"labeling_labelissue": 5, "labeling_verdictdelta": 5, "labeling_user": 5_000}


def counts(rows):
    """How many each table has among `rows` sessions."""
    return {table: rows // SHARE.get(table, 1) for table in MANY}


def fill(where, rows):
    """This will put `rows` rows into each of the tables that grow. `where` is how psycopg connects."""
    with psycopg.connect(**where, autocommit=True) as connection:
        connection.execute(FEW)
    # Sessions take about as long as all others together.
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda table: _fill(where, table, counts(rows)[table]), MANY))


def _fill(where, table, rows):
    columns = MANY[table]
    # Neither foreign keys nor the guards of facts are looked at row by row: what is written here is whole.
    with psycopg.connect(**where, autocommit=True, options="-c session_replication_role=replica -c synchronous_commit=off") as connection:
        names, values = sql.SQL(", ").join(map(sql.SQL, columns)), sql.SQL(", ").join(map(sql.SQL, columns.values()))
        insert = sql.SQL("INSERT INTO {} ({}) SELECT {} FROM generate_series(1, {}) AS n")
        # A vacuum that begins by itself is in nobody's way for long, but would be in some runs and not in others.
        connection.execute(sql.SQL("ALTER TABLE {} SET (autovacuum_enabled = off)").format(sql.Identifier(table)))
        connection.execute(insert.format(sql.Identifier(table), names, values, sql.Literal(rows)))
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(table)))
