"""Forms of the catalog's back office."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from agencies.forms import DayInput
from agencies.models import Agency, User
from agencies.roles import sees_whole_county
from catalog import rules
from catalog.channels import STANDARD_CHANNELS, parse_channels
from catalog.drafts import ChannelUse, Draft
from catalog.models import Field, Item, Matter, SubjectMapping
from catalog.services import OWN_PARTICULARS, changes_norm, draft_of
from catalog.services.items import check_draft

MARKS = [
    ("", "按文件里的说明（没有说明时：■必选、□可选）"),
    ("required", "■必选、□可选"),
    ("chosen", "■已选、□未选"),
]
MAX_UPLOAD_MB = 50
_STANDARD = [(name, name) for name in STANDARD_CHANNELS]
_TIERS = ["县级", "乡级", "村级"]
_MANNERS = ["主动公开", "依申请公开"]
_WHOLE, _GROUP = "全社会", "特定群体"


class UploadForm(forms.Form):
    """The first step of an import: which file, for which agency's catalog."""

    file = forms.FileField(
        label="目录文件",
        help_text=f"Excel、WPS 表格（.xlsx .xls .xlsb .et .ods）或 CSV，不超过 {MAX_UPLOAD_MB} MB。"
        "上传后先预览，确认后才写入。",
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.xlsm,.xls,.xlsb,.et,.ods,.csv,.xml,.html"}),
    )
    agency = forms.ModelChoiceField(label="目录所属单位", queryset=Agency.objects.none())
    field = forms.ModelChoiceField(
        label="领域",
        queryset=Field.objects.filter(merged_into=None),
        required=False,
        empty_label="由文件的表题或工作表名称决定",
        help_text="表题里看不出领域时在这里指定。",
    )
    marks = forms.ChoiceField(label="■和□的含义", choices=MARKS, required=False)
    by_caption = forms.BooleanField(
        label="表题写有其他单位名称的表，归入那个单位的目录",
        required=False,
        initial=True,
        help_text="例如本系统导出的全县目录，一个文件里有几个单位的表。",
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        agencies = Agency.objects.in_scope_of(user).published()
        choice: Any = self.fields["agency"]
        choice.queryset = agencies
        # Who looks after the whole county brings in the county's catalog, not that of the own office.
        own = None if sees_whole_county(user) else user.agency
        choice.initial = own or next((one for one in agencies if one.code == "county"), None)

    def clean_file(self) -> Any:
        """Refuse what is too large before it is read."""
        file = self.cleaned_data["file"]
        if file.size > MAX_UPLOAD_MB * 1024 * 1024:
            raise ValidationError(f"文件超过 {MAX_UPLOAD_MB} MB。请只保留目录表，另存后再上传。")
        return file


class ChoiceForm(forms.Form):
    """On the preview: what the file did not say."""

    field = forms.ModelChoiceField(
        label="领域",
        queryset=Field.objects.filter(merged_into=None),
        required=False,
        empty_label="由文件决定",
    )
    marks = forms.ChoiceField(label="■和□的含义", choices=MARKS, required=False)


class _TickedField(forms.TypedMultipleChoiceField):
    """Thousands of ticks among tens of thousands of boxes: looked up, not searched one by one."""

    def set_known(self, pks: list[int]) -> None:
        """The values that may be ticked."""
        self._known = {str(pk) for pk in pks}

    def valid_value(self, value: Any) -> bool:
        """Whether the box exists."""
        return str(value) in self._known


class ConfirmForm(forms.Form):
    """Below the preview: what ■ and □ mean where the file does not say, what leaves the catalog, why."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    marks = forms.ChoiceField(label="■和□的含义", choices=MARKS, required=False)
    retire = _TickedField(coerce=int, required=False)
    retire_all = forms.BooleanField(required=False)
    reason = forms.CharField(label="调整理由", required=False, max_length=300)

    def __init__(self, *args: Any, missing: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._missing = missing
        choice: Any = self.fields["retire"]
        choice.set_known(missing)

    def clean(self) -> dict[str, Any]:
        """All that is missing, where that box is ticked."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("retire_all"):
            data["retire"] = self._missing
        return data


class ItemForm(forms.ModelForm):  # type: ignore[type-arg]
    """One item, in the order of the official table."""

    level_names = forms.CharField(
        label="公开事项",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="一级一行，一至四级：第一行是一级事项，最后一行是事项名称。",
    )
    required_channels = forms.MultipleChoiceField(
        label="必选的公开渠道（■）", choices=_STANDARD, required=False, widget=forms.CheckboxSelectMultiple
    )
    optional_channels = forms.MultipleChoiceField(
        label="可选的公开渠道（□）", choices=_STANDARD, required=False, widget=forms.CheckboxSelectMultiple
    )
    other_channels = forms.CharField(
        label="标准清单以外的渠道",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="一行一个，必选的前面写■，可选的前面写□，例如：■12345政务服务热线。",
    )
    whole_society = forms.BooleanField(label="公开对象：全社会", required=False)
    groups = forms.CharField(
        label="公开对象：特定群体",
        required=False,
        max_length=400,
        help_text="写明是哪些人，例如：拟征收土地所在地的村集体成员。没有就空着。",
    )
    manner_choice = forms.MultipleChoiceField(
        label="公开方式", required=False, widget=forms.CheckboxSelectMultiple
    )
    tier_choice = forms.MultipleChoiceField(
        label="公开层级", required=False, widget=forms.CheckboxSelectMultiple
    )

    reason = forms.CharField(
        label="调整理由",
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="写明依据，例如哪份文件、哪项职能变化。记入事项的历史。",
    )
    in_force_on = forms.DateField(
        label="生效日期",
        required=False,
        widget=DayInput,
        help_text="不填就是今天。不能晚于今天，也不能早于现在版本的生效日期。",
    )
    #: The version that the page shows: what a colleague saved meanwhile is not overwritten.
    base_version = forms.IntegerField(required=False, widget=forms.HiddenInput)
    #: Who opened the form; set by the admin.
    user: User

    class Meta:
        model = Item
        fields = ["agency", "field", "content", "basis", "time_limit", "subject", *OWN_PARTICULARS]
        widgets = {
            "content": forms.Textarea(attrs={"rows": 6}),
            "basis": forms.Textarea(attrs={"rows": 4}),
            "time_limit": forms.Textarea(attrs={"rows": 2}),
            "subject": forms.Textarea(attrs={"rows": 2}),
        }
        help_texts = {
            "basis": "一行一条，例如：【行政法规】《中华人民共和国政府信息公开条例》（国务院令第711号）。",
            "time_limit": "照原文写，例如：信息形成或者变更之日起20个工作日内。",
            "subject": "照原文写；系统按名称对应到单位，对应不上的在「公开主体对照」里指定一次。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        item: Item = self.instance
        # As stored: cleaning writes the form's own values into the instance.
        self._stored = draft_of(item) if item.pk else None
        self._old_groups = [label for label in item.audience or [] if label != _WHOLE]
        self._set_choices("manner_choice", _MANNERS, item.manner)
        self._set_choices("tier_choice", _TIERS, item.tiers)
        if not rules.can_change_directly(self.user):
            self.fields.pop("in_force_on", None)
        if "field" in self.fields:
            choice: Any = self.fields["field"]
            choice.queryset = Field.objects.filter(merged_into=None)
        if "matter" in self.fields:
            choice = self.fields["matter"]
            choice.queryset = Matter.objects.filter(agency=item.agency_id, field=item.field_id)
            choice.empty_label = "不属于任何一件事"
        if item.pk is None:
            self.initial.setdefault("whole_society", True)
            self.initial.setdefault("manner_choice", [_MANNERS[0]])
            self.fields.pop("base_version", None)
            return
        uses = item.channels or []
        self.initial = {
            **self.initial,
            "base_version": item.version,
            "level_names": "\n".join(item.levels),
            "whole_society": _WHOLE in (item.audience or []),
            "groups": "；".join(_words(label) for label in self._old_groups),
            "manner_choice": item.manner or [],
            "tier_choice": item.tiers or [],
            "required_channels": _standard(uses, "required"),
            "optional_channels": _standard(uses, "optional"),
            "other_channels": "\n".join(
                ("■" if use["mark"] == "required" else "□") + use["name"]
                for use in uses
                if use["name"] not in STANDARD_CHANNELS and use["mark"] != "unused"
            ),
        }

    def _set_choices(self, name: str, usual: list[str], present: list[str] | None) -> None:
        # A county's own tiers (东阳市级, 镇街) stay choosable beside the usual ones.
        labels = list(dict.fromkeys([*usual, *(present or [])]))
        choice: Any = self.fields[name]
        choice.choices = [(label, label) for label in labels]

    def clean(self) -> dict[str, Any]:
        """Check the whole item as the services will."""
        cleaned: dict[str, Any] = super().clean() or {}
        if self.errors:
            return cleaned
        try:
            check_draft(self.draft())
        except ValidationError as error:
            for name, messages in error.message_dict.items():
                self.add_error("level_names" if name == "levels" else name, messages)
        if not self.errors and self.changes_norm() and not cleaned["reason"].strip():
            self.add_error("reason", "请填写调整理由，例如依据哪份文件、哪项职能变化。")
        return cleaned

    def changes_norm(self) -> bool:
        """Whether anything differs that needs an adjustment (动态调整); a new item always does."""
        return self._stored is None or changes_norm(self._stored, self.draft())

    def particulars(self) -> dict[str, Any]:
        """The agency's own business beside the official table, as far as the form shows it."""
        shown = [name for name in OWN_PARTICULARS if name in self.cleaned_data and name != "telephone"]
        return {name: self.cleaned_data[name] for name in shown}

    def draft(self) -> Draft:
        """What the form says, as the services take it; what it does not show stays as it was."""
        data = self.cleaned_data
        values = {
            "levels": [line.strip() for line in data["level_names"].splitlines() if line.strip()],
            "channels": self._channels(),
            "audience": self._audience(),
            "manner": data["manner_choice"],
            "tiers": data["tier_choice"],
        }
        values |= {name: data[name] for name in ("content", "basis", "time_limit", "subject", "telephone")}
        if self._stored is None:
            return Draft(**values)
        words = {k: v for k, v in self._stored.tier_words.items() if k in data["tier_choice"]}
        return replace(self._stored, tier_words=words, **values)

    def _channels(self) -> list[ChannelUse]:
        data = self.cleaned_data
        required, optional = set(data["required_channels"]), set(data["optional_channels"])
        uses = [
            ChannelUse(name, "required" if name in required else "optional")
            for name in STANDARD_CHANNELS
            if name in required | optional
        ]
        others = parse_channels(data["other_channels"])
        uses += [ChannelUse(name, "required") for name in others.marked]
        return uses + [ChannelUse(name, "optional") for name in others.unmarked]

    def _audience(self) -> list[str]:
        data = self.cleaned_data
        labels = [_WHOLE] if data["whole_society"] else []
        words = data["groups"].strip()
        if words == "；".join(_words(label) for label in self._old_groups):
            return labels + self._old_groups
        return labels + ([f"{_GROUP}：{words}" if words != _GROUP else _GROUP] if words else [])


def _words(label: str) -> str:
    return label.partition("：")[2] or label


def _standard(uses: list[dict[str, str]], mark: str) -> list[str]:
    return [use["name"] for use in uses if use["mark"] == mark and use["name"] in STANDARD_CHANNELS]


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    """A field with its aliases, one a line."""

    alias_names = forms.CharField(
        label="别名",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="一行一个。导入目录时，表题或工作表名称写的是别名，也归到这个领域。",
    )

    class Meta:
        model = Field
        fields = ["slug", "name", "lead_agency", "order", "active_from", "active_to"]
        help_texts = {
            "lead_agency": "别的单位对这个领域的目录提出调整，先由它审核，再报县政府办公室批准。没有就空着。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["alias_names"] = "\n".join(alias.name for alias in self.instance.aliases.all())

    def aliases(self) -> list[str]:
        """The aliases as entered."""
        return [line.strip() for line in self.cleaned_data["alias_names"].splitlines() if line.strip()]


class SubjectMappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a literal 公开主体 means in this county."""

    class Meta:
        model = SubjectMapping
        fields = ["text", "agencies"]
        help_texts = {
            "text": "目录里的原文，例如：县级民政部门。",
            "agencies": "它在本县指哪些单位，可以多选。",
        }
