"""The back office of the calendar: paste the notice, see what was understood, confirm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from workdays import services
from workdays.calendar import WorkCalendar
from workdays.changes import DayChange, compare
from workdays.forms import ConfirmForm, DayOverrideForm, NoticeForm
from workdays.models import CalendarYear, DayOverride, load_calendar
from workdays.notice import Notice
from workdays.year_view import WEEKDAY_HEADS, HolidayRow, Month, holiday_rows, year_months


@dataclass(frozen=True)
class Preview:
    """What saving the notice would bring about."""

    rows: tuple[HolidayRow, ...]
    changes: tuple[DayChange, ...]
    is_new: bool
    workdays: int
    months: tuple[Month, ...]
    seen: str


def _preview(notice: Notice) -> Preview:
    days = notice.special_days()
    stored = services.stored_days(year=notice.year, days=days)
    calendar = WorkCalendar([notice.year], days)
    return Preview(
        rows=holiday_rows(days),
        changes=compare(stored, days),
        is_new=not CalendarYear.objects.filter(year=notice.year).exists(),
        workdays=calendar.workdays_in(notice.year).days,
        months=year_months(notice.year, calendar),
        seen=services.stored_mark(year=notice.year, days=days),
    )


@admin.register(CalendarYear)
class CalendarYearAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Years are read-only; adding one, or correcting it, is pasting its notice. None is ever deleted."""

    change_list_template = "admin/workdays/calendaryear/change_list.html"
    ordering = ("-year",)
    actions = None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: without its year every date would silently become 暂定. A wrong year is pasted anew."""
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever may change the calendar may paste a notice."""
        return request.user.has_perm(services.PERMISSION)

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the numbers of days that the list shows."""
        return CalendarYear.objects.with_day_counts().order_by(*self.ordering)

    def get_list_display(self, request: HttpRequest) -> tuple[str | Callable[[CalendarYear], Any], ...]:
        """Columns; the calendar is read once for all rows."""
        calendar = load_calendar()

        @admin.display(description="全年工作日")
        def workdays(row: CalendarYear) -> str:
            return f"{calendar.workdays_in(row.year).days} 天"

        return ("year_label", "number", "issued_on", "off_days", "make_up_days", workdays, "confirmed")

    @admin.display(description="年份", ordering="year")
    def year_label(self, row: Any) -> str:
        """The year."""
        return str(row)

    @admin.display(description="放假", ordering="off_count")
    def off_days(self, row: Any) -> str:
        """Days off of the notice."""
        return f"{row.off_count} 天"

    @admin.display(description="调休上班", ordering="work_count")
    def make_up_days(self, row: Any) -> str:
        """Make-up days of the notice."""
        return f"{row.work_count} 天"

    @admin.display(description="核对")
    def confirmed(self, row: CalendarYear) -> str:
        """Who confirmed what was read, and when."""
        return _confirmed(row)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, with a word on the next year while its notice is missing."""
        coming = timezone.localdate().year + 1
        missing = [
            year for year in (coming - 1, coming) if not CalendarYear.objects.filter(year=year).exists()
        ]
        context = {"title": "年度工作日历", "missing_years": missing}
        return super().changelist_view(request, {**(extra_context or {}), **context})

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Paste, see, confirm: three steps of one address."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return self._paste_page(request, NoticeForm())
        if "confirm" in request.POST:
            return self._confirm(request)
        if "back" in request.POST:
            return self._paste_page(request, NoticeForm(initial=request.POST.dict()))
        form = NoticeForm(request.POST)
        return self._preview_page(request, form) if form.is_valid() else self._paste_page(request, form)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One year to read: its notice, its holidays, its months."""
        if request.method not in {"GET", "HEAD"}:
            return HttpResponseNotAllowed(["GET", "HEAD"])
        year = self.get_object(request, object_id)
        if not self.has_view_permission(request, year):
            raise PermissionDenied
        if year is None:
            self.message_user(request, "没有找到这一年的日历，可能网址有误。", messages.WARNING)
            return HttpResponseRedirect(reverse("admin:workdays_calendaryear_changelist"))
        calendar = load_calendar()
        context = {
            "title": f"{year} 工作日历",
            "original": year,
            "confirmed": _confirmed(year),
            "rows": holiday_rows(year.special_days()),
            "months": year_months(year.year, calendar),
            "workdays": calendar.workdays_in(year.year).days,
            "overrides": DayOverride.objects.filter(date__year=year.year).order_by("date"),
            "may_change": self.has_add_permission(request),
        }
        return self._page(request, "detail", context)

    def _paste_page(self, request: HttpRequest, form: NoticeForm) -> HttpResponse:
        return self._page(request, "paste", {"title": "粘贴放假通知", "form": form, "notice": form.notice})

    def _preview_page(
        self, request: HttpRequest, form: NoticeForm, problems: list[str] | None = None
    ) -> HttpResponse:
        notice = form.understood
        preview = _preview(notice)
        data = {**form.cleaned_data, "seen": preview.seen}
        context = {
            "title": f"核对 {notice.year} 年放假安排",
            "form": ConfirmForm(initial=data),
            "notice": notice,
            "url": form.cleaned_data.get("url", ""),
            "preview": preview,
            "problems": problems or [],
        }
        return self._page(request, "preview", context)

    def _confirm(self, request: HttpRequest) -> HttpResponse:
        form = ConfirmForm(request.POST)
        if not form.is_valid():
            readable = form.notice is not None and not form.notice.errors and "url" not in form.errors
            if not readable:
                return self._paste_page(request, NoticeForm(request.POST))
            return self._preview_page(
                request, form, [str(e) for errors in form.errors.values() for e in errors]
            )
        notice = form.understood
        try:
            year = services.save_calendar_year(
                year=notice.year,
                days=notice.special_days(),
                title=notice.title,
                number=notice.number,
                issued_on=notice.issued_on,
                url=form.cleaned_data["url"],
                seen=form.cleaned_data["seen"],
                by=request.user,  # type: ignore[arg-type]
            )
        except services.CalendarMovedError:
            moved = "您核对期间，这一年的日历有了变动。下面已按最新内容重新比较，请再看一遍后确认。"
            return self._preview_page(request, form, [moved])
        except ValidationError as error:
            return self._preview_page(request, form, error.messages)
        self.log_change(request, year, f"按通知核对保存：{notice.title}（{notice.number or '无文号'}）")
        days = notice.special_days()
        off = sum(not day.is_work for day in days)
        self.message_user(
            request,
            f"{year}工作日历已保存：放假 {off} 天，调休上班 {len(days) - off} 天。",
            messages.SUCCESS,
        )
        return HttpResponseRedirect(reverse("admin:workdays_calendaryear_change", args=[year.pk]))

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "weekday_heads": WEEKDAY_HEADS}
        return TemplateResponse(request, f"admin/workdays/calendaryear/{name}.html", {**frame, **context})


@admin.register(DayOverride)
class DayOverrideAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Single days fixed by another document. Whoever may change the calendar may change these."""

    list_display = ("date", "is_work", "name", "basis")
    form = DayOverrideForm
    actions = None

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Like the calendar itself."""
        return request.user.has_perm("workdays.view_calendaryear") or request.user.has_perm(
            services.PERMISSION
        )

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like the calendar itself."""
        return self.has_view_permission(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Like the calendar itself."""
        return request.user.has_perm(services.PERMISSION)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Like the calendar itself."""
        return request.user.has_perm(services.PERMISSION)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Like the calendar itself."""
        return request.user.has_perm(services.PERMISSION)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        saved = services.save_day_override(
            date=obj.date,
            is_work=obj.is_work,
            name=obj.name,
            basis=obj.basis,
            override=obj if change else None,
            by=request.user,  # type: ignore[arg-type]
        )
        obj.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        """Through the service."""
        services.remove_day_override(override=obj, by=request.user)  # type: ignore[arg-type]


def _confirmed(row: CalendarYear) -> str:
    if row.confirmed_at is None:
        return "随系统提供"
    return f"{row.confirmed_by} {timezone.localtime(row.confirmed_at):%Y-%m-%d %H:%M}"
