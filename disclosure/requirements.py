"""Checks that a document must pass before it goes out, among them those of rooms further up.

`interpretation/` imports `disclosure/`, never the other way; so this room runs every check registered
here, and a higher room registers its own in `apps.py`. Start-up fails while a required one is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from disclosure.models import Document

#: Returns sentences that say what is missing and what to do; an empty list when all is well.
Check = Callable[["Document"], list[str]]
#: Is run inside the transaction that makes the document public (同步发布), takes it down, takes it offline
#: or puts it back. The document carries who and when (`approved_by`, `approved_at`; `withdrawn_…`,
#: `offline_…`, `restored_…`). May raise NotAllowed: then nothing at all is done.
Companion = Callable[["Document"], None]

REQUIRED = frozenset({"interpretation"})
_checks: dict[str, Check] = {}
_submission_checks: dict[str, Check] = {}
_companions: dict[str, Companion] = {}
_farewells: dict[str, Companion] = {}
_emergencies: dict[str, Companion] = {}
_returns: dict[str, Companion] = {}


def register(
    name: str,
    check: Check,
    *,
    before_submission: Check | None = None,
    companion: Companion | None = None,
    on_withdrawal: Companion | None = None,
    on_offline: Companion | None = None,
    on_restoration: Companion | None = None,
) -> None:
    """Add a check before publication under `name`.

    Perhaps also one before submission (the clerk hears of it, not only the reviewer), and what is done
    together with publication, withdrawal, 紧急下线 and what undoes it.
    """
    _checks[name] = check
    if before_submission:
        _submission_checks[name] = before_submission
    if companion:
        _companions[name] = companion
    if on_withdrawal:
        _farewells[name] = on_withdrawal
    if on_offline:
        _emergencies[name] = on_offline
    if on_restoration:
        _returns[name] = on_restoration


def problems(document: Document) -> list[str]:
    """Return what keeps `document` from going out, over all registered checks."""
    return [problem for check in _checks.values() for problem in check(document)]


def submission_problems(document: Document) -> list[str]:
    """Return what keeps a draft from going to review, over all registered checks."""
    return [problem for check in _submission_checks.values() for problem in check(document)]


def run_companions(document: Document) -> None:
    """Do what is to be done together with publication."""
    for companion in _companions.values():
        companion(document)


def run_withdrawal_companions(document: Document) -> None:
    """Do what is to be done together with withdrawal."""
    for companion in _farewells.values():
        companion(document)


def run_offline_companions(document: Document) -> None:
    """Do what is to be done together with 紧急下线."""
    for companion in _emergencies.values():
        companion(document)


def run_restoration_companions(document: Document) -> None:
    """Do what is to be done together with putting back what was offline."""
    for companion in _returns.values():
        companion(document)


def assert_complete() -> None:
    """Raise ImproperlyConfigured while a required check is not registered."""
    missing = REQUIRED - _checks.keys()
    if missing:
        raise ImproperlyConfigured(f"发布前的必要检查没有登记：{', '.join(sorted(missing))}。")
