"""Forms of the back office for documents; those of interpretations build on them."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.html import format_html, format_html_join

from catalog.models import Item
from disclosure import numbering
from disclosure.body_text import to_html
from disclosure.editor import BodyWidget
from disclosure.file_types import ACCEPTED, RefusedFile, identify
from disclosure.models import Document, Topic
from disclosure.register_states import NO_SECRETS, is_secret
from disclosure.services.attachments import safe_name

_KEYWORD_BREAK = re.compile(r"[,，、;；\s]+")


class KeywordsField(forms.CharField):
    """主题词 as people write them: parted by blanks, commas or 、."""

    def prepare_value(self, value: Any) -> Any:
        """Show a list as words parted by blanks."""
        return " ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]
        """Split, each word once."""
        text = value if isinstance(value, str) else ""
        return list(dict.fromkeys(word for word in _KEYWORD_BREAK.split(text) if word))

    def validate(self, value: Any) -> None:
        """Refuse words that are sentences."""
        if long := [word for word in value if len(word) > 60]:
            raise forms.ValidationError(f"主题词「{long[0][:20]}…」太长，每个词不超过60个字。")

    def run_validators(self, value: Any) -> None:
        """Nothing more to check."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare as lists."""
        return list(initial or []) != self.to_python(data)


class TopicField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """主题分类 as a list in two levels."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Topic.objects.select_related("parent"), **kwargs)

    def label_from_instance(self, obj: Any) -> str:
        """Indent the second level under its class."""
        return f"　{obj.name}" if obj.parent_id else str(obj.name)


class PublishableForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the forms of documents and interpretations share."""

    keywords = KeywordsField(
        label="主题词",
        required=False,
        help_text="三五个群众会用来搜索的词，用空格隔开，例如：低保 补贴标准。",
    )
    topic = TopicField(label="主题分类", required=False, help_text="按中国政府网的主题分类选一项。")
    correction_reason = forms.CharField(
        label="更正原因",
        required=False,
        max_length=200,
        help_text="已公开的内容，更正时须写明原因，会记入办理记录。标题和正文要改的，请先撤下。",
    )

    #: Whoever opened the form, set by the admin: what may be linked depends on that.
    user: Any = None

    #: Sentences on what was taken out of the body, for the page to show after saving.
    removed: tuple[str, ...] = ()

    def clean_body(self) -> str:
        """Clean what was written or pasted, and note what did not come along."""
        cleaned = to_html(self.cleaned_data.get("body") or "")
        self.removed = cleaned.removed
        return cleaned.html

    def clean_doc_number(self) -> str:
        """Bring the number into its normal form."""
        return numbering.normalise_doc_number(self.cleaned_data.get("doc_number") or "")


#: Beside the tick of a correction draft.
CLOSES_EARLIER = (
    "更正公开的同时，以前各个版本的标题、正文和附件都不再公开，以后也不能恢复。更正说明里不要写被删去的内容。"
)
_HELP = {
    "title": "与红头文件标题一致，不加书名号。",
    "doc_number": "例如 青政发〔2026〕5号。括号、空格、全角数字会自动改成规范写法；没有文号的留空。",
    "agency": "由谁负责公开。只能选本单位和下属单位。",
    "issuer": "文件上的发文机关；联合发文用顿号隔开，主办机关在前。",
    "summary": "用一句大白话说清这份文件和谁有关、有什么好处或要求，不超过200字。",
    "body": "可以从 Word 或 WPS 直接粘贴。图片不会带入，请作为附件上传并在文中说明。",
    "openness": "起草时就要确定。没有公开属性的文件不予发文；只有主动公开的会上网。",
    "openness_ground": "选了依申请公开或不予公开时必填（条例第十四至十六条）。涉密文件不得录入本系统。",
    "openness_reason": "写明为什么适用这一条；会报县政府办公室备案。",
    "written_on": "领导签发的日期，或者会议通过的日期。",
    "effective_on": "文件里写明的开始施行日期。",
    "expires_on": "规范性文件写明有效期的，填最后一天。",
    "validity": "一般文件选「不适用」；规范性文件新发时选「现行有效」。",
    "is_policy": "涉及群众、企业权利义务的文件：必须和解读一起公开，或者写明不作解读的理由。",
    "is_normative": "经过合法性审核、反复适用的文件；会进入规范性文件库和年度报告。",
    "no_interpretation_reason": "政策文件确实不需要解读的，写明理由，例如：仅调整联席会议成员。",
    "fields": "属于26个试点领域的，请勾选，群众按领域查找。",
    "items": "对应标准目录里的哪些事项。输入事项名称中的几个字来查找。",
    "stage": "一般不用选，随目录事项。征求意见、公示这样和事项环节不同的，或者没有事项的，在这里写明。",
    "source_url": "从别处转来的，写原来的网址；本单位自己的留空。",
    "correction_note": "更正了什么、为什么，会显示在网页上，例如：第三条“八十元”应为“一百元”。",
    "closes_earlier": CLOSES_EARLIER,
    "genre": "文件标题最后两个字，如通知、公告、意见。",
    "kind": "一般选「文件」。",
}


