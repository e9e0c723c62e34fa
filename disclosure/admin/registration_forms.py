"""Forms of 报审登记 in the back office."""

from __future__ import annotations

from typing import Any

from django import forms

from disclosure.forms import AttachmentForm
from disclosure.models import Document, Registration
from disclosure.register_states import NO_SECRETS, ReturnReason, is_secret
from disclosure.services import registration as register

_HELP = {
    "title": "与送审稿标题一致，不加书名号。",
    "agency": "由谁报审。只能选本单位和下属单位。",
    "issuer": "准备以谁的名义发，例如青澜县人民政府。",
    "is_normative": "经过合法性审查、反复适用的文件。",
    "openness": "起草时就要确定。没有公开属性的文件不予发文，不能报审。",
    "openness_ground": "选了依申请公开或不予公开时必填（条例第十四至十六条）。涉密文件不得录入本系统。",
    "openness_reason": "写明为什么适用这一条。",
    "no_interpretation_reason": "不附解读稿的，写明为什么不需要解读。",
    "legality": "规范性文件必须经合法性审查，并附审查意见书。",
    "legality_by": "例如青澜县司法局。",
    "legality_note": "意见的要点；选「不需要」的，写明为什么。",
}


class RegistrationForm(forms.ModelForm):  # type: ignore[type-arg]
    """A registration; says beside the field what the service would refuse."""

    class Meta:
        model = Registration
        fields = (
            "title",
            "agency",
            "issuer",
            "genre",
            "is_normative",
            "openness",
            "openness_ground",
            "openness_reason",
            "no_interpretation_reason",
            "legality",
            "legality_by",
            "legality_on",
            "legality_note",
        )
        help_texts = _HELP

    def clean(self) -> dict[str, Any] | None:
        """涉密 is refused; what stays in has its ground and reason."""
        data = super().clean() or {}
        if is_secret(data.get("openness_ground") or ""):
            self.add_error("openness_ground", NO_SECRETS)
        if data.get("openness") in {"on_request", "withheld"}:
            for name in ("openness_ground", "openness_reason"):
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, "依申请公开或不予公开，须选择法定依据并写明理由。")
        return data


class PaperForm(AttachmentForm):
    """One file: what it is, the file, its name."""

    class Meta(AttachmentForm.Meta):
        fields = ("role", "file", "title")


class ReturnForm(forms.Form):
    """退文."""

    reasons = forms.MultipleChoiceField(
        label="退文原因",
        choices=ReturnReason.choices,
        widget=forms.CheckboxSelectMultiple(),
        error_messages={"required": "请选择退文原因，退文按原因统计。"},
    )
    remarks = forms.CharField(
        label="退文意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明要补什么、改什么，报审单位会看到。",
    )


class DocumentForm(forms.Form):
    """转为文件草稿, or the document that is there already."""

    document = forms.ModelChoiceField(
        label="已经起草的文件",
        queryset=Document.objects.none(),
        required=False,
        empty_label="没有，新建草稿",
        help_text="没有起草的不用选，会新建一份草稿。",
    )

    def __init__(self, *args: Any, registration: Registration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["document"]
        choice.queryset = register.linkable_documents(registration)
