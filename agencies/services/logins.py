"""Guessing passwords: counted for each pair of user name and address, in the database, so for all workers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from agencies.models import FailedLogin, User
from agencies.services.refusals import require

#: So many failures within WINDOW, and the pair waits until the oldest of them has passed out of it.
MOST_FAILURES = 5
WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)
WAITING = "密码错误次数太多，请过 15 分钟再试。着急的话，请找本县系统管理员重设密码。"


def is_locked_out(
    *, username: str, address: str, now: datetime | None = None, most: int = MOST_FAILURES
) -> bool:
    """Whether this pair has failed too often lately. The right password does not help meanwhile."""
    since = (now or timezone.now()) - WINDOW
    return _pair(username, address).filter(at__gt=since).count() >= most


@transaction.atomic
def note_failed_login(*, username: str, address: str, now: datetime | None = None) -> None:
    """Count a failure, and throw away what is older than a day."""
    now = now or timezone.now()
    FailedLogin.objects.filter(at__lt=now - KEPT).delete()
    FailedLogin.objects.create(username=_folded(username), address=address[:64], at=now)


def confirm_password(*, user: User, password: str, address: str, now: datetime | None = None) -> None:
    """Make sure that whoever sits at an open session is its owner. A wrong password counts as a failed log-in
    does, for the same pair: call it outside the transaction of the act itself. Raises NotAllowed."""
    username = user.get_username()
    require(not is_locked_out(username=username, address=address, now=now), WAITING)
    if not user.check_password(password):
        note_failed_login(username=username, address=address, now=now)
        require(False, "登录密码不对，请检查后再试，注意区分大小写。忘记密码请找本县系统管理员重设。")
    forget_failed_logins(username=username, address=address)


def forget_failed_logins(*, username: str, address: str | None = None) -> None:
    """Begin anew after a log-in that succeeded; for all addresses after a new password was set."""
    failures = FailedLogin.objects.filter(username=_folded(username))
    (failures if address is None else _pair(username, address)).delete()


def _pair(username: str, address: str) -> QuerySet[FailedLogin]:
    return FailedLogin.objects.filter(username=_folded(username), address=address[:64])


def _folded(username: str) -> str:
    return username.strip().casefold()[:150]
