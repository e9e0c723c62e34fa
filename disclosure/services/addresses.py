"""The watch over addresses on other platforms: a few at a time, dead only after failures on three days."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import F, Q
from django.utils import timezone

from disclosure.link_check import Finding, check
from disclosure.models import ElsewhereAddress
from disclosure.services.coverage import recompute_coverage
from disclosure.states import AddressState

#: Failures on so many different days make an address dead.
DAYS_TO_DEATH = 3
#: Addresses asked for in one run, and at the same time.
SLICE = 60
_AT_ONCE = 8
_EVERY = timedelta(hours=20)


def check_addresses(
    *, limit: int = SLICE, ask: Callable[[str], Finding] = check, now: datetime | None = None
) -> int:
    """Ask for the addresses that were not asked for today, those longest unseen first; returns how many.

    Where not one of several sites could be reached, the fault is ours (no way out of the own network), and
    nothing is held against them.
    """
    moment = now or timezone.now()
    due = ElsewhereAddress.objects.in_force().filter(Q(checked_at=None) | Q(checked_at__lte=moment - _EVERY))
    rows = list(due.order_by(F("checked_at").asc(nulls_first=True), "pk")[:limit])
    if not rows:
        return 0
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        findings = list(pool.map(ask, [row.url for row in rows]))
    offline = _nothing_reached(rows, findings)
    changed = []
    for row, finding in zip(rows, findings, strict=True):
        state = row.status
        _note(row, Finding("unclear", finding.problem) if offline else finding, moment)
        # Only what was asked for is judged: an address changed meanwhile waits for its own turn.
        kept = ElsewhereAddress.objects.filter(pk=row.pk, url=row.url).update(
            checked_at=moment,
            status=row.status,
            failures=row.failures,
            failed_on=row.failed_on,
            problem=row.problem,
        )
        if kept and state != row.status:
            changed.append(row.item_id)
    recompute_coverage(changed, now=now)
    return len(rows)


def _nothing_reached(rows: list[ElsewhereAddress], findings: list[Finding]) -> bool:
    hosts = {urlsplit(row.url).hostname for row in rows}
    return len(hosts) > 1 and all(finding.verdict == "unreachable" for finding in findings)


def _note(row: ElsewhereAddress, finding: Finding, moment: datetime) -> None:
    today = timezone.localtime(moment).date()
    row.problem = finding.problem
    if finding.verdict == "unclear":
        return
    if finding.verdict == "ok":
        row.status, row.failures, row.failed_on = AddressState.OK, 0, None
        return
    if row.failed_on != today:
        row.failures, row.failed_on = row.failures + 1, today
    if row.failures >= DAYS_TO_DEATH:
        row.status = AddressState.DEAD
