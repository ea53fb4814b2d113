"""What is configured, and where it comes from. A secret is only ever "set" or "not set"."""

import os
import platform
import tomllib
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
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labeling.models import ApiKey, GuideVersion, LegalHold, MaskedKey, RetentionRule

FOR_GOOD = gettext_lazy("kept for good")
SERVES = gettext_lazy("not set: the secret key serves")


@dataclass(frozen=True, slots=True)
class Configured:
    """`origin` is the environment's variable, "default", or who set it in the admin and when."""

    name: str
    value: str
    origin: str


def get_installation() -> list[tuple[str, list[Configured]]]:
    """This will read everything that decides how this installation behaves."""
    return [
        (_("Kind"), list(_kind())),
        (_("Mail and outbound calls"), list(_outbound())),
        (_("Sign-in"), list(_sign_in())),
        (_("Reviewing and privacy"), list(_reviewing())),
        (_("Folders and logs"), list(_folders())),
        (_("Set in the admin"), list(_set_by_people())),
    ]


@lru_cache(maxsize=1)
def version() -> str:
    with Path(settings.BASE_DIR, "pyproject.toml").open("rb") as file:
        return str(tomllib.load(file)["project"]["version"])


def _kind() -> Iterable[Configured]:
    yield Configured(_("Version"), version(), _("code"))
    yield Configured(_("Django and Python"), f"{django.get_version()}, {platform.python_version()}", _("code"))
    yield _setting(_("Production"), "PRODUCTION", settings.PRODUCTION)
    yield _setting(_("Hosts"), "ALLOWED_HOSTS", ", ".join(settings.ALLOWED_HOSTS))
    yield _setting(_("Debug pages"), "DEBUG", settings.DEBUG)
    yield _setting(_("Proxies in front"), "PROXIES", settings.ALLAUTH_TRUSTED_PROXY_COUNT)
    yield _setting(_("On the HSTS lists of browsers"), "HSTS_PRELOAD", settings.SECURE_HSTS_PRELOAD)
    yield _secret(_("Secret key"), "SECRET_KEY", without=_("made on this machine"))
    database = settings.DATABASES["default"]
    yield _setting(_("Database"), "DATABASE_URL", _("%(name)s at %(host)s") % {"name": database["NAME"], "host": database.get("HOST") or _("this machine")})
    yield _setting(_("Connections of one web process"), "DATABASE_POOL", database["OPTIONS"].get("pool", {}).get("max_size", _("no pool here")))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), (SELECT string_agg(extname || ' ' || extversion, ', ' ORDER BY extname) FROM pg_extension), current_user"
        )
        server, extensions, role = cursor.fetchone()
    yield Configured(_("Database server"), f"PostgreSQL {server}", _("the server"))
    yield Configured(_("Extensions"), extensions or _("none"), _("the server"))
    yield Configured(_("Database role"), role, _("the server"))


def _outbound() -> Iterable[Configured]:
    backend = settings.EMAIL_BACKEND.rsplit(".", 2)[-2]
    host = getattr(settings, "EMAIL_HOST", "")
    yield _setting(
        _("Mail"),
        "EMAIL_URL",
        _("%(backend)s through %(host)s") % {"backend": backend, "host": host}
        if backend == "smtp" and host
        else {"console": _("printed, not sent"), "dummy": _("none is sent")}.get(backend, backend),
    )
    yield _setting(_("Mail from"), "DEFAULT_FROM_EMAIL", settings.DEFAULT_FROM_EMAIL)
    proxy = os.environ.get("HTTPS_PROXY") or os.environ.get("https_proxy") or ""
    yield Configured(_("Proxy for calls to the outside"), _host_of(proxy) or _("none"), "HTTPS_PROXY" if proxy else _("default"))
    yield _setting(_("Inside hosts that may be called"), "OUTBOUND_ALLOWED", ", ".join(sorted(settings.OUTBOUND_ALLOWED)))
    yield _setting(_("Certificates"), "CA_BUNDLE REQUESTS_CA_BUNDLE SSL_CERT_FILE", settings.CA_BUNDLE or _("those of the system"))


