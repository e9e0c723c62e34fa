"""DATABASE_URL as people and platforms write it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db.utils import OperationalError

from portal.database.postgresql_later.base import DatabaseWrapper
from portal.database.url import database_settings, socket_url


@pytest.mark.parametrize("scheme", ["postgres", "postgresql"])
def test_usual_form(scheme: str) -> None:
    settings = database_settings(f"{scheme}://clerk:p%40ss%2Fword@db.example:5433/affairs?sslmode=require")
    assert settings["ENGINE"] == "django.db.backends.postgresql"
    assert (settings["USER"], settings["PASSWORD"]) == ("clerk", "p@ss/word")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example", "5433", "affairs")
    assert settings["OPTIONS"] == {"sslmode": "require"}


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgres://u@%2Frun%2Fmy%20sockets/affairs", "/run/my sockets"),
        ("postgres://u@/affairs?host=/run/my%20sockets", "/run/my sockets"),
        ("postgres://u@[::1]:5432/affairs", "::1"),
        (" postgres://u@localhost/affairs\n", "localhost"),
    ],
)
def test_hosts(url: str, host: str) -> None:
    settings = database_settings(url)
    assert settings["HOST"] == host
    assert settings["NAME"] == "affairs"


def test_address_of_the_embedded_server_reads_back() -> None:
    settings = database_settings(socket_url("/tmp/数据 a&b"))  # noqa: S108
    assert settings["HOST"] == "/tmp/数据 a&b"  # noqa: S108
    assert (settings["USER"], settings["NAME"], settings["PORT"]) == ("portal", "portal", "5432")


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("mysql://u:secret@h/d", "不支持 mysql"),
        ("affairs", "只支持 PostgreSQL"),
        ("postgres://u:secret@h/", "缺少数据库名"),
        ("postgres://u:secret@h/d?colour=red", "colour"),
        ("postgres://u:secret%zz@h/d", "%25"),
        ("postgres://u:secret@[::1/d", "写法不对"),
    ],
)
def test_faults_are_named_without_the_password(url: str, message: str) -> None:
    with pytest.raises(ImproperlyConfigured) as caught:
        database_settings(url)
    assert message in str(caught.value)
    assert "secret" not in str(caught.value)


def test_without_a_url_only_connecting_fails_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    wrapper = DatabaseWrapper({**_DEFAULTS, **database_settings("")})
    with pytest.raises(OperationalError, match="DATABASE_URL="):
        wrapper.get_connection_params()


def test_an_address_that_comes_later_is_used_but_keeps_the_test_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wrapper = DatabaseWrapper({**_DEFAULTS, **database_settings(""), "NAME": "test_portal"})
    monkeypatch.setenv("DATABASE_URL", "postgres://u@db.example:5433/affairs?sslmode=require")
    parameters = wrapper.get_connection_params()
    assert (parameters["host"], parameters["port"], parameters["user"]) == ("db.example", "5433", "u")
    assert (parameters["dbname"], parameters["sslmode"]) == ("test_portal", "require")


_DEFAULTS = {"HOST": "", "PORT": "", "USER": "", "PASSWORD": "", "OPTIONS": {}, "TIME_ZONE": None}
