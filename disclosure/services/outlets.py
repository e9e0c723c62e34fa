"""一稿多出: which uses of a published text outside the site are on record (DOMAIN §5, other channels)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

from agencies.models import User
from disclosure import rules
from disclosure.models import Publishable, Use
from disclosure.services import publication
from disclosure.services.errors import NotAllowed
from disclosure.states import Outlet

#: A use may be entered the evening before: the hour of the broadcast is known then.
_AHEAD = timedelta(days=1)
MOST_WORDS = 20_000


def record_use(
    thing: Publishable,
    *,
    by: User,
    outlet: str,
    place: str,
    used_at: datetime,
    text: str = "",
    now: datetime | None = None,
) -> Use:
    """Put on record that a published thing was used on an outlet, where, when and with which words.

    Raises NotAllowed for what is not public, for strangers to its agency, for a time before its publication
    or more than a day ahead.
    """
    moment = now or timezone.now()
    with publication.act(by=by, action="record_use"):
        fresh = publication.locked(thing)
        _refuse(fresh, by)
        place, text = " ".join(place.split()), text.strip()
        problems = []
        if outlet not in Outlet.values:
            problems.append("请选择渠道。")
        if not place:
            problems.append("请写明在哪里使用，例如「柳湾村广播室」「青澜发布公众号」。")
        if len(place) > 100 or len(text) > MOST_WORDS:
            problems.append("写得太长了：地点不超过100字，文字不超过2万字。")
        if used_at > moment + _AHEAD:
            problems.append("使用时间最多提前一天登记。")
        if fresh.published_at and used_at < fresh.published_at:
            problems.append("使用时间不能早于网站公开的时间。")
        if problems:
            raise NotAllowed(*problems)
        uses = fresh.outlet_uses  # type: ignore[attr-defined]
        use: Use = uses.create(
            outlet=outlet, place=place, used_at=used_at, text=text, recorded_by=by, recorded_at=moment
        )
    return use


def cancel_use(thing: Publishable, *, use_id: int, by: User, now: datetime | None = None) -> Use:
    """Cancel a mistaken record; it stays and counts no more. Raises NotAllowed."""
    with publication.act(by=by, action="cancel_use"):
        fresh = publication.locked(thing)
        _refuse(fresh, by, cancelling=True)
        uses = fresh.outlet_uses  # type: ignore[attr-defined]
        use: Use | None = uses.select_for_update().filter(pk=use_id, cancelled_at=None).first()
        if use is None:
            raise NotAllowed("这条记录已经取消，请刷新页面。")
        use.cancelled_by, use.cancelled_at = by, now or timezone.now()
        use.save(update_fields=["cancelled_by", "cancelled_at"])
    return use


def _refuse(thing: Publishable, by: User, *, cancelling: bool = False) -> None:
    if cancelling and rules.can_record_use(by, thing, public=False):
        return
    if not rules.can_record_use(by, thing):
        raise NotAllowed("只能登记本单位已公开内容的使用；没有公开或者已经撤下的，不能再发到别处。")
