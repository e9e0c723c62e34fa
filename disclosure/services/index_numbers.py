"""Issuing index numbers (索引号): once, under a row lock, never twice (DOMAIN §4.2)."""

from datetime import datetime

from django.utils import timezone

from agencies.kinds import AgencyKind
from agencies.models import Agency
from disclosure import numbering
from disclosure.models import IndexSeries, Publishable
from disclosure.services.errors import NotAllowed


def issue_index_number(*, agency: Agency, at: datetime) -> str:
    """Return the next index number of `agency` in the (local) year of `at`.

    Must run inside the transaction that stores the number: the series' row stays locked until then, and a
    rollback gives the number back. Raises NotAllowed while the agency has no unified social credit code.
    """
    holder = _code_holder(agency)
    year = timezone.localtime(at).year
    IndexSeries.objects.get_or_create(agency=holder, year=year)
    series = IndexSeries.objects.select_for_update().get(agency=holder, year=year)
    number = ""
    while not number or _is_taken(number):
        series.last += 1
        number = numbering.index_number(credit_code=holder.credit_code, year=year, serial=series.last)
    series.save(update_fields=["last"])
    return number


def _code_holder(agency: Agency) -> Agency:
    """The agency whose credit code heads the number; a village without one publishes under its township's."""
    if not agency.credit_code and agency.kind == AgencyKind.VILLAGE and agency.parent:
        return _code_holder(agency.parent)
    if not agency.credit_code:
        raise NotAllowed(
            f"「{agency.name}」还没有登记统一社会信用代码,编不出索引号:请系统管理员先在「单位」里补上。"
        )
    return agency


def _is_taken(number: str) -> bool:
    """An archive taken over may hold a number of our own pattern, in any kind of publishable thing."""
    return any(
        kind._default_manager.filter(index_number=number).exists() for kind in Publishable.__subclasses__()
    )
