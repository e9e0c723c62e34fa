"""Checks that a document must pass before it goes out, among them those of rooms further up.

`interpretation/` imports `disclosure/`, never the other way; so this room runs every check registered
here, and a higher room registers its own in `apps.py`. Start-up fails while a required one is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from agencies.models import User
    from disclosure.models import Document, Publishable
    from disclosure.package import Part
    from disclosure.scanning import Finding

#: Returns sentences that say what is missing and what to do; an empty list when all is well.
Check = Callable[["Document"], list[str]]
#: Is run inside the transaction that hands the document in (同步送审), makes it public or gives it its minute
#: (同步发布), takes it down, takes it offline or puts it back. The document carries who and when
#: (`submitted_by`, `approved_by`, `approved_at`, `publish_at`; `withdrawn_…`, `offline_…`, `restored_…`).
#: May raise NotAllowed: then nothing at all is done.
Companion = Callable[["Document"], None]
#: Likewise when it becomes a draft again (退回, 收回, 暂缓), with the remarks, empty where there are none.
Return = Callable[["Document", str], None]
#: The parts of the package (公文包) that a room adds, as far as the user may know of them.
Parts = Callable[["Document", "User"], "list[Part]"]
#: What a room sees in a thing beside the scanner (审前检查); empty for things that are not its own.
Scan = Callable[["Publishable"], "list[Finding]"]

REQUIRED = frozenset({"interpretation"})
_checks: dict[str, Check] = {}
_submission_checks: dict[str, Check] = {}
_submissions: dict[str, Companion] = {}
_returns_to_draft: dict[str, Return] = {}
_schedules: dict[str, Companion] = {}
_companions: dict[str, Companion] = {}
_farewells: dict[str, Companion] = {}
_emergencies: dict[str, Companion] = {}
_returns: dict[str, Companion] = {}
_parts: dict[str, Parts] = {}
_scans: dict[str, Scan] = {}


def register(
    name: str,
    check: Check,
    *,
    before_submission: Check | None = None,
    on_submission: Companion | None = None,
    on_return: Return | None = None,
    on_schedule: Companion | None = None,
    companion: Companion | None = None,
    on_withdrawal: Companion | None = None,
    on_offline: Companion | None = None,
    on_restoration: Companion | None = None,
    parts: Parts | None = None,
    scan: Scan | None = None,
) -> None:
    """Add a check before publication under `name`.

    Perhaps also one before submission (the clerk hears of it, not only the reviewer), and what is done
    together with each move of the document; what it adds to its package and to the scanner.
    """
    _checks[name] = check
    given: tuple[tuple[dict[str, Any], Any], ...] = (
        (_submission_checks, before_submission),
        (_submissions, on_submission),
        (_returns_to_draft, on_return),
        (_schedules, on_schedule),
        (_companions, companion),
        (_farewells, on_withdrawal),
        (_emergencies, on_offline),
        (_returns, on_restoration),
        (_parts, parts),
        (_scans, scan),
    )
    for table, value in given:
        if value is not None:
            table[name] = value


def problems(document: Document) -> list[str]:
    """Return what keeps `document` from going out, over all registered checks."""
    return [problem for check in _checks.values() for problem in check(document)]


def submission_problems(document: Document) -> list[str]:
    """Return what keeps a draft from going to review, over all registered checks."""
    return [problem for check in _submission_checks.values() for problem in check(document)]


def run_submission_companions(document: Document) -> None:
    """Do what is to be done together with submission."""
    for companion in _submissions.values():
        companion(document)


def run_return_companions(document: Document, remarks: str = "") -> None:
    """Do what is to be done when the document is a draft again."""
    for companion in _returns_to_draft.values():
        companion(document, remarks)


def run_schedule_companions(document: Document) -> None:
    """Do what is to be done when the document is signed for a minute to come."""
    for companion in _schedules.values():
        companion(document)


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


def parts(document: Document, user: User) -> list[Part]:
    """The parts of the package that other rooms add."""
    return [part for add in _parts.values() for part in add(document, user)]


def findings(thing: Publishable) -> list[Finding]:
    """What other rooms see in a thing before review."""
    return [finding for scan in _scans.values() for finding in scan(thing)]


def assert_complete() -> None:
    """Raise ImproperlyConfigured while a required check is not registered."""
    missing = REQUIRED - _checks.keys()
    if missing:
        raise ImproperlyConfigured(f"发布前的必要检查没有登记：{', '.join(sorted(missing))}。")
