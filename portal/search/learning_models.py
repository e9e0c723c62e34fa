"""What the search learns, and what officials teach it: synonyms, best bets, counts of queries."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, Self

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q

from agencies.models import Agency, User
from agencies.querysets import ScopedQuerySet


class Way(models.TextChoices):
    """How the words of a group stand for each other."""

    BOTH = "both", "互为同义"
    TO_FIRST = "to_first", "俗称→规范用语"


class Settlement(models.TextChoices):
    """What officials decided about something that people look for."""

    PASSED_ON = "passed_on", "转给单位补充"
    LEFT = "left", "不用处理"


@pghistory.track()
class Synonym(models.Model):
    """同义词和政策用语: words that mean the same, the term of the office first. Never deleted, lest the
    reference data bring it back; what a county does not want is switched off."""

    words = ArrayField(models.CharField(max_length=40), verbose_name="一组词")
    #: The first word, folded: with the way it names the group, for imports.
    head = models.CharField(max_length=40, editable=False)
    way = models.CharField("怎样通用", max_length=10, choices=Way.choices, default=Way.BOTH)
    note = models.CharField("来源或说明", max_length=200, blank=True)
    is_active = models.BooleanField("启用", default=True)
    #: Which row of the reference data it came from; empty for the county's own.
    seed = models.CharField(max_length=40, default="", blank=True, editable=False)

    class Meta:
        verbose_name = "同义词和政策用语"
        verbose_name_plural = "同义词和政策用语"
        ordering = ["head", "way"]
        constraints = [
            models.UniqueConstraint(fields=["head", "way"], name="one_group_a_term_and_way"),
            models.CheckConstraint(
                name="synonym_has_two_words",
                condition=Q(words__len__gte=2) & ~Q(head=""),
                violation_error_message="一组至少要有两个不同的词。",
            ),
        ]

    def __str__(self) -> str:
        sign = " = " if self.way == Way.BOTH else " ← "
        return f"{self.words[0]}{sign}{'、'.join(self.words[1:])}" if self.words else ""


class TableVersion(models.Model):
    """Which state an editable table is in; a trigger writes another number after every write to it."""

    name = models.CharField(max_length=20, primary_key=True)
    version = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.name} {self.version}"


@pghistory.track()
class BestBet(models.Model):
    """推荐结果: a public thing that stands first for some queries, between two days."""

    queries = ArrayField(models.CharField(max_length=40), verbose_name="搜这些词时推荐")
    #: The queries, folded as `asked.folded` folds what people type.
    keys = ArrayField(models.CharField(max_length=60), editable=False)
    #: Key of an entry of the index. The index is swapped whole, so no foreign key can hold it.
    target = models.CharField("推荐的内容", max_length=60)
    line = models.CharField("推荐语", max_length=120, blank=True)
    first_day = models.DateField("从哪天起", null=True, blank=True)
    last_day = models.DateField("到哪天止", null=True, blank=True)
    is_active = models.BooleanField("启用", default=True)
    created_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="设置人", related_name="+", editable=False
    )
    created_at = models.DateTimeField("设置时间", editable=False)

    class Meta:
        verbose_name = "推荐结果"
        verbose_name_plural = "推荐结果"
        ordering = ["-id"]
        indexes = [GinIndex(fields=["keys"], name="best_bet_by_query", fastupdate=False)]
        constraints = [
            models.CheckConstraint(
                name="best_bet_has_queries",
                condition=Q(queries__len__gte=1) & Q(keys__len__gte=1) & ~Q(target=""),
                violation_error_message="请写至少一个搜索词，并选定推荐的内容。",
            ),
            models.CheckConstraint(
                name="best_bet_days_in_order",
                condition=Q(first_day=None) | Q(last_day=None) | Q(first_day__lte=F("last_day")),
                violation_error_message="「到哪天止」不能早于「从哪天起」。",
            ),
        ]

    def __str__(self) -> str:
        return "、".join(self.queries)

    def holds_on(self, day: date) -> bool:
        """Whether it is shown on `day`, its target being public."""
        return (
            self.is_active
            and (self.first_day is None or self.first_day <= day)
            and (self.last_day is None or day <= self.last_day)
        )


class Asked(models.Model):
    """大家在找什么: how often something was sought on a day. Holds no person, address, session or hour; what
    is rare is deleted (ADR 39)."""

    day = models.DateField("日期")
    words = models.CharField("搜索词", max_length=60)
    times = models.PositiveIntegerField("次数", default=0, db_default=0)
    nothing = models.PositiveIntegerField("没有找到的次数", default=0, db_default=0)
    last_count = models.PositiveIntegerField("最近找到多少条", default=0, db_default=0)
    chosen = models.PositiveIntegerField("打开结果的次数", default=0, db_default=0)

    class Meta:
        verbose_name = "大家在找什么"
        verbose_name_plural = "大家在找什么"
        constraints = [models.UniqueConstraint(fields=["day", "words"], name="one_row_a_day_and_query")]
        indexes = [models.Index(fields=["words"], name="asked_by_words")]

    def __str__(self) -> str:
        return self.words


class Choice(models.Model):
    """How often a result was opened from a query on a day, and from which places (their sum, from 1)."""

    asked = models.ForeignKey(Asked, models.CASCADE, related_name="choices")
    key = models.CharField(max_length=60)
    times = models.PositiveIntegerField(default=0, db_default=0)
    places = models.PositiveBigIntegerField(default=0, db_default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["asked", "key"], name="one_row_a_choice")]

    def __str__(self) -> str:
        return self.key


class WantQuerySet(ScopedQuerySet):
    """Wants, by the agency to which they were passed on."""

    def waiting(self) -> Self:
        """Passed on and not answered."""
        return self.filter(settlement=Settlement.PASSED_ON, answered_at=None)


@pghistory.track()
class Want(models.Model):
    """待补内容: something people look for, and what officials decided: passed on to an agency, or left."""

    words = models.CharField("大家在找", max_length=60, unique=True, editable=False)
    settlement = models.CharField(
        "处理", max_length=10, choices=Settlement.choices, default=Settlement.PASSED_ON, editable=False
    )
    agency = models.ForeignKey(
        Agency, models.PROTECT, verbose_name="转给单位", null=True, related_name="+", editable=False
    )
    note = models.CharField("说明", max_length=300, blank=True, editable=False)
    settled_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="处理人", related_name="+", editable=False
    )
    settled_at = models.DateTimeField("处理时间", editable=False)
    answer = models.CharField("单位怎样办的", max_length=300, blank=True, editable=False)
    answered_by = models.ForeignKey(
        User, models.PROTECT, verbose_name="办理人", null=True, related_name="+", editable=False
    )
    answered_at = models.DateTimeField("办理时间", null=True, editable=False)

    objects: ClassVar[Any] = WantQuerySet.as_manager()

    class Meta:
        verbose_name = "大家在找、待补的内容"
        verbose_name_plural = "大家在找、待补的内容"
        ordering = [F("answered_at").asc(nulls_first=True), "-settled_at"]
        constraints = [
            models.CheckConstraint(
                name="passed_on_to_an_agency",
                condition=Q(settlement=Settlement.LEFT) | Q(agency__isnull=False),
            ),
            models.CheckConstraint(
                name="answered_by_somebody",
                condition=Q(answered_at=None, answered_by=None)
                | Q(answered_at__isnull=False, answered_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.words
