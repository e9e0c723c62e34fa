"""Forms of the back office for interpretations."""

from __future__ import annotations

from typing import Any

from django import forms

from disclosure.editor import BodyWidget
from disclosure.forms import PublishableForm
from disclosure.models import Document
from interpretation.models import Interpretation
from interpretation.states import Form


class InterpretationForm(PublishableForm):
    """An interpretation (解读)."""

    forms = forms.MultipleChoiceField(
        label="解读形式",
        choices=Form.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text="可以多选。图解、音频、视频请作为附件上传，并在正文里写出同样的内容，方便看不见、听不见的人。",
    )

    class Meta:
        model = Interpretation
        fields = (
            "title",
            "documents",
            "forms",
            "agency",
            "interpreter",
            "contact",
            "summary",
            "body",
            "topic",
            "keywords",
            "written_on",
            "doc_number",
            "issuer",
            "source_url",
        )
        help_texts = {
            "title": "让群众一看就知道和自己有没有关系，不要照抄文件标题。",
            "documents": "解读哪些文件。输入标题中的几个字或发文字号来查找；同时送审的文件会和解读一起公开。",
            "agency": "由谁负责公开。谁起草、谁解读。",
            "interpreter": "起草文件的部门；联合发文由牵头部门解读。",
            "contact": "群众有疑问打哪个电话、找哪个股室。",
            "summary": "用一句大白话说清和谁有关、有什么变化，不超过200字。",
            "body": "写清背景依据、主要内容、适用对象、办理流程、注意事项、新旧差异；不能只是摘抄原文。"
            "可以从 Word 或 WPS 直接粘贴。",
            "source_url": "解读上级文件时，写原文的网址。",
        }
        widgets = {"body": BodyWidget()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "documents" in self.fields:
            allowed = Document.objects.linkable_by(self.user)
            self.fields["documents"].queryset = allowed  # type: ignore[attr-defined]

    def clean_documents(self) -> list[Document]:
        """Add what is linked already and not the user's to see: it shows nowhere, and it stays."""
        chosen = list(self.cleaned_data["documents"])
        if self.instance.pk is None:
            return chosen
        linked = Document.objects.filter(interpretations=self.instance.pk)
        return chosen + list(linked.exclude(pk__in=Document.objects.linkable_by(self.user).values("pk")))
