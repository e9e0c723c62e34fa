"""Forms of the back office for agencies and users."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib.admin.forms import AdminAuthenticationForm, AdminPasswordChangeForm
from django.contrib.auth import password_validation
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.addresses import client_address
from agencies.models import Agency, User
from agencies.roles import ROLES, Role
from agencies.services import (
    EDITABLE,
    WAITING,
    confirm_password,
    forget_failed_logins,
    is_locked_out,
    note_failed_login,
)

SEPARATORS = re.compile(r"[、,，;；\n]+")


class DayInput(forms.DateInput):
    """A day by the browser's own calendar, which needs no script, written as everywhere on the site."""

    input_type = "date"

    def __init__(self, attrs: Any = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class NamesField(forms.CharField):
    """Several names in one line, parted by 、 or a comma; cleans to a list."""

    def prepare_value(self, value: Any) -> Any:
        """Join a list for the box."""
        return "、".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """Split, drop blanks and repetitions."""
        text = super().clean(value)
        return list(dict.fromkeys(name.strip() for name in SEPARATORS.split(text) if name.strip()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Compare what is shown."""
        return super().has_changed(self.prepare_value(initial), data)


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    """An agency's data. Name, place and end are fixed here once it exists: they have pages of their own."""

    aliases = NamesField(
        label="群众常用叫法",
        required=False,
        help_text="群众会怎么搜、怎么叫这个单位，多个用顿号隔开，例如：民政局、县民政。",
    )

    class Meta:
        model = Agency
        fields = ("code", "parent", "name", *EDITABLE)
        help_texts = {
            "code": "单位在网址里的名字，保存后不能再改。用小写拼音，例如 minzheng。",
            "parent": "保存后要换上级，请用「迁移」。",
            "name": "按机构编制文件写全称。保存后要改名，请用「更名」。",
            "short_name": "列表里显示的短名字，例如「县民政局」。不填就显示全称。",
            "kind": "决定它按哪种规则公开：行政机关受理信息公开申请，村居委会和公共企事业单位不受理。",
            "credit_code": "18位，照证书填写。",
            "duties": "条例第二十条要求公开机关职能。",
            "disclosure_office": "负责信息公开的内设机构名称，例如「办公室」（条例第十二条）。",
            "office_hours": "例如：周一至周五 8:30—12:00，14:30—17:30（法定节假日除外）。",
            "phone": "接听公开咨询的电话，带区号。",
            "responsible": "写岗位，不写个人姓名。",
            "order": "同级单位按从小到大排列。",
        }
        widgets = {"duties": forms.Textarea(attrs={"rows": 5})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "parent" in self.fields and not (self.instance.pk and self.instance.parent_id is None):
            self.fields["parent"].required = True
            self.fields["parent"].error_messages["required"] = "请选择上级单位；只有县政府没有上级。"

    def clean_postcode(self) -> str:
        """Six digits or nothing."""
        postcode: str = self.cleaned_data["postcode"].strip()
        if postcode and not re.fullmatch(r"[0-9]{6}", postcode):
            raise forms.ValidationError("邮政编码是6位数字，请核对。")
        return postcode


class RenameForm(forms.Form):
    """更名."""

    name = forms.CharField(label="新名称", max_length=100)
    short_name = forms.CharField(label="新简称", max_length=40, required=False, help_text="不填就显示全称。")
    misspelt = forms.BooleanField(
        label="只是更正错字",
        required=False,
        help_text="单位没有改名，只是原来打错了。勾选后不记入曾用名，也不用填写日期。",
    )
    on = forms.DateField(
        label="更名日期",
        required=False,
        widget=DayInput,
        help_text="新名称从哪一天起使用。不能晚于今天。",
    )
    note = forms.CharField(
        label="更名依据", max_length=200, required=False, help_text="机构改革方案或批复的名称和文号。"
    )

    def clean(self) -> dict[str, Any]:
        """A renaming has a day; a correction has none."""
        data: dict[str, Any] = super().clean() or {}
        if not data.get("misspelt") and not data.get("on") and "on" not in self.errors:
            self.add_error("on", "请填写更名日期；如果只是打错了字，请勾选「只是更正错字」。")
        return data


class TreeField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Agencies to choose from, each shifted by its depth; wants a queryset `in_tree_order`."""

    def label_from_instance(self, obj: Any) -> str:
        """The shifted name."""
        return f"{'　' * obj.depth}{obj.name}"


class MoveForm(forms.Form):
    """迁移: another parent."""

    parent = TreeField(
        label="新的上级单位",
        queryset=Agency.objects.none(),
        help_text="本单位和它下面的所有单位一起移过去。",
        error_messages={"invalid_choice": "没有这个单位，或者它已撤销。请在列表里重新选择。"},
    )

    def __init__(self, *args: Any, agency: Agency, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        possible = Agency.objects.published().in_scope_of(user).exclude(path__startswith=agency.path)
        field = self.fields["parent"]
        assert isinstance(field, TreeField)  # noqa: S101 - tells mypy which field it is
        field.queryset = possible.in_tree_order()


class CloseForm(forms.Form):
    """撤销."""

    on = forms.DateField(
        label="撤销日期", widget=DayInput, help_text="机构编制文件写明的日期。不能晚于今天。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = timezone.localdate


class ReopenForm(forms.Form):
    """恢复: nothing to fill in, only to confirm."""


def _described(role: Role) -> SafeString:
    return format_html("<strong>{}</strong> {}", role.name, role.description)


class UserForm(forms.ModelForm):  # type: ignore[type-arg]
    """An account. Everyone has an agency; roles are ticked with what they mean beside them."""

    roles = forms.MultipleChoiceField(
        label="角色",
        choices=[(role.key, _described(role)) for role in ROLES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="可以多选。没有角色的人登录后什么也看不到。同一个人提交的内容，自己不能审核。",
    )

    class Meta:
        model = User
        fields = ("username", "full_name", "agency", "email")
        labels = {"username": "登录名", "email": "电子邮箱"}
        help_texts = {
            "username": "登录时输入的名字，建议用姓名拼音加编号，例如 zhangsan01。",
            "agency": "他（她）替哪个单位办事，就只看得到这个单位和它下面单位的内容。",
            "email": "可以不填。",
        }
        error_messages = {"username": {"unique": "这个登录名已有人使用，请换一个，例如在后面加数字。"}}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "agency" in self.fields:
            self.fields["agency"].required = True
        if self.instance.pk and "roles" in self.fields:
            held = self.instance.role_names
            self.fields["roles"].initial = [role.key for role in ROLES if role.name in held]

    @property
    def chosen_roles(self) -> list[Role]:
        """The roles that are ticked."""
        return [role for role in ROLES if role.key in self.cleaned_data.get("roles", [])]


class TwoPasswords(forms.Form):
    """A new password, twice."""

    password = forms.CharField(
        label="新密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=password_validation.password_validators_help_text_html(),
    )
    password2 = forms.CharField(
        label="再输入一次",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="防止打错。",
    )

    def clean_password2(self) -> str:
        """Both the same."""
        second: str = self.cleaned_data["password2"]
        if self.cleaned_data.get("password") not in {None, second}:
            raise forms.ValidationError("两次输入的密码不一样，请重新输入。")
        return second


class NewUserForm(TwoPasswords, UserForm):
    """A new account, with its first password."""

    class Meta(UserForm.Meta):
        pass


class LoginForm(AdminAuthenticationForm):
    """The log-in of the back office. After too many wrong passwords the pair of name and address waits."""

    error_messages = {
        **AdminAuthenticationForm.error_messages,
        "invalid_login": "登录名或密码不对，请检查后再试，注意区分大小写。忘记密码请找本县系统管理员重设。",
        "inactive": "这个账号已停用。需要恢复请找本县系统管理员。",
        "waiting": WAITING,
    }

    def clean(self) -> dict[str, Any]:
        """Count what fails, for the pair: one person cannot lock out an office (STACK, trap 6)."""
        username, address = self.cleaned_data.get("username", ""), client_address(self.request)
        if is_locked_out(username=username, address=address):
            raise forms.ValidationError(self.error_messages["waiting"], code="waiting")
        try:
            data: dict[str, Any] = super().clean()
        except forms.ValidationError:
            note_failed_login(username=username, address=address)
            raise
        forget_failed_logins(username=username, address=address)
        return data


class OwnPasswordForm(AdminPasswordChangeForm):
    """修改密码. The old password is guessed no faster here than at the log-in."""

    def __init__(self, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.address = address

    def clean_old_password(self) -> str:
        """The owner's."""
        password: str = self.cleaned_data["old_password"]
        confirm_password(user=self.user, password=password, address=self.address)
        return password
