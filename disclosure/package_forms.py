"""Forms of the package (公文包)."""

from __future__ import annotations

from typing import Any

from django import forms

from disclosure.body_text import to_html
from disclosure.editor import BodyWidget
from disclosure.file_types import ACCEPTED, RefusedFile, identify
from disclosure.models import DraftingNote
from disclosure.services.attachments import safe_name


class DraftingNoteForm(forms.Form):
    """起草说明: text, file, whether it is public, or why there is none."""

    body = forms.CharField(
        label="起草说明", required=False, widget=BodyWidget(), help_text="可以从 Word 或 WPS 直接粘贴。"
    )
    file = forms.FileField(label="上传文件", required=False, help_text=f"可以上传：{ACCEPTED}。")
    drop_file = forms.BooleanField(label="删去已上传的文件", required=False)
    is_public = forms.BooleanField(
        label="随文件一起公开",
        required=False,
        help_text="默认不公开：起草说明常写有讨论过程，属于过程性信息（条例第十六条）。适合公开的再勾选。",
    )
    absence_reason = forms.CharField(
        label="不附起草说明的理由",
        required=False,
        max_length=300,
        help_text="确实没有的才写，例如：转发上级文件，没有改动。",
    )

    def __init__(self, *args: Any, note: DraftingNote | None, **kwargs: Any) -> None:
        if note is not None:
            names = ("body", "is_public", "absence_reason")
            kwargs.setdefault("initial", {name: getattr(note, name) for name in names})
        super().__init__(*args, **kwargs)
        if note is not None and note.file:
            self.fields["file"].help_text = f"已上传「{note.file_title}」；再选一个就换成新的。"
        else:
            del self.fields["drop_file"]

    def clean_body(self) -> str:
        """Clean what was written or pasted."""
        return to_html(self.cleaned_data.get("body") or "").html

    def clean_file(self) -> Any:
        """Judge a file by its content."""
        file = self.cleaned_data.get("file")
        if file:
            try:
                identify(file.file, name=safe_name(file.name), size=file.size)
            except RefusedFile as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return file
