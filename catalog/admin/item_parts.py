"""Parts of the item's admin: list filters, and what the system read in words for staff."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from agencies.models import Agency
from catalog.models import Basis


class AgencyFilter(admin.SimpleListFilter):
    """Agencies whose catalogs the user may see, as far as they have items."""

    title = "目录所属单位"
    parameter_name = "agency"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Only agencies in scope: a filter must not tell of others (STACK, trap 3)."""
        agencies = Agency.objects.in_scope_of(request.user).filter(items__isnull=False).distinct()
        return [(agency.code, agency.label) for agency in agencies]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """The items of the chosen agency."""
        return queryset.filter(agency__code=self.value()) if self.value() else queryset


class InForceFilter(admin.SimpleListFilter):
    """In force (the default) or retired."""

    title = "状态"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The two states that are not the default."""
        return [("retired", "已停用"), ("every", "全部")]

    def choices(self, changelist: Any) -> Any:
        """With 在用 as the word for the default."""
        found = list(super().choices(changelist))
        found[0]["display"] = "在用"
        return found

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Items of the state."""
        if self.value() == "every":
            return queryset
        return queryset.filter(retired_on__isnull=self.value() != "retired")


def basis_line(basis: Basis) -> str:
    """A basis on one line."""
    category = f"{basis.category}：" if basis.category else ""
    return category + basis.title + (f"（{basis.number}）" if basis.number else "")


def read_limit(parsed: dict[str, Any]) -> str:
    """A parsed limit in words for staff."""
    kind, n = parsed.get("kind", "none"), parsed.get("n")
    unit = {"working": "个工作日", "calendar": "日", "month": "个月", "year": "年", "hour": "小时"}.get(
        parsed.get("unit") or "", ""
    )
    start = f"自「{parsed['start_event']}」起" if parsed.get("start_event") else ""
    words = {
        "workdays": f"{start}{n}{unit}内",
        "days": f"{start}{n}{unit}内",
        "immediate": "实时公开",
        "prompt": "及时公开",
        "progress": "按进展公开",
        "periodic": "定期公开",
        "before_event": f"事前{n}{unit}公开" if n else "事前公开",
        "posting": f"公示期不少于{n}{unit}",
        "none": "没有写明",
    }.get(kind, "按原文（系统没有读出期限）")
    return words + ("。天数少见，请核对是不是笔误" if parsed.get("suspicious") else "")