#: Where a field means something only beside another's value: "name=a,b", or the name of a box that is
#: ticked. Without JavaScript all of them stand there, and their help says when.
SHOWN_WHEN = {
    "openness_ground": "openness=on_request,withheld",
    "openness_reason": "openness=on_request,withheld",
    "no_interpretation_reason": "is_policy",
    "expires_on": "is_normative",
}


class DocumentForm(PublishableForm):
    """A document."""

    correction_reason = forms.CharField(
        label="更正原因",
        required=False,
        max_length=200,
        help_text="会作为更正说明显示在网页上，也记入办理记录。标题、正文和附件要改的，请点「起草更正稿」。",
    )

    class Meta:
        model = Document
        fields = (
            "title",
            "doc_number",
            "kind",
            "genre",
            "agency",
            "issuer",
            "summary",
            "body",
            "openness",
            "openness_ground",
            "openness_reason",
            "topic",
            "keywords",
            "fields",
            "items",
            "stage",
            "written_on",
            "effective_on",
            "expires_on",
            "validity",
            "is_normative",
            "is_policy",
            "no_interpretation_reason",
            "source_url",
            "correction_note",
            "closes_earlier",
        )
        help_texts = _HELP
        widgets = {"body": BodyWidget(), "fields": forms.CheckboxSelectMultiple()}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "items" in self.fields:
            # What is linked already stays choosable.
            allowed = Q(pk__in=Item.objects.linkable_by(self.user).values("pk"))
            if self.instance.pk:
                allowed |= Q(pk__in=self.instance.items.values("pk"))
            self.fields["items"].queryset = Item.objects.filter(allowed)  # type: ignore[attr-defined]
        for name in SHOWN_WHEN.keys() & self.fields.keys():
            self.fields[name].widget.attrs["data-shown-when"] = SHOWN_WHEN[name]

    def clean(self) -> dict[str, Any] | None:
        """Say beside the field what the services would refuse at saving."""
        data = super().clean() or {}
        if is_secret(data.get("openness_ground") or ""):
            self.add_error("openness_ground", NO_SECRETS)
        if data.get("openness") in {"on_request", "withheld"}:
            for name in ("openness_ground", "openness_reason"):
                if not data.get(name):
                    self.add_error(name, "依申请公开或不予公开，须选择法定依据并写明理由。")
        start = data.get("effective_on") or data.get("written_on")
        if start and data.get("expires_on") and data["expires_on"] < start:
            self.add_error("expires_on", "有效期至不能早于施行日期或成文日期，请核对。")
        return data


class StoredFileInput(forms.FileInput):
    """A file box for a new attachment; for a stored one a link: files stay as they are."""

    url = ""
    replace_url = ""
    redact_url = ""

    def render(self, name: str, value: Any, attrs: Any = None, renderer: Any = None) -> Any:
        """Draw the box, or the links."""
        if not self.url:
            return super().render(name, value, attrs, renderer)
        if not self.replace_url:
            return format_html('<a href="{}">下载查看</a>', self.url)
        acts = [(self.replace_url, "换文件"), (self.redact_url, "遮盖")]
        links = format_html_join(
            "", ' <a class="replace-file" href="{}">{}</a>', [act for act in acts if act[0]]
        )
        return format_html('<a href="{}">下载查看</a>{}', self.url, links)


