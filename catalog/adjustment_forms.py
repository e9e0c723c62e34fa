"""Forms of the single acts on adjustments (动态调整) and on fields (领域)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from agencies.forms import DayInput
from catalog.models import Adjustment, Field
from catalog.states import CatalogKind


def _reason(help_text: str) -> forms.CharField:
    return forms.CharField(
        label="调整理由", max_length=300, widget=forms.Textarea(attrs={"rows": 2}), help_text=help_text
    )


def _day(label: str, help_text: str) -> forms.DateField:
    return forms.DateField(label=label, widget=DayInput, initial=timezone.localdate, help_text=help_text)


class AgreeForm(forms.Form):
    """牵头单位同意: nothing to fill in."""


class ApproveForm(forms.Form):
    """批准: from which day."""

    in_force_on = _day("生效日期", "今天或以前的日期：马上写入目录。以后的日期：到那天自动写入。")

    def __init__(self, *args: Any, adjustment: Adjustment, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if adjustment.in_force_on:
            self.fields["in_force_on"].initial = adjustment.in_force_on


class DeclineForm(forms.Form):
    """不同意: why."""

    remarks = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="提出单位会看到，写明哪一项、为什么、怎么改。",
    )


class AgainForm(forms.Form):
    """重新提出, 按相反的内容提出: why, now."""

    reason = _reason("审核的人会看到，例如回应审核意见，或写明错在哪里。")


class RetireForm(forms.Form):
    """停用: why and, for who decides at once, from which day."""

    reason = _reason("写明依据，例如职能划转、依据废止的文件。")
    in_force_on = _day("停用日期", "从这一天起不再列入目录，不能晚于今天。")

    def __init__(self, *args: Any, proposes: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if proposes:
            del self.fields["in_force_on"]


class RenameForm(forms.Form):
    """领域更名."""

    name = forms.CharField(label="新名称", max_length=60)
    on = _day("更名日期", "这一天以前的目录仍用原来的名称显示和导出，不能晚于今天。")


class MergeForm(forms.Form):
    """并入另一个领域."""

    target = forms.ModelChoiceField(
        label="并入", queryset=Field.objects.none(), empty_label="请选择", help_text="事项都归到这个领域。"
    )
    on = _day("并入日期", "这一天以前的目录仍显示原来的领域，不能晚于今天。")
    reason = _reason("记入每个事项的新版本，例如：脱贫攻坚与乡村振兴有效衔接，合并两个领域。")

    def __init__(self, *args: Any, source: Field, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["target"]
        others = Field.objects.in_use(timezone.localdate()).of_catalog(CatalogKind(source.catalog))
        choice.queryset = others.exclude(pk=source.pk)
