"""What helps whoever is writing: words kept on the way (自动保存), and who has a thing open (正在编辑).

Both are comfort, no record: no history is kept of them, and they go by themselves.
"""

from __future__ import annotations

from django.db import models

from agencies.models import User


class _AtAThing(models.Model):
    """Of one person at one thing; `object_id` 0: a draft that was never saved."""

    user = models.ForeignKey(User, models.CASCADE, verbose_name="用户", related_name="+")
    kind = models.CharField("类型", max_length=60)
    object_id = models.BigIntegerField("编号", default=0)

    class Meta:
        abstract = True


class Autosave(_AtAThing):
    """自动保存: the form as it was typed, pairs of name and text, never what is stored. `base_version`: the
    `edit_version` that the writer had before the eyes."""

    data = models.JSONField("内容", default=list)
    base_version = models.PositiveIntegerField("打开时的版本", default=0)
    saved_at = models.DateTimeField("保存时间")

    class Meta:
        verbose_name = "自动保存"
        verbose_name_plural = "自动保存"
        constraints = [
            models.UniqueConstraint(name="autosave_once", fields=["user", "kind", "object_id"]),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}（{self.user}）"


class Presence(_AtAThing):
    """正在编辑: when somebody's page with this thing last gave a sign of life."""

    seen_at = models.DateTimeField("最近在线")

    class Meta:
        verbose_name = "正在编辑"
        verbose_name_plural = "正在编辑"
        constraints = [
            models.UniqueConstraint(name="presence_once", fields=["user", "kind", "object_id"]),
        ]
        indexes = [models.Index(fields=["kind", "object_id", "seen_at"], name="presence_at_a_thing")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}（{self.user}）"
