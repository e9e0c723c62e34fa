"""法规依据 in the back office: what items lean on, whether it still stands, and who must look at what."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html

from agencies.admin.acts import ServiceAdmin, staff
from agencies.forms import DayInput
from catalog import rules, services
from catalog.exchange.exports import FORMATS, export_items
from catalog.models import Basis, Item, Law
from catalog.services.laws import likely_same, merged_laws
from catalog.states import LawState

ITEMS_ON_A_PAGE = 50


class RepealForm(forms.Form):
    """登记废止: from which day, replaced by what."""

    on = forms.DateField(label="废止日期", widget=DayInput, initial=timezone.localdate)
    replaced_by = forms.ModelChoiceField(
        label="替代它的依据",
        queryset=Law.objects.none(),
        required=False,
        empty_label="没有，或还不知道",
        help_text="列表里没有的，先在「法规依据」里新增一条。",
    )

    def __init__(self, *args: Any, law: Law, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["replaced_by"]
        choice.queryset = Law.objects.standing().exclude(pk=law.pk)


class StateForm(forms.Form):
    """核对有效性: what was found."""

    state = forms.ChoiceField(
        label="核对结果",
        choices=[(value, label) for value, label in LawState.choices if value != LawState.REPEALED],
        help_text="选「已修改」的，依据它的事项会列在各单位的「今天要办」里，核对完再改回「现行有效」。",
    )


@admin.register(Law)
class LawAdmin(ServiceAdmin):
    """法规依据. They write themselves with the items; 县政府办公室 says which fell, and merges equals."""

    change_form_template = "admin/catalog/law/change_form.html"
    change_list_template = "admin/catalog/law/change_list.html"
    list_display = ("title_line", "number", "category", "state_line", "item_link")
    list_display_links = ("title_line",)
    list_filter = ("state",)
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("title", "number", "merged__title")
    search_help_text = "可以写名称或文号中的几个字。"
    ordering = ("title", "number")
    actions = ("merge_selected",)
    fields = ("category", "title", "number", "source_url", "state_line", "merged_line", "same_line")
    readonly_fields = ("state_line", "merged_line", "same_line")

    class Media:
        css = {"all": ["css/admin-catalog.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """All that were not merged, with the number of items in the user's scope."""
        rows = Law.objects.standing().with_item_count(request.user).select_related("replaced_by")
        return rows.order_by(*self.ordering)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: the same ones are merged."""
        return False

    def has_merge_permission(self, request: HttpRequest) -> bool:
        """Who looks after laws."""
        return rules.can_change_law(request.user)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new one has no state yet."""
        return self.fields if obj else self.fields[:4]

    # Columns

    @admin.display(description="名称", ordering="title")
    def title_line(self, law: Law) -> str:
        """The title in its marks."""
        return f"《{law.title}》"

    @admin.display(description="有效性", ordering="state")
    def state_line(self, law: Law) -> str:
        """State, day of repeal, what replaced it."""
        words = [str(LawState(law.state).label)]
        if law.repealed_on:
            words.append(f"自{law.repealed_on:%Y-%m-%d}起废止")
        if law.replaced_by:
            words.append(f"由{law.replaced_by}替代")
        return "，".join(words)

    @admin.display(description="依据它的事项")
    def item_link(self, law: Any) -> str:
        """How many items in force, with the way to them."""
        if not law.item_count:
            return "无"
        url = reverse("admin:catalog_law_items", args=[law.pk])
        return format_html('<a href="{}">{} 项</a>', url, law.item_count)

    @admin.display(description="已并入它的")
    def merged_line(self, law: Law) -> str:
        """Other names under which files know it."""
        return "；".join(map(str, merged_laws(law))) or "无"

    @admin.display(description="可能是同一份的")
    def same_line(self, law: Law) -> str:
        """Candidates for a merge, for people to judge."""
        return "；".join(map(str, likely_same(law))) or "没有发现"

    # Writing

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Through the service."""
        services.save_law(law=obj, by=staff(request))

    @admin.action(description="合并所选依据（同一份法规或文件）", permissions=["merge"])
    def merge_selected(self, request: HttpRequest, queryset: Any) -> HttpResponse | None:
        """Ask which one stays, then merge the others into it."""
        laws = list(queryset)
        if len(laws) < 2:
            self.message_user(request, "请至少勾选两条依据，再合并。", messages.WARNING)
            return None
        kept = next((law for law in laws if str(law.pk) == request.POST.get("into")), None)
        if kept is None:
            context = {
                **self.admin_site.each_context(request),
                "title": "合并法规依据",
                "opts": self.opts,
                "laws": sorted(laws, key=lambda law: -law.item_count),
                "asked": "confirm" in request.POST,
                "media": self.media,
            }
            return TemplateResponse(request, "admin/catalog/law/merge.html", context)
        try:
            moved = services.merge_laws(laws=laws, into=kept, by=staff(request))
        except services.NotAllowed as error:
            self.message_user(request, str(error), messages.ERROR)
            return None
        self.message_user(
            request, f"已并入{kept}，{moved} 处引用改到这一条。以后文件里再这样写，也认得是它。"
        )
        return HttpResponseRedirect(reverse("admin:catalog_law_change", args=[kept.pk]))

    def get_urls(self) -> Any:
        """With the acts on one law, its items, and the items whose basis fell."""
        wrap = self.admin_site.admin_view
        return [
            path("fallen/", wrap(self.fallen_view), name="catalog_law_fallen"),
            path("fallen/export/", wrap(self.fallen_export), name="catalog_law_fallen_export"),
            path("<path:object_id>/items/", wrap(self.items_view), name="catalog_law_items"),
            path("<path:object_id>/items/export/", wrap(self.items_export), name="catalog_law_items_export"),
            path("<path:object_id>/repeal/", wrap(self.repeal_view), name="catalog_law_repeal"),
            path("<path:object_id>/state/", wrap(self.state_view), name="catalog_law_state"),
            *super().get_urls(),
        ]

    def repeal_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """登记废止."""
        law = self.object_for_act(request, object_id, lambda _law: rules.can_change_law(request.user))

        def act(form: forms.Form) -> str:
            services.repeal_law(law=law, by=staff(request), **form.cleaned_data)
            return f"已登记废止。依据它的 {law.item_count} 个事项会列在各单位的「今天要办」里。"

        return self.act_page(
            request,
            law,
            title=f"登记废止：{law}",
            explanation="登记以后，依据它的事项列出来，请各单位提出调整，换成现行的依据。",
            button="登记废止",
            make_form=lambda data: RepealForm(data, law=law),
            act=act,
        )

    def state_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """核对有效性."""
        law = self.object_for_act(request, object_id, lambda _law: rules.can_change_law(request.user))

        def act(form: forms.Form) -> str:
            saved = services.mark_law(law=law, state=LawState(form.cleaned_data["state"]), by=staff(request))
            return f"已登记为「{LawState(saved.state).label}」。"

        return self.act_page(
            request,
            law,
            title=f"核对有效性：{law}",
            explanation="按国家法律法规数据库或发文机关公布的文本核对。登记废止错了，也在这里改回来。",
            button="保存核对结果",
            make_form=lambda data: StateForm(data, initial={"state": law.state}),
            act=act,
        )

    # Items that lean on it

    def _law(self, request: HttpRequest, object_id: str) -> Law:
        law: Law = self.object_for_act(request, object_id, lambda _law: self.has_view_permission(request))
        return law

    def items_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """依据它的事项, as far as the user's scope goes."""
        law = self._law(request, object_id)
        return self._page(request, Law.objects.filter(pk=law.pk), law)

    def items_export(self, request: HttpRequest, object_id: str) -> FileResponse:
        """The same in the official layout."""
        law = self._law(request, object_id)
        return _file(leaning_on(request, Law.objects.filter(pk=law.pk)), f"依据{law.title[:40]}的事项")

    def fallen_view(self, request: HttpRequest) -> HttpResponse:
        """依据已废止或已修改的事项."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return self._page(request, Law.objects.fallen(), None)

    def fallen_export(self, request: HttpRequest) -> FileResponse:
        """The same in the official layout."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return _file(leaning_on(request, Law.objects.fallen()), "依据已废止或已修改的事项")

    def _page(self, request: HttpRequest, laws: QuerySet[Law], law: Law | None) -> HttpResponse:
        bases = Basis.objects.filter(law__in=laws).select_related("law", "law__replaced_by")
        rows = leaning_on(request, laws).select_related("field", "agency")
        rows = rows.prefetch_related(Prefetch("bases", bases, to_attr="leaning")).in_table_order()
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "law": law,
            "title": f"依据{law}的事项" if law else "依据已废止或已修改的事项",
            "page": Paginator(rows, ITEMS_ON_A_PAGE).get_page(request.GET.get("p")),
            "export_url": reverse("admin:catalog_law_items_export", args=[law.pk])
            if law
            else reverse("admin:catalog_law_fallen_export"),
            "directly": rules.can_change_directly(request.user),
        }
        return TemplateResponse(request, "admin/catalog/law/items.html", context)


def leaning_on(request: HttpRequest, laws: QuerySet[Law]) -> Any:
    """Items in force of the user's scope that lean on one of the laws."""
    return Item.objects.in_scope_of(request.user).in_force().leaning_on(laws)


def _file(items: Any, name: str) -> FileResponse:
    return FileResponse(
        export_items(items),
        as_attachment=True,
        filename=f"{name}-{timezone.localdate():%Y%m%d}.xlsx",
        content_type=FORMATS["xlsx"],
    )
