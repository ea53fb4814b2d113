"""What is configured, and where it comes from. A secret is only ever "set" or "not set"."""

import os
import platform
import tomllib
from calendar import day_name
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.template.defaultfilters import filesizeformat

from labeling.models import ApiKey, GuideVersion, LegalHold, MaskedKey, RetentionRule

EVERY_DAY = "kept for good"
SERVES = "not set: the secret key serves"


@dataclass(frozen=True, slots=True)
class Configured:
    """`origin` is the environment's variable, "default", or who set it in the admin and when."""

    name: str
    value: str
    origin: str


def get_installation() -> list[tuple[str, list[Configured]]]:
    """This will read everything that decides how this installation behaves."""
    return [
        ("Kind", list(_kind())),
        ("Mail and outbound calls", list(_outbound())),
        ("Sign-in", list(_sign_in())),
        ("Reviewing and privacy", list(_reviewing())),
        ("Folders and logs", list(_folders())),
        ("Set in the admin", list(_set_by_people())),
    ]


@lru_cache(maxsize=1)
def version() -> str:
    with Path(settings.BASE_DIR, "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _kind() -> Iterable[Configured]:
    yield Configured("Version", version(), "code")
    yield Configured("Django and Python", f"{django.get_version()}, {platform.python_version()}", "code")
    yield _setting("Production", "PRODUCTION", settings.PRODUCTION)
    yield _setting("Hosts", "ALLOWED_HOSTS", ", ".join(settings.ALLOWED_HOSTS))
    yield _setting("Debug pages", "DEBUG", settings.DEBUG)
    yield _setting("Proxies in front", "PROXIES", settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    yield _setting("On the HSTS lists of browsers", "HSTS_PRELOAD", settings.SECURE_HSTS_PRELOAD)
    yield _secret("Secret key", "SECRET_KEY", without="made on this machine")
    database = settings.DATABASES["default"]
    yield _setting("Database", "DATABASE_URL", f"{database['NAME']} at {database.get('HOST') or 'this machine'}")
    yield _setting("Connections of one web process", "DATABASE_POOL", database["OPTIONS"].get("pool", {}).get("max_size", "no pool here"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), (SELECT string_agg(extname || ' ' || extversion, ', ' ORDER BY extname) FROM pg_extension), current_user"
        )
        server, extensions, role = cursor.fetchone()
    yield Configured("Database server", f"PostgreSQL {server}", "the server")
    yield Configured("Extensions", extensions or "none", "the server")
    yield Configured("Database role", role, "the server")


def _outbound() -> Iterable[Configured]:
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    host = getattr(settings, "EMAIL_HOST", "")
    yield _setting(
        "Mail",
        "EMAIL_URL",
        f"{backend} through {host}" if backend == "smtp" and host else {"console": "printed, not sent", "dummy": "none is sent"}.get(backend, backend),
    )
    yield _setting("Mail from", "DEFAULT_FROM_EMAIL", settings.DEFAULT_FROM_EMAIL)
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or ""
    yield Configured("Proxy for calls to the outside", _host_of(proxy) or "none", "HTTPS_PROXY" if proxy else "default")
    yield _setting("Inside hosts that may be called", "OUTBOUND_ALLOWED", ", ".join(sorted(settings.OUTBOUND_ALLOWED)))
    yield _setting("Certificates", "CA_BUNDLE REQUESTS_CA_BUNDLE SSL_CERT_FILE", settings.CA_BUNDLE or "those of the system")


def _sign_in() -> Iterable[Configured]:
    yield _setting("Identity provider", "OIDC_ISSUER", _host_of(settings.OIDC_ISSUER) or "none")
    yield _setting("Its name on the button", "OIDC_NAME", settings.OIDC_NAME)
    yield _setting("Our client there", "OIDC_CLIENT_ID", settings.OIDC_CLIENT_ID)
    yield _secret("Its client secret", "OIDC_CLIENT_SECRET")
    yield _setting("What it is asked for", "OIDC_SCOPES", settings.OIDC_SCOPES)
    yield _setting("Claim of the groups", "OIDC_GROUPS_CLAIM", settings.OIDC_GROUPS_CLAIM)
    yield _setting("Groups that give a role", "OIDC_ROLE_MAP", len(settings.OIDC_GROUPS))
    yield _setting("Only through the identity provider", "SSO_ONLY", settings.SSO_ONLY)
    yield _secret("Break-glass account", "BREAK_GLASS_EMAIL")
    yield _setting("Second factor required for", "MFA_REQUIRED_FOR", ", ".join(sorted(settings.MFA_REQUIRED_FOR)) or "nobody")
    yield _setting("Signed out without activity after", "IDLE_SIGN_OUT_MINUTES", f"{settings.IDLE_SIGN_OUT_SECONDS // 60} minutes")
    yield _setting("Signed out in any case after", "ABSOLUTE_SIGN_OUT_HOURS", f"{settings.ABSOLUTE_SIGN_OUT_SECONDS // 3600} hours")


def _reviewing() -> Iterable[Configured]:
    yield _setting("Own label before others' are shown", "INDEPENDENT_REVIEW", settings.INDEPENDENT_REVIEW)
    yield _setting("A reply is noticed from", "NOTICEABLE_REPLY_MS", f"{settings.NOTICEABLE_REPLY_MS} ms")
    yield _setting("A reply is slow from", "SLOW_REPLY_MS", f"{settings.SLOW_REPLY_MS} ms")
    yield _setting("Time zone of the summary", "REPORTING_TIME_ZONE", settings.REPORTING_TIME_ZONE)
    yield _setting("A week begins on", "WEEK_STARTS_ON", day_name[settings.WEEK_STARTS_ON])
    yield _setting("Share links", "SHARE_LINKS", settings.SHARE_LINKS)
    yield _secret("Key that seals others' secrets", "SEALING_KEY", without=SERVES)
    yield _secret("Key of the list of erasures", "ERASURE_KEY", without=SERVES)


def _folders() -> Iterable[Configured]:
    yield _setting("Exports", "EXPORTS", settings.EXPORT_DIR)
    yield _setting("Recordings", "RECORDINGS", settings.RECORDING_DIR)
    yield _setting("Uploaded files", "IMPORTS", settings.IMPORT_DIR)
    yield _setting("The largest of them", "IMPORT_LIMIT", filesizeformat(settings.IMPORT_LIMIT))
    yield _setting("List of erasures", "ERASURE_LIST", settings.ERASURE_LIST)
    yield _setting("Who makes backups", "BACKUP", settings.BACKUP)
    yield _setting("Backups", "BACKUPS", settings.BACKUP_DIR)
    yield _secret("Passphrase of backups", "BACKUP_PASSPHRASE", without="not set: they are not encrypted")
    yield _secret("Where backups are verified", "VERIFY_DATABASE_URL", without="on the server of the database")
    yield _setting("Lines of the audit", "AUDIT_LOG", settings.AUDIT_LOG or "standard output")
    yield _setting("Lines of the log", "LOG_FORMAT", settings.LOG_FORMAT)
    yield _setting("A line of the log for each request", "LOG_REQUESTS", settings.LOG_REQUESTS)
    yield _secret("Token of a collector of numbers", "METRICS_TOKEN", without="not set: there is nothing to collect")
    yield _secret("Where errors are reported", "SENTRY_DSN", without="not set: errors stand in the log only")
    yield _setting("What web processes count", "METRICS", settings.METRICS_DIR)


def _set_by_people() -> Iterable[Configured]:
    for rule in RetentionRule.objects.select_related("changed_by").order_by("data_class", "pk"):
        days = f"{rule.days} days" if rule.days else EVERY_DAY
        yield Configured(f"Retention: {rule}", days, _by(rule.changed_by, rule.changed_at))
    guide = GuideVersion.objects.select_related("published_by").order_by("-number").first()
    yield Configured("Guide", f"version {guide.number}" if guide else "none", _by(guide.published_by, guide.published_at) if guide else "default")
    yield Configured("Legal holds in force", f"{LegalHold.objects.filter(lifted_at=None).count()}", "admin")
    yield Configured("Masked keys of tools", f"{MaskedKey.objects.count()}", "admin, see its history")
    yield Configured("API keys in force", f"{ApiKey.objects.filter(revoked_at=None, expires_at__gt=Now()).count()}", "admin, see its history")


def _setting(name: str, variable: str, value: Any) -> Configured:
    words = {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return Configured(name, words or "none", _origin(variable))


def _secret(name: str, variable: str, *, without: str = "not set") -> Configured:
    return Configured(name, "set" if os.environ.get(variable) else without, _origin(variable))


def _origin(variables: str) -> str:
    """Of several the first that is set counts."""
    given = next((variable for variable in variables.split() if os.environ.get(variable)), "")
    return f"environment: {given}" if given else "default"


def _host_of(address: str) -> str:
    """An address may hold a name and a password."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.hostname and parts.port else parts.hostname or ""


def _by(person: Any, at: Any) -> str:
    return f"{person or 'as it came'}, {at:%Y-%m-%d %H:%M} UTC"
