"""手机签批: a personal link to one step, for leaders who do not log in (ADR 26).

A link is only as good as what it was made for: round, step, words, person. All of that is asked anew when it
is opened and when it is used, so that nothing has to be called back when something changes.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.utils import timezone

from agencies.models import User
from agencies.services import has_pin
from disclosure import rules
from disclosure.models import Publishable, SigningLink
from disclosure.services import publication, review
from disclosure.services.errors import NotAllowed
from disclosure.services.manner import Manner, in_manner
from disclosure.states import Publication, ReviewLevel, StepChannel, StepOutcome

P = TypeVar("P", bound=Publishable)


class Room(Protocol):
    """The services of documents, or of interpretations: what does a step."""

    def agree(self, thing: Any, /, **words: Any) -> Any:
        """Do a step that is not the last."""

    def approve(self, thing: Any, /, **words: Any) -> Any:
        """Do the last one."""

    def send_back(self, thing: Any, /, **words: Any) -> Any:
        """Return with remarks."""


@dataclass(frozen=True)
class Decision:
    """What a signer decides: agreed or returned, in which words; `publish_at` for the last step alone."""

    outcome: StepOutcome
    remarks: str = ""
    secrecy_cleared: bool = False
    publish_at: datetime | None = None


@dataclass(frozen=True)
class MadeLink:
    """A new link; its token is known here and now alone."""

    link: SigningLink
    token: str


def make_link(thing: Publishable, *, user: User, by: User, now: datetime | None = None) -> MadeLink:
    """Make a link with which `user` does the step that waits (请领导在手机上审签); an older one of the same
    step and person falls. Raises NotAllowed: for whom the step is not, and for whoever has no 签批密码."""
    moment = now or timezone.now()
    with publication.act(by=by, action="make_link", signer=str(user.pk)):
        fresh, user = _handed_on(thing, by=by), person_now(user)
        refuse_signer(fresh, user, on=moment)
        if not has_pin(user):
            raise NotAllowed(
                f"{user}还没有签批密码（或者密码已锁定），手机上签不了。"
                "请本人登录后设置，或请系统管理员当面为本人设置；也可以用纸质审批表。"
            )
        step = review.waiting_step(fresh)
        kept = SigningLink.objects.of(fresh).filter(
            user=user, round=fresh.review_round, position=step.position, used_at=None, void_at=None
        )
        kept.update(void_at=moment)
        token = secrets.token_urlsafe(32)
        link = SigningLink.objects.create(
            content_type=ContentType.objects.get_for_model(type(fresh)),
            object_id=fresh.pk,
            round=fresh.review_round,
            position=step.position,
            level=step.level,
            content_hash=review.content_hash(fresh),
            user=user,
            token_hash=_hashed(token),
            made_by=by,
            made_at=moment,
            expires_at=moment + timedelta(days=review.link_days_of(fresh)),
        )
    return MadeLink(link, token)


def take_back_link(link: SigningLink, *, by: User, now: datetime | None = None) -> None:
    """Make an unused link worthless (收回链接): it went to the wrong chat. Raises NotAllowed."""
    with publication.act(by=by, action="take_back_link"):
        if link.thing is None:
            raise NotAllowed("这份内容已经不在了。")
        fresh: Any = publication.locked(link.thing)
        row = SigningLink.objects.select_for_update().get(pk=link.pk)
        # Also once the step is done: whoever may hand on in this agency.
        if by.pk != row.made_by_id and not rules.can_hand_on(by, fresh):
            raise NotAllowed("只有发链接的人，或者本单位的经办人、审核人能收回链接。")
        if row.used_at or row.void_at:
            raise NotAllowed("这个链接已经用过或收回了，请刷新页面。")
        row.void_at = now or timezone.now()
        row.save(update_fields=["void_at"])


def find_link(token: str) -> SigningLink | None:
    """The link of a token, with whom it is for and who made it."""
    rows = SigningLink.objects.select_related("user__agency", "made_by", "content_type")
    return rows.filter(token_hash=_hashed(token)).first() if 20 <= len(token) <= 100 else None


def why_dead(link: SigningLink, thing: Any, *, now: datetime | None = None) -> str:
    """Why a link does not work any more, in words for whoever holds it; an empty text while it does."""
    moment = now or timezone.now()
    if link.used_at:
        return "这一步已经办完。"
    if link.void_at:
        return "发链接的人已经收回了这个链接，或者另发了新的。"
    if moment >= link.expires_at:
        return "这个链接已经过了有效期。"
    runs = thing is not None and thing.status == Publication.SUBMITTED and thing.review_round == link.round
    if not runs or not _waits(link, thing):
        return "这件事已经退回、收回，或者别的同事已经办了。"
    if review.content_hash(thing) != link.content_hash:
        return "发出链接以后内容有了变化。"
    if not rules.can_sign(link.user, thing, timezone.localdate(moment)):
        return "这一步现在不由您办理。"
    return ""


def sign_by_link(
    link: SigningLink, decision: Decision, *, room: Room, address: str = "", now: datetime | None = None
) -> Any:
    """Do the step in the name of whom the link is for; `room` has the services of the thing; `address`, from
    where, goes into the history. The caller has checked the 签批密码 (`agencies.services.check_pin`).

    Raises NotAllowed for a link that is dead, and with whatever the services refuse.
    """
    moment = now or timezone.now()
    words = {"channel": StepChannel.PHONE.value, "handed_by": str(link.made_by_id), "address": address}
    with publication.act(by=link.user, action="sign_by_link", **words):
        if link.thing is None:
            raise NotAllowed("这份内容已经不在了。")
        # The thing first, as everywhere: whoever makes a new link waits here.
        fresh: Any = publication.locked(link.thing)
        row = SigningLink.objects.select_for_update().get(pk=link.pk)
        row.user = person_now(link.user)
        if dead := why_dead(row, fresh, now=moment):
            raise NotAllowed(f"{dead}请联系经办人。")
        row.used_at, row.outcome = moment, decision.outcome
        row.save(update_fields=["used_at", "outcome"])
        with in_manner(Manner(StepChannel.PHONE, handed_by=row.made_by)):
            return do_step(fresh, decision, by=row.user, room=room, now=moment)


def do_step(thing: Publishable, decision: Decision, *, by: User, room: Room, now: datetime) -> Any:
    """The waiting step, done by the services of the thing's own room. Raises NotAllowed."""
    if decision.outcome == StepOutcome.RETURNED:
        return room.send_back(thing, by=by, remarks=decision.remarks, now=now)
    words: Mapping[str, Any] = {
        "by": by,
        "secrecy_cleared": decision.secrecy_cleared,
        "remarks": decision.remarks,
        "now": now,
    }
    if not thing.is_at_last_step:
        return room.agree(thing, **words)
    if decision.publish_at is None:
        return room.approve(thing, **words)
    if not hasattr(room, "schedule"):
        raise NotAllowed("解读不能定时公开，请选马上公开。")
    return room.schedule(thing, publish_at=decision.publish_at, **words)


