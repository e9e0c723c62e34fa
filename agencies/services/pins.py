"""签批密码: set by the leader or an administrator, asked for on the phone page, locked after wrong tries."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from agencies import rules
from agencies.models import SigningPin, User
from agencies.services.refusals import history, require

#: So many wrong tries in a row, over all links, and the number is locked until it is set anew.
MOST_WRONG_PINS = 5
SHORTEST, LONGEST = 6, 12
_LOCKED = (
    "签批密码连续输错5次，已经锁定。请登录后台重设，或者请系统管理员当面为您重设，再请经办人重新发链接。"
)


@transaction.atomic
def set_pin(*, user: User, pin: str, by: User, now: datetime | None = None) -> SigningPin:
    """Set or change the number (6 to 12 digits), which also unlocks it: the user's own, or an administrator's
    act. Raises NotAllowed for anybody else, and for a number that is easily guessed."""
    locked = User.objects.select_for_update().get(pk=user.pk)
    own = by.pk == locked.pk and rules.is_active_staff(by)
    require(own or rules.may_manage_user(by, locked), "签批密码由本人或系统管理员设置。")
    pin = pin.strip()
    require(
        pin.isascii() and pin.isdecimal() and SHORTEST <= len(pin) <= LONGEST,
        f"签批密码是{SHORTEST}到{LONGEST}位数字。",
        "pin",
    )
    require(not _is_simple(pin), "这个签批密码太容易被人猜到，请不要用连号、重复的数字。", "pin")
    require(not locked.check_password(pin), "签批密码不能和登录密码一样。", "pin")
    row = SigningPin.objects.filter(user=locked).first() or SigningPin(user=locked)
    row.pin, row.set_by, row.set_at = make_password(pin), by, now or timezone.now()
    row.wrong_tries, row.locked_at = 0, None
    with history(by, "set_pin"):
        row.save()
    return row


def has_pin(user: User) -> bool:
    """Whether the user can sign on the phone: a number is set and not locked."""
    return SigningPin.objects.filter(user=user, locked_at=None).exists()


def check_pin(*, user: User, pin: str, now: datetime | None = None) -> None:
    """Raise NotAllowed unless `pin` is the user's. A wrong try is counted and stays counted: call it outside
    the transaction of the act itself."""
    with transaction.atomic(durable=True), history(None, "check_pin"):
        row = SigningPin.objects.select_for_update().filter(user=user).first()
        problem = _checked(row, pin.strip(), now or timezone.now())
    require(not problem, problem, "pin")


def _checked(row: SigningPin | None, pin: str, now: datetime) -> str:
    """What is wrong, in words; an empty text where nothing is. Writes the count."""
    if row is None:
        return "您还没有签批密码。请登录后台设置，或者请系统管理员当面为您设置。"
    if row.locked_at:
        return _LOCKED
    if check_password(pin, row.pin):
        if row.wrong_tries:
            row.wrong_tries = 0
            row.save(update_fields=["wrong_tries"])
        return ""
    row.wrong_tries += 1
    if row.wrong_tries >= MOST_WRONG_PINS:
        row.locked_at = now
    row.save(update_fields=["wrong_tries", "locked_at"])
    left = MOST_WRONG_PINS - row.wrong_tries
    return f"签批密码不对，还可以试{left}次。" if left else _LOCKED


def _is_simple(pin: str) -> bool:
    """One digit over and over, a run up or down, or a short pattern repeated."""
    steps = {int(b) - int(a) for a, b in pairwise(pin)}
    repeated = any(
        pin == pin[:size] * (len(pin) // size) for size in range(1, len(pin) // 2 + 1) if len(pin) % size == 0
    )
    return repeated or steps in ({1}, {-1})
