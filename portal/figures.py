"""公开得怎么样: figures that are counted from our own records, each with the list that proves it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q

from agencies.models import Agency
from catalog.models import Item
from disclosure.models import Document
from disclosure.querysets import NEEDS_EXPLANATION
from interpretation.models import Interpretation


@dataclass(frozen=True)
class Figure:
    """One figure: what it counts, the value with its unit, how it was counted, and its list."""

    label: str
    value: str
    unit: str
    note: str
    url: str


def figures(today: date) -> list[Figure]:
    """Return the figures of the home page as of `today`."""
    public = Document.objects.published()
    explained = Interpretation.objects.published().filter(documents=OuterRef("pk"))
    this_year = NEEDS_EXPLANATION & Q(published_on__year=today.year)
    counts = public.aggregate(
        month=Count("pk", filter=Q(published_on__year=today.year, published_on__month=today.month)),
        policies=Count("pk", filter=this_year),
        explained=Count("pk", filter=this_year & Q(Exists(explained))),
    )
    items = Item.objects.published().count()
    publishing = Agency.objects.published().filter(Exists(public.filter(agency=OuterRef("pk")))).count()
    first = today.replace(day=1).isoformat()
    return [
        Figure(
            "本月公开",
            f"{counts['month']}",
            "件",
            f"{first} 以来公开的文件",
            f"/documents/?published_after={first}",
        ),
        _rate(counts["explained"], counts["policies"], today.year),
        Figure("目录事项", f"{items}", "项", "标准目录里列明要公开的事项", "/catalog/"),
        Figure("公开单位", f"{publishing}", "个", "已在本站公开文件的单位", "/agencies/"),
    ]


def _rate(explained: int, policies: int, year: int) -> Figure:
    """解读率 (DOMAIN §5): policy documents of the year with a public interpretation among all of them."""
    url = f"/documents/?policy=1&year={year}"
    if not policies:
        return Figure("解读率", "—", "", f"{year} 年还没有公开政策文件", url)
    rate = f"{100 * explained / policies:.0f}"
    return Figure("解读率", rate, "%", f"{year} 年 {policies} 件政策文件，{explained} 件有解读", url)
