"""The catalog out of the public site, without log-in: Excel, CSV, JSON, a page to print."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, cast
from urllib.parse import quote

from django.conf import settings
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from agencies.models import Agency
from catalog.exchange.exports import FORMATS, Format, export_items, is_long
from catalog.exchange.layout import (
    LEGEND,
    PrintColumn,
    TableSpec,
    captions,
    covered_levels,
    more_text,
    rows_of,
)
from catalog.exchange.tables import Table, tables_of
from catalog.models import ExportJob, Field
from catalog.services import exports
from catalog.states import ExportState
from portal.catalog_choice import Choice, choice_of
from portal.columns import CATALOG
from portal.views.rendering import page

#: A browser lays out no more than these in a reasonable time.
PRINTED = 2000
#: Whether the same visitor asks again, or another one: the token that he was given last.
_COOKIE = "catalog_export"
_CRUMBS = [("公开目录", CATALOG.url)]


def catalog_export(request: HttpRequest, kind: str) -> HttpResponseBase:
    """The items of the current filter: official .xlsx, .csv or .json. A long one becomes a job."""
    chosen = choice_of(request)
    if chosen.problem:
        return _notice(request, "日期没有看懂", chosen.problem.replace("，已按今天显示", ""), 400)
    rows = chosen.filter.qs
    if not rows.order_by().exists():
        return _notice(request, "没有事项可以导出", "这些条件下没有目录事项，可以少选几个条件再导出。", 404)
    name = _file_name(request, chosen, kind)
    if not is_long(rows):
        return FileResponse(
            export_items(rows, cast("Format", kind), chosen.day),
            as_attachment=True,
            filename=name,
            content_type=FORMATS[kind],
        )
    return as_job(request, rows=rows, kind=kind, name=name, on=chosen.day)


def as_job(request: HttpRequest, **wanted: Any) -> HttpResponseBase:
    """Leave a long export (arguments of `exports.request_export`) to the worker, and lead to its page."""
    try:
        job = exports.request_export(**wanted, asked=request.COOKIES.get(_COOKIE, ""))
    except exports.Busy as busy:
        refusal = _notice(request, "请稍等一会儿", str(busy), 503)
        refusal["Retry-After"] = "120"
        return refusal
    response = redirect("catalog_export_job", job.token)
    response.set_cookie(
        _COOKIE,
        str(job.token),
        max_age=exports.KEPT_FOR,
        path=CATALOG.url,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


def _file_name(request: HttpRequest, chosen: Choice, ending: str) -> str:
    fields = request.GET.getlist("field")
    agencies = request.GET.getlist("agency")
    field = Field.objects.filter(slug=fields[0]).first() if len(fields) == 1 else None
    agency = Agency.objects.published().filter(code=agencies[0]).first() if len(agencies) == 1 else None
    whose = (agency.label if agency else "") + (field.name if field else "")
    standard = chosen.kind == "standard" and (field is None or field.catalog == "standard")
    what = chosen.kind.label if standard or field is None else ""
    day = chosen.day or timezone.localdate()
    return f"{whose}{what}-{day:%Y%m%d}.{ending}"


def _notice(request: HttpRequest, title: str, advice: str, status: int) -> HttpResponse:
    context = {"title": title, "advice": advice}
    crumbs = [*_CRUMBS, ("导出", "")]
    return page(request, "pages/catalog_notice.html", context, column=CATALOG, crumbs=crumbs, status=status)


# Jobs


def export_job(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """How far a long export is; the page asks anew by itself, without JavaScript."""
    job = _job(request, token)
    waiting = job.state in (ExportState.WAITING, ExportState.RUNNING)
    response = page(
        request,
        "pages/catalog_export.html",
        {"job": job, "waiting": waiting, "percent": 100 * job.done // max(1, job.total)},
        column=CATALOG,
        crumbs=[*_CRUMBS, ("导出", "")],
    )
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response


def export_file(request: HttpRequest, token: uuid.UUID) -> HttpResponseBase:
    """The finished file, for whoever asked for it."""
    job = _job(request, token)
    if job.state != ExportState.DONE or not job.file:
        return redirect("catalog_export_job", token)
    if not exports.may_fetch(job):
        advice = (
            "您的管理范围或角色在导出以后有变动，这份文件不能再下载。请回到目录事项，按现在的范围重新导出。"
        )
        return _notice(request, "请重新导出", advice, 403)
    response: HttpResponseBase
    if settings.ACCEL_LOCATION:
        response = HttpResponse(content_type=FORMATS[job.kind])
        response["X-Accel-Redirect"] = f"{settings.ACCEL_LOCATION.rstrip('/')}/{quote(job.file.name or '')}"
    else:
        try:
            response = FileResponse(job.file.open("rb"), content_type=FORMATS[job.kind])
        except FileNotFoundError as error:
            raise Http404 from error
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(job.name, safe='')}"
    response["Cache-Control"] = "no-store"
    return response


@require_POST
def cancel_export(request: HttpRequest, token: uuid.UUID) -> HttpResponse:
    """No longer wanted: the job and its file go, where nobody else waits for them."""
    gone = exports.cancel_export(job=_job(request, token))
    response = redirect("catalog_export_cancelled" if gone else "catalog_export_left")
    response.delete_cookie(_COOKIE, path=CATALOG.url, samesite="Lax")
    return response


def export_cancelled(request: HttpRequest, *, gone: bool) -> HttpResponse:
    """What became of the export that was no longer wanted."""
    again = "以后需要，可以在公开目录里重新导出。"
    if gone:
        return _notice(request, "已取消导出", f"这次导出已经取消，文件不再生成。{again}", 200)
    others = "您不用再等了。还有别人在等同一份文件，所以系统会继续写完，一天后自动删除。"
    return _notice(request, "已取消导出", others + again, 200)


def _job(request: HttpRequest, token: uuid.UUID) -> ExportJob:
    job = exports.find_export(token=token, by=request.user)
    if job is None:
        raise Http404
    return job


# The page to print


@dataclass(frozen=True)
class Heading:
    """One cell of the printed header."""

    text: str
    columns: int = 1
    rows: int = 1


@dataclass(frozen=True)
class PrintedCell:
    """One cell of the printed table; merged cells stand once."""

    text: str
    kind: str
    rows: int


@dataclass(frozen=True)
class PrintedTable:
    """A table as HTML prints it."""

    spec: TableSpec
    columns: list[PrintColumn]
    top: list[Heading]
    sub: list[Heading]
    rows: list[list[PrintedCell]]


def catalog_print(request: HttpRequest) -> HttpResponse:
    """The current filter as finished pages: what the browser prints, on paper or as PDF."""
    chosen = choice_of(request)
    rows = chosen.filter.qs
    count = rows.order_by().count()
    facets = [] if count <= PRINTED else chosen.filter.facets()
    tables = [_printed(table) for table in tables_of(rows, chosen.day)] if 0 < count <= PRINTED else []
    context = {
        "tables": tables,
        "count": count,
        "limit": PRINTED,
        "day": chosen.day or timezone.localdate(),
        "problem": chosen.problem,
        "query": chosen.filter.query_without(),
        "narrow": next((f for f in facets if f.name == "field" and len(f.options) > 1), None)
        or next((f for f in facets if f.name == "agency"), None),
        "legend": LEGEND,
    }
    crumbs = [*_CRUMBS, ("打印", "")]
    return page(request, "pages/catalog_print.html", context, column=CATALOG, crumbs=crumbs)


def _printed(table: Table) -> PrintedTable:
    columns = table.spec.columns()
    tops, subs = captions(columns)
    top: list[Heading] = []
    for number, text in enumerate(tops):
        if not subs[number]:
            top.append(Heading(text, rows=2))
        elif text or not top:
            after = next((n for n in range(number + 1, len(tops)) if tops[n] or not subs[n]), len(tops))
            top.append(Heading(text, columns=after - number))
    return PrintedTable(
        table.spec,
        columns,
        top,
        [Heading(text) for text in subs if text],
        list(_printed_rows(table, columns)),
    )


def _printed_rows(table: Table, columns: list[PrintColumn]) -> Iterator[list[PrintedCell]]:
    levels = [n for n, column in enumerate(columns) if column.level is not None]
    drafts = list(islice(covered_levels(table.drafts(), len(levels)), PRINTED))
    heights = [rows_of(draft) for draft, _joins in drafts]
    for index, (draft, joins) in enumerate(drafts):
        more = draft.extra.get("more") or {}
        spans = dict(
            zip(levels, (_run(drafts, heights, index, level) for level in range(len(levels))), strict=True)
        )
        cells = []
        for number, column in enumerate(columns):
            if number in spans and joins[levels.index(number)]:
                continue
            text = column.text(draft) or (str(index + 1) if column.kind == "serial" else "")
            own_rows = 1 if column.more and more.get(column.more) else heights[index]
            cells.append(PrintedCell(text, column.kind, spans.get(number, own_rows)))
        yield cells
        for offset in range(1, heights[index]):
            yield [
                PrintedCell(more_text(draft, column, offset), column.kind, 1)
                for column in columns
                if column.more and more.get(column.more)
            ]


def _run(drafts: list[tuple[Any, list[bool]]], heights: list[int], index: int, level: int) -> int:
    """Over how many rows the name of a level stands."""
    rows = heights[index]
    for following in range(index + 1, len(drafts)):
        if not drafts[following][1][level]:
            break
        rows += heights[following]
    return rows
