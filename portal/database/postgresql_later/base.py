"""Django back end for settings without DATABASE_URL: imports and checks work, connecting looks once more.

Under pytest the settings are read before the first conftest can start a server; by the time of the first
connection the address is there. Where it is still missing, the error says what to do.
"""

import os
from typing import Any

from django.db.backends.postgresql import base
from django.db.utils import OperationalError

from portal.database.url import database_settings

# Not NAME: the test runner gives the database a name of its own.
_TAKEN_OVER = ("HOST", "PORT", "USER", "PASSWORD", "OPTIONS")


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL whose address is read when it is needed."""

    def get_connection_params(self) -> dict[str, Any]:
        """The parameters for psycopg. Raises OperationalError with the two ways to get a database."""
        address = os.environ.get("DATABASE_URL", "")
        if not address:
            raise OperationalError(
                "没有指定数据库。请通过 python manage.py … 或 make run 运行(会自动启动内置数据库),"
                "或设置环境变量 DATABASE_URL=postgres://用户:密码@主机:5432/库名。"
            )
        settings = database_settings(address)
        self.settings_dict.update({key: settings[key] for key in _TAKEN_OVER})
        parameters: dict[str, Any] = super().get_connection_params()
        return parameters
