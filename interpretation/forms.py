"""Forms of the back office for interpretations."""

from __future__ import annotations

from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from disclosure.editor import BodyWidget
from disclosure.forms import CLOSES_EARLIER, AttachmentForm, PublishableForm
from disclosure.models import Document
from interpretation import elements
from interpretation.models import Interpretation
from interpretation.states import Form


class ElementsWidget(forms.Widget):
    """A row for each element: not said, said (and where), 不适用."""

    use_fieldset = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> dict[str, str]:
        """What was chosen, with the place where one was written."""
        found = {}
        for code in elements.ELEMENTS:
            choice = data.get(f"{name}_{code}", "")
            if choice == "said":
                found[code] = str(data.get(f"{name}_{code}_where") or "").strip()
            elif choice == "none":
                found[code] = elements.NOT_APPLICABLE
        return found

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Never: nothing chosen is an answer too."""
        return False

    def id_for_label(self, id_: str) -> str:
        """No single box that the label could stand for."""
        return ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> SafeString:
        """Draw the rows."""
        known = value if isinstance(value, dict) else {}
        rows = []
        for code, label in elements.ELEMENTS.items():
            where = known.get(code)
            choice = "" if where is None else "none" if where == elements.NOT_APPLICABLE else "said"
            rows.append((f"{name}_{code}", label, choice, where if choice == "said" else ""))
        return render_to_string(
            "admin/interpretation/elements.html", {"rows": rows, "longest": elements.LONGEST}
        )


class ElementsField(forms.Field):
    """内容要素 (DOMAIN §5)."""

    widget = ElementsWidget

    def clean(self, value: Any) -> dict[str, str]:
        """Refuse a tick without a place."""
        if wrong := elements.problems(value):
            raise forms.ValidationError(wrong)
        return dict(value)

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as mappings."""
        return dict(initial or {}) != dict(data or {})


class InterpretationAttachmentForm(AttachmentForm):
    """An attachment, and what stands beside a picture or a recording."""

    class Meta(AttachmentForm.Meta):
        fields = ("file", "title", "alt", "text", "position")
        widgets = {**AttachmentForm.Meta.widgets, "text": forms.Textarea(attrs={"rows": 3, "cols": 30})}
        help_texts = {
            **AttachmentForm.Meta.help_texts,
            "alt": "图片必填：一句话说图上是什么。",
            "text": "音频、视频必填：文字稿，说的话逐句写出来。一图读懂：图上的文字。",
            "file": f"{AttachmentForm.Meta.help_texts['file']}字幕用 .vtt，名称和视频一样。",
        }


class InterpretationForm(PublishableForm):
    """An interpretation (解读)."""

    forms = forms.MultipleChoiceField(
        label="解读形式",
        choices=Form.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple(),
        help_text="可以多选。图解、音频、视频请作为附件上传，并写上图片说明、文字稿，方便看不见、听不见的人。",
    )
    elements = ElementsField(
        label="内容要素",
        required=False,
        help_text="写了的选「写了」并注明在正文哪里，例如：第二部分；用不着的选「不适用」。写得少只提醒，不拦。",
    )

    class Meta:
        model = Interpretation
        fields = (
            "correction_note",
            "closes_earlier",
            "title",
            "documents",
            "forms",
            "agency",
            "interpreter",
            "contact",
            "summary",
            "body",
            "elements",
            "topic",
            "keywords",
            "written_on",
            "doc_number",
            "issuer",
            "source_url",
        )
        help_texts = {
            "correction_note": "更正了什么、为什么，用一句话告诉群众。会显示在网页上。",
            "closes_earlier": CLOSES_EARLIER,
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
        agency = getattr(self.user, "agency", None)
        if self.instance.pk is None and agency is not None:
            # 谁起草、谁解读: most often the clerk's own.
            self.initial.setdefault("interpreter", agency.name)
            self.initial.setdefault("contact", agency.phone)
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
