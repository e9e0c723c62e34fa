"""Parts of the lists and forms of documents and interpretations: filters, attachments, small lines."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import staff
from agencies.models import Agency
from catalog.models import Item
from catalog.states import Stage
from disclosure import rules
from disclosure.forms import AttachmentForm
from disclosure.models import Topic


class AgencyFilter(admin.SimpleListFilter):
    """公开单位, of the user's scope alone."""

    title = "公开单位"
    parameter_name = "agency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The agencies in scope."""
        agencies = Agency.objects.in_scope_of(request.user).only("code", "name", "short_name")
        return [(agency.code, agency.label) for agency in agencies]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Rows of the chosen agency itself."""
        return queryset.filter(agency__code=self.value()) if self.value() else queryset


class TopicFilter(admin.SimpleListFilter):
    """主题分类: the first level, with what lies below it."""

    title = "主题分类"
    parameter_name = "topic"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The 22 classes."""
        return list(Topic.objects.filter(parent=None).values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Rows of the class; the codes of the second level begin with that of the first."""
        return queryset.filter(topic__code__startswith=self.value()) if self.value() else queryset


class StageFilter(admin.SimpleListFilter):
    """五公开: a document's own stage, else that of its items."""

    title = "五公开"
    parameter_name = "stage"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The five stages."""
        return [(str(value), str(label)) for value, label in Stage.choices]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Rows of the stage; a document under several items stands in each of their stages, once."""
        if not self.value():
            return queryset
        of_items = Exists(Item.objects.filter(documents=OuterRef("pk"), stage=self.value()))
        return queryset.filter(Q(stage=self.value()) | (Q(stage="") & Q(of_items)))


class _KnownRow(forms.ModelChoiceField):  # type: ignore[type-arg]
    """The hidden id of a stored row, looked up among the rows already read: Django's own asks for each."""

    def __init__(self, rows: list[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.rows = {str(row.pk): row for row in rows}

    def to_python(self, value: Any) -> Any:
        """Return the row. Raises ValidationError for an id that is not of this form."""
        if value in self.empty_values:
            return None
        if str(value) not in self.rows:
            raise forms.ValidationError("附件已被别人删除，请刷新页面。")
        return self.rows[str(value)]


class AttachmentFormSet(forms.BaseInlineFormSet):  # type: ignore[type-arg]
    """The rows of 附件."""

    def add_fields(self, form: Any, index: int | None) -> None:
        """Replace the id field, which would ask the database once for each row; name the file's address."""
        super().add_fields(form, index)
        if form.instance.pk and "file" in form.fields:
            form.fields["file"].widget.url = attachment_url(form.instance)
            form.fields["file"].widget.replace_url = replace_url(form.instance)
            form.fields["file"].widget.redact_url = redact_url(form.instance)
        if "DELETE" in form.fields:
            name = form.instance.title if form.instance.pk else "新附件"
            form.fields["DELETE"].widget.attrs["aria-label"] = f"删除：{name}"
        old = form.fields["id"]
        form.fields["id"] = _KnownRow(
            list(self.get_queryset()),
            queryset=old.queryset,
            initial=old.initial,
            required=False,
            widget=old.widget,
        )


class AttachmentInline(admin.TabularInline):  # type: ignore[type-arg]
    """附件, in the form of what they belong to. Only a draft's attachments change."""

    form = AttachmentForm
    formset = AttachmentFormSet
    template = "admin/disclosure/attachments.html"
    #: New files come through the box for several below the table.
    extra = max_num = 0
    fields: ClassVar[Any] = ("file", "title", "position")
    verbose_name_plural = "附件"

    def get_queryset(self, request: HttpRequest) -> Any:
        """In their order."""
        return super().get_queryset(request).order_by("position", "id")

    def _may(self, request: HttpRequest, obj: Any) -> bool:
        return obj is None or rules.can_edit(staff(request), obj)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the owner sees its attachments."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """While it is a draft in one's hands."""
        return self._may(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return self._may(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Likewise."""
        return self._may(request, obj)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A stored attachment that cannot change is a link, not a box."""
        return self.fields if self._may(request, obj) else ("link", "size_line")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """The two lines."""
        return () if self._may(request, obj) else ("link", "size_line")

    @admin.display(description="附件")
    def link(self, attachment: Any) -> SafeString | str:
        """The name, which opens the file."""
        return format_html('<a href="{}">{}</a>', attachment_url(attachment), attachment.title)

    @admin.display(description="大小")
    def size_line(self, attachment: Any) -> str:
        """The size in words."""
        return f"{attachment.size / 1024:.0f} KB" if attachment.size else "只有地址"


def attachment_url(attachment: Any) -> str:
    """The address in the back office under which a stored attachment is fetched, or where it came from."""
    if not attachment.file:
        return str(attachment.source_url)
    owners = ("document", "interpretation", "registration")
    owner = attachment._meta.get_field(next(one for one in owners if hasattr(attachment, f"{one}_id")))
    opts = owner.related_model._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_attachment"
    return reverse(name, args=[getattr(attachment, owner.attname), attachment.pk])


def replace_url(attachment: Any) -> str:
    """The address of the page on which an attachment gets a new file; a file of a registration has none."""
    return _page_of(attachment, "replace")


def redact_url(attachment: Any) -> str:
    """The address of the page on which a PDF gets its boxes (遮盖); empty for any other file."""
    if not attachment.file or not str(attachment.file.name).endswith(".pdf"):
        return ""
    return _page_of(attachment, "redact")


def _page_of(attachment: Any, page: str) -> str:
    if hasattr(attachment, "registration_id"):
        return ""
    owner = attachment._meta.get_field("document" if hasattr(attachment, "document_id") else "interpretation")
    opts = owner.related_model._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_{page}"
    return reverse(name, args=[getattr(attachment, owner.attname), attachment.pk])


def person_line(person: Any, moment: Any) -> str:
    """A person and a time in one line; empty without a person."""
    if person is None:
        return ""
    return f"{person} {timezone.localtime(moment).strftime('%Y-%m-%d %H:%M')}"
