"""What is configured and how it fares: never a secret, never a whole page lost for one part, never slow."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from labeling.models import BackupCheck, Event, RetentionRule
from labeling.operations.jobs import NotRetryable, retry_job
from labeling.queries import health
from labeling.queries.health import NOT_ASKED, get_health
from labeling.queries.installation import get_installation
from tests.factories import ApiKeyFactory, GuideVersionFactory, UserFactory

pytestmark = pytest.mark.django_db
INSTALLATION, HEALTH = "/admin/installation/", "/admin/health/"
EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text()
# How a process was started, what only a try-out has, former keys, and other names of CA_BUNDLE.
SHOWN_ELSEWHERE = (
    "REVIEW_DESK_PROCESS REVIEW_DESK_BOUND_TO HASHED_STATIC EMBEDDED_DATA EMBEDDED_POSTGRES_BIN "
    "ERASURE_KEY_FALLBACKS SEALING_KEY_FALLBACKS SECRET_KEY_FALLBACKS REQUESTS_CA_BUNDLE SSL_CERT_FILE"
)
SETTINGS = sorted(set(re.findall(r"^([A-Z_]+)=", EXAMPLE, re.MULTILINE)) - set(SHOWN_ELSEWHERE.split()))


def figures():
    return {figure.name: figure for _, figures in get_health().groups for figure in figures}


def job(task="labeling.tasks.make_export", status="failed", **args):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('default', %s, %s, 'todo') RETURNING id", [task, json.dumps(args)]
        )
        pk = cursor.fetchone()[0]
        for step in ("doing", status) if status != "todo" else ():
            cursor.execute("UPDATE procrastinate_jobs SET status = %s WHERE id = %s", [step, pk])
    return pk


def beat(ago):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [timezone.now() - ago])


def test_the_page_says_what_is_set_and_by_whom(as_person, admin, settings, monkeypatch):
    monkeypatch.setenv("IDLE_SIGN_OUT_MINUTES", "15")
    monkeypatch.delenv("INDEPENDENT_REVIEW", raising=False)
    RetentionRule.objects.update_or_create(data_class="event", defaults={"days": 90, "changed_by": UserFactory(name="Noor Haddad")})
    GuideVersionFactory(number=3)

    page = as_person(admin).get(INSTALLATION).content.decode()

    for words in ("environment: IDLE_SIGN_OUT_MINUTES", "15 minutes", "90 days", "Noor Haddad", "version 3", "PostgreSQL 1", "plpgsql", "default"):
        assert words in page


@pytest.mark.parametrize("name", SETTINGS)
def test_each_setting_of_the_environment_is_on_the_page(monkeypatch, name):
    monkeypatch.setenv(name, "1")

    assert f"environment: {name}" in {one.origin for _, group in get_installation() for one in group}


def test_what_nobody_set_yet_is_as_it_came_and_a_key_that_expired_is_not_in_force(admin):
    RetentionRule.objects.update_or_create(data_class="event", defaults={"days": None, "changed_by": None})
    ApiKeyFactory(expires_at=timezone.now() + timedelta(days=1))
    ApiKeyFactory(expires_at=timezone.now() - timedelta(days=1))

    found = {one.name: one for _, group in get_installation() for one in group}

    assert found["Retention: Events of the audit"].origin.startswith("as it came, ")
    assert found["API keys in force"].value == "1"


def test_no_secret_is_ever_shown(as_person, admin, settings, monkeypatch):
    secret = "a-secret-that-nobody-may-see"
    for name in ("SECRET_KEY", "OIDC_CLIENT_SECRET", "ERASURE_KEY", "SEALING_KEY", "BREAK_GLASS_EMAIL"):
        monkeypatch.setenv(name, secret)
    for name in ("EMAIL_URL", "DATABASE_URL", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"https://user:{secret}@proxy.example:3128/{secret}")
    settings.OIDC_ISSUER = f"https://user:{secret}@login.example/{secret}?x={secret}"
    settings.EMAIL_HOST_PASSWORD = secret

    page = as_person(admin).get(INSTALLATION).content.decode()

    assert secret not in page
    assert "proxy.example:3128" in page
    assert "login.example" in page


def test_a_healthy_part_says_nothing_is_wrong_and_a_sick_one_says_what(settings):
    assert "No worker runs" in figures()["Worker"].bad
    assert "Nobody has restored a backup" in figures()["Last verified backup"].bad

    beat(timedelta(seconds=3))
    BackupCheck.objects.create(taken_at=timezone.now() - timedelta(days=1))

    assert [figures()[name].bad for name in ("Worker", "Last verified backup", "Migrations", "Size")] == [""] * 4


def test_an_old_backup_check_and_a_worker_that_is_gone_are_bad():
    beat(timedelta(minutes=5))
    check = BackupCheck.objects.create(taken_at=timezone.now())
    BackupCheck.objects.filter(pk=check.pk).update(verified_at=timezone.now() - timedelta(days=8))

    assert "5 minutes ago" in figures()["Worker"].value
    assert "more than 24 hours ago" in figures()["Last verified backup"].bad


def test_failed_jobs_are_told_without_what_they_were_given(as_person, admin):
    pk = job(export=77, base="+12025550142")

    page = as_person(admin).get(HEALTH).content.decode()

    assert "make_export" in page
    assert f"/admin/health/jobs/{pk}/retries/" in page
    assert "0142" not in page


def test_a_part_that_cannot_be_asked_does_not_take_the_others_along(as_person, admin, monkeypatch):
    def broken(*args):
        raise OperationalError("no such thing: +12025550142")

    monkeypatch.setattr(health, "_row", broken)
    page = as_person(admin).get(HEALTH)

    assert page.status_code == 200
    assert str(NOT_ASKED) in page.content.decode()
    assert "0142" not in page.content.decode()
    assert "Last verified backup" in page.content.decode()


def test_a_part_that_fails_in_the_database_does_not_take_the_others_along(monkeypatch):
    monkeypatch.setattr(health, "ACTIVITY", "SELECT 1/0, 1")

    shown = figures()

    assert (shown["Activity"].value, shown["Migrations"].value) == (NOT_ASKED, "all applied")


@pytest.mark.parametrize(("days", "is_bad"), [(8, False), (6, True)])
def test_the_use_of_the_break_glass_account_is_bad_for_a_week(settings, days, is_bad):
    settings.SSO_ONLY, settings.BREAK_GLASS_EMAIL = True, "safe@example.com"
    UserFactory(email="safe@example.com", last_login=timezone.now() - timedelta(days=days))

    assert ("deactivate it" in figures()["Break-glass account"].bad) is is_bad


def test_a_disk_that_is_nearly_full_is_bad(monkeypatch):
    usage = health.shutil.disk_usage("/")
    monkeypatch.setattr(health.shutil, "disk_usage", lambda place: usage._replace(total=10**12, free=10**8))

    assert figures()["Room for exports"].bad == "The disk is nearly full."


def test_a_folder_that_cannot_be_read_is_a_figure(monkeypatch):
    def refused(place):
        raise PermissionError

    monkeypatch.setattr(health.shutil, "disk_usage", refused)

    assert figures()["Room for recordings"].value == NOT_ASKED


def test_a_failed_job_is_tried_again_once(as_person, admin):
    pk = job()
    client = as_person(admin)

    answers = [client.post(f"/admin/health/jobs/{pk}/retries/") for _ in range(2)]

    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(303, HEALTH)] * 2
    assert ProcrastinateJob.objects.get(pk=pk).status == "todo"
    assert Event.objects.values_list("kind", "user", "subject_kind", "subject").get() == ("job_retried", admin.pk, "job", pk)


@pytest.mark.parametrize(
    ("task", "status"), [("labeling.tasks.make_export", "todo"), ("labeling.tasks.make_export", "succeeded"), ("labeling.tasks.clear_drafts_nightly", "failed")]
)
def test_a_job_that_did_not_fail_or_comes_again_by_itself_is_left_alone(admin, task, status):
    pk = job(task, status)

    with pytest.raises(NotRetryable):
        retry_job(job=pk, by=admin)

    assert (ProcrastinateJob.objects.get(pk=pk).status, Event.objects.exists()) == (status, False)


@pytest.mark.parametrize("pk", [999_999, 2**63, 10**30])
def test_a_job_that_is_none_is_not_found(as_person, admin, pk):
    assert as_person(admin).post(f"/admin/health/jobs/{pk}/retries/").status_code == 404


@pytest.mark.parametrize("role", ["reviewer", "manager"])
def test_both_pages_are_for_admins(as_person, request, role):
    client = as_person(request.getfixturevalue(role))

    answers = [client.get(INSTALLATION), client.get(HEALTH), client.post("/admin/health/jobs/1/retries/")]

    assert [answer.status_code for answer in answers] == [403] * 3


def test_a_restored_backup_is_noted(capsys):
    call_command("record_backup_check", "--taken-at", "2026-03-02T03:00:00Z", "--note", "the standby")

    assert BackupCheck.objects.values_list("taken_at__hour", "note").get() == (3, "the standby")


@pytest.mark.parametrize("given", [["--taken-at", "yesterday"], ["--taken-at", "2999-01-01"], ["--taken-at", "2026-01-01", "--note", "x" * 201]])
def test_what_cannot_be_a_backup_is_refused(given):
    with pytest.raises(CommandError):
        call_command("record_backup_check", *given)

    assert not BackupCheck.objects.exists()
