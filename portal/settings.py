"""Settings of the portal: one file, steered by environment variables alone (see `.env.example`).

Two modes. *Local* (the default, what `make run` uses): a secret key kept under `DATA_DIR`, loopback
hosts, no HTTPS. *Production* (`MODE=production`): a missing variable stops start-up and says what to set.
Importing this module never touches a database.
"""

import os
from pathlib import Path

import pghistory
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from portal.database.url import database_settings
from portal.local_keys import secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
PRODUCTION = os.environ.get("MODE", "local") == "production"
# `make test` sets TESTING; a bare pytest announces itself.
TESTING = os.environ.get("TESTING") == "1" or "PYTEST_VERSION" in os.environ
# Tests never write into the installation that a developer runs from the same folder.
DATA_DIR = Path(os.environ.get("DATA_DIR") or BASE_DIR / ("var/test" if TESTING else "var")).resolve()
DEBUG = os.environ.get("DEBUG") == "1" and not PRODUCTION


def _required(name: str, cure: str) -> str:
    value = os.environ.get(name, "")
    if PRODUCTION and not value:
        raise ImproperlyConfigured(f"环境变量 {name} 没有设置。{cure}")
    return value


SECRET_KEY = _required("SECRET_KEY", "请用 50 个以上随机字符设置它,并妥善保管。") or secret_key(DATA_DIR)
_hosts = _required("ALLOWED_HOSTS", "请写本站域名,例如 ALLOWED_HOSTS=www.example.gov.cn")
ALLOWED_HOSTS = [h for h in _hosts.split(",") if h] or ["localhost", "127.0.0.1", "[::1]"]
_required("DATABASE_URL", "请写 PostgreSQL 地址,例如 DATABASE_URL=postgres://user:password@host/name")
if not PRODUCTION and os.environ.get("HOST") and os.environ["HOST"] not in ALLOWED_HOSTS:
    # Whoever opens a local installation to a network (HOST=0.0.0.0) is reached under any of its addresses.
    ALLOWED_HOSTS = ["*"] if os.environ["HOST"] in {"0.0.0.0", "::"} else [*ALLOWED_HOSTS, os.environ["HOST"]]  # noqa: S104
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS if PRODUCTION and host != "*"]

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django.forms",  # FORM_RENDERER finds its templates here
    "pgtrigger",
    "pghistory",
    "procrastinate.contrib.django",
    "csp",
    "django_filters",
    "import_export",
    "js_asset",
    "django_prose_editor",
    "ninja",
    # The rooms, lowest first: reference data of a lower room stands before a higher one needs it.
    "workdays",
    "agencies",
    "catalog",
    "disclosure",
    "interpretation",
    "portal.search",
    "portal",
    "portal.apps.BackOfficeConfig",
]
if TESTING:
    INSTALLED_APPS.append("zeal")

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.middleware.PermissionsPolicyMiddleware",
    "portal.middleware.FreshnessMiddleware",
    "portal.middleware.NulMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "portal.middleware.HistoryMiddleware",
]
if TESTING:
    MIDDLEWARE.append("zeal.middleware.zeal_middleware")
    # One read of the acting user or session, one of the row that the page is about: no loop.
    ZEAL_ALLOWLIST = [
        {"model": "sessions.Session", "field": "get()"},
        {"model": "agencies.User", "field": "get()"},
    ]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "portal.site.context",
            ],
            "builtins": ["portal.templatetags.site"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database_settings(os.environ.get("DATABASE_URL", ""))}
if os.environ.get("SEARCH_DATABASE_URL"):
    # A copy that is only read, for searches (portal/search/connecting.py).
    DATABASES["search"] = database_settings(os.environ["SEARCH_DATABASE_URL"]) | {
        "TEST": {"MIRROR": "default"}
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "agencies.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
if TESTING:
    # Argon2 is slow on purpose; tests log in hundreds of times.
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_URL = "admin:login"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True
# The formats that the website rules ask for (DOMAIN §6.2), in place of 「2026年3月2日」.
FORMAT_MODULE_PATH = ["portal.formats"]

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    # Private: files have no address of their own; a view serves them after its check.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": DATA_DIR / "files", "base_url": None},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING or DEBUG
        else "portal.static_files.StaticFiles"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o640
DATA_UPLOAD_MAX_MEMORY_SIZE = 10 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = PRODUCTION
if PRODUCTION:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

PGHISTORY_APPEND_ONLY = True
PGHISTORY_DEFAULT_TRACKERS = (pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
PGHISTORY_MIDDLEWARE_METHODS = ("POST", "PUT", "PATCH", "DELETE")
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True

# A county behind nginx sets this to the internal location that maps DATA_DIR/files (X-Accel-Redirect).
ACCEL_LOCATION = os.environ.get("ACCEL_LOCATION", "")
SITE = {
    "name": os.environ.get("SITE_NAME", ""),
    "domain": os.environ.get("SITE_DOMAIN", ""),
    "id_code": os.environ.get("SITE_ID_CODE", ""),
    "icp": os.environ.get("SITE_ICP", ""),
    "police": os.environ.get("SITE_POLICE", ""),
    "emblem": os.environ.get("SITE_EMBLEM", ""),
}

# The largest attachment, in megabytes; larger ones are refused with a sentence.
ATTACHMENT_MAX_BYTES = int(os.environ.get("ATTACHMENT_MAX_MB", "50")) * 1024 * 1024

# Exports of more items than these are written by the worker; the visitor waits on a page that tells how far.
CATALOG_EXPORT_AT_ONCE = int(os.environ.get("CATALOG_EXPORT_AT_ONCE", "5000"))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # The address of a 手机签批 is its key (ADR 26).
    "filters": {"quiet": {"()": "portal.quiet_logs.WithoutTokens"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "filters": ["quiet"]}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
}
SILENCED_SYSTEM_CHECKS: list[str] = []
