"""一稿多出 in the back office: drafts to be read and changed first, and the record of uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.http import content_disposition_header

from agencies.admin.acts import show_refusal, staff
from disclosure import outlets, rules, services, wechat
from disclosure.rich_text import to_text
from disclosure.services import NotAllowed
from disclosure.states import Outlet, Publication

_ADVICE = {
    Outlet.WECHAT: "下面是导语，可以改。下载后用浏览器打开，全选、复制，粘贴到公众号编辑器，格式会保留。",
    Outlet.POSTER: "改好后选纸张打印。张贴版带二维码，扫码看全文。",
    Outlet.LOUDSPEAKER: "已改成口播的句子，一行一句；人名、地名请先念一遍。",
    Outlet.SMS: "70个字以内按一条计费，签名和网址都算在内。",
    Outlet.LED: "一行字，宜短；咨询电话请核对。",
}
_PLACES = {
    Outlet.WECHAT: "例如：「青澜发布」公众号",
    Outlet.POSTER: "例如：柳湾村公开栏",
    Outlet.LOUDSPEAKER: "例如：柳湾村广播室",
    Outlet.SMS: "例如：临江镇群发，1200户",
    Outlet.LED: "例如：县政务大厅电子屏",
}
_PAPERS = frozenset({"a4", "a3"})


class UseForm(forms.Form):
    """The words as they were used, where and when."""

    text = forms.CharField(label="文字", widget=forms.Textarea, strip=True)
    place = forms.CharField(
        label="在哪里使用", max_length=100, error_messages={"required": "请写明在哪里使用。"}
    )
    used_at = forms.DateTimeField(
        label="使用时间",
        widget=forms.DateTimeInput(format="%Y-%m-%dT%H:%M", attrs={"type": "datetime-local"}),
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"],
        error_messages={"required": "请写明什么时候使用的。", "invalid": "请写成 2026-03-02 09:00 这样。"},
    )

    def __init__(self, outlet: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{**kwargs, "prefix": outlet})
        rows = {Outlet.SMS: 3, Outlet.LED: 2, Outlet.WECHAT: 3}.get(Outlet(outlet), 10)
        self.fields["text"].widget.attrs |= {"rows": rows, "data-outlet-text": outlet}
        self.fields["place"].widget.attrs["placeholder"] = _PLACES[Outlet(outlet)]


@dataclass
class Section:
    """One outlet on the page."""

    outlet: Outlet
    form: UseForm
    advice: str
    note: str

    @property
    def label(self) -> str:
        """The outlet's name."""
        return str(self.outlet.label)


