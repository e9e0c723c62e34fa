"""Forms of the back office for the record after publication: validity, merges, sealed purges."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone

from disclosure.forms import RepealForm
from disclosure.models import Document, ValidityChange


def _day(label: str, help_text: str) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}), help_text=help_text)


class ValidityForm(RepealForm):
    """修改, 失效 or 废止, with the document that did it or a basis in words."""

    kind = forms.ChoiceField(label="变动", choices=ValidityChange.KINDS)
    field_order = ("kind", "on", "number", "reason")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].label = "从哪一天起"
        self.fields["on"].help_text = "修改的，从这一天起按新的执行；失效、废止的，从这一天起不再有效。"
        self.fields["number"].label = "修改、废止它的文件"
        self.fields["reason"].label = "依据"
        self.fields["reason"].help_text = "没有那份文件时，写明依据；会显示在网页上。"


class TakeBackForm(forms.Form):
    """撤销登记."""

    reason = forms.CharField(
        label="理由", max_length=300, widget=forms.Textarea(attrs={"rows": 3}), help_text="记入办理记录。"
    )


class CloseVersionForm(forms.Form):
    """原版本不再公开: why, and whether the older ones too, where there are any."""

    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="例如：附件里有个人信息。只留在系统内部，网站上不显示；请不要照抄那些内容。",
    )
    with_earlier = forms.BooleanField(
        label="更早的版本一起停止公开",
        required=False,
        initial=True,
        help_text="同样的内容往往在更早的版本里也有。确实没有的，才去掉这一项。",
    )

    def __init__(self, *args: Any, older: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not older:
            del self.fields["with_earlier"]


class MergeForm(forms.Form):
    """合并: the posting that stays, by its number or address."""

    into = forms.CharField(
        label="保留哪一份",
        max_length=200,
        help_text="贴那一份的网页地址，或者写它的索引号。要并入的这一份，地址以后自动转到那一份。",
        error_messages={"required": "请贴要保留的那一份的网页地址，或者写它的索引号。"},
    )
    reason = forms.CharField(
        label="理由",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明为什么是同一份文件。",
        error_messages={"required": "请写明为什么是同一份文件。"},
    )

    def clean_into(self) -> Document:
        """Find the public document. Raises ValidationError where there is none."""
        given = self.cleaned_data["into"].strip()
        last = given.rstrip("/").rsplit("/documents/", 1)[-1] if "/documents/" in given else ""
        public = Document.objects.published()
        found = public.filter(index_number=given)
        if last.isdecimal() and len(last) < 18:
            found = public.filter(pk=int(last))
        document: Document | None = found.first()
        if document is None:
            raise forms.ValidationError("没有找到这一份已公开的文件，请核对网页地址或者索引号。")
        return document


class PurgeForm(forms.Form):
    """封存清除: the order."""

    order_number = forms.CharField(
        label="决定的文号", max_length=100, help_text="依据哪一份决定、通知办理；没有文号的，写日期和形式。"
    )
    authority = forms.CharField(label="作出决定的机关", max_length=200)
    reason = forms.CharField(
        label="理由",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="这几栏会一直保留，请不要写被清除内容的标题和文字。",
    )


class ConfirmPurgeForm(forms.Form):
    """The second person says so in writing."""

    sure = forms.BooleanField(
        label="已核对决定原件；清除以后谁也找不回来",
        error_messages={"required": "请核对决定原件，再勾选这一项。"},
    )


class CleanedForm(forms.Form):
    """A backup that was cleaned."""

    on = _day("清理日期", "哪一天清理完的。")
    note = forms.CharField(
        label="怎样清理的", max_length=200, required=False, help_text="例如：删除了旧备份，重新做了一份。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate()
