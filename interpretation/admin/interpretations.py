"""解读 in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agencies.admin.acts import staff
from disclosure.admin.corrections import CorrectionPages
from disclosure.admin.exports import PublishableResource, column
from disclosure.admin.locked import in_words
from disclosure.admin.outlets import OutletPages
from disclosure.admin.parts import AgencyFilter, AttachmentInline, TopicFilter
from disclosure.admin.publication import PublicationAdmin
from disclosure.admin.review import WaitingFilter
from disclosure.models import Document
from disclosure.states import Publication
from interpretation import archive_pages as archive_pages
from interpretation import elements, services
from interpretation.admin.rate import RatePages
from interpretation.forms import InterpretationAttachmentForm, InterpretationForm
from interpretation.models import Attachment, Interpretation


class InterpretationResource(PublishableResource):
    """The columns of an exported list."""

    interpreter = column("interpreter", "解读机关")
    contact = column("contact", "咨询方式")
    form_labels = column("form_labels", "解读形式")

    class Meta:
        model = Interpretation
        fields = (
            "title",
            "agency",
            "interpreter",
            "contact",
            "form_labels",
            "status",
            "topic",
            "index_number",
            "written_on",
            "published_on",
            "created_by",
            "submitted_by",
            "approved_by",
            "withdrawn_reason",
        )
        export_order = fields

    def dehydrate_form_labels(self, interpretation: Interpretation) -> str:
        """The forms in words."""
        return "、".join(interpretation.form_labels)


class InterpretationAttachmentInline(AttachmentInline):
    """附件 of an interpretation."""

    model = Attachment
    form = InterpretationAttachmentForm
    fields = ("file", "title", "alt", "text", "position")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """With the words that stand beside pictures and recordings."""
        return self.fields if self._may(request, obj) else ("link", "size_line", "alt", "text")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """All of it, once it is no draft."""
        return () if self._may(request, obj) else ("link", "size_line", "alt", "text")


@admin.register(Interpretation)
class InterpretationAdmin(CorrectionPages, RatePages, OutletPages, PublicationAdmin):
    """解读: goes out with the document that it explains."""

    form = InterpretationForm
    services = services
    create = staticmethod(services.create_interpretation)
    update = staticmethod(services.update_interpretation)
    start_correction = staticmethod(services.start_correction)
    correctable = services.CORRECTABLE
    resource_classes = [InterpretationResource]
    inlines = [InterpretationAttachmentInline]
    list_display = ("title", "owner", "state", "published_on", "explained")
    list_filter = (WaitingFilter, "status", AgencyFilter, TopicFilter)
    autocomplete_fields = ("documents",)
    readonly_fields = ("documents_line", "corrects_line")
    public_address = "/interpretations/{}/"
    short_name = "interpretation_short"
    groups = (
        ("解读什么", ("title", "documents", "documents_line", "forms")),
        ("谁来解读", ("agency", "interpreter", "contact")),
        ("内容", ("summary", "body")),
        ("内容要素", ("elements",)),
        ("放在哪里给群众找", ("topic", "keywords", "written_on")),
        ("来源", ("source_url",)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the documents, which the list names: those that the user may know of."""
        known = Document.objects.linkable_by(request.user)
        return super().get_queryset(request).prefetch_related(Prefetch("documents", queryset=known))

    def worth_showing(self: Any, request: HttpRequest, obj: Any, names: Any) -> list[str]:
        """What nobody may link here is read by its links. A correction draft has no links of its own."""
        found: list[str] = super().worth_showing(request, obj, names)
        if obj is None or "documents" in found:
            return found
        hidden = {"documents_shown", "forms_shown"} if obj.corrects_id else {"documents_shown"}
        kept = [name for name in found if name not in hidden]
        return ["documents_shown" if name == "documents_line" else name for name in kept]

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service; a word of warning where few elements are covered."""
        super().save_model(request, obj, form, change)
        thin = elements.thin(obj.elements)
        if thin and obj.status == Publication.DRAFT:
            self.message_user(request, thin, messages.WARNING)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Attachments, and the words beside them."""
        super().save_formset(request, form, formset, change=change)
        rows = [one for one in formset.forms if one not in formset.deleted_forms and one.has_changed()]
        new = iter(formset.new_objects)
        for one in rows:
            stored = one.instance if one.instance.pk else next(new, None)
            if stored is not None and {"alt", "text"} & set(one.changed_data):
                services.describe_attachment(
                    stored,
                    by=staff(request),
                    alt=one.cleaned_data.get("alt") or "",
                    text=one.cleaned_data.get("text") or "",
                )

    # --- What goes with a document moves with it

    def moves(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """Not those of a part of a package: the package's own stand on its page."""
        found = super().moves(request, obj)
        document = services.reviewed_with(obj)
        if document is not None:
            return []
        if obj.status == Publication.SUBMITTED and not services.goes_alone(obj):
            names = {"agree", "approve"}
            return [(label, url) for label, url in found if url.rstrip("/").rsplit("/", 1)[-1] not in names]
        return found

    def _refused(self, request: HttpRequest, obj: Any, move: str) -> HttpResponse | None:
        document = services.reviewed_with(obj)
        if document is None or move not in {"recall", "send_back", "agree", "approve"}:
            return super()._refused(request, obj, move)
        self.message_user(
            request, f"这份解读和「{document.title}」在一个公文包里，一起审核。", messages.WARNING
        )
        address = reverse("admin:interpretation_interpretation_change", args=[obj.pk])
        return HttpResponseRedirect(address)

    @admin.display(description="状态")
    def state(self, obj: Any) -> SafeString:
        """The state as a mark; of a part of a package, that it goes with its document."""
        shown = super().state(obj)
        waits = obj.status == Publication.SUBMITTED and not obj.waiting_level
        return format_html("{} 随文件一起审", shown) if waits and not services.goes_alone(obj) else shown

    forms_shown = in_words(Interpretation, "forms")
    keywords_shown = in_words(Interpretation, "keywords")
    closes_earlier_shown = in_words(Interpretation, "closes_earlier", "更正前的版本不再公开")

    @admin.display(description="内容要素")
    def elements_shown(self, obj: Any) -> SafeString | str:
        """Each element with its place."""
        rows = elements.shown(obj.elements)
        return format_html_join("", "<div>{}：{}</div>", rows) or self.get_empty_value_display()

    @admin.display(description="解读的文件")
    def explained(self, obj: Interpretation) -> str:
        """The title of the first document, and how many more."""
        documents = list(obj.explained_documents.all())
        more = f"等{len(documents)}份" if len(documents) > 1 else ""
        return f"{documents[0].title}{more}" if documents else "未关联"

    @admin.display(description="解读的文件")
    def documents_shown(self, obj: Interpretation) -> SafeString | str:
        """The same, where they stand for the field itself."""
        return self.documents_line(obj)

    @admin.display(description="打开原文")
    def documents_line(self, obj: Interpretation) -> SafeString | str:
        """Links to the documents; to the package where it is reviewed with one."""
        rows = [
            (reverse("admin:disclosure_document_change", args=[one.pk]), one.title, one.get_status_display())
            for one in obj.explained_documents.all()
        ]
        return format_html_join("", '<a class="linked" href="{}">{}</a>（{}）', rows)
