"""收文上网 and 从 Word 打开: files chosen or dropped, each a draft; the originals of signed ones kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import ServiceAdmin, staff
from agencies.models import Agency, User
from disclosure import rules, services
from disclosure.models import Document, SignedOriginal
from disclosure.services import NotAllowed, texts

#: Files in one go: what one person looks through afterwards.
MOST_FILES = 20
#: Characters of the text that the form of the draft shows; the page of the original shows more.
SHOWN_BESIDE_FORM, SHOWN_ON_PAGE = 20_000, 500_000


class ManyFiles(forms.ClearableFileInput):
    """A box that takes several files, by choosing or by dropping them on it."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """One to `MOST_FILES` files."""

    widget = ManyFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Each file by Django's own checks; an empty one is refused later, by name, beside the others."""
        given = data if isinstance(data, list | tuple) else [data] if data else []
        if not given:
            raise forms.ValidationError("请选择要收的文件。")
        if len(given) > MOST_FILES:
            raise forms.ValidationError(f"一次最多收{MOST_FILES}个文件，请分几次。")
        return list(given)


class ReceiveForm(forms.Form):
    """Which files, for which agency."""

    agency = forms.ModelChoiceField(
        label="公开单位", queryset=Agency.objects.none(), help_text="由谁负责公开。"
    )
    files = FilesField(  # type: ignore[assignment]
        label="签发文件",
        help_text="可以选几个，也可以拖到选择框上。PDF、OFD 或 Word（.docx），每个不超过50 MB。",
        widget=ManyFiles(attrs={"accept": ".pdf,.ofd,.docx", "class": "drop-files"}),
    )
    publish_original = forms.BooleanField(
        label="原件随文公开（同时作为附件）",
        required=False,
        help_text="不勾选，原件只留在工作台里备查，不对外公开。",
    )

    def __init__(self, *args: Any, user: User, keeps: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["agency"]
        choice.queryset = Agency.objects.in_scope_of(user).published()
        choice.initial = user.agency_id
        if not keeps:
            del self.fields["publish_original"]
            self.fields["files"].label = "Word 文件"


@dataclass(frozen=True)
class Outcome:
    """What became of one file: the address of its draft, or why there is none."""

    name: str
    title: str = ""
    url: str = ""
    refused: str = ""
    missing: str = ""
    notes: tuple[str, ...] = ()


class ReceivePage:
    """The page with the box: one file leads to its draft, several to a list of what became of them."""

    template = "admin/disclosure/signedoriginal/receive.html"

    def __init__(self, model_admin: admin.ModelAdmin[Any], *, keeps: bool) -> None:
        self._admin, self._keeps = model_admin, keeps

    def view(self, request: HttpRequest) -> HttpResponse:
        """Ask for files, look them through, make drafts."""
        user = staff(request)
        if user.agency is not None and not rules.can_create(user, user.agency):
            raise PermissionDenied
        given = (request.POST, request.FILES) if request.method == "POST" else ()
        form = ReceiveForm(*given, user=user, keeps=self._keeps)
        outcomes: list[Outcome] = []
        if request.method == "POST" and form.is_valid():
            data = form.cleaned_data
            outcomes = [self._take(one, user, data) for one in data["files"]]
            if len(outcomes) == 1:
                if outcomes[0].url:
                    self._say(request, outcomes[0])
                    return HttpResponseRedirect(outcomes[0].url)
                form.add_error("files", outcomes[0].refused)
                outcomes = []
        title = "收文上网（导入签发文件）" if self._keeps else "从 Word 打开"
        context = {
            **self._admin.admin_site.each_context(request),
            "title": title,
            "form": form,
            "outcomes": outcomes,
            "keeps": self._keeps,
            "opts": self._admin.opts,
            "media": self._admin.media + form.media,
            "back_url": reverse("admin:disclosure_document_changelist"),
        }
        return TemplateResponse(request, self.template, context)

    def _take(self, file: UploadedFile[Any], user: User, data: dict[str, Any]) -> Outcome:
        name = file.name or ""
        try:
            if self._keeps:
                original = services.receive_signed_file(
                    by=user, agency=data["agency"], file=file, publish_original=data["publish_original"]
                )
                document = original.document
                missing, notes = original.proposal["missing"], original.proposal["notes"]
            else:
                opened = services.open_word_file(by=user, agency=data["agency"], file=file)
                document, missing, notes = opened.document, opened.missing, opened.notes
        except NotAllowed as refusal:
            return Outcome(name, refused=" ".join(refusal.messages))
        url = reverse("admin:disclosure_document_change", args=[document.pk])
        return Outcome(name, document.title, url, missing="、".join(missing), notes=tuple(notes))

    def _say(self, request: HttpRequest, outcome: Outcome) -> None:
        self._admin.message_user(
            request, f"已做成草稿：{outcome.title}。请对照原件逐项核对。", messages.SUCCESS
        )
        if outcome.missing:
            self._admin.message_user(
                request, f"没有找到：{outcome.missing}，请对照原件补上。", messages.WARNING
            )
        for note in outcome.notes:
            self._admin.message_user(request, note, messages.WARNING)


@admin.register(SignedOriginal)
class SignedOriginalAdmin(ServiceAdmin):
    """签发原件: received, looked at, fetched; never changed, and gone only with a draft that is deleted."""

    change_form_template = "admin/disclosure/signedoriginal/original.html"
    #: The list's name, as in the menu, and what its button says, as the page behind it.
    list_words = "收文上网：签发原件"
    add_words = "收文上网（导入签发文件）"
    list_display = ("document_line", "number_line", "file_name", "size_line", "received_by", "received_at")
    list_display_links = ("file_name",)
    list_select_related = ("document__agency", "received_by")
    search_fields = ("document__title", "document__doc_number", "file_name")
    search_help_text = "可以写标题、发文字号或文件名中的几个字。"
    ordering = ("-received_at", "-pk")
    show_full_result_count = False
    list_per_page = 50
    actions = None

    class Media:
        css = {"all": ["css/admin-editor.css", "css/admin-receiving.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """In the user's scope."""
        rows: Any = self.model._default_manager.in_scope_of(request.user)
        return rows.select_related("document__agency", "received_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever drafts."""
        user = staff(request)
        return super().has_add_permission(request) and (
            user.agency is None or rules.can_create(user, user.agency)
        )

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the original is the record."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: it goes with its draft."""
        return False

    def get_urls(self) -> Any:
        """With the file itself, its attaching, and 从 Word 打开."""
        view = self.admin_site.admin_view
        ours = [
            path("open-word/", view(self.open_word_view), name="disclosure_document_open_word"),
            path("<int:object_id>/file/", view(self.file_view), name="disclosure_signedoriginal_file"),
            path("<int:object_id>/attach/", view(self.attach_view), name="disclosure_signedoriginal_attach"),
        ]
        return ours + super().get_urls()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """收文上网."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return ReceivePage(self, keeps=True).view(request)

    def open_word_view(self, request: HttpRequest) -> HttpResponse:
        """从 Word 打开."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        return ReceivePage(self, keeps=False).view(request)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """The page of one original: what was read, the text in full, the file."""
        original = self.object_for_act(request, object_id, lambda one: self.has_view_permission(request, one))
        context = {
            **self.admin_site.each_context(request),
            "title": f"签发原件：{original.file_name}",
            "original": original,
            **panel(original, request, most=SHOWN_ON_PAGE),
            "opts": self.opts,
            "media": self.media,
        }
        return TemplateResponse(request, self.change_form_template, context)

    def file_view(self, request: HttpRequest, object_id: int) -> FileResponse:
        """The stored file, for staff who have its document in scope."""
        original = self.object_for_act(
            request, str(object_id), lambda one: self.has_view_permission(request, one)
        )
        if not original.file:
            raise Http404
        name = f"{original.document.title[:100]}.{original.extension}"
        response = FileResponse(original.file.open("rb"), as_attachment=True, filename=name)
        response["Content-Type"] = original.media_type
        return response

    def attach_view(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """原件随文公开, later: the original becomes an attachment of its draft."""
        original = self.object_for_act(
            request, str(object_id), lambda one: rules.can_edit(staff(request), one.document)
        )

        def act(form: forms.Form) -> str:
            services.attach_original(original, by=staff(request))
            return "原件已列入附件，会随文公开。"

        return self.act_page(
            request,
            original,
            title="原件随文公开",
            explanation="原件会作为附件，和文件一起公开。请先核对里面没有不该公开的个人信息和签批意见。",
            button="列入附件",
            make_form=forms.Form,
            act=act,
        )

    @admin.display(description="文件", ordering="document__title")
    def document_line(self, original: SignedOriginal) -> SafeString:
        """The document, with the way to it."""
        url = reverse("admin:disclosure_document_change", args=[original.document_id])
        return format_html('<a href="{}">{}</a>', url, original.document.title)

    @admin.display(description="发文字号", ordering="document__doc_number")
    def number_line(self, original: SignedOriginal) -> str:
        """As the document bears it."""
        return str(original.document.doc_number)

    @admin.display(description="大小", ordering="size")
    def size_line(self, original: SignedOriginal) -> str:
        """In words."""
        return f"{original.size / 1024:.0f} KB"


def panel(original: SignedOriginal, request: HttpRequest, *, most: int = SHOWN_BESIDE_FORM) -> dict[str, Any]:
    """What the page of an original, and the form of its draft, show of it."""
    found = texts.known(original.sha256, original.extension) if original.file else None
    if found is None and original.file:
        found = texts.of_attachment(original)
    lines: list[Any] = []
    left = most
    for line in found[0] if found else []:
        if left <= 0:
            break
        lines.append((line.place, line.text[:left]))
        left -= len(line.text)
    document = original.document
    attached = document.attachments.filter(sha256=original.sha256).exists()
    may_attach = not attached and bool(original.file) and rules.can_edit(staff(request), document)
    return {
        "received": original,
        "read_lines": lines,
        "read_is_cut": left <= 0,
        "read_problem": found[1] if found else "",
        "original_is_attached": attached,
        "attach_url": reverse("admin:disclosure_signedoriginal_attach", args=[original.pk])
        if may_attach
        else "",
        # Attachment 0 is the original (`RedactionPages`).
        "redact_original_url": reverse("admin:disclosure_document_redact", args=[document.pk, 0])
        if may_attach and original.extension == "pdf"
        else "",
    }


class ReceivingLinks:
    """Adds to the admin of documents the ways in, and to a draft what its original says."""

    def changelist_view(self: Any, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With 收文上网 and 从 Word 打开 above the list."""
        links = []
        if self.has_add_permission(request):
            links = [
                ("收文上网", reverse("admin:disclosure_signedoriginal_add")),
                ("从 Word 打开", reverse("admin:disclosure_document_open_word")),
            ]
        context = {"ways_in": links, **(extra_context or {})}
        response: HttpResponse = super().changelist_view(request, context)  # type: ignore[misc]
        return response

    def render_change_form(
        self: Any, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With the panel of the original beside the form."""
        obj = kwargs.get("obj")
        if isinstance(obj, Document):
            original = SignedOriginal.objects.filter(document=obj).select_related("received_by").first()
            if original is not None:
                original.document = obj
                context.update(panel(original, request))
        response: HttpResponse = super().render_change_form(  # type: ignore[misc]
            request, context, *args, **kwargs
        )
        return response
