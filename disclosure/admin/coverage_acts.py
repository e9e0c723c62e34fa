"""What a clerk says about items: 本年未产生 for one or many, 在其他平台公开 for one."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse

from agencies.admin.acts import show_refusal, staff
from catalog.models import Item
from disclosure import rules, services
from disclosure.models import Coverage, Declaration, ElsewhereAddress

#: Items that one person speaks for at a time.
AT_ONCE = 200
#: Where counties publish by other rules (DOMAIN §3.6): offered, not prescribed.
PLATFORMS = (
    "信用中国",
    "中国政府采购网",
    "公共资源交易平台",
    "国家企业信用信息公示系统",
    "政务服务网",
    "投资项目在线审批监管平台",
    "中国裁判文书网",
    "市生态环境局网站",
)


class DeclareForm(forms.Form):
    """本年未产生."""

    note = forms.CharField(
        label="说明（可不填）",
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text="例如：本年没有征收土地。留在记录里，不对外显示。",
    )


class ElsewhereForm(forms.Form):
    """在其他平台公开."""

    platform = forms.CharField(
        label="平台名称",
        max_length=60,
        widget=forms.TextInput(attrs={"class": "vTextField", "list": "platforms"}),
        help_text="例如：信用中国、中国政府采购网、公共资源交易平台。",
    )
    url = forms.CharField(
        label="网址",
        max_length=1000,
        widget=forms.URLInput(attrs={"class": "vTextField"}),
        help_text="从浏览器地址栏复制，最好是本县内容的那一页。系统每天看一次能不能打开。",
    )


class CoverageActs:
    """Mixin of the admin of `Coverage`: the pages of the acts."""

    admin_site: Any
    opts: Any
    media: Any
    message_user: Any

    def declare_view(self, request: HttpRequest) -> HttpResponse:
        """Ask once for all chosen items, declare, say for which it could not be done and why."""
        user = staff(request)
        if not rules.may_speak(user):
            raise PermissionDenied
        items = self._chosen(request)
        form = DeclareForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                done, refused = services.declare_none_arose(items, by=user, note=form.cleaned_data["note"])
            except services.NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                self._tell(request, done, refused)
                return HttpResponseRedirect(reverse("admin:disclosure_coverage_changelist"))
        return self._page(request, "declare", {"title": "声明本年未产生", "items": items, "form": form})

    def _chosen(self, request: HttpRequest) -> list[Item]:
        """The items named in the address, of the user's scope. Raises Http404 when there is none."""
        keys = [
            int(key)
            for key in request.GET.get("items", "").split(",")
            if key.isascii() and key.isdigit() and len(key) < 10
        ]
        rows = Item.objects.in_scope_of(request.user).in_force().filter(pk__in=keys[:AT_ONCE])
        items = list(rows.select_related("agency", "field", "coverage"))
        if not items:
            raise Http404
        return items

    def _tell(self, request: HttpRequest, done: list[Declaration], refused: list[tuple[Item, str]]) -> None:
        if done:
            rows = Coverage.objects.filter(pk__in=[one.item_id for one in done]).select_related("item")
            LogEntry.objects.log_actions(
                user_id=staff(request).pk,
                queryset=rows,
                action_flag=CHANGE,
                change_message="声明本年未产生。",
            )
            until = max(one.covers_until for one in done)
            self.message_user(
                request, f"已声明 {len(done)} 项，到 {until} 为止；到期会再请您确认。", messages.SUCCESS
            )
        for item, why in refused[:10]:
            self.message_user(request, f"{item.name}：{why}", messages.WARNING)
        if len(refused) > 10:
            self.message_user(request, f"还有 {len(refused) - 10} 项没有声明，原因同类。", messages.WARNING)

    def elsewhere_view(self, request: HttpRequest, item_id: int) -> HttpResponse:
        """Record, change or take away the address on another platform."""
        user = staff(request)
        rows = Item.objects.in_scope_of(user).select_related("agency", "field")
        item = rows.filter(pk=item_id).first()
        if item is None:
            raise Http404
        if not rules.can_speak_for(user, item):
            raise PermissionDenied
        kept = ElsewhereAddress.objects.filter(item=item).select_related("kept_by").first()
        back = reverse("admin:disclosure_coverage_change", args=[item.pk])
        if request.method == "POST" and "forget" in request.POST:
            services.forget_elsewhere(item, by=user)
            self.message_user(request, f"已改为在本站公开：{item.name}。按目录的时限提醒。", messages.SUCCESS)
            return HttpResponseRedirect(back)
        known = {"platform": kept.platform, "url": kept.url} if kept else None
        form = ElsewhereForm(request.POST if request.method == "POST" else None, initial=known)
        if request.method == "POST" and form.is_valid():
            try:
                services.keep_elsewhere(item, by=user, **form.cleaned_data)
            except services.NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                self.message_user(request, f"已登记在其他平台公开：{item.name}。", messages.SUCCESS)
                return HttpResponseRedirect(back)
        context = {
            "title": f"在其他平台公开：{item.name}",
            "item": item,
            "kept": kept,
            "form": form,
            "platforms": PLATFORMS,
            "back_url": back,
        }
        return self._page(request, "elsewhere", context)

    def revoke_view(self, request: HttpRequest, declaration_id: int) -> HttpResponse:
        """Ask, then take a declaration back."""
        user = staff(request)
        rows = Declaration.objects.in_scope_of(user).select_related("item__agency", "declared_by")
        declaration = rows.filter(pk=declaration_id).first()
        if declaration is None:
            raise Http404
        if not rules.can_speak_for(user, declaration.item):
            raise PermissionDenied
        back = reverse("admin:disclosure_coverage_change", args=[declaration.item_id])
        if request.method == "POST":
            try:
                services.revoke_declaration(declaration, by=user)
                self.message_user(request, "已收回声明，公开情况已重新计算。", messages.SUCCESS)
            except services.NotAllowed as refusal:
                self.message_user(request, str(refusal), messages.WARNING)
            return HttpResponseRedirect(back)
        context = {"title": "收回声明", "declaration": declaration, "back_url": back}
        return self._page(request, "revoke", context)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        whole = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media, **context}
        return TemplateResponse(request, f"admin/disclosure/coverage/{name}.html", whole)
