"""WHEN: the State Council's calendar as it was published, and single days that another rule fixed."""

from __future__ import annotations

from functools import lru_cache
from typing import ClassVar

import pghistory
from django.db import models

from workdays.calendar import SpecialDay, WorkCalendar
from workdays.querysets import CalendarDayQuerySet, CalendarYearQuerySet, calendar_rows

IS_WORK_CHOICES = ((False, "放假"), (True, "上班"))


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class CalendarYear(models.Model):
    """One year's 《国务院办公厅关于XXXX年部分节假日安排的通知》. A year without a row is 暂定.

    `confirmed_by` is the name, at that time, of the person who confirmed what was read (the account itself
    is in the history); it is empty together with `confirmed_at` for the reviewed data that came with the
    system. This room is the lowest, so it holds no foreign key to the user.
    """

    year = models.PositiveSmallIntegerField("年份", unique=True)
    title = models.CharField("通知标题", max_length=100)
    number = models.CharField("发文字号", max_length=40, blank=True)
    issued_on = models.DateField("成文日期", null=True, blank=True)
    url = models.URLField("原文网址", max_length=300, blank=True)
    note = models.TextField("备注", blank=True)
    confirmed_by = models.CharField("核对人", max_length=40, blank=True, editable=False)
    confirmed_at = models.DateTimeField("核对时间", null=True, blank=True, editable=False)

    objects: ClassVar[CalendarYearQuerySet] = CalendarYearQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "年度工作日历"
        verbose_name_plural = "年度工作日历"
        ordering: ClassVar = ["-year"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="calendar_year_plausible",
                condition=models.Q(year__range=(2008, 2100)),
                violation_error_message="年份应在 2008 年至 2100 年之间。",
            ),
            models.CheckConstraint(
                name="calendar_year_who_and_when",
                condition=models.Q(confirmed_by="", confirmed_at__isnull=True)
                | (~models.Q(confirmed_by="") & models.Q(confirmed_at__isnull=False)),
                violation_error_message="核对人和核对时间应同时填写。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year} 年"

    def special_days(self) -> tuple[SpecialDay, ...]:
        """The days of this notice, by date."""
        return tuple(day.as_special_day() for day in self.days.all())


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class CalendarDay(models.Model):
    """A day off or a make-up working day (调休上班), with the notice that says so.

    The date may lie in the year before the notice's: that for 2019 made 2018-12-31 a day off.
    """

    calendar_year = models.ForeignKey(CalendarYear, models.CASCADE, verbose_name="年度", related_name="days")
    date = models.DateField("日期", unique=True)
    is_work = models.BooleanField("安排", choices=IS_WORK_CHOICES)
    name = models.CharField("节日", max_length=40)

    objects: ClassVar[CalendarDayQuerySet] = CalendarDayQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        verbose_name = "放假或上班日"
        verbose_name_plural = "放假或上班日"
        ordering: ClassVar = ["date"]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.get_is_work_display()}（{self.name}）"

    def as_special_day(self) -> SpecialDay:
        """The same day for the pure calendar."""
        return SpecialDay(self.date, self.is_work, self.name)


@pghistory.track(pghistory.InsertEvent(), pghistory.UpdateEvent(), pghistory.DeleteEvent())
class DayOverride(models.Model):
    """A single day fixed otherwise than in the year's notice; it wins over it.

    For the holidays of an autonomous place (《全国年节及纪念日放假办法》4条) and for later notices that move
    single days. `basis` names the document: no day is moved without one.
    """

    date = models.DateField("日期", unique=True)
    is_work = models.BooleanField("安排", choices=IS_WORK_CHOICES)
    name = models.CharField("名称", max_length=40, help_text="例如：火把节、临时调整。")
    basis = models.CharField("依据", max_length=200, help_text="写明文件标题和发文字号。没有依据不能调整。")

    class Meta:
        verbose_name = "个别日期调整"
        verbose_name_plural = "个别日期调整"
        ordering: ClassVar = ["-date"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="day_override_has_basis",
                condition=~models.Q(basis=""),
                violation_error_message="请写明调整的依据。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.date.isoformat()} {self.get_is_work_display()}（{self.name}）"


def load_calendar() -> WorkCalendar:
    """The calendar as it stands in the database now: one query.

    The object is kept for as long as the rows stay the same, so a caller in a loop pays for the query alone,
    and nobody ever sees a stale calendar, whichever way the rows were changed.
    """
    return _build(frozenset(calendar_rows(CalendarYear.objects, DayOverride.objects)))


@lru_cache(maxsize=4)
def _build(rows: frozenset[tuple[object, ...]]) -> WorkCalendar:
    years = [row[1] for row in rows if row[1] is not None]
    days = [SpecialDay(*row[2:]) for row in rows if not row[0] and row[2] is not None]  # type: ignore[arg-type]
    overrides = [SpecialDay(*row[2:]) for row in rows if row[0]]  # type: ignore[arg-type]
    return WorkCalendar(years, days, overrides)  # type: ignore[arg-type]
