"""公开凭证 in the back office: made, listed, handed out as PDF or as a page to print."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import prefetch_related_objects
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.urls import path, reverse

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency
from disclosure import pdf, qr, rules, services
from disclosure.admin.handing import PAPER_STYLE
from disclosure.models import Certificate
from disclosure.services import NotAllowed
from disclosure.services.certificates import still_fits
from disclosure.services.papers import short_hash
from disclosure.states import Publication


class CertificatePages(ServiceAdmin):
    """Adds them to the admin of a publishable thing."""

    public_address: str

    def get_urls(self) -> Any:
        """With the pages."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        own = [
            path("<int:object_id>/certificates/", view(self.certificates_view), name=f"{name}_certificates"),
            path(
                "<int:object_id>/certificates/<int:certificate_id>/",
                view(self.certificate_view),
                name=f"{name}_certificate",
            ),
        ]
        return own + super().get_urls()

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the way to them, for what is or was public."""
        obj = kwargs.get("obj")
        if obj is not None and obj.published_on is not None and obj.status != Publication.DRAFT:
            context["certificates_url"] = reverse(
                f"admin:{self.opts.app_label}_{self.opts.model_name}_certificates", args=[obj.pk]
            )
        return super().render_change_form(request, context, *args, **kwargs)

    def certificates_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Those that were made; the button for a new one."""
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        user, name = staff(request), f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if request.method == "POST":
            if not rules.can_certify(user, obj):
                raise PermissionDenied
            try:
                made = services.make_certificate(
                    obj,
                    address=request.build_absolute_uri(self.public_address.format(obj.pk)),
                    render=lambda row: _pdf(request, row),
                    by=user,
                )
            except NotAllowed as refusal:
                self.message_user(request, " ".join(refusal.messages), messages.ERROR)
            else:
                done = f"已出具公开凭证 {made.number}：{obj.title}"
                self.log_change(request, obj, done)
                self.message_user(request, done, messages.SUCCESS)
            return HttpResponseRedirect(reverse(f"{name}_certificates", args=[obj.pk]))
        public = obj.status == Publication.PUBLISHED
        prefetch_related_objects([obj], "attachments")
        rows = [
            (row, reverse(f"{name}_certificate", args=[obj.pk, row.pk]), public and still_fits(row, obj))
            for row in Certificate.objects.of(obj).select_related("made_by")
        ]
        context = {
            **self.admin_site.each_context(request),
            "title": f"公开凭证：{obj.title}",
            "thing": obj,
            "rows": rows,
            "public": public,
            "may_make": rules.can_certify(user, obj),
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/certificates.html", context)

    def certificate_view(
        self, request: HttpRequest, object_id: int, certificate_id: int
    ) -> HttpResponse | FileResponse:
        """A certificate to print; `?pdf`: the file as it was frozen."""
        obj = self.object_for_act(request, str(object_id), lambda one: self.has_view_permission(request, one))
        row = Certificate.objects.of(obj).select_related("made_by").filter(pk=certificate_id).first()
        if row is None:
            raise Http404
        if "pdf" in request.GET:
            if not row.file:
                raise Http404
            return FileResponse(
                row.file.open("rb"), as_attachment=True, filename=f"公开凭证-{row.number}.pdf"
            )
        shown = {**_facts(request, row), "pdf_available": bool(row.file)}
        shown["back_url"] = reverse(
            f"admin:{self.opts.app_label}_{self.opts.model_name}_certificates", args=[obj.pk]
        )
        return TemplateResponse(request, "papers/certificate.html", shown)


def _facts(request: HttpRequest, row: Certificate) -> dict[str, Any]:
    check = request.build_absolute_uri(reverse("verify", args=[row.number]))
    return {
        "certificate": row,
        "unit": Agency.objects.root().name,
        "short": short_hash(row.content_hash),
        "check_url": check,
        "code": qr.drawing(check, label="核验公开凭证的二维码"),
    }


def _pdf(request: HttpRequest, row: Certificate) -> bytes | None:
    page = render_to_string("papers/certificate.html", {**_facts(request, row), "as_pdf": True})
    return pdf.styled(page, PAPER_STYLE)
