"""`manage.py serve`: the whole site in one command."""

import os
import sys
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from portal import preparing, serving
from portal.database.embedded import Hold, ensure_running
from portal.database.errors import DatabaseUnavailableError


class Command(BaseCommand):
    """Owns database, worker and web server; stops all of it on INT, TERM and HUP."""

    help = "运行整个网站(数据库、后台任务、网页服务),直到 Ctrl-C。HOST 和 PORT 决定地址。"
    requires_system_checks: list[str] = []

    def handle(self, *args: Any, **options: Any) -> None:
        """Serve until told to stop. Exits with 1 and one sentence when something prevents it."""
        signals = serving.Signals()
        children: list[serving.Child] = []
        database: Hold | None = None
        try:
            host, port = serving.address()
            listener = serving.listen(host, port)
            port = listener.getsockname()[1]
            if not os.environ.get("DATABASE_URL"):
                database = ensure_running(settings.DATA_DIR)
                os.environ["DATABASE_URL"] = database.url
            environment = dict(os.environ)
            if preparing.due() and (
                code := serving.run_once(serving.manage("prepare"), environment, signals)
            ):
                raise serving.ServingError(f"准备工作没有完成(代码 {code});请看上面的错误信息。")
            children += [serving.web(listener, environment), serving.worker(environment)]
            for child in children:
                child.start()

            def ready() -> bool:
                if not serving.healthy(listener, _host_header()):
                    return False
                self._announce(host, port)
                return True

            serving.keep_running(children, database, signals, ready)
        except serving.Stopped:
            self.stderr.write("正在停止……")
        except (serving.ServingError, DatabaseUnavailableError) as error:
            self.stderr.write(str(error))
            sys.exit(1)
        finally:
            serving.stop(children)
            if database is not None:
                database.release()

    def _announce(self, host: str, port: int) -> None:
        from django.db import connection

        if serving.is_loopback(host) and not settings.PRODUCTION:
            from portal import demo

            for role, username, password in demo.accounts():
                self.stdout.write(f"login {role} {username} {password}")
            connection.close()
        self.stdout.write(f"READY {serving.url(host, port)}")
        self.stdout.flush()


def _host_header() -> str:
    named = [host for host in settings.ALLOWED_HOSTS if host != "*"]
    return str(named[0]).lstrip(".") if named else "localhost"
