"""Steps done elsewhere, in the back office: link to the phone, forms on paper, signed scans, 催办."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.cache import add_never_cache_headers
from django.utils.html import escape

from agencies.admin.acts import ServiceAdmin, show_refusal, staff
from agencies.models import Agency
from disclosure import pdf, qr, rich_text, rules, services
from disclosure.admin.review import rounds
from disclosure.forms import ConfirmForm
from disclosure.models import Document, DraftingNote, ScannedPage, SignedPaper, SigningLink
from disclosure.services import NotAllowed, review
from disclosure.services.findings import notes_of
from disclosure.services.papers import SHORT, short_hash
from disclosure.signers import signers_of
from disclosure.signing_forms import PaperForm, SignerForm
from disclosure.states import ReviewLevel, StepOutcome

PAPER_STYLE = "css/papers.css"


class HandingPages(ServiceAdmin):
    """Adds them to the admin of a publishable thing."""

    services: Any

    def get_urls(self) -> Any:
        """With the pages."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        pages: list[tuple[str, Callable[..., HttpResponseBase], str]] = [
            ("hand/", self.hand_view, "hand"),
            ("hand/<int:link_id>/take-back/", self.take_back_view, "take_back"),
            ("paper/", self.paper_view, "paper"),
            ("paper/print/", self.print_view, "paper_print"),
            ("paper/files/<int:page_id>/", self.scan_file_view, "scan_file"),
            ("remind/", self.remind_view, "remind"),
        ]
        own = [path(f"<int:object_id>/{tail}", view(page), name=f"{name}_{key}") for tail, page, key in pages]
        return own + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the ways to them, while a step waits."""
        obj = kwargs.get("obj")
        if obj is not None and rules.can_hand_on(staff(request), obj):
            context["handing"] = [
                ("请领导在手机上审签", self._to("hand", obj)),
                ("纸质审批表", self._to("paper", obj)),
                ("催办", self._to("remind", obj)),
            ]
        return super().render_change_form(request, context, *args, **kwargs)

    def _to(self, page: str, obj: Any, *more: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_{page}", args=[obj.pk, *more])

    def _handed(self, request: HttpRequest, object_id: int) -> Any:
        """The thing, while its step may be handed on; else the way back, with a word."""
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        if rules.can_hand_on(staff(request), obj):
            return obj
        if obj.waiting_level:
            raise PermissionDenied
        self.message_user(request, "现在没有等着办的审核步骤，可能同事已经办了。", messages.WARNING)
        return HttpResponseRedirect(self._to("change", obj))

    def _page(self, request: HttpRequest, obj: Any, title: str, **more: Any) -> dict[str, Any]:
        level = ReviewLevel(obj.waiting_level).label if obj.waiting_level else ""
        return {
            **self.admin_site.each_context(request),
            "title": f"{title}：{obj.title}",
            "crumb": title,
            "thing": obj,
            "original": obj,
            "level": level,
            "back_url": self._to("change", obj),
            "opts": self.opts,
            **more,
        }

    # --- Phone

    def hand_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Choose who signs; then show the link, once."""
        obj = self._handed(request, object_id)
        if isinstance(obj, HttpResponse):
            return obj
        people = signers_of(obj, on=timezone.localdate())
        form = SignerForm(people, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                made = services.make_link(obj, user=form.chosen, by=staff(request))
            except NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                return self._link_page(request, obj, made.link, made.token)
        context = self._page(
            request, obj, "请领导在手机上审签", form=form, people=people, links=self._links(obj)
        )
        return TemplateResponse(request, "admin/disclosure/hand.html", context)

    def _link_page(self, request: HttpRequest, obj: Any, link: SigningLink, token: str) -> HttpResponse:
        address = request.build_absolute_uri(reverse("sign", args=[token]))
        self.log_change(request, obj, f"请{link.user}在手机上审签：{ReviewLevel(link.level).label}")
        context = self._page(
            request,
            obj,
            "请领导在手机上审签",
            link=link,
            address=address,
            code=qr.drawing(address, label="手机审签的二维码"),
            message=f"{link.user}您好，请审签一份材料（{ReviewLevel(link.level).label}），"
            f"{timezone.localtime(link.expires_at):%m月%d日%H:%M}前有效，只限您本人办理：{address}",
        )
        response = TemplateResponse(request, "admin/disclosure/link.html", context)
        add_never_cache_headers(response)
        return response

    def _links(self, obj: Any) -> list[tuple[SigningLink, str, str]]:
        """Links of this round: (link, what became of it, where an open one is taken back)."""
        rows = SigningLink.objects.of(obj).filter(round=obj.review_round).select_related("user", "made_by")
        position, now = review.waiting_step(obj).position, timezone.now()
        found = []
        for row in rows[:20]:
            if row.used_at:
                found.append((row, f"已办：{row.get_outcome_display()}", ""))
            elif row.void_at or row.expires_at <= now or row.position != position:
                found.append((row, "已失效", ""))
            else:
                found.append((row, "等着签", self._to("take_back", obj, row.pk)))
        return found

    def take_back_view(self, request: HttpRequest, object_id: int, link_id: int) -> HttpResponse:
        """收回链接."""
        obj = self._handed(request, object_id)
        if isinstance(obj, HttpResponse):
            return obj
        link = SigningLink.objects.of(obj).filter(pk=link_id).first()
        if link is None:
            raise Http404

        def act(form: Any) -> str:
            services.take_back_link(link, by=staff(request))
            return f"已收回发给{link.user}的链接。"

        return self.act_page(
            request,
            obj,
            title=f"收回链接：{obj.title}",
            explanation=f"收回后，发给{link.user}的链接打不开了。要签的话可以再发一个。",
            button="收回链接",
            make_form=ConfirmForm,
            act=act,
        )

    # --- Paper

    def paper_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Print the forms; register the signed scan."""
        obj = self._handed(request, object_id)
        if isinstance(obj, HttpResponse):
            return obj
        steps = [step for step in self._steps(obj) if step.outcome == StepOutcome.WAITING]
        posted = request.method == "POST"
        form = PaperForm(obj, steps, request.POST if posted else None, request.FILES if posted else None)
        form.fields["printed"].initial = request.GET.get("printed", "")[: SHORT + 8]
        if posted and form.is_valid():
            try:
                self._register(request, obj, form)
            except NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                return HttpResponseRedirect(self._to("change", obj))
        context = self._page(
            request,
            obj,
            "纸质审批表",
            form=form,
            print_url=self._to("paper_print", obj),
            pdf_available=pdf.is_available(),
            papers=SignedPaper.objects.of(obj).select_related("by").prefetch_related("pages"),
        )
        return TemplateResponse(request, "admin/disclosure/paper.html", context)

    def _register(self, request: HttpRequest, obj: Any, form: PaperForm) -> None:
        paper = services.register_paper(
            obj,
            files=form.cleaned_data["scans"],
            printed=form.cleaned_data["printed"],
            signatures=form.signatures,
            room=self.services,
            by=staff(request),
        )
        done = f"已登记签字件，办理了{paper.steps}步：{obj.title}"
        self.log_change(request, obj, done)
        self.message_user(request, done, messages.SUCCESS)

    def _steps(self, obj: Any) -> list[Any]:
        rows = obj.steps.filter(round=obj.review_round).exclude(outcome=StepOutcome.VOID)
        return list(rows.exclude(outcome=StepOutcome.RETURNED).select_related("by").order_by("position"))

    def print_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """信息发布审批表, 保密审查表 and the text itself, with hash and QR code; `?pdf` as a file."""
        obj = self._handed(request, object_id)
        if isinstance(obj, HttpResponse):
            return obj
        full = review.content_hash(obj)
        back = request.build_absolute_uri(f"{self._to('paper', obj)}?printed={full[:SHORT]}")
        steps = self._steps(obj)
        context = {
            "thing": obj,
            "unit": Agency.objects.root().name,
            "steps": steps,
            "secrecy": [step for step in steps if step.level == ReviewLevel.SECRECY],
            "secrecy_in_last": not any(step.level == ReviewLevel.SECRECY for step in steps),
            "files": sorted(obj.attachments.all(), key=lambda row: (row.position, row.pk)),
            "package": [(one, rich_text.clean(one.body).html) for one in review.package_of(obj)],
            "body": rich_text.clean(obj.body).html,
            "drafting": _drafting(obj),
            "notes": list(notes_of(obj).values()),
            "full": full,
            "short": short_hash(full),
            "code": qr.drawing(back, label="登记签字件的二维码"),
            "printed_by": staff(request),
            "printed_at": timezone.now(),
            "rounds": rounds(obj),
        }
        return paper_response(
            request, "papers/review_forms.html", context, f"审批表-{obj.title[:40]}", self._to("paper", obj)
        )

    def scan_file_view(self, request: HttpRequest, object_id: int, page_id: int) -> FileResponse:
        """A signed scan, for staff who have the thing in scope."""
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        papers = SignedPaper.objects.of(obj)
        page = ScannedPage.objects.filter(pk=page_id, paper__in=papers).first()
        if page is None:
            raise Http404
        response = FileResponse(page.file.open("rb"), as_attachment=True, filename=page.name)
        response["Content-Type"] = page.media_type
        return response

    # --- 催办

    def remind_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """催办, once a day."""
        obj = self._handed(request, object_id)
        if isinstance(obj, HttpResponse):
            return obj
        people = "、".join(str(one) for one in signers_of(obj, on=timezone.localdate())[:5])
        level = ReviewLevel(obj.waiting_level).label

        def act(form: Any) -> str:
            services.remind(obj, by=staff(request))
            return f"已催办{level}：{obj.title}"

        return self.act_page(
            request,
            obj,
            title=f"催办：{obj.title}",
            explanation=f"现在等的是{level}（{people or '没有人能办这一步，请联系县政府办公室'}），"
            f"期限{obj.step_due_on or '没有定'}。催办后会出现在对方的「今天要办」里，每天催一次。",
            button="催办",
            make_form=ConfirmForm,
            act=act,
        )


def _drafting(obj: Any) -> tuple[str, str] | None:
    """起草说明 as it is printed: what it says or why there is none, and its file; None without one."""
    note = DraftingNote.objects.filter(document=obj).first() if isinstance(obj, Document) else None
    if note is None:
        return None
    file = f"文件：{note.file_title}（{note.sha256[:16]}）" if note.file else ""
    return escape(note.absence_reason) or rich_text.clean(note.body).html, file


def paper_response(
    request: HttpRequest, template: str, context: dict[str, Any], name: str, back: str
) -> HttpResponse:
    """A page to print, or (`?pdf`) its PDF where this machine makes them."""
    if "pdf" in request.GET:
        made = pdf.styled(render_to_string(template, {**context, "as_pdf": True}), PAPER_STYLE)
        if made is None:
            raise Http404
        response = HttpResponse(made, content_type="application/pdf")
        response.headers["Content-Disposition"] = "inline"
        response["Cache-Control"] = "no-store"
        return response
    shown = {**context, "pdf_available": pdf.is_available(), "back_url": back, "file_name": name}
    return TemplateResponse(request, template, shown)