class OutletPages:
    """Adds 一稿多出 to the admin of a publishable thing."""

    #: Name of the short public address.
    short_name: str

    def get_urls(self: Any) -> Any:
        """With the page, the file for WeChat and the sheet to post."""
        view = self.admin_site.admin_view
        name = f"{self.opts.app_label}_{self.opts.model_name}_outlets"
        return [
            path("<int:object_id>/outlets/", view(self.outlets_view), name=name),
            path("<int:object_id>/outlets/wechat.html", view(self.wechat_view), name=f"{name}_wechat"),
            path("<int:object_id>/outlets/poster/", view(self.poster_view), name=f"{name}_poster"),
            path("<int:object_id>/outlets/cancel/", view(self.cancel_view), name=f"{name}_cancel"),
            *super().get_urls(),  # type: ignore[misc]
        ]

    def render_change_form(
        self: Any, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the way to 一稿多出 from something public."""
        obj = kwargs.get("obj")
        if obj is not None and rules.can_record_use(staff(request), obj):
            context["outlets_url"] = self._outlets_address("outlets", obj)
        response: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, *args, **kwargs
        )
        return response

    def _outlets_address(self: Any, view: str, obj: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{view}", args=[obj.pk])

    def _public(self: Any, request: HttpRequest, object_id: int) -> Any:
        obj = self._in_scope(request, object_id)
        if not rules.can_record_use(staff(request), obj):
            raise PermissionDenied("只有已公开的内容才能发到别处。")
        return obj

    def _source(self: Any, request: HttpRequest, obj: Any) -> outlets.Source:
        short = request.build_absolute_uri(reverse(self.short_name, args=[obj.pk]))
        return outlets.Source(
            title=obj.title,
            agency=obj.agency.name,
            summary=obj.summary,
            lines=tuple(to_text(obj.body).splitlines()),
            address=short.split("://", 1)[-1],
            phone=obj.agency.phone,
        )

    def outlets_view(self: Any, request: HttpRequest, object_id: int) -> HttpResponse:
        """The drafts, and the record of one use."""
        obj = self._public(request, object_id)
        source = self._source(request, obj)
        used = request.POST.get("outlet", "") if request.method == "POST" else ""
        if used and used not in Outlet.values:
            raise Http404
        sections = [_section(outlet, source, request.POST if outlet == used else None) for outlet in Outlet]
        for section in sections:
            if section.outlet == used and section.form.is_valid():
                try:
                    services.record_use(
                        obj, by=staff(request), outlet=used, **_cleaned(section.form.cleaned_data)
                    )
                except NotAllowed as refusal:
                    show_refusal(section.form, refusal)
                else:
                    self.message_user(request, f"已登记：{section.label}。")
                    return HttpResponseRedirect(self._outlets_address("outlets", obj) + "#uses")
        context = {
            **self.admin_site.each_context(request),
            "title": f"一稿多出：{obj.title}",
            "sections": sections,
            "failed": next((one for one in sections if one.form.errors), None),
            "uses": obj.outlet_uses.select_related("recorded_by", "cancelled_by")[:200],
            "thing": obj,
            "opts": self.opts,
            "media": self.media,
            "wechat_url": self._outlets_address("outlets_wechat", obj),
            "poster_url": self._outlets_address("outlets_poster", obj),
            "cancel_url": self._outlets_address("outlets_cancel", obj),
        }
        return TemplateResponse(request, "admin/disclosure/outlets.html", context)

    def wechat_view(self: Any, request: HttpRequest, object_id: int) -> HttpResponse:
        """The text as a file for the WeChat editor: every style inline, nothing loaded from outside."""
        obj = self._public(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(self._outlets_address("outlets", obj))
        address = request.build_absolute_uri(self.public_address.format(obj.pk))
        html = wechat.page(
            title=obj.title,
            lead=request.POST.get(f"{Outlet.WECHAT}-text", "")[:2000],
            facts=[one for one in (obj.issuer or obj.agency.name, obj.doc_number, _day(obj)) if one],
            body=obj.body,
            attachments=[one.title for one in obj.attachments.all()],
            address=address,
        )
        # As a download it is no page of ours: its inline styles do not meet our policy.
        response = HttpResponse(html, content_type="text/html; charset=utf-8")
        response["Content-Disposition"] = content_disposition_header(True, f"{obj.title[:60]}-公众号.html")
        response["X-Content-Type-Options"] = "nosniff"
        return response

    def poster_view(self: Any, request: HttpRequest, object_id: int) -> HttpResponse:
        """The sheet to post, ready to print on A3 or A4, with the words as changed."""
        obj = self._public(request, object_id)
        if request.method != "POST":
            return HttpResponseRedirect(self._outlets_address("outlets", obj))
        paper = request.POST.get("paper", "")
        text = request.POST.get(f"{Outlet.POSTER}-text", "")[:5000]
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        context = {
            "thing": obj,
            "lines": lines,
            "crowded": sum(map(len, lines)) > 260,
            "paper": paper if paper in _PAPERS else "a4",
            "issuer": obj.issuer or obj.agency.name,
            "day": _day(obj),
            "short_address": request.build_absolute_uri(reverse(self.short_name, args=[obj.pk])),
            "opts": self.opts,
            "back_url": self._outlets_address("outlets", obj),
        }
        return TemplateResponse(request, "admin/disclosure/poster.html", context)

    def cancel_view(self: Any, request: HttpRequest, object_id: int) -> HttpResponse:
        """Cancel a mistaken record."""
        obj = self._in_scope(request, object_id)
        given = request.POST.get("use", "")
        if request.method == "POST" and given.isascii() and given.isdigit() and len(given) < 19:
            try:
                services.cancel_use(obj, use_id=int(given), by=staff(request))
            except NotAllowed as refusal:
                self.message_user(request, " ".join(refusal.messages), "ERROR")
            else:
                self.message_user(request, "已取消，不再计入。")
        if obj.status != Publication.PUBLISHED:
            return HttpResponseRedirect(self._outlets_address("change", obj))
        return HttpResponseRedirect(self._outlets_address("outlets", obj) + "#uses")


def _section(outlet: Outlet, source: outlets.Source, data: Any) -> Section:
    draft = {
        Outlet.WECHAT: lambda: source.summary or f"{source.agency}公开了一份文件，一起来看。",
        Outlet.POSTER: lambda: outlets.poster(source),
        Outlet.LOUDSPEAKER: lambda: outlets.loudspeaker(source),
        Outlet.SMS: lambda: outlets.sms(source),
        Outlet.LED: lambda: outlets.led(source),
    }[outlet]()
    form = UseForm(
        outlet.value, data, initial={"text": draft, "used_at": timezone.localtime().replace(second=0)}
    )
    note = ""
    if outlet == Outlet.LOUDSPEAKER:
        note = f"慢读约{max(1, round(outlets.seconds(draft) / 60))}分钟"
    elif outlet in (Outlet.SMS, Outlet.LED):
        note = f"{outlets.units(draft)}字"
    return Section(outlet, form, _ADVICE[outlet], note)


def _cleaned(data: dict[str, Any]) -> dict[str, Any]:
    used_at: datetime = data["used_at"]
    return {"place": data["place"], "text": data["text"], "used_at": used_at}


def _day(obj: Any) -> str:
    day = obj.written_on or obj.published_on
    return f"{day.year}年{day.month}月{day.day}日" if day else ""
