"""附件: several at once with progress, a new file in the place of an old one, and the old ones."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, JsonResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.views.decorators.http import require_POST

from agencies.admin.acts import ServiceAdmin, staff
from disclosure import rules, services
from disclosure.admin.parts import attachment_url, redact_url, replace_url
from disclosure.file_types import ACCEPTED
from disclosure.services import NotAllowed

#: The box for several files, in the form and on its own.
MORE_FILES = "more_files"


class ReplaceForm(forms.Form):
    """换文件."""

    file = forms.FileField(label="新文件", help_text=f"可以上传：{ACCEPTED}。名称和顺序不变。")


class UploadPages(ServiceAdmin):
    """Attachments of documents and interpretations beside the rows of the form."""

    def get_urls(self) -> Any:
        """With the addresses for one file at a time, for another file, and for old ones."""
        name = f"{self.opts.app_label}_{self.opts.model_name}"
        view = self.admin_site.admin_view
        one = "<int:object_id>/attachments/"
        ours = [
            path(f"{one}add/", view(require_POST(self.upload_view)), name=f"{name}_upload"),
            path(f"{one}<int:attachment_id>/replace/", view(self.replace_view), name=f"{name}_replace"),
            path(
                f"{one}<int:attachment_id>/old/<int:event_id>/", view(self.old_file_view), name=f"{name}_old"
            ),
            path(
                f"{one}<int:attachment_id>/old/<int:event_id>/put-back/",
                view(self.put_back_view),
                name=f"{name}_put_back",
            ),
        ]
        return [*ours, *super().get_urls()]

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> Any:
        """With the address for files that are sent at once, where there is a draft to take them."""
        obj = kwargs.get("obj")
        context["may_attach"] = obj is None or rules.can_edit(staff(request), obj)
        context["accepted"] = ACCEPTED
        if obj is not None and context["may_attach"]:
            name = f"admin:{self.opts.app_label}_{self.opts.model_name}_upload"
            context["upload_url"] = reverse(name, args=[obj.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def save_more_files(self, request: HttpRequest, owner: Any) -> None:
        """What was chosen in the box for several; each that is refused is named, the others are kept."""
        for file in request.FILES.getlist(MORE_FILES):
            try:
                services.add_attachment(owner, by=staff(request), file=file)
            except NotAllowed as refusal:
                self.message_user(request, f"附件没有上传：{' '.join(refusal.messages)}", messages.WARNING)

    def _seen(self, request: HttpRequest, object_id: int) -> Any:
        return self.object_for_act(
            request, str(object_id), lambda one: self.has_view_permission(request, one)
        )

    def upload_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Take one file; answers its row, or the reason why not (JSON)."""
        obj, file = self._seen(request, object_id), request.FILES.get("file")
        if file is None:
            return JsonResponse({"error": "没有收到文件，请重新选择。"}, status=400)
        try:
            made = services.add_attachment(obj, by=staff(request), file=file)
        except NotAllowed as refusal:
            return JsonResponse({"error": " ".join(refusal.messages)}, status=409)
        return JsonResponse({"title": made.title, "size": made.size, "url": attachment_url(made)})

    def replace_view(self, request: HttpRequest, object_id: int, attachment_id: int) -> HttpResponse:
        """Give an attachment another file; the old ones are listed and stay."""
        obj = self._seen(request, object_id)
        attachment = obj.attachments.filter(pk=attachment_id).first()
        if attachment is None:
            raise Http404
        may = rules.can_edit(staff(request), obj)
        if request.method == "POST" and not may:
            raise PermissionDenied
        form = ReplaceForm(request.POST or None, request.FILES or None)
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}"
        if request.method == "POST" and form.is_valid():
            try:
                services.replace_attachment(attachment, by=staff(request), file=form.cleaned_data["file"])
            except NotAllowed as refusal:
                form.add_error("file", list(refusal.messages))
            else:
                self.message_user(
                    request, f"「{attachment.title}」已换成新文件，旧文件还留着。", messages.SUCCESS
                )
                return HttpResponse(status=302, headers={"Location": replace_url(attachment)})
        ids = [obj.pk, attachment.pk]
        context = {
            **self.admin_site.each_context(request),
            "title": f"附件：{attachment.title}",
            "form": form,
            "may": may,
            "attachment": attachment,
            "address": attachment_url(attachment),
            "redact_url": redact_url(attachment) if may else "",
            "old": [
                (
                    event,
                    *(reverse(f"{name}_{page}", args=[*ids, event.pgh_id]) for page in ("old", "put_back")),
                )
                for event in services.old_files(attachment)
            ],
            "thing": obj,
            "opts": self.opts,
        }
        return TemplateResponse(request, "admin/disclosure/replace.html", context)

    def put_back_view(
        self, request: HttpRequest, object_id: int, attachment_id: int, event_id: int
    ) -> HttpResponse:
        """换回旧文件: what was replaced or redacted stands again, while it is a draft."""
        obj = self.object_for_act(request, str(object_id), lambda one: rules.can_edit(staff(request), one))
        attachment = obj.attachments.filter(pk=attachment_id).first()
        if attachment is None:
            raise Http404

        def act(form: forms.Form) -> str:
            services.put_back_file(attachment, by=staff(request), event_id=event_id)
            return f"「{attachment.title}」已换回旧文件。"

        return self.act_page(
            request,
            obj,
            title=f"换回旧文件：{attachment.title}",
            explanation="换回以后，旧文件会随文公开，现在的文件留作旧文件。"
            "旧文件如果是遮盖以前的，里面的个人信息会一起公开，请先打开核对。",
            button="换回旧文件",
            make_form=forms.Form,
            act=act,
        )

    def old_file_view(
        self, request: HttpRequest, object_id: int, attachment_id: int, event_id: int
    ) -> FileResponse:
        """A file that was replaced, for staff who have its owner in scope; never public."""
        obj = self._seen(request, object_id)
        attachment = obj.attachments.filter(pk=attachment_id).first()
        events = services.old_files(attachment) if attachment else []
        event = next((one for one in events if one.pgh_id == event_id), None)
        if attachment is None or event is None:
            raise Http404
        try:
            content = attachment.file.storage.open(str(event.file), "rb")
        except FileNotFoundError as error:
            raise Http404 from error
        name = f"{event.title}（旧）.{str(event.file).rsplit('.', 1)[-1]}"
        response = FileResponse(content, as_attachment=True, filename=name)
        response["Content-Type"] = event.media_type or "application/octet-stream"
        return response
