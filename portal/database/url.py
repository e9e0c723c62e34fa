"""DATABASE_URL, as every host and container platform writes it, into Django's words."""

import re
from typing import Any
from urllib.parse import quote, urlencode

import psycopg
from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import conninfo_to_dict

EXAMPLE = "postgres://用户:密码@主机:5432/库名"
SCHEMES = ("postgres://", "postgresql://")
# The embedded server's only user and database; its door is the folder of its socket (mode 0700).
EMBEDDED_NAME = "portal"
# Kept open between requests for this long, and looked at before use.
CONNECTION_SECONDS = 60
_DJANGO_KEYS = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}


def database_settings(url: str) -> dict[str, Any]:
    """The `default` entry of DATABASES for `url`; an empty `url` gives an entry that refuses only to connect.

    Takes everything that libpq takes in an address: hosts that are socket folders, percent-encoded blanks,
    options such as sslmode. Raises ImproperlyConfigured with a sentence, never with the password in it.
    """
    settings: dict[str, Any] = {"CONN_MAX_AGE": CONNECTION_SECONDS, "CONN_HEALTH_CHECKS": True}
    if not url.strip():
        return {**settings, "ENGINE": "portal.database.postgresql_later", "NAME": EMBEDDED_NAME}
    parts = _parts(url.strip())
    for key, name in _DJANGO_KEYS.items():
        settings[name] = parts.pop(key, "")
    if not settings["NAME"]:
        raise ImproperlyConfigured(f"DATABASE_URL 里缺少数据库名。正确的写法:{EXAMPLE}")
    return {**settings, "ENGINE": "django.db.backends.postgresql", "OPTIONS": parts}


def socket_url(folder: str, port: int = 5432) -> str:
    """The address of the embedded server whose socket lies in `folder`."""
    query = urlencode({"host": folder, "port": port}, quote_via=quote, safe="/")
    return f"postgresql://{EMBEDDED_NAME}@/{EMBEDDED_NAME}?{query}"


def _parts(url: str) -> dict[str, Any]:
    if not url.startswith(SCHEMES):
        scheme = url.split(":", 1)[0] if "://" in url else "(无)"
        raise ImproperlyConfigured(f"DATABASE_URL 只支持 PostgreSQL,不支持 {scheme}。正确的写法:{EXAMPLE}")
    try:
        return {key: value for key, value in conninfo_to_dict(url).items() if value is not None}
    except psycopg.ProgrammingError as error:
        # libpq quotes parts of the address, which may be the password or all of it.
        quoted = re.findall(r'"(.*)"', str(error))
        private = url.rpartition("@")[0]
        detail = "" if any("://" in text or text in private for text in quoted) else f"({str(error).strip()})"
        raise ImproperlyConfigured(
            f"DATABASE_URL 写法不对{detail}。正确的写法:{EXAMPLE};"
            "空格和 @ : / % 等字符要写成 %20 %40 %3A %2F %25。"
        ) from error
