"""The secret key of a local installation: made once, kept under DATA_DIR/keys for its owner alone."""

import contextlib
import os
import secrets
import tempfile
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

CHARACTERS = 50


def secret_key(data_dir: Path) -> str:
    """The SECRET_KEY of the installation in `data_dir`; the first call makes it.

    Two processes that start at once agree on one key: it is written aside, then linked into place, and the
    second link fails. Raises ImproperlyConfigured when the folder cannot be used.
    """
    path = data_dir / "keys" / "secret_key"
    try:
        key = _read(path)
        if not key:
            _make_folder(data_dir)
            _write(path, secrets.token_urlsafe(CHARACTERS))
            key = _read(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"本机密钥 {path} 不能读写({error.strerror});请用原来的账户运行,"
            "或用 DATA_DIR=… 另选一个目录,或设置环境变量 SECRET_KEY。"
        ) from error
    return key


def _read(path: Path) -> str:
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        return ""


def _make_folder(data_dir: Path) -> None:
    if not data_dir.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        # As portal.database.cluster.open_data_dir does: root's database runs under another account.
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)
    (data_dir / "keys").mkdir(mode=0o700, exist_ok=True)


def _write(path: Path, key: str) -> None:
    handle, name = tempfile.mkstemp(prefix="secret_key.", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(f"{key}\n")
            file.flush()
            os.fsync(file.fileno())
        if path.exists() and not _read(path):
            path.unlink()  # An empty file, left by a full disk.
        with contextlib.suppress(FileExistsError):
            os.link(name, path)
    finally:
        os.unlink(name)
