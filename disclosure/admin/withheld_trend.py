"""不主动公开的历年变化: by agency, as a table, a picture and a workbook. It is to shrink (条例 18条)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone

from agencies.models import Agency
from disclosure.admin.register_books import Table, workbook
from disclosure.models import Document, Recheck, Withholding
from disclosure.register_querysets import unfiled
from disclosure.register_states import RecheckResult
from disclosure.withheld_trend import HEIGHT, WIDTH, Kept, Year, bars_of, by_agency, years_of

#: Years that the trend looks back, this one included.
YEARS = 5
_CAPTION = "不主动公开文件历年变化"


class WithheldTrend:
    """Mixin of the admin of `Withholding`."""

    admin_site: Any
    opts: Any
    media: Any
    has_view_permission: Any

    def trend_view(self, request: HttpRequest) -> HttpResponse:
        """The page."""
        years, rows = self._trend(request)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "title": _CAPTION,
            "years": years,
            "bars": bars_of(years),
            "width": WIDTH,
            "height": HEIGHT,
            "rows": rows,
            "today": timezone.localdate(),
            "unfiled": unfiled(Document.objects.in_scope_of(request.user)).count(),
        }
        return TemplateResponse(request, "admin/disclosure/withholding/trend.html", context)

    def trend_export(self, request: HttpRequest) -> FileResponse:
        """The same as a workbook."""
        years, rows = self._trend(request)
        heads = [f"{year.year}年" for year in years]
        today = timezone.localdate()
        legend = f"截至{today:%Y-%m-%d}，单位：件。各年年末（本年为今天）在册的依申请公开和不予公开文件。"
        county = [
            ("依申请公开", [year.on_request for year in years]),
            ("不予公开", [year.withheld for year in years]),
            ("年末合计", [year.total for year in years]),
            ("当年新备案", [year.filed for year in years]),
            ("当年转为主动公开", [year.opened for year in years]),
        ]
        agencies = [(name, [*numbers, change]) for name, numbers, change in rows]
        book = workbook(
            [
                Table("不主动公开合计", legend, ["", *heads], county),
                Table("不主动公开按单位", legend, ["单位", *heads, "增减"], agencies),
            ]
        )
        return FileResponse(book, as_attachment=True, filename=f"{_CAPTION}-{today:%Y%m%d}.xlsx")

    def _trend(self, request: HttpRequest) -> tuple[list[Year], list[tuple[str, list[int], int]]]:
        if not self.has_view_permission(request):
            raise PermissionDenied
        labels = {one.code: one.label for one in Agency.objects.in_scope_of(request.user).in_tree_order()}
        years = years_of(_kept(request.user), timezone.localdate(), YEARS)
        return years, by_agency(years, labels)


def _kept(user: Any) -> list[Kept]:
    """What is on file in the user's scope, with what became of it: two queries."""
    rows = Withholding.objects.in_scope_of(user).exclude(filed_at=None)
    moved = Recheck.objects.filter(withholding__in=rows).exclude(result=RecheckResult.MAINTAIN)
    changes = defaultdict(list)
    for key, at, after in moved.order_by("at", "pk").values_list("withholding", "at", "after"):
        changes[key].append((timezone.localdate(at), after))
    names = ("pk", "document__agency__code", "filed_at", "filed_openness")
    return [
        Kept(code, timezone.localdate(filed_at), openness, tuple(changes[pk]))
        for pk, code, filed_at, openness in rows.order_by().values_list(*names)
    ]
