"""有效性 on any day (DOMAIN §4.6): derived from dates, so that an expiry acts by itself, whatever runs.

What somebody once wrote (`validity`) speaks only where no date does: an archive says 失效 and not since
when. The same rule stands three times, for a row in hand, a query and the index; a test holds them together.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Protocol

from django.db.models import Case, CharField, F, Q, Value, When

from disclosure.states import Validity

#: What is in force, also in amended form: what 现行有效件数 counts (国办公开办函〔2021〕30号).
STANDING = (Validity.IN_FORCE, Validity.AMENDED)


class Dated(Protocol):
    """What the rule reads."""

    validity: str
    effective_on: date | None
    amended_on: date | None
    lapsed_on: date | None
    expires_on: date | None
    repealed_on: date | None


def validity_on(thing: Dated, day: date) -> str:
    """The validity of a document on `day`; empty where nobody said anything.

    `expires_on` is the last day in force, `repealed_on`, `lapsed_on` and `amended_on` are the first day of
    the new state, `effective_on` (施行日期) the first day in force. 废止 goes before 失效, both before
    尚未施行 and 修改. What is 不适用 waits for no day.
    """
    said = thing.validity
    if _since(thing.repealed_on, day) or (said == Validity.REPEALED and thing.repealed_on is None):
        return Validity.REPEALED.value
    undated = thing.lapsed_on is None and thing.expires_on is None
    ended = _since(thing.lapsed_on, day) or (thing.expires_on is not None and thing.expires_on < day)
    if ended or (said == Validity.EXPIRED and undated):
        return Validity.EXPIRED.value
    if said != Validity.NOT_APPLICABLE and thing.effective_on is not None and thing.effective_on > day:
        return Validity.NOT_YET.value
    if _since(thing.amended_on, day) or (said == Validity.AMENDED and thing.amended_on is None):
        return Validity.AMENDED.value
    if said in {Validity.REPEALED, Validity.EXPIRED, Validity.AMENDED}:
        return Validity.IN_FORCE.value  # its day is still to come
    return said


def _since(first: date | None, day: date) -> bool:
    return first is not None and first <= day


def validity_expression(day: date, prefix: str = "") -> Case:
    """The same for the database; `prefix` leads to the document (`document__`)."""

    def q(**conditions: Any) -> Q:
        return Q(**{f"{prefix}{name}": value for name, value in conditions.items()})

    repealed = q(repealed_on__lte=day) | q(validity=Validity.REPEALED, repealed_on=None)
    ended = (
        q(lapsed_on__lte=day)
        | q(expires_on__lt=day)
        | q(validity=Validity.EXPIRED, lapsed_on=None, expires_on=None)
    )
    not_yet = q(effective_on__gt=day) & ~q(validity=Validity.NOT_APPLICABLE)
    amended = q(amended_on__lte=day) | q(validity=Validity.AMENDED, amended_on=None)
    to_come = q(validity__in=[Validity.REPEALED, Validity.EXPIRED, Validity.AMENDED])
    return Case(
        When(repealed, then=Value(Validity.REPEALED.value)),
        When(ended, then=Value(Validity.EXPIRED.value)),
        When(not_yet, then=Value(Validity.NOT_YET.value)),
        When(amended, then=Value(Validity.AMENDED.value)),
        When(to_come, then=Value(Validity.IN_FORCE.value)),
        default=F(f"{prefix}validity"),
        output_field=CharField(),
    )


def validity_sql(day: date) -> str:
    """The same as a piece of SQL over columns of these names, for the search index.

    The day is the only thing put in, and a date has no quotes.
    """
    today = f"DATE '{day:%Y-%m-%d}'"
    return (
        f"(CASE WHEN repealed_on <= {today} "
        "OR (validity = 'repealed' AND repealed_on IS NULL) THEN 'repealed' "
        f"WHEN lapsed_on <= {today} OR expires_on < {today} "
        "OR (validity = 'expired' AND lapsed_on IS NULL AND expires_on IS NULL) THEN 'expired' "
        f"WHEN effective_on > {today} AND validity <> 'not_applicable' THEN 'not_yet' "
        f"WHEN amended_on <= {today} OR (validity = 'amended' AND amended_on IS NULL) THEN 'amended' "
        "WHEN validity IN ('repealed', 'expired', 'amended') THEN 'in_force' ELSE validity END)"
    )
