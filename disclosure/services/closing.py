"""原版本不再公开: what stood before a correction is closed to the public, for good (ADR 38)."""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from agencies.models import User
from disclosure import purge_hooks, rules
from disclosure.models import CorrectionOf, Publishable
from disclosure.services import publication
from disclosure.services.errors import NotAllowed


def close_version(
    thing: Publishable,
    number: int,
    *,
    by: User,
    reason: str,
    with_earlier: bool = False,
    now: datetime | None = None,
) -> int:
    """Close what stood before the `number`-th correction of a document or an interpretation;
    `with_earlier`: and all before it. `reason` stays inside. Returns how many were closed.

    Raises NotAllowed: without the role, without a reason, where it is closed already.
    """
    with publication.act(by=by, action="close_version", reason=reason):
        fresh = publication.locked(thing)
        if not rules.can_close_version(by, fresh):
            raise NotAllowed("原版本由本单位审核人、值班人员或县政府办公室停止公开。")
        if not reason.strip():
            raise NotAllowed("请写明停止公开的理由：只留在系统内部，不对外显示。")
        # Corrected metadata keep their old values in a note of their own: closed one by one.
        which = Q(number=number) | Q(number__lt=number, of_words=True) if with_earlier else Q(number=number)
        rows = _open(fresh, which)
        if not any(row.number == number for row in rows):
            raise NotAllowed("这个版本已经不再公开，请刷新页面核对。")
        _close(fresh, rows, by=by, reason=reason, at=now or timezone.now())
    return len(rows)


def close_all(thing: Publishable, *, by: User | None, reason: str, at: datetime) -> None:
    """Close every earlier version of a locked thing, as the signed correction says; `reason` is cut."""
    _close(thing, _open(thing, Q(of_words=True)), by=by, reason=reason[:300], at=at)


def _close(
    thing: Publishable, rows: list[CorrectionOf], *, by: User | None, reason: str, at: datetime
) -> None:
    for row in rows:
        row.closed_at, row.closed_by = at, by
        row.closed_reason = publication.fits(row, "closed_reason", reason.strip())
        row.save(update_fields=["closed_at", "closed_by", "closed_reason"])
    place = str(thing._meta.model_name)
    transaction.on_commit(partial(purge_hooks.run_closing, place, thing.pk), robust=True)


def _open(thing: Publishable, which: Q) -> list[CorrectionOf]:
    rows: Any = thing.corrections  # type: ignore[attr-defined]
    return list(rows.select_for_update(of=("self",)).filter(which, closed_at=None).order_by("number"))
