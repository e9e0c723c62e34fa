"""签批密码 in the back office: one's own, and set for somebody by an administrator."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.forms.utils import ErrorList
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from agencies import rules, services
from agencies.addresses import client_address
from agencies.admin.acts import ServiceAdmin, show_refusal, staff
from agencies.models import SigningPin, User
from agencies.services.pins import LONGEST, SHORTEST

_hide = method_decorator(sensitive_post_parameters("password", "pin", "pin2"))
_OWN = "在手机上审签时输入，只有您自己知道，请不要告诉经办人。设了新的，旧的随即作废；锁定的也会解开。"


class PinForm(forms.Form):
    """签批密码, twice."""

    pin = forms.CharField(
        label="新的签批密码",
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text=f"{SHORTEST}到{LONGEST}位数字，不要用连号、重复的数字，也不要和登录密码一样。",
    )
    pin2 = forms.CharField(
        label="再输入一次",
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
        help_text="防止打错。",
    )

    def clean_pin2(self) -> str:
        """Both the same."""
        second: str = self.cleaned_data["pin2"]
        if self.cleaned_data.get("pin") not in {None, second}:
            raise forms.ValidationError("两次输入的签批密码不一样，请重新输入。")
        return second


class OwnPinForm(PinForm):
    """One's own: an open session that somebody else sits at is not enough to sign with."""

    password = forms.CharField(
        label="您的登录密码",
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        help_text="确认坐在电脑前的是您本人。",
    )
    field_order = ("password", "pin", "pin2")

    def __init__(self, *args: Any, user: User, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.address = user, address

    def clean_password(self) -> str:
        """Counted as at the log-in."""
        password: str = self.cleaned_data["password"]
        services.confirm_password(user=self.user, password=password, address=self.address)
        return password


class PinPages(ServiceAdmin):
    """Adds them to the admin of users."""

    def get_urls(self) -> list[URLPattern]:
        """One's own first: its address looks like a user's."""
        view = self.admin_site.admin_view
        own = [
            path("my-pin/", view(self.my_pin_view), name="agencies_user_my_pin"),
            path("<path:object_id>/pin/", view(self.pin_view), name="agencies_user_pin"),
        ]
        return own + super().get_urls()

    @_hide
    def pin_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """设置签批密码, for somebody who sits beside the administrator."""
        user: User = self.object_for_act(
            request, object_id, lambda row: rules.may_manage_user(request.user, row)
        )
        if user.pk == request.user.pk:
            return HttpResponseRedirect(reverse("admin:agencies_user_my_pin"))

        def act(form: forms.Form) -> str:
            services.set_pin(user=user, pin=form.cleaned_data["pin"], by=staff(request))
            return f"已为「{user}」设置签批密码。"

        return self.act_page(
            request,
            user,
            title=f"设置签批密码：{user}",
            explanation=f"请让{user}本人当面输入：知道它的人，能用发到手机上的链接替{user}审签。记录里会写明是您设置的。",
            button="设置签批密码",
            make_form=PinForm,
            act=act,
        )

    @_hide
    def my_pin_view(self, request: HttpRequest) -> HttpResponse:
        """我的签批密码."""
        user = staff(request)
        data = request.POST if request.method == "POST" else None
        form = OwnPinForm(data, user=user, address=client_address(request))
        form.error_class = ErrorList
        if request.method == "POST" and form.is_valid():
            try:
                services.set_pin(user=user, pin=form.cleaned_data["pin"], by=user)
            except services.NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                self.message_user(request, "签批密码已经设好。", messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:index"))
        present = SigningPin.objects.filter(user=user).select_related("set_by").first()
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": "我的签批密码",
            "explanation": _OWN + _state(present, user),
            "button": "设置签批密码",
            "form": form,
            "media": self.media + form.media,
            "opts": self.opts,
            "back_url": reverse("admin:index"),
        }
        return TemplateResponse(request, "admin/agencies/user/my_pin.html", context)


def _state(present: SigningPin | None, user: User) -> str:
    if present is None:
        return "您还没有设置。"
    who = "您自己" if present.set_by_id == user.pk else str(present.set_by)
    locked = "现在已经锁定，请重设。" if present.locked_at else ""
    return f"现在的由{who}在 {present.set_at:%Y-%m-%d} 设置。{locked}"
