"""The catalog on two days side by side: what came, what changed cell by cell, what went."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.utils import timezone

from agencies.models import Agency
from catalog.exchange.differences import KINDS, export_difference
from catalog.exchange.export_jobs import differing_rows, is_long_difference
from catalog.exchange.exports import FORMATS
from catalog.history import Narrow, stream_comparison
from catalog.models import Field
from portal.catalog_choice import day_of
from portal.catalog_filter import ItemFilter
from portal.columns import CATALOG
from portal.views.catalog_exports import as_job
from portal.views.rendering import page

#: Shown of each kind; the rest is in the Excel.
SHOWN = 100
#: After so many differences the page stops counting.
COUNTED = 5000


@dataclass
class Group:
    """The differences of one kind, as far as they are shown."""

    kind: str
    label: str
    count: int = 0
    shown: list[Any] = field(default_factory=list)

    @property
    def hidden(self) -> int:
        """How many more there are."""
        return self.count - len(self.shown)


@dataclass(frozen=True)
class Span:
    """The two days, and the choice of field and agency."""

    since: date
    until: date
    problems: list[str]
    choice: QueryDict

    def narrow(self) -> Narrow:
        """The rows of a day that the public may see and that were asked for."""

        def rows_of(rows: Any) -> Any:
            return ItemFilter(self.choice, queryset=rows.filter(agency__active_to__isnull=True)).qs

        return rows_of

    @property
    def query(self) -> str:
        """The same as an address."""
        data = self.choice.copy()
        data["from"], data["to"] = self.since.isoformat(), self.until.isoformat()
        return data.urlencode()


def catalog_changes(request: HttpRequest) -> HttpResponse:
    """目录改过什么: from the end of last year to today, where the address says nothing else."""
    span = _span(request)
    groups = {kind: Group(kind, label) for kind, label in KINDS.items()}
    cut = False
    for number, (kind, one) in enumerate(stream_comparison(span.since, span.until, narrow=span.narrow())):
        if number == COUNTED:
            cut = True
            break
        group = groups[kind]
        group.count += 1
        if len(group.shown) < SHOWN:
            group.shown.append(one)
    context = {
        "span": span,
        "groups": [group for group in groups.values() if group.count],
        "cut": cut,
        "counted": COUNTED,
        "today": timezone.localdate(),
        "fields": Field.objects.order_by("order", "slug"),
        "agencies": Agency.objects.published().filter(items__isnull=False).distinct(),
        "chosen_field": span.choice.get("field", ""),
        "chosen_agency": span.choice.get("agency", ""),
    }
    crumbs = [("公开目录", CATALOG.url), ("目录改过什么", "")]
    return page(request, "pages/catalog_changes.html", context, column=CATALOG, crumbs=crumbs)


def changes_export(request: HttpRequest) -> HttpResponseBase:
    """The same as a book of three sheets; a long one becomes a job."""
    span = _span(request)
    name = f"公开目录变动-{span.since:%Y%m%d}-{span.until:%Y%m%d}.xlsx"
    rows = differing_rows(span.since, span.until, span.narrow())
    if is_long_difference(rows):
        return as_job(request, rows=rows, kind="xlsx", name=name, since=span.since, on=span.until)
    return FileResponse(
        export_difference(span.since, span.until, narrow=span.narrow()),
        as_attachment=True,
        filename=name,
        content_type=FORMATS["xlsx"],
    )


def _span(request: HttpRequest) -> Span:
    today = timezone.localdate()
    since, no_since = day_of(request.GET, "from")
    until, no_until = day_of(request.GET, "to")
    # day_of gives None for today too.
    given = bool(request.GET.get("from", "").strip()) and not no_since
    since = since or (today if given else date(today.year - 1, 12, 31))
    until = until or today
    problems = [
        text.replace("已按今天显示", words)
        for text, words in ((no_since, "已从去年年底算起"), (no_until, "已算到今天"))
        if text
    ]
    if since > until:
        since, until = until, since
        problems.append("开始的日期晚于结束的日期，已经对调。")
    choice = QueryDict(mutable=True)
    for name in ("field", "agency"):
        if value := request.GET.get(name, "").strip():
            choice[name] = value
    return Span(since, until, problems, choice)
