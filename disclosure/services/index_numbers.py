"""Issuing index numbers (索引号): once, under a row lock, never twice (DOMAIN §4.2)."""

from datetime import datetime

from django.db import connection
from django.utils import timezone

from agencies.kinds import AgencyKind
from agencies.models import Agency
from disclosure import numbering
from disclosure.models import Publishable
from disclosure.services.errors import NotAllowed


def issue_index_number(*, agency: Agency, at: datetime) -> str:
    """Return the next index number of `agency` in the (local) year of `at`.

    Must run inside the transaction that stores the number: the series' row stays locked until then, and a
    rollback gives the number back. Raises NotAllowed while the agency has no unified social credit code.
    """
    holder = _code_holder(agency)
    year = timezone.localtime(at).year
    number = ""
    while not number or _is_taken(number):
        serial = _next_serial(holder, year)
        number = numbering.index_number(credit_code=holder.credit_code, year=year, serial=serial)
    return number


def _next_serial(agency: Agency, year: int) -> int:
    """Take the next serial in one statement: it begins the series where there is none, and locks its row."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO disclosure_indexseries AS series (agency_id, year, last) VALUES (%s, %s, 1) "
            "ON CONFLICT ON CONSTRAINT index_series_once DO UPDATE SET last = series.last + 1 RETURNING last",
            [agency.pk, year],
        )
        return int(cursor.fetchone()[0])


def _code_holder(agency: Agency) -> Agency:
    """The agency whose credit code heads the number; a village without one publishes under its township's."""
    if not agency.credit_code and agency.kind == AgencyKind.VILLAGE and agency.parent:
        return _code_holder(agency.parent)
    if not agency.credit_code:
        raise NotAllowed(
            f"「{agency.name}」还没有登记统一社会信用代码，编不出索引号：请系统管理员先在「单位」里补上。"
        )
    return agency


def _is_taken(number: str) -> bool:
    """An archive taken over may hold a number of our own pattern, in any kind of publishable thing."""
    return any(
        kind._default_manager.filter(index_number=number).exists() for kind in Publishable.__subclasses__()
    )
