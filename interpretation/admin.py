"""解读 in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Prefetch
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from disclosure.admin.exports import PublishableResource, column
from disclosure.admin.parts import AgencyFilter, AttachmentInline, TopicFilter
from disclosure.admin.publication import PublicationAdmin
from disclosure.admin.review import WaitingFilter
from disclosure.models import Document
from interpretation import services
from interpretation.forms import InterpretationForm
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


@admin.register(Interpretation)
class InterpretationAdmin(PublicationAdmin):
    """解读: goes out with the document that it explains."""

    form = InterpretationForm
    services = services
    create = staticmethod(services.create_interpretation)
    update = staticmethod(services.update_interpretation)
    correctable = services.CORRECTABLE
    resource_classes = [InterpretationResource]
    inlines = [InterpretationAttachmentInline]
    list_display = ("title", "owner", "state", "published_on", "explained")
    list_filter = (WaitingFilter, "status", AgencyFilter, TopicFilter)
    autocomplete_fields = ("documents",)
    readonly_fields = ("documents_line",)
    public_address = "/interpretations/{}/"
    groups = (
        ("解读什么", ("title", "documents", "documents_line", "forms")),
        ("谁来解读", ("agency", "interpreter", "contact")),
        ("内容", ("summary", "body")),
        ("放在哪里给群众找", ("topic", "keywords", "written_on")),
        ("来源", ("source_url",)),
    )

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the documents, which the list names: those that the user may know of."""
        known = Document.objects.linkable_by(request.user)
        return super().get_queryset(request).prefetch_related(Prefetch("documents", queryset=known))

    @admin.display(description="解读的文件")
    def explained(self, obj: Interpretation) -> str:
        """The title of the first document, and how many more."""
        documents = list(obj.documents.all())
        more = f"等{len(documents)}份" if len(documents) > 1 else ""
        return f"{documents[0].title}{more}" if documents else "未关联"

    @admin.display(description="打开原文")
    def documents_line(self, obj: Interpretation) -> SafeString | str:
        """Links to the documents."""
        rows = [
            (reverse("admin:disclosure_document_change", args=[one.pk]), one.title, one.get_status_display())
            for one in obj.documents.all()
        ]
        return format_html_join("", '<a class="linked" href="{}">{}</a>({})', rows)
