"""The role that serves pages: with real roles on the test's server, everything works and no fact can be altered."""

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from django.test import Client

from labeling.models import CurrentLabel, Event, Label, UserHistory
from labeling.operations.database_checks import check_database
from labeling.operations.database_rights import NoSuchRole, RoleTooStrong, fact_tables, grant_app_rights
from labeling.operations.label_rows import EvidenceGiven, IssueGiven
from labeling.operations.labels import submit_label, withdraw_label
from labeling.operations.raters import rater_of
from tests.factories import SessionFactory, TranscriptFactory, UserFactory

pytestmark = pytest.mark.django_db
ROLE = "review_desk_app_of_a_test"
KEPT = {
    "labeling_event", "labeling_label", "labeling_labelissue", "labeling_evidence", "labeling_labelwithdrawal", "labeling_unmasking", "labeling_guideversion",
    "labeling_retentionrun", "labeling_apikeyhistory", "labeling_fixedissuehistory", "labeling_guideexamplehistory", "labeling_issuealiashistory",
    "labeling_issuecategoryhistory", "labeling_maskedkeyhistory", "labeling_retentionrulehistory", "labeling_useragentshistory", "labeling_userhistory",
}  # fmt: skip


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.fixture
def role():
    """Roles and rights are rolled back with the test."""
    run(f"CREATE ROLE {ROLE} LOGIN")
    return ROLE


@pytest.fixture
def as_app(role):
    grant_app_rights(role)

    def become():
        run(f"SET LOCAL ROLE {role}")

    return become


def test_everything_that_is_a_fact_is_kept():
    assert fact_tables() >= KEPT


def test_the_role_labels_and_withdraws_and_the_audit_and_histories_are_written(as_app, reviewer):
    session = TranscriptFactory().session
    rater = rater_of(user=reviewer)
    evidence = (EvidenceGiven("turn", "t1", 1),)
    as_app()

    label = submit_label(session_id=session.pk, rater=rater, code="BAD", client_key="one", issues=[IssueGiven("Slow", evidence=evidence)]).label
    withdraw_label(label=label, by=reviewer)
    UserFactory(email="new@example.com")

    assert (Event.objects.count(), CurrentLabel.objects.count(), UserHistory.objects.filter(email="new@example.com").count()) == (2, 0, 1)


def test_the_role_serves_pages(as_app, reviewer):
    session = TranscriptFactory().session
    client = Client()
    client.force_login(reviewer)
    as_app()

    answers = [client.get(path).status_code for path in ("/review/", "/sessions/", f"/sessions/{session.pk}/", "/settings/", "/views/", "/readyz")]
    labeled = client.post(f"/labels/{session.pk}/", {"client_key": "0123456789abcdef", "code": "GOOD", "comments": "", "draft_revision": "0"})

    assert answers[:-1] == [200] * 5
    assert (labeled.status_code, Label.objects.count()) == (302, 1)


@pytest.mark.parametrize("table", sorted(KEPT))
@pytest.mark.parametrize("statement", ["DELETE FROM {0}", "TRUNCATE {0}", "UPDATE {0} SET {1} = {1}", "ALTER TABLE {0} DISABLE TRIGGER ALL", "DROP TABLE {0}"])
def test_the_role_cannot_alter_what_is_kept(as_app, table, statement):
    column = "pgh_id" if table.endswith("history") else "id"
    as_app()

    with pytest.raises(ProgrammingError), transaction.atomic():
        run(statement.format(table, column))


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SET LOCAL pgtrigger.ignore = '{labeling_label:label_is_a_fact}'; UPDATE labeling_label SET code = 'GOOD'",
        "CREATE TABLE beside (id int)",
        "CREATE FUNCTION beside() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE OR REPLACE FUNCTION pgtrigger_event_is_a_fact_7b3d9() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP TRIGGER pgtrigger_event_is_a_fact_7b3d9 ON labeling_event",
        "DELETE FROM django_migrations",
        "ALTER TABLE labeling_event OWNER TO CURRENT_USER",
        "GRANT UPDATE ON labeling_event TO CURRENT_USER; UPDATE labeling_event SET kind = 'shared'",
    ],
)
def test_the_role_cannot_get_around_its_rights(as_app, statement):
    submit_label(session_id=SessionFactory().pk, rater=rater_of(user=UserFactory()), code="BAD", client_key="one")
    as_app()

    with pytest.raises(ProgrammingError), transaction.atomic():
        run(statement)


def test_rights_that_were_given_by_hand_are_taken(role):
    run(f"GRANT ALL ON labeling_event TO {role}")

    grant_app_rights(role)
    run(f"SET LOCAL ROLE {role}")

    with pytest.raises(ProgrammingError), transaction.atomic():
        run("DELETE FROM labeling_event")


