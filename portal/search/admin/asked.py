"""大家在找什么: what people look for, look for in vain, or find and do not open; with a way to mend each."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone

from agencies.admin.acts import ServiceAdmin, show_refusal, staff
from agencies.models import Agency
from agencies.services import NotAllowed
from disclosure.admin.only_shown import OnlyShown
from disclosure.admin.register_books import Table, workbook
from portal.search import asked, counts, rules, services, synonyms
from portal.search.models import Asked, BestBet, Settlement, Want

PERIODS = {"7": "最近7天", "30": "最近30天", "90": "最近90天", "365": "最近一年"}
VIEWS = {
    "sought": ("找得最多的", "次数"),
    "nothing": ("找了没找到的", "没找到的次数"),
    "ignored": ("找到了没人打开的", "找到了没打开的次数"),
}
#: Rows on the page, bars in the picture, rows of a sheet.
SHOWN, DRAWN, EXPORTED = 100, 10, 1_000
_NOTES = {
    "sought": "大家最常找的。打开最多的结果是不是他们要的？不是的话，可以设推荐。",
    "nothing": "大家在找、没有找到的：网站上有、只是说法不一样的，加同义词；确实没有的，转给单位补充。",
    "ignored": "找得到、但没有人打开：多半不是他们要的那一条。可以设推荐，或者加同义词。",
}


@dataclass
class Line:
    """A row of the page: the counts, the bar, what has been done, and the ways to do something."""

    row: counts.Row
    weight: int
    percent: float
    done: list[tuple[str, str]] = field(default_factory=list)
    ways: list[tuple[str, str]] = field(default_factory=list)


class SettleForm(forms.Form):
    """转给单位补充, or 不用处理."""

    settlement = forms.ChoiceField(
        label="怎样处理",
        choices=Settlement.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "请选择怎样处理。"},
    )
    agency = forms.ModelChoiceField(
        Agency.objects.published(),
        label="转给哪个单位",
        required=False,
        empty_label="请选择",
        help_text="这个单位的经办人会在「今天要办」里看到，可以照着起草文件、补充公开，或者说明为什么没有。",
    )
    note = forms.CharField(
        label="说明",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="转给单位的，可以写希望公开什么、放在哪个栏目；不用处理的，写明为什么。",
    )


@admin.register(Asked)
class AskedAdmin(OnlyShown, ServiceAdmin):
    """大家在找什么: one page, a workbook, and the act that passes a want on."""

    class Media:
        css = {"all": ("css/admin-registers.css",)}

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """县政府办公室."""
        return rules.may_tune(request.user)

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like seeing."""
        return self.has_view_permission(request)

    def get_urls(self) -> list[Any]:
        """The page itself and its two others; a row has no page of its own."""
        wrap = self.admin_site.admin_view
        return [
            path("", wrap(self.changelist_view), name="search_asked_changelist"),
            path("export.xlsx", wrap(self.export_view), name="search_asked_export"),
            path("settle/", wrap(self.settle_view), name="search_asked_settle"),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The chosen view over the chosen period."""
        view, period, first, last = self._chosen(request)
        rows = counts.rows(view, first, last, SHOWN)
        lines = lines_of(rows, view, period)
        searches, vain = counts.totals(first, last)
        context = {
            **self.admin_site.each_context(request),
            "title": "大家在找什么",
            "opts": self.opts,
            "media": self.media,
            "lines": lines,
            "drawn": lines[:DRAWN],
            "view": view,
            "period": period,
            "first": first,
            "last": last,
            "periods": [
                (key, name, f"?{urlencode({'view': view, 'period': key})}") for key, name in PERIODS.items()
            ],
            "views": [
                (key, VIEWS[key][0], f"?{urlencode({'view': key, 'period': period})}") for key in VIEWS
            ],
            "caption": VIEWS[view][0],
            "measure": VIEWS[view][1],
            "note": _NOTES[view],
            "searches": searches,
            "vain": vain,
            "least": counts.LEAST,
            "shown": SHOWN,
        }
        return TemplateResponse(request, "admin/search/asked.html", context)

    def export_view(self, request: HttpRequest) -> FileResponse:
        """The three views of the period as sheets of a workbook."""
        *_, first, last = self._chosen(request)
        legend = f"{first} 至 {last}。搜满{counts.LEAST}次的才列出；不记录是谁搜的。"
        tables = [
            Table(
                name,
                legend,
                ["搜索词", "次数", "没找到", "最近找到几条", "打开结果"],
                [
                    (row.words, [row.times, row.nothing, row.last_count, row.chosen])
                    for row in counts.rows(view, first, last, EXPORTED)
                ],
            )
            for view, (name, _) in VIEWS.items()
        ]
        name = f"大家在找什么-{first:%Y%m%d}-{last:%Y%m%d}.xlsx"
        return FileResponse(workbook(tables), as_attachment=True, filename=name)

    def settle_view(self, request: HttpRequest) -> HttpResponse:
        """转给单位, or 不用处理: for the words in `q`."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        words = asked.folded(request.GET.get("q", ""))
        if not words:
            raise Http404
        known = Want.objects.filter(words=words).first()
        initial = (
            {"settlement": known.settlement, "agency": known.agency_id, "note": known.note} if known else {}
        )
        form = SettleForm(request.POST if request.method == "POST" else None, initial=initial)
        view, period, *_ = self._chosen(request)
        back = f"{reverse('admin:search_asked_changelist')}?{urlencode({'view': view, 'period': period})}"
        if request.method == "POST" and form.is_valid():
            try:
                want = services.settle_want(words, by=staff(request), **form.cleaned_data)
            except NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                done = f"已转给{want.agency}。" if want.agency else "已记下：不用处理。"
                self.message_user(request, f"「{words}」{done}", messages.SUCCESS)
                return HttpResponseRedirect(back)
        context = {
            **self.admin_site.each_context(request),
            "title": f"「{words}」：转给单位补充，或者不用处理",
            "explanation": "应当公开、网站上没有的，转给主管单位补充；不属于公开内容的，写明原因。",
            "button": "确定",
            "form": form,
            "media": self.media + form.media,
            "original": words,
            "opts": self.opts,
            "back_url": back,
        }
        return TemplateResponse(request, "admin/agencies/act.html", context)

    def _chosen(self, request: HttpRequest) -> tuple[str, str, date, date]:
        """View, period, first and last day; what is not understood gives the first view and 30 days."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        view, period = request.GET.get("view", ""), request.GET.get("period", "")
        view = view if view in VIEWS else "sought"
        period = period if period in PERIODS else "30"
        last = timezone.localdate()
        return view, period, last - timedelta(days=int(period) - 1), last


def lines_of(rows: list[counts.Row], view: str, period: str) -> list[Line]:
    """The rows with bars and marks: four queries however many they are."""
    weights = [_weight(row, view) for row in rows]
    highest = max(weights, default=0) or 1
    done = settled(row.words for row in rows)
    back = {"from": "asked", "view": view, "period": period}
    return [
        Line(
            row,
            weight,
            round(100 * weight / highest, 1),
            done.get(row.words, []),
            [
                ("加同义词", _address("search_synonym_add", others=row.words, **back)),
                ("设推荐", _address("search_bestbet_add", queries=row.words, **back)),
                ("转给单位", _address("search_asked_settle", q=row.words, view=view, period=period)),
            ],
        )
        for row, weight in zip(rows, weights, strict=True)
    ]


def _weight(row: counts.Row, view: str) -> int:
    return {"sought": row.times, "nothing": row.nothing, "ignored": row.times - row.nothing}[view]


def _address(name: str, **values: str) -> str:
    return f"{reverse(f'admin:{name}')}?{urlencode(values)}"


def settled(queries: Iterable[str]) -> dict[str, list[tuple[str, str]]]:
    """What has been done about queries, as (words, address): synonyms, best bets, wants."""
    wanted, found = list(queries), {}
    table, today = synonyms.current(), timezone.localdate()
    bets: dict[str, BestBet] = {}
    for bet in BestBet.objects.filter(keys__overlap=wanted, is_active=True).order_by("id"):
        if bet.holds_on(today):
            bets |= dict.fromkeys(bet.keys, bet)
    wants = {one.words: one for one in Want.objects.filter(words__in=wanted).select_related("agency")}
    for words in wanted:
        marks = []
        if table.expansions(words):
            marks.append(
                ("已有同义词", f"{reverse('admin:search_synonym_changelist')}?{urlencode({'q': words})}")
            )
        if words in bets:
            marks.append(("已设推荐", reverse("admin:search_bestbet_change", args=[bets[words].pk])))
        if words in wants:
            marks.append(
                (state_of(wants[words]), reverse("admin:search_want_change", args=[wants[words].pk]))
            )
        found[words] = marks
    return found


def state_of(want: Want) -> str:
    """How a want stands, in words."""
    if want.agency is None:
        return "不用处理"
    return f"{want.agency.label}已办" if want.answered_at else f"已转{want.agency.label}"
