"""推荐结果 in the back office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString

from agencies.admin.acts import staff
from agencies.forms import DayInput, NamesField
from portal.search import addresses, services, words
from portal.search.admin.tables import OfficeTable
from portal.search.models import BestBet, Entry


class BestBetForm(forms.ModelForm):  # type: ignore[type-arg]
    """Queries and the page that stands first for them."""

    queries = NamesField(
        label="搜这些词时推荐",
        help_text="群众会搜的词，多个用顿号隔开，例如「低保、怎么办低保」。要和搜的词一样才推荐。",
        error_messages={"required": "请写至少一个搜索词。"},
        widget=forms.TextInput(attrs={"class": "vTextField"}),
    )
    address = forms.CharField(
        label="推荐的内容",
        max_length=500,
        help_text="写标题里的几个字，从提示里选；或者粘贴它在本站的网址。只能推荐已经公开的。",
        error_messages={"required": "请选定推荐的内容。"},
        widget=forms.TextInput(
            attrs={
                "class": "vTextField",
                "data-suggest": "/search/suggest?only=pages",
                "data-suggest-into": "address",
                "autocomplete": "off",
            }
        ),
    )

    class Meta:
        model = BestBet
        fields = ("line", "first_day", "last_day", "is_active")
        widgets = {"first_day": DayInput(), "last_day": DayInput()}
        help_texts = {
            "line": "一句话告诉群众这里有什么，例如「办理条件和材料看第三条」。可以不填。",
            "first_day": "不填就是马上。",
            "last_day": "当天还推荐；不填就一直推荐。",
            "is_active": "不再推荐的，取消勾选。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["queries"] = self.instance.queries
            entry = Entry.objects.filter(key=self.instance.target, hidden=False).only("url").first()
            self.initial["address"] = entry.url if entry else self.instance.target

    def clean_address(self) -> str:
        """An address of ours, or a title that stands there once, as the key of the index."""
        given = str(self.cleaned_data["address"]).strip()
        if self.instance.pk and given == self.instance.target:
            return given
        if "/" in given and (key := addresses.key_of(given, thorough=True)):
            return key
        titled = Entry.objects.filter(title_folded=words.plain(given), hidden=False).values_list(
            "key", flat=True
        )
        keys = list(titled[:2])
        if len(keys) == 1:
            return str(keys[0])
        if keys:
            raise forms.ValidationError("有几个公开的页面都是这个标题，请粘贴要推荐的那一个的网址。")
        raise forms.ValidationError("没有找到这个公开的页面。请从提示里选，或者粘贴它在本站的网址。")


class StandingFilter(admin.SimpleListFilter):
    """Whether it is shown today."""

    title = "现在"
    parameter_name = "now"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """The choices."""
        return [("gone", "推荐的内容已不公开")]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Those whose target cannot be found any more."""
        if self.value() == "gone":
            return queryset.exclude(target__in=Entry.objects.filter(hidden=False).values("key"))
        return queryset


@admin.register(BestBet)
class BestBetAdmin(OfficeTable):
    """推荐结果."""

    form = BestBetForm
    fields = ("queries", "address", "line", "first_day", "last_day", "is_active")
    told = ("queries", "target", "line", "first_day", "last_day", "is_active")
    list_display = ("queries_line", "target_line", "line", "days", "now")
    list_display_links = ("queries_line",)
    list_filter = ("is_active", StandingFilter)
    search_fields = ("queries", "line")
    search_help_text = "可以写搜索词。"

    class Media:
        js = (forms.Script("js/suggest.js", type="module"),)
        css = {"all": ("css/admin-search.css",)}

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """By a query, or by words of the line."""
        if not search_term:
            return queryset, False
        found = queryset.filter(line__icontains=search_term) | queryset.filter(
            queries__contains=[search_term]
        )
        return found, False

    def get_queryset(self, request: HttpRequest) -> Any:
        """With the pages that they point at: one query for all."""
        rows = super().get_queryset(request)
        entry = Entry.objects.filter(key=OuterRef("target"), hidden=False)
        return rows.annotate(title=Subquery(entry.values("title")[:1]), url=Subquery(entry.values("url")[:1]))

    @admin.display(description="搜这些词时推荐")
    def queries_line(self, row: BestBet) -> str:
        """The queries."""
        return "、".join(row.queries)

    @admin.display(description="推荐的内容")
    def target_line(self, row: Any) -> SafeString | str:
        """The page."""
        return format_html('<a href="{}">{}</a>', row.url, row.title) if row.url else "（已不公开）"

    @admin.display(description="日期", ordering="first_day")
    def days(self, row: BestBet) -> str:
        """From when to when."""
        if not (row.first_day or row.last_day):
            return "一直"
        return f"{row.first_day or '现在'} 至 {row.last_day or '以后'}"

    @admin.display(description="现在")
    def now(self, row: Any) -> str:
        """Whether it is shown, and if not, why."""
        if not row.is_active:
            return "已停用"
        if not row.url:
            return "不显示：内容已不公开"
        return "推荐中" if row.holds_on(timezone.localdate()) else "不在日期内"

    def save_model(self, request: HttpRequest, obj: BestBet, form: Any, change: bool) -> None:
        """Through the service."""
        said = form.cleaned_data
        kept = services.keep_best_bet(
            obj if change else None,
            queries=said["queries"],
            target=said["address"],
            **{name: said[name] for name in ("line", "first_day", "last_day", "is_active")},
            by=staff(request),
        )
        obj.pk = kept.pk
        obj.refresh_from_db()