def test_a_role_that_could_undo_it_is_refused(role):
    run("CREATE ROLE review_desk_owner_of_a_test; ALTER TABLE labeling_event OWNER TO review_desk_owner_of_a_test")
    run(f"GRANT review_desk_owner_of_a_test TO {role}")

    with pytest.raises(RoleTooStrong), transaction.atomic():
        grant_app_rights(role)


def test_whoever_owns_the_schema_could_drop_what_is_in_it_and_is_refused(role):
    run(f"ALTER SCHEMA public OWNER TO {role}")

    with pytest.raises(RoleTooStrong, match="schema"), transaction.atomic():
        grant_app_rights(role)


def test_a_role_that_could_put_a_schema_of_its_own_before_ours_is_refused(role):
    run(f"DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO {role}', current_database()); END $$")

    with pytest.raises(RoleTooStrong, match="schemas"), transaction.atomic():
        grant_app_rights(role)


def test_a_role_that_can_become_one_with_more_rights_is_refused(role):
    run("CREATE ROLE review_desk_other_of_a_test; GRANT UPDATE ON labeling_event TO review_desk_other_of_a_test")
    run(f"GRANT review_desk_other_of_a_test TO {role}; ALTER ROLE {role} NOINHERIT")

    with pytest.raises(RoleTooStrong, match="labeling_event"), transaction.atomic():
        grant_app_rights(role)


def test_the_next_number_of_an_event_cannot_be_set(role):
    run(f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}")

    grant_app_rights(role)
    run(f"SET LOCAL ROLE {role}")

    with pytest.raises(ProgrammingError), transaction.atomic():
        run("SELECT setval(pg_get_serial_sequence('labeling_event', 'id'), 9223372036854775807)")


@pytest.mark.parametrize("where", ["", "IN SCHEMA public"])
def test_a_table_of_a_later_migration_is_closed_also_where_rights_were_given_ahead(role, where):
    run(f"ALTER DEFAULT PRIVILEGES {where} GRANT ALL ON TABLES TO {role}")

    grant_app_rights(role)
    run(f"CREATE TABLE labeling_later (id int); SET LOCAL ROLE {role}")

    with pytest.raises(ProgrammingError), transaction.atomic():
        run("DELETE FROM labeling_later")


@pytest.mark.parametrize(
    "given", ["GRANT UPDATE (code) ON labeling_label TO PUBLIC", "GRANT DELETE ON labeling_event TO PUBLIC", "GRANT TRIGGER ON labeling_event TO PUBLIC"]
)
def test_rights_that_come_from_elsewhere_are_named(role, given):
    run(given)

    with pytest.raises(RoleTooStrong, match="labeling_"), transaction.atomic():
        grant_app_rights(role)


def test_the_command_says_what_is_kept_and_what_is_wrong(role, capsys):
    call_command("grant_app_rights", role)

    assert "can only add to: labeling_apikeyhistory" in capsys.readouterr().out
    with pytest.raises(CommandError, match="has no role nobody_at_all"):
        call_command("grant_app_rights", "nobody_at_all")
    with pytest.raises(CommandError, match="superuser"):
        call_command("grant_app_rights", connection.settings_dict["USER"] or "postgres")


def test_a_name_that_is_no_role_is_no_statement():
    with pytest.raises(NoSuchRole):
        grant_app_rights('x"; DROP TABLE labeling_event; --')


def said():
    return {message.id: message.msg for message in check_database(databases=["default"])}


def test_the_check_asks_only_where_the_database_is_named():
    assert check_database(databases=None) == []


def test_the_check_passes_for_the_owner_and_for_the_role_of_the_pages(as_app, settings):
    settings.PRODUCTION, settings.PROCESS = True, "web"
    as_owner = said().keys()
    as_app()

    # The server of the tests may be one that forgets.
    assert as_owner - {"database.W001"} == {"database.W002"}
    assert said().keys() - {"database.W001"} == set()


def test_the_check_names_what_a_role_lacks_and_what_it_has_too_much(as_app, role):
    as_app()
    run("RESET ROLE")
    run(f"REVOKE INSERT ON labeling_draft FROM {role}")
    run(f"GRANT UPDATE ON labeling_label TO {role}")
    run(f"SET LOCAL ROLE {role}")

    found = said()

    assert "labeling_draft" in found["database.E006"]
    assert "labeling_label" in found["database.E007"]


def test_the_check_warns_of_a_server_that_forgets_and_of_a_superuser(settings):
    settings.PRODUCTION = True
    run("SET LOCAL synchronous_commit = off")

    assert {"database.W001", "database.W002"} <= said().keys()
