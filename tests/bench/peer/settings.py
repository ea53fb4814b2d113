"""Django as it comes, on the database of the bench; only the tables are ours."""

from config.settings import (  # noqa: F401 - what the models and the libraries behind them need
    AUTH_USER_MODEL,
    CACHES,
    DATABASES,
    DEFAULT_AUTO_FIELD,
    INSTALLED_APPS,
    SECRET_KEY,
    STATIC_ROOT,
    STATIC_URL,
    USE_TZ,
)

ALLOWED_HOSTS = ["127.0.0.1"]
ROOT_URLCONF = "tests.bench.peer.urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    # An application that has the tables insists on it; it does nothing here.
    "allauth.account.middleware.AccountMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    }
]
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend"]
# Of our checks none applies here.
SILENCED_SYSTEM_CHECKS: list[str] = []
# Kept open, which is the faster of the two usual ways; and a page may take as long as it needs.
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "OPTIONS": {"options": "-c statement_timeout=0"}}
