"""The form into which the notice is pasted, and that for a single day."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from workdays.models import DayOverride
from workdays.notice import Notice, Remark, parse_notice

_LONGEST_NOTICE = 20_000


class NoticeForm(forms.Form):
    """The notice's own prose; `notice` holds what was understood once the form was checked."""

    text = forms.CharField(
        label="通知全文",
        max_length=_LONGEST_NOTICE,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 20, "cols": 80, "spellcheck": "false"}),
        help_text="从中国政府网打开《国务院办公厅关于××××年部分节假日安排的通知》，从标题到落款全部复制，粘贴在这里。",
        error_messages={
            "required": "请粘贴通知全文。",
            "max_length": "粘贴的文字太长（超过 20000 字），请只粘贴通知本身。",
        },
    )
    url = forms.URLField(
        label="原文网址（选填）",
        required=False,
        max_length=300,
        assume_scheme="https",
        widget=forms.URLInput(attrs={"size": 80, "autocomplete": "off"}),
        help_text="便于日后核对，例如 https://www.gov.cn/zhengce/…",
        error_messages={"invalid": "网址不完整，请从浏览器地址栏复制，或者留空。"},
    )

    notice: Notice | None = None

    @property
    def understood(self) -> Notice:
        """What was read without a contradiction. Raises ValueError before that is so."""
        if self.notice is None or self.notice.errors:
            raise ValueError("The notice has not been read, or not without errors.")
        return self.notice

    def clean_text(self) -> str:
        """Read the notice; each contradiction is an error that names its line."""
        text: str = self.cleaned_data["text"]
        if not text.strip():
            raise ValidationError(self.fields["text"].error_messages["required"], code="required")
        self.notice = parse_notice(text)
        if self.notice.errors:
            raise ValidationError([_said(remark) for remark in self.notice.errors])
        return text


class ConfirmForm(NoticeForm):
    """The same text once more, with the mark of what was shown, and a tick where something is unusual."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=16)
    checked = forms.BooleanField(
        label="以上提示我已逐条对照原文核对，确认无误", required=False, widget=forms.CheckboxInput
    )

    def clean(self) -> dict[str, Any] | None:
        """Ask for the tick if there are warnings."""
        cleaned = super().clean()
        if self.notice and self.notice.warnings and not self.cleaned_data.get("checked"):
            self.add_error("checked", "有需要核对的提示。请核对后勾选，再保存。")
        return cleaned


class DayOverrideForm(forms.ModelForm):  # type: ignore[type-arg]
    """A single day fixed by another document."""

    class Meta:
        model = DayOverride
        fields = ["date", "is_work", "name", "basis"]
        error_messages = {
            "date": {"required": "请选择日期。", "unique": "这一天已经调整过，请打开原来的记录修改。"},
            "is_work": {"required": "请选择放假还是上班。"},
            "name": {"required": "请填写名称，例如：火把节。"},
            "basis": {"required": "请写明依据的文件。没有依据不能调整。"},
        }


def _said(remark: Remark) -> str:
    place = f"第 {remark.line} 行：" if remark.line else ""
    quoted = f"（原文：{remark.text}）" if remark.text else ""
    return f"{place}{remark.message}{quoted}"
