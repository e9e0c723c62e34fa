"""Lists of the back office as Excel: every cell text, scope and filters of the list kept (STACK, trap 3)."""

from __future__ import annotations

from typing import Any

from import_export import fields, resources
from import_export.widgets import Widget

from agencies.exchange import TextWorkbook
from disclosure.models import Document


class ListWorkbook(TextWorkbook):
    """The list as an .xlsx of texts."""

    sheet_name = "列表"


class Text(Widget):  # type: ignore[misc]
    """Whatever it is, as the text that the list shows."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        """Return the text; empty for nothing."""
        if value is None:
            return ""
        return "是" if value is True else "" if value is False else str(value)


def column(attribute: str, heading: str) -> fields.Field:
    """A column of an export."""
    return fields.Field(attribute=attribute, column_name=heading, widget=Text())


class PublishableResource(resources.ModelResource):  # type: ignore[misc]
    """The columns that documents and interpretations share."""

    title = column("title", "标题")
    doc_number = column("doc_number", "发文字号")
    index_number = column("index_number", "索引号")
    agency = column("agency__name", "公开单位")
    issuer = column("issuer", "发文机关")
    status = column("get_status_display", "状态")
    topic = column("topic", "主题分类")
    written_on = column("written_on", "成文日期")
    published_on = column("published_on", "发布日期")
    created_by = column("created_by", "经办人")
    submitted_by = column("submitted_by", "提交人")
    approved_by = column("approved_by", "审核人")
    withdrawn_reason = column("withdrawn_reason", "撤下原因")

    def get_queryset(self) -> Any:
        """With all that the columns read, in one query."""
        return super().get_queryset().select_related(*RELATED)

    def export(self, queryset: Any = None, **kwargs: Any) -> Any:
        """Export what the list shows; the related rows come along."""
        if queryset is not None:
            queryset = queryset.select_related(*RELATED)
        return super().export(queryset=queryset, **kwargs)


RELATED = ("agency", "topic__parent", "created_by", "submitted_by", "approved_by")


class DocumentResource(PublishableResource):
    """Documents."""

    kind = column("get_kind_display", "类型")
    genre = column("genre", "体裁")
    validity = column("get_validity_display", "有效性")
    openness = column("get_openness_display", "公开属性")
    is_policy = column("is_policy", "政策文件")
    is_normative = column("is_normative", "规范性文件")

    class Meta:
        model = Document
        fields = (
            "title",
            "doc_number",
            "index_number",
            "kind",
            "genre",
            "agency",
            "issuer",
            "status",
            "openness",
            "validity",
            "is_policy",
            "is_normative",
            "topic",
            "written_on",
            "published_on",
            "created_by",
            "submitted_by",
            "approved_by",
            "withdrawn_reason",
        )
        export_order = fields
