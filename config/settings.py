"""Every setting, one file, in sections. Secrets are required in production; defaults are the safe side."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any
from zoneinfo import available_timezones

import dj_database_url
import dj_email_url  # type: ignore[import-untyped]
from django.core.exceptions import ImproperlyConfigured

from config import environment as env
from config import local_files, role_map
from config.bounded import BoundedConnection
from config.content_policy import CONTENT_SECURITY_POLICY, PERMISSIONS_POLICY  # noqa: F401 - read by their middleware

BASE_DIR = Path(__file__).resolve().parent.parent
env.read_file(BASE_DIR / ".env")

# --- What kind of installation this is --------------------------------------------------------------------------------

PRODUCTION = env.switch("PRODUCTION", False)
DEBUG = env.switch("DEBUG", False)
PROCESS = env.text("REVIEW_DESK_PROCESS", "command")
if PROCESS not in ("web", "worker", "command"):
    raise ImproperlyConfigured("REVIEW_DESK_PROCESS must be web, worker or command.")
if PRODUCTION and DEBUG:
    raise ImproperlyConfigured("DEBUG must be 0 in production: its error pages show transcripts and settings.")

SECRET_KEY = env.text("SECRET_KEY")
if PRODUCTION:
    if not SECRET_KEY:
        raise ImproperlyConfigured("SECRET_KEY is required in production. Make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'")
    if len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 10 or SECRET_KEY.startswith(("django-insecure", "change-me")):
        raise ImproperlyConfigured("SECRET_KEY is too short or a known example. Use at least 50 random characters.")
elif not SECRET_KEY:
    SECRET_KEY = local_files.read_key()

# What a former key encrypted is still read.
SECRET_KEY_FALLBACKS: list[str] = env.words("SECRET_KEY_FALLBACKS")

LOOPBACK = "127.0.0.1"
LOCAL_HOSTS = ["localhost", LOOPBACK, "[::1]", ".localhost"]
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS") or ([] if PRODUCTION else LOCAL_HOSTS)
if PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts of this installation in production, separated by commas.")
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if PRODUCTION and not host.startswith(".")]
# How many reverse proxies stand in front; a client's address is believed only through that many.
ALLAUTH_TRUSTED_PROXY_COUNT = env.number("PROXIES", 0)
if ALLAUTH_TRUSTED_PROXY_COUNT < 0:
    raise ImproperlyConfigured("PROXIES must be 0 or more.")

# --- Applications -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "labeling",
    "sessions_app",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.usersessions",
    "csp",
    "django_filters",
    "django_htmx",
    "pghistory",
    "pgtrigger",
    "procrastinate.contrib.django",
]

MIDDLEWARE = [
    "labeling.middleware.traces.Traces",
    "labeling.middleware.caching.PrivateAnswers",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "labeling.middleware.crowds.Crowds",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "labeling.middleware.api_keys.ApiKeys",
    "labeling.middleware.sign_in_age.SignInAge",
    "labeling.middleware.scopes.Scopes",
    "labeling.middleware.closed_by_default.ClosedByDefault",
    "labeling.middleware.second_factors.SecondFactorFirst",
    "labeling.middleware.changes.NamesWhoChanges",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            # Marks stand on every page, and so do words and addresses.
            "builtins": ["labeling.templatetags.marks", "labeling.templatetags.kept"],
            "libraries": {"i18n": "labeling.templatetags.kept"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "labeling.context_processors.shell",
            ],
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------------

# A reader waits at most five seconds for a page; a migration or an import may take as long as it needs.
STATEMENT_TIMEOUT = {"web": "5s", "worker": "60s", "command": "0"}[PROCESS]
LOCK_TIMEOUT = {"web": "2s", "worker": "2s", "command": "0"}[PROCESS]
IDLE_IN_TRANSACTION_TIMEOUT = {"web": "10s", "worker": "60s", "command": "60s"}[PROCESS]

DATABASE_URL = env.text("DATABASE_URL")
if DATABASE_URL:
    try:
        address: dict[str, Any] = dict(dj_database_url.parse(DATABASE_URL))
    except ValueError:
        address = {}
    if not address.get("ENGINE", "").endswith("postgresql"):
        raise ImproperlyConfigured("DATABASE_URL must be a postgres:// address: Review Desk stands on PostgreSQL 15 or newer.")
    DATABASES: dict[str, Any] = {"default": address}
elif PRODUCTION:
    raise ImproperlyConfigured("DATABASE_URL is required in production: the embedded database is for trying out and for tests.")
else:
    DATABASES = {
        "default": {
            "ENGINE": "config.embedded_postgres",
            "NAME": "review_desk",
            "EMBEDDED": {
                "DATA": Path(env.text("EMBEDDED_DATA") or BASE_DIR / ".data" / "postgres"),
                "BIN": env.text("EMBEDDED_POSTGRES_BIN"),
            },
        }
    }
DATABASES["default"].setdefault("OPTIONS", {})
DATABASES["default"]["OPTIONS"] |= {
    "connect_timeout": 3,
    # A machine that vanished without a word is noticed within ten seconds, by who waits and by who is idle.
    "tcp_user_timeout": 5_000,
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 2,
    "application_name": f"review-desk {PROCESS}",
    # Of statements that are sent with their values apart, see sessions_app/compiled.py; Django's others are not prepared.
    "prepare_threshold": 5,
    "options": f"-c statement_timeout={STATEMENT_TIMEOUT} -c lock_timeout={LOCK_TIMEOUT}"
    f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT} -c timezone=UTC"
    # Compiling a plan takes longer than a page may; it never pays for what reads a page of rows. And on the disks of today a
    # row found by an index is not four times as dear as the next one: with that default a list is sorted, not walked.
    " -c jit=off -c random_page_cost=1.1",
}
# Who tries it out on their own machine signs in as a demo person without a password. `manage.py up` says to the web process where it
# listens; a server that somebody started otherwise, or that a proxy or another name leads to, has no such way in.
DEMO_SIGN_INS = (
    not PRODUCTION
    and not DATABASE_URL
    and PROCESS == "web"
    and env.text("REVIEW_DESK_BOUND_TO") == LOOPBACK
    and not ALLAUTH_TRUSTED_PROXY_COUNT
    and set(ALLOWED_HOSTS) <= set(LOCAL_HOSTS)
)
if PROCESS == "worker" and DATABASE_URL:
    DATABASES["default"]["ENGINE"] = "config.bounded_postgres"
if PROCESS == "web":
    if DATABASE_URL:
        DATABASES["default"]["ENGINE"] = "config.pooled_postgres"
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "connection_class": BoundedConnection,
        "min_size": 1,
        "max_size": env.number("DATABASE_POOL", 10),
        "timeout": 3,
        # After that the next request tries: the pool's own pauses grow to minutes while the database is away.
        "reconnect_timeout": 2,
    }
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# The limits on sign-in attempts live in the cache, so every process must see the same one.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache", "OPTIONS": {"MAX_ENTRIES": 200_000}}}

# --- People and sign-in -----------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "labeling.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator", "OPTIONS": {"user_attributes": ("email", "name")}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "labeling:home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "labeling.accounts.adapter.ClosedSignUp"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_FORMS = {"reset_password": "labeling.accounts.forms.ResetForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    "reset_password": "20/m/ip,5/m/key",
    "reauthenticate": "10/m/user",
    "invitation": "30/m/ip",
    "share_link": "60/m/ip",
    "identity_provider": "30/m/ip",
}
ACCOUNT_EMAIL_SUBJECT_PREFIX = "Review Desk: "
# An address that nobody signed up with gets no mail from us.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False

# A second factor: an authenticator app or a passkey, with recovery codes that are shown once.
MFA_ADAPTER = "labeling.accounts.second_factors.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {
    "authenticate": "labeling.accounts.second_factors.CodeForm",
    "reauthenticate": "labeling.accounts.second_factors.CodeAgainForm",
    "activate_totp": "labeling.accounts.second_factors.FirstCodeForm",
    "authenticate_webauthn": "labeling.accounts.second_factors.PasskeyForm",
    "reauthenticate_webauthn": "labeling.accounts.second_factors.PasskeyAgainForm",
    "login_webauthn": "labeling.accounts.second_factors.PasskeySignInForm",
    "add_webauthn": "labeling.accounts.second_factors.NewPasskeyForm",
}
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "Review Desk"
# A telephone's clock may be half a minute off.
MFA_TOTP_TOLERANCE = 1
# Browsers give passkeys to https and to localhost only.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False
# An empty line is no decision: nobody turns it off by leaving a line of the example as it is.
_MFA = env.text("MFA_REQUIRED_FOR").replace(" ", "") or ("manager,admin" if PRODUCTION else "nobody")
MFA_REQUIRED_FOR = frozenset(_MFA.split(",")) - {"nobody"}
if MFA_REQUIRED_FOR - {"reviewer", "manager", "admin"}:
    raise ImproperlyConfigured("MFA_REQUIRED_FOR must name roles, separated by commas: reviewer, manager, admin. Or nobody.")

# One identity provider by OpenID Connect. Its address comes from here and from nowhere else.
OIDC_ISSUER = env.text("OIDC_ISSUER").strip()
OIDC_CLIENT_ID = env.text("OIDC_CLIENT_ID")
OIDC_CLIENT_SECRET = env.text("OIDC_CLIENT_SECRET")
OIDC_NAME = env.text("OIDC_NAME") or "your organization"
OIDC_GROUPS_CLAIM = env.text("OIDC_GROUPS_CLAIM") or "groups"
OIDC_SCOPES = env.text("OIDC_SCOPES") or "openid email profile"
try:
    OIDC_GROUPS = role_map.parsed(env.text("OIDC_ROLE_MAP"))
except ValueError as problem:
    raise ImproperlyConfigured(f"OIDC_ROLE_MAP: {problem} Write group=role or group=role@Agent name|Another agent, separated by semicolons.") from None
if OIDC_ISSUER and not (OIDC_CLIENT_ID and OIDC_CLIENT_SECRET and OIDC_GROUPS):
    raise ImproperlyConfigured("With OIDC_ISSUER also OIDC_CLIENT_ID, OIDC_CLIENT_SECRET and OIDC_ROLE_MAP are required.")
if PRODUCTION and OIDC_ISSUER and not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured("OIDC_ISSUER must begin with https:// in production.")
# With 1 nobody signs in by a password, except the one account for the day the identity provider is away.
SSO_ONLY = env.switch("SSO_ONLY", False)
BREAK_GLASS_EMAIL = env.text("BREAK_GLASS_EMAIL").strip().lower()
if SSO_ONLY and not OIDC_ISSUER:
    raise ImproperlyConfigured("SSO_ONLY=1 needs an identity provider: set OIDC_ISSUER.")

IDLE_SIGN_OUT_SECONDS = env.number("IDLE_SIGN_OUT_MINUTES", 15) * 60
ABSOLUTE_SIGN_OUT_SECONDS = env.number("ABSOLUTE_SIGN_OUT_HOURS", 12) * 3600
if not 1 <= IDLE_SIGN_OUT_SECONDS // 60 <= 24 * 60 or not 1 <= ABSOLUTE_SIGN_OUT_SECONDS // 3600 <= 24 * 7:
    raise ImproperlyConfigured("IDLE_SIGN_OUT_MINUTES must lie between 1 and 1440, ABSOLUTE_SIGN_OUT_HOURS between 1 and 168.")
SESSION_ENGINE = "config.sign_in_sessions"
SESSION_COOKIE_AGE = ABSOLUTE_SIGN_OUT_SECONDS
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "labeling.views.errors.csrf_failure"

# With 1, a reviewer sees what others think of a session only after giving a label of their own.
INDEPENDENT_REVIEW = env.switch("INDEPENDENT_REVIEW", False)

# With 0, nobody makes a link that shows a redacted session to somebody without an account, and those there are show nothing.
SHARE_LINKS = env.switch("SHARE_LINKS", True)

# From which wait on a transcript shows a reply in amber, and calls it slow. The list's signal stays at four seconds: an index carries it.
NOTICEABLE_REPLY_MS = env.number("NOTICEABLE_REPLY_MS", 2_000)
SLOW_REPLY_MS = env.number("SLOW_REPLY_MS", 4_000)
if not 0 < NOTICEABLE_REPLY_MS <= SLOW_REPLY_MS <= 60_000:
    raise ImproperlyConfigured("NOTICEABLE_REPLY_MS and SLOW_REPLY_MS must lie between 1 and 60000, the first not above the second.")

# Days and weeks of the summary are those of this zone. A week begins on Monday, or on Sunday with 6.
REPORTING_TIME_ZONE = env.text("REPORTING_TIME_ZONE") or "UTC"
if REPORTING_TIME_ZONE not in available_timezones():
    raise ImproperlyConfigured("REPORTING_TIME_ZONE must be the name of a time zone, such as America/Chicago.")
WEEK_STARTS_ON = env.number("WEEK_STARTS_ON", 0)
if not 0 <= WEEK_STARTS_ON <= 6:
    raise ImproperlyConfigured("WEEK_STARTS_ON must be a day from 0, Monday, to 6, Sunday.")

# --- Security ---------------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
if PRODUCTION:
    SECURE_SSL_REDIRECT = True
    # An API client that spoke plainly has already sent its key: it is refused, not redirected.
    SECURE_REDIRECT_EXEMPT = [r"^api/", r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 31_536_000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = env.switch("HSTS_PRELOAD", False)
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    if ALLAUTH_TRUSTED_PROXY_COUNT:
        SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
# Preloading HSTS binds a whole domain: HSTS_PRELOAD decides. And our tags for words stand in the place of Django's on purpose.
SILENCED_SYSTEM_CHECKS = ["security.W021", "templates.W003"]

# --- Outbound ---------------------------------------------------------------------------------------------------------

# Inside hosts that this installation may call, as host or host:port; every other address inside is refused. The
# identity provider's address is set above and needs no place here. HTTPS_PROXY and NO_PROXY are read where a call is made.
OUTBOUND_ALLOWED = frozenset(filter(None, env.text("OUTBOUND_ALLOWED").lower().replace(" ", "").split(",")))
CA_BUNDLE = env.text("CA_BUNDLE") or env.text("REQUESTS_CA_BUNDLE") or env.text("SSL_CERT_FILE")
if CA_BUNDLE and not Path(CA_BUNDLE).is_file():
    raise ImproperlyConfigured("CA_BUNDLE must be a file of certificates in PEM form.")

# --- Pages ------------------------------------------------------------------------------------------------------------

USE_TZ = True
TIME_ZONE = "UTC"
USE_I18N = True
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "config.formats"
USE_THOUSAND_SEPARATOR = True
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles" if PRODUCTION else local_files.STATIC
STATICFILES_DIRS = [BASE_DIR / "static"]
# Hashed names need collectstatic; a local installation serves the files where they lie.
HASHED_STATIC = env.switch("HASHED_STATIC", PRODUCTION)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage" if HASHED_STATIC else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not HASHED_STATIC
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False

# --- Exports ----------------------------------------------------------------------------------------------------------

# Where files made in the background wait for their day. Web and worker processes share it; nobody else reads it.
EXPORT_DIR = Path(env.text("EXPORTS") or BASE_DIR / ".data" / "exports")

# --- Recordings -------------------------------------------------------------------------------------------------------

# Where recordings lie that somebody wanted to hear, for a month. Web and worker processes share it; nobody else reads it.
RECORDING_DIR = Path(env.text("RECORDINGS") or BASE_DIR / ".data" / "recordings")

# --- Erasure ----------------------------------------------------------------------------------------------------------

# Digests of who was erased are made with the first key; those of former keys are still known. It never changes once it is set.
ERASURE_KEYS: list[str] = [env.text("ERASURE_KEY") or SECRET_KEY, *env.words("ERASURE_KEY_FALLBACKS")]
# The list that a restore of the database cannot take back: kept elsewhere than the database, and backed up by itself.
ERASURE_LIST = Path(env.text("ERASURE_LIST") or BASE_DIR / ".data" / "erasures.jsonl")

# --- Secrets of others ------------------------------------------------------------------------------------------------

# A vendor's key and the secrets of webhooks are sealed with the first of these; what a former one sealed is still read.
SEALING_KEYS: list[str] = [env.text("SEALING_KEY") or SECRET_KEY, *env.words("SEALING_KEY_FALLBACKS")]

# --- Imports ----------------------------------------------------------------------------------------------------------

# Where uploaded files wait to be taken in, and the rows that were refused. Web and worker processes share it; nobody else reads it.
IMPORT_DIR = Path(env.text("IMPORTS") or BASE_DIR / ".data" / "imports")
# In megabytes. A file that lies on the server is imported by `manage.py import_sessions`, of any size.
IMPORT_LIMIT = env.number("IMPORT_LIMIT", 1024) * 1024 * 1024

# --- Backups ----------------------------------------------------------------------------------------------------------

# Who makes and verifies backups: `manage.py backup` and `verify_backup`, or the operator's own tool.
BACKUP = env.text("BACKUP") or "own"
if BACKUP not in ("own", "external"):
    raise ImproperlyConfigured("BACKUP must be own or external.")
BACKUP_DIR = Path(env.text("BACKUPS") or BASE_DIR / ".data" / "backups")
# With it the files are encrypted; without it whoever reads one reads everything.
BACKUP_PASSPHRASE = env.text("BACKUP_PASSPHRASE")
# Where a backup is restored to be verified: a server and a role that may make databases. Empty: our own.
VERIFY_DATABASE_URL = env.text("VERIFY_DATABASE_URL")

# --- Mail and logs ----------------------------------------------------------------------------------------------------

if PRODUCTION and not env.text("EMAIL_URL"):
    raise ImproperlyConfigured("EMAIL_URL is required in production: password resets go by mail. Use dummymail: to send none.")
# The two that send nothing have had these names here; the library calls them by others, and takes what it does not know for a mail server.
EMAIL_CONFIG = dj_email_url.parse((env.text("EMAIL_URL") or "consolemail:").replace("consolemail:", "console:").replace("dummymail:", "dummy:"))
if not EMAIL_CONFIG.get("EMAIL_BACKEND"):
    raise ImproperlyConfigured("EMAIL_URL must begin with smtp://, smtps://, consolemail: or dummymail:.")
globals().update({key: value for key, value in EMAIL_CONFIG.items() if key.startswith("EMAIL_")})
EMAIL_TIMEOUT = EMAIL_CONFIG["EMAIL_TIMEOUT"] or 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.text("DEFAULT_FROM_EMAIL") or "review-desk@localhost"

# Where the lines of the audit go for a collector to take: standard output, or a file that may be moved away and is then begun anew.
AUDIT_LOG = env.text("AUDIT_LOG")
# What a command prints may be read by a script.
_AUDIT_STREAM = {"class": "logging.StreamHandler", "stream": "ext://sys.stderr" if PROCESS == "command" else "ext://sys.stdout"}
_AUDIT_FILE = {"class": "logging.handlers.WatchedFileHandler", "filename": AUDIT_LOG, "delay": True, "encoding": "utf-8"}

# line or json. Neither ever holds a text, a number or an address of a person; see config/logs.py.
LOG_FORMAT = env.text("LOG_FORMAT") or "line"
if LOG_FORMAT not in ("line", "json"):
    raise ImproperlyConfigured("LOG_FORMAT must be line or json.")
# With 1, each request is a line: what was asked for by its name, status, time and who by their number.
LOG_REQUESTS = env.switch("LOG_REQUESTS", False)
_LINE = {"()": "config.logs.JsonLines"} if LOG_FORMAT == "json" else {"()": "config.logs.Lines", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}

# Who collects numbers shows this at /metrics, as a bearer token; without one there is nothing there.
METRICS_TOKEN = env.text("METRICS_TOKEN").strip()
if METRICS_TOKEN and len(METRICS_TOKEN) < 20:
    raise ImproperlyConfigured("METRICS_TOKEN must have at least 20 characters.")
# Where the web processes of this machine add up what they counted.
METRICS_DIR = Path(env.text("METRICS") or BASE_DIR / ".data" / "metrics")

# Where errors are reported, by kind and place. The package for it is the operator's to install: pip install sentry-sdk.
SENTRY_DSN = env.text("SENTRY_DSN").strip()
if SENTRY_DSN and find_spec("sentry_sdk") is None:
    raise ImproperlyConfigured("SENTRY_DSN is set, but the package sentry-sdk is not installed: pip install sentry-sdk, or leave SENTRY_DSN empty.")

LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": _LINE, "bare": {"format": "%(message)s"}},
    "filters": {"without_secrets": {"()": "config.quiet_addresses.WithoutSecrets"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": "line", "filters": ["without_secrets"]},
        "audit": (_AUDIT_FILE if AUDIT_LOG else _AUDIT_STREAM) | {"formatter": "bare"},
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    # Django's default mails error pages to admins; a page can hold a transcript.
    "loggers": {
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django.request": {"handlers": ["console"], "level": "ERROR", "propagate": False},
        "review_desk.requests": {"handlers": ["console"], "level": "INFO", "propagate": False},
        "review_desk.audit": {"handlers": ["audit"], "level": "INFO", "propagate": False},
    },
}
if SENTRY_DSN:
    LOGGING["handlers"]["reports"] = {"()": "config.error_reports.Reports", "dsn": SENTRY_DSN, "process": PROCESS}
    for heard in (LOGGING["root"], LOGGING["loggers"]["django"], LOGGING["loggers"]["django.request"]):
        heard["handlers"] = [*heard["handlers"], "reports"]