def _sign_in() -> Iterable[Configured]:
    yield _setting(_("Identity provider"), "OIDC_ISSUER", _host_of(settings.OIDC_ISSUER) or _("none"))
    yield _setting(_("Its name on the button"), "OIDC_NAME", settings.OIDC_NAME)
    yield _setting(_("Our client there"), "OIDC_CLIENT_ID", settings.OIDC_CLIENT_ID)
    yield _secret(_("Its client secret"), "OIDC_CLIENT_SECRET")
    yield _setting(_("What it is asked for"), "OIDC_SCOPES", settings.OIDC_SCOPES)
    yield _setting(_("Claim of the groups"), "OIDC_GROUPS_CLAIM", settings.OIDC_GROUPS_CLAIM)
    yield _setting(_("Groups that give a role"), "OIDC_ROLE_MAP", len(settings.OIDC_GROUPS))
    yield _setting(_("Only through the identity provider"), "SSO_ONLY", settings.SSO_ONLY)
    yield _secret(_("Break-glass account"), "BREAK_GLASS_EMAIL")
    yield _setting(_("Second factor required for"), "MFA_REQUIRED_FOR", ", ".join(sorted(settings.MFA_REQUIRED_FOR)) or _("nobody"))
    yield _setting(_("Signed out without activity after"), "IDLE_SIGN_OUT_MINUTES", _minutes(settings.IDLE_SIGN_OUT_SECONDS // 60))
    yield _setting(_("Signed out in any case after"), "ABSOLUTE_SIGN_OUT_HOURS", _hours(settings.ABSOLUTE_SIGN_OUT_SECONDS // 3600))


def _reviewing() -> Iterable[Configured]:
    yield _setting(_("Own label before others' are shown"), "INDEPENDENT_REVIEW", settings.INDEPENDENT_REVIEW)
    yield _setting(_("A reply is noticed from"), "NOTICEABLE_REPLY_MS", _("%(ms)s ms") % {"ms": settings.NOTICEABLE_REPLY_MS})
    yield _setting(_("A reply is slow from"), "SLOW_REPLY_MS", _("%(ms)s ms") % {"ms": settings.SLOW_REPLY_MS})
    yield _setting(_("Time zone of the summary"), "REPORTING_TIME_ZONE", settings.REPORTING_TIME_ZONE)
    yield _setting(_("A week begins on"), "WEEK_STARTS_ON", str(WEEKDAYS[settings.WEEK_STARTS_ON]))
    yield _setting(_("Share links"), "SHARE_LINKS", settings.SHARE_LINKS)
    yield _secret(_("Key that seals others' secrets"), "SEALING_KEY", without=SERVES)
    yield _secret(_("Key of the list of erasures"), "ERASURE_KEY", without=SERVES)


def _folders() -> Iterable[Configured]:
    yield _setting(_("Exports"), "EXPORTS", settings.EXPORT_DIR)
    yield _setting(_("Recordings"), "RECORDINGS", settings.RECORDING_DIR)
    yield _setting(_("Uploaded files"), "IMPORTS", settings.IMPORT_DIR)
    yield _setting(_("The largest of them"), "IMPORT_LIMIT", filesizeformat(settings.IMPORT_LIMIT))
    yield _setting(_("List of erasures"), "ERASURE_LIST", settings.ERASURE_LIST)
    yield _setting(_("Who makes backups"), "BACKUP", settings.BACKUP)
    yield _setting(_("Backups"), "BACKUPS", settings.BACKUP_DIR)
    yield _secret(_("Passphrase of backups"), "BACKUP_PASSPHRASE", without=_("not set: they are not encrypted"))
    yield _secret(_("Where backups are verified"), "VERIFY_DATABASE_URL", without=_("on the server of the database"))
    yield _setting(_("Lines of the audit"), "AUDIT_LOG", settings.AUDIT_LOG or _("standard output"))
    yield _setting(_("Lines of the log"), "LOG_FORMAT", settings.LOG_FORMAT)
    yield _setting(_("A line of the log for each request"), "LOG_REQUESTS", settings.LOG_REQUESTS)
    yield _secret(_("Token of a collector of numbers"), "METRICS_TOKEN", without=_("not set: there is nothing to collect"))
    yield _secret(_("Where errors are reported"), "SENTRY_DSN", without=_("not set: errors stand in the log only"))
    yield _setting(_("What web processes count"), "METRICS", settings.METRICS_DIR)


def _set_by_people() -> Iterable[Configured]:
    for rule in RetentionRule.objects.select_related("changed_by").order_by("data_class", "pk"):
        days = ngettext("%(n)s day", "%(n)s days", rule.days) % {"n": rule.days} if rule.days else str(FOR_GOOD)
        yield Configured(_("Retention: %(rule)s") % {"rule": rule}, days, _by(rule.changed_by, rule.changed_at))
    guide = GuideVersion.objects.select_related("published_by").order_by("-number").first()
    yield Configured(
        _("Guide"),
        _("version %(number)s") % {"number": guide.number} if guide else _("none"),
        _by(guide.published_by, guide.published_at) if guide else _("default"),
    )
    yield Configured(_("Legal holds in force"), f"{LegalHold.objects.filter(lifted_at=None).count()}", _("admin"))
    yield Configured(_("Masked keys of tools"), f"{MaskedKey.objects.count()}", _("admin, see its history"))
    yield Configured(_("API keys in force"), f"{ApiKey.objects.filter(revoked_at=None, expires_at__gt=Now()).count()}", _("admin, see its history"))


def _setting(name: str, variable: str, value: Any) -> Configured:
    words = {True: _("yes"), False: _("no")}.get(value, str(value)) if isinstance(value, bool) else str(value)
    return Configured(name, words or _("none"), _origin(variable))


def _secret(name: str, variable: str, *, without: object = "") -> Configured:
    return Configured(name, _("set") if os.environ.get(variable) else str(without) or _("not set"), _origin(variable))


def _minutes(n: int) -> str:
    return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}


def _hours(n: int) -> str:
    return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}


def _origin(variables: str) -> str:
    """Of several the first that is set counts."""
    given = next((variable for variable in variables.split() if os.environ.get(variable)), "")
    return _("environment: %(variable)s") % {"variable": given} if given else _("default")


def _host_of(address: str) -> str:
    """An address may hold a name and a password."""
    parts = urlsplit(address)
    return f"{parts.hostname}:{parts.port}" if parts.hostname and parts.port else parts.hostname or ""


def _by(person: Any, at: Any) -> str:
    return _("%(person)s, %(at)s UTC") % {"person": person or _("as it came"), "at": f"{at:%Y-%m-%d %H:%M}"}
