"""Accounts of the demo county. Their one password is drawn at random for each installation."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from django.conf import settings

from agencies.models import User
from agencies.roles import ADMINISTRATOR, CLERK, OFFICE, REVIEWER, Role

#: (role, user name, name, agency's code) of those who can log in.
LOGINS: tuple[tuple[Role, str, str, str], ...] = (
    (CLERK, "clerk", "民政局经办人", "minzheng"),
    (REVIEWER, "reviewer", "民政局审核人", "minzheng"),
    (OFFICE, "office", "县政府办公室", "county-office"),
    (ADMINISTRATOR, "admin", "系统管理员", "county-office"),
)


def _password_file() -> Path:
    return Path(settings.DATA_DIR) / "keys" / "demo-password"


def password() -> str:
    """Return the demo password of this installation, drawn once and kept readable to its owner alone."""
    path = _password_file()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(f"qinglan-{secrets.token_hex(5)}")
    return path.read_text(encoding="ascii").strip()


def accounts() -> list[tuple[str, str, str]]:
    """Return (role, user name, password) of the demo accounts that still have the demo password."""
    if not _password_file().exists():
        return []
    drawn = password()
    users = {user.username: user for user in User.objects.filter(is_active=True)}
    return [
        (role.name, username, drawn)
        for role, username, _, _ in LOGINS
        if username in users and users[username].check_password(drawn)
    ]
