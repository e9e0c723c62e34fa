"""审前检查: what the scanner found and the clerk justified; the table of common wrong expressions."""

from __future__ import annotations

import pghistory
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from agencies.models import User
from disclosure.states import FindingKind


@pghistory.track()
class WrongWord(models.Model):
    """常见错误表述: an expression and what to write in its place. Never deleted, lest the reference data
    bring it back; what a county does not want is switched off."""

    wrong = models.CharField("错误写法", max_length=40, unique=True)
    right = models.CharField("应写作", max_length=60)
    unless = ArrayField(
        models.CharField(max_length=40), verbose_name="在这些词里不算错", default=list, blank=True
    )
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "常见错误表述"
        verbose_name_plural = "常见错误表述"
        ordering = ["wrong"]
        constraints = [
            models.CheckConstraint(
                name="wrong_word_differs",
                condition=~Q(wrong="") & ~Q(right="") & ~Q(wrong=F("right")),
                violation_error_message="错误写法和正确写法都要填写，并且不能相同。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.wrong} → {self.right}"


class Note(models.Model):
    """情况说明: why a finding may stay, who says so and when. It holds for these very words (`mark`, a keyed
    fingerprint); once they or the words around them change it stands no more. The excerpt is masked."""

    mark = models.CharField("指纹", max_length=64, editable=False)
    kind = models.CharField("检查项", max_length=24, choices=FindingKind.choices, editable=False)
    place = models.CharField("位置", max_length=400, editable=False)
    excerpt = models.CharField("原文（遮盖后）", max_length=200, blank=True, editable=False)
    reason = models.CharField("说明", max_length=300, editable=False)
    by = models.ForeignKey(User, models.PROTECT, verbose_name="说明人", related_name="+", editable=False)
    at = models.DateTimeField("说明时间", editable=False)
    stands = models.BooleanField("有效", default=True, editable=False)

    class Meta:
        abstract = True
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{FindingKind(self.kind).label}：{self.reason}"


def note_constraints(name: str, owner: str) -> list[models.BaseConstraint]:
    """One standing note a finding, never without words."""
    return [
        models.CheckConstraint(name=f"{name}_in_words", condition=~Q(reason="") & ~Q(mark="")),
        models.UniqueConstraint(name=f"{name}_once", fields=[owner, "mark"], condition=Q(stands=True)),
    ]


@pghistory.track()
class FindingNote(Note):
    """A justified finding in a document."""

    document = models.ForeignKey(
        "disclosure.Document",
        models.CASCADE,
        verbose_name="文件",
        related_name="finding_notes",
        editable=False,
    )

    class Meta(Note.Meta):
        verbose_name = "审前检查说明"
        verbose_name_plural = "审前检查说明"
        constraints = note_constraints("finding_note", "document")