def person_now(user: User) -> User:
    """The account as it stands now: roles and agency may have changed since it was read."""
    found: User = User.objects.select_related("agency").get(pk=user.pk)
    return found


def refuse_signer(fresh: Publishable, user: User, *, on: datetime) -> None:
    """Raise NotAllowed, saying why, unless `user` may do the step that waits."""
    if rules.can_sign(user, fresh, timezone.localdate(on)):
        return
    level = ReviewLevel(fresh.waiting_level).label
    if rules.had_a_hand_in(user, fresh):
        raise NotAllowed(f"{user}起草、修改或提交了这份内容，不能审核它，请另一位审核人办理。")
    if user.pk in fresh.signer_ids:
        raise NotAllowed(f"{user}在这一轮已经办过一步，每一级须由不同的人办理。")
    if not user.is_active:
        raise NotAllowed(f"{user}的账号已经停用，不能办理。")
    raise NotAllowed(f"{level}不由{user}办理：没有审核人的角色，不管这个单位，或者岗位上安排的是别人。")


def _handed_on(thing: P, *, by: User) -> P:
    """The thing, locked, once `by` may hand its step on. Raises NotAllowed."""
    fresh = publication.locked(thing)
    if rules.can_hand_on(by, fresh):
        return fresh
    if fresh.status != Publication.SUBMITTED or not fresh.waiting_level:
        raise NotAllowed("这份内容现在没有等着办的审核步骤，请刷新页面。")
    raise NotAllowed("请由本单位的经办人、审核人或县政府办公室办理。")


def _waits(link: SigningLink, thing: Any) -> bool:
    step = review.waiting_step(thing)
    return bool(thing.waiting_level) and (step.position, step.level) == (link.position, link.level)


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