class AttachmentForm(forms.ModelForm):  # type: ignore[type-arg]
    """One attachment: file, name for people, place in the list."""

    class Meta:
        fields: tuple[str, ...] = ("file", "title", "position")
        widgets: dict[str, forms.Widget] = {"file": StoredFileInput()}
        help_texts = {"file": f"可以上传：{ACCEPTED}。", "title": "不填就用文件名。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            # A cell of the table has a heading and no label of its own.
            field.widget.attrs["aria-label"] = str(field.label)
        if "title" in self.fields:
            self.fields["title"].required = False
        if self.instance.pk and "file" in self.fields:
            self.fields["file"].disabled = True
            self.fields["file"].required = False
        elif "file" in self.fields:
            self.fields["file"].required = True

    def clean_file(self) -> Any:
        """Judge a new file by its content, so that the refusal stands beside it."""
        file = self.cleaned_data.get("file")
        if file and not self.instance.pk:
            try:
                identify(file.file, name=safe_name(file.name), size=file.size)
            except RefusedFile as refusal:
                raise forms.ValidationError(str(refusal)) from refusal
        return file


class SignForm(forms.Form):
    """审核意见: agree to a step."""

    secrecy_cleared = forms.BooleanField(
        label="已作保密审查：不涉及国家秘密、工作秘密，不含不该公开的个人信息",
        error_messages={"required": "请先作保密审查，再勾选这一项（条例第十七条）。"},
    )
    remarks = forms.CharField(
        label="意见",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="可以不写。",
    )

    def __init__(self, *args: Any, with_secrecy: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not with_secrecy:
            del self.fields["secrecy_cleared"]


class ScheduleForm(SignForm):
    """签发，定时公开."""

    publish_at = forms.DateTimeField(
        label="公开时间",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="精确到分钟，到时自动公开。",
        error_messages={"required": "请选公开的日期和时间，例如明天 09:00。"},
    )
    field_order = ["publish_at", "secrecy_cleared", "remarks"]


class ReturnForm(forms.Form):
    """退回: to the clerk, or to an earlier step."""

    to = forms.TypedChoiceField(label="退回到", coerce=int, required=False, empty_value=None)
    remarks = forms.CharField(
        label="退回意见",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明要改什么、补什么，经办人会看到。",
    )

    def __init__(self, *args: Any, earlier: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not earlier:
            del self.fields["to"]
            return
        choice: Any = self.fields["to"]
        choice.choices = [("", "经办人（变回草稿）"), *earlier]


class HoldForm(forms.Form):
    """暂缓公开."""

    remarks = forms.CharField(
        label="原因",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="经办人会看到。",
        error_messages={"required": "请写明为什么暂缓，经办人照着改。"},
    )


class WithdrawForm(forms.Form):
    """公开的撤下原因."""

    reason = forms.CharField(
        label="撤下原因",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="会显示在原来的网页上，请写公众看得懂的原因，不要写内部信息。",
        error_messages={"required": "请写明撤下的原因。"},
    )


class InternalReasonForm(forms.Form):
    """A reason that stays inside."""

    reason = forms.CharField(
        label="原因",
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="只留在系统内部，网站上不显示。",
        error_messages={"required": "请写明原因。"},
    )


class RepealForm(forms.Form):
    """废止登记."""

    on = forms.DateField(
        label="废止日期", widget=forms.DateInput(attrs={"type": "date"}), help_text="从哪一天起不再有效。"
    )
    number = forms.CharField(
        label="废止它的文件",
        max_length=100,
        required=False,
        help_text="写那份文件的发文字号或索引号，它要已经公开；没有的留空。",
    )
    reason = forms.CharField(
        label="废止依据", max_length=300, required=False, help_text="没有废止它的文件时，写明依据。"
    )

    def clean(self) -> dict[str, Any] | None:
        """Find the document by its number."""
        data = super().clean() or {}
        number = (data.get("number") or "").strip()
        if number:
            data["repealed_by"] = self.find(number)
        return data

    def find(self, number: str) -> Any:
        """Return the public document with this number; note an error when there is none, or several."""
        public = Document.objects.published()
        found = list(public.filter(index_number=number)[:2]) or list(
            public.filter(doc_number=numbering.normalise_doc_number(number))[:2]
        )
        if len(found) != 1:
            why = "没有找到" if not found else "不止一份"
            self.add_error("number", f"已公开的文件里{why}这个号的文件，请核对，或改写索引号。")
            return None
        return found[0]


class ConfirmForm(forms.Form):
    """Nothing to fill in: the button is the answer."""
