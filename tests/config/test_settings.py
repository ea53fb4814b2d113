"""The settings refuse to guess: each bad installation stops with one sentence."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
GOOD = {
    "PRODUCTION": "1",
    "SECRET_KEY": "k3Yx9-QmZ7vTn2LpWc5RdHs8JbFg4UaEoNi6XtMqVyBzCuDwKjPh1",
    "ALLOWED_HOSTS": "review.example.com",
    "DATABASE_URL": "postgres://nobody@localhost/none",
    "EMAIL_URL": "smtp://mail.example.com:587/?tls=True",
}

PROVIDER = {"OIDC_ISSUER": "https://login.example", "OIDC_CLIENT_ID": "desk", "OIDC_CLIENT_SECRET": "secret", "OIDC_ROLE_MAP": "qa=admin"}


def load(code="", before="", **changes):
    environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    environment |= {name: value for name, value in (GOOD | changes).items() if value is not None}
    script = f"{before}import config.settings as settings; {code}"
    return subprocess.run([sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def test_reports_of_errors_without_their_package_refuse_to_start():
    missing = "import importlib.util as u; found = u.find_spec; u.find_spec = lambda name, *more: None if name == 'sentry_sdk' else found(name, *more)"

    answer = load(SENTRY_DSN="https://key@sentry.example/1", before=f"{missing}; ")

    assert answer.returncode != 0
    assert "SENTRY_DSN is set, but the package sentry-sdk is not installed" in answer.stderr


def test_errors_are_reported_only_where_somebody_wants_them():
    told = "print(sorted(settings.LOGGING['handlers']))"

    assert "reports" not in load(told).stdout
    assert "reports" in load(told, SENTRY_DSN="https://key@sentry.example/1").stdout


def test_a_whole_production_configuration_loads():
    assert load().returncode == 0


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is required in production."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is too short or a known example."),
        ({"SECRET_KEY": "django-insecure-" + "x1y2z3a4b5" * 6}, "SECRET_KEY is too short or a known example."),
        ({"SECRET_KEY": "a" * 60}, "SECRET_KEY is too short or a known example."),
        ({"DEBUG": "1"}, "DEBUG must be 0 in production"),
        ({"DATABASE_URL": None}, "DATABASE_URL is required in production"),
        ({"DATABASE_URL": "sqlite:///db.sqlite3"}, "DATABASE_URL must be a postgres:// address"),
        ({"ALLOWED_HOSTS": None}, "ALLOWED_HOSTS must name the hosts"),
        ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
        ({"EMAIL_URL": None}, "EMAIL_URL is required in production"),
        ({"PROXIES": "-1"}, "PROXIES must be 0 or more."),
        ({"IDLE_SIGN_OUT_MINUTES": "0"}, "IDLE_SIGN_OUT_MINUTES must lie between"),
        ({"ABSOLUTE_SIGN_OUT_HOURS": "99999"}, "ABSOLUTE_SIGN_OUT_HOURS between"),
        ({"EMAIL_URL": "mail.example.com"}, "EMAIL_URL must begin with"),
        ({"MFA_REQUIRED_FOR": "manager,owner"}, "MFA_REQUIRED_FOR must name roles"),
        ({**PROVIDER, "OIDC_CLIENT_SECRET": None}, "With OIDC_ISSUER also OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_ROLE_MAP are required."),
        ({**PROVIDER, "OIDC_ROLE_MAP": "qa=owner"}, "OIDC_ROLE_MAP: “qa=owner” names no group and role."),
        ({**PROVIDER, "OIDC_ROLE_MAP": "qa=admin@Northlake"}, "OIDC_ROLE_MAP: “qa=admin@Northlake” names agents, and an admin sees all of them."),
        ({**PROVIDER, "OIDC_ISSUER": "http://login.example"}, "OIDC_ISSUER must begin with https://"),
        ({"SSO_ONLY": "1"}, "SSO_ONLY=1 needs an identity provider"),
        ({"CA_BUNDLE": "/no/such/file.pem"}, "CA_BUNDLE must be a file of certificates"),
        ({"PRODUCTION": ""}, "PRODUCTION must be 1 or 0."),
        ({"IDLE_SIGN_OUT_MINUTES": "ten"}, "IDLE_SIGN_OUT_MINUTES must be a whole number."),
        ({"DATABASE_URL": "mysql://someone:word@localhost/review"}, "DATABASE_URL must be a postgres:// address"),
        ({"DATABASE_URL": "postgres"}, "DATABASE_URL must be a postgres:// address"),
        ({"REVIEW_DESK_PROCESS": "other"}, "REVIEW_DESK_PROCESS must be web, worker or command."),
    ],
)
def test_a_bad_production_configuration_refuses_to_start(changes, sentence):
    answer = load(**changes)

    assert answer.returncode != 0
    assert sentence in answer.stderr.splitlines()[-1]


def test_a_socket_folder_in_the_database_address_is_read():
    answer = load("print(settings.DATABASES['default']['HOST'])", DATABASE_URL="postgres://me@%2Fvar%2Frun%2Fpostgresql/review")

    assert answer.stdout.strip() == "/var/run/postgresql"


@pytest.mark.parametrize(("process", "timeout"), [("web", "5s"), ("worker", "60s"), ("command", "0")])
def test_only_a_serving_process_has_short_time_outs_and_a_pool(process, timeout):
    answer = load("print(settings.DATABASES['default']['OPTIONS'])", REVIEW_DESK_PROCESS=process)

    assert f"statement_timeout={timeout} " in answer.stdout
    assert ("'pool'" in answer.stdout) == (process == "web")


def test_an_identity_provider_and_nothing_else():
    answer = load("print(settings.OIDC_GROUPS, settings.SSO_ONLY)", **PROVIDER, SSO_ONLY="1")

    assert answer.stdout.strip() == "{'qa': ('admin', frozenset())} True"


@pytest.mark.parametrize(
    ("changes", "roles"),
    [
        ({}, {"manager", "admin"}),
        ({"MFA_REQUIRED_FOR": "admin"}, {"admin"}),
        ({"MFA_REQUIRED_FOR": ""}, {"manager", "admin"}),
        ({"MFA_REQUIRED_FOR": "nobody"}, set()),
        ({"PRODUCTION": "0"}, set()),
    ],
)
def test_managers_and_admins_need_a_second_factor_in_production(changes, roles):
    assert load("print(sorted(settings.MFA_REQUIRED_FOR))", **changes).stdout.strip() == str(sorted(roles))


@pytest.mark.parametrize(("address", "backend"), [("dummymail:", "dummy"), ("consolemail:", "console"), (None, "console"), ("smtp://mail.example.com", "smtp")])
def test_mail_goes_where_the_address_says_and_waits_ten_seconds(address, backend):
    answer = load("print(settings.EMAIL_BACKEND, settings.EMAIL_TIMEOUT)", PRODUCTION="0", EMAIL_URL=address)

    assert answer.stdout.strip() == f"django.core.mail.backends.{backend}.EmailBackend 10"


def test_every_variable_is_in_the_example():
    named = {line.split("=")[0] for line in (ROOT / ".env.example").read_text().splitlines() if "=" in line and not line.startswith("#")}
    source = (ROOT / "config" / "settings.py").read_text()

    assert all(f'"{name}"' in source for name in named)
    assert set(re.findall(r'env\.\w+\("([A-Z_]+)"', source)) <= named
