"""沿用县级模板 in the back office: who follows which template, and the difference, cell by cell."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.forms.utils import ErrorList
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils.html import format_html

from agencies.admin.acts import ServiceAdmin, show_refusal, staff
from agencies.models import Agency
from catalog import rules, services
from catalog.inheritance import difference
from catalog.models import CatalogInheritance, Field, Item


class FollowForm(forms.Form):
    """Which agencies follow whose catalog of which field."""

    field = forms.ModelChoiceField(
        label="目录",
        queryset=Field.objects.filter(merged_into=None),
        help_text="例如村（居）务公开基本目录，或某个领域的标准目录。",
    )
    source = forms.ModelChoiceField(
        label="模板所属单位",
        queryset=Agency.objects.published(),
        help_text="这个单位的这份目录就是模板，通常是县政府或牵头部门。",
    )
    agencies = forms.ModelMultipleChoiceField(
        label="沿用的单位", queryset=Agency.objects.none(), widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["agencies"]
        choice.queryset = Agency.objects.published().filter(kind__in=["township", "village"])
        source: Any = self.fields["source"]
        source.initial = Agency.objects.filter(code="county").first()


@admin.register(CatalogInheritance)
class CatalogInheritanceAdmin(ServiceAdmin):
    """沿用县级模板. 县政府办公室 sets it; what an agency changes afterwards are adjustments like others."""

    list_display = ("agency", "field", "source", "since", "counts", "difference_link")
    list_display_links = None
    list_filter = (("field", admin.RelatedOnlyFieldListFilter),)
    list_select_related = ("agency", "field", "source")
    list_per_page = 50
    show_full_result_count = False
    search_fields = ("agency__name", "agency__short_name")
    search_help_text = "可以写单位名称中的几个字。"
    ordering = ("field__order", "agency__order", "agency__code")
    actions = None

    class Media:
        css = {"all": ["css/admin-catalog.css"]}

    def get_queryset(self, request: HttpRequest) -> Any:
        """Those of the user's agencies, with their counts."""
        rows = CatalogInheritance.objects.in_scope_of(request.user).with_counts()
        return rows.order_by(*self.ordering)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: it is set and stopped."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody here: 停止沿用 is a page of its own."""
        return False

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees items: an agency looks at its own difference."""
        return bool(request.user.has_perm("catalog.view_item"))

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Like seeing."""
        return self.has_view_permission(request)

    @admin.display(description="沿用、新增、未涉及")
    def counts(self, row: Any) -> str:
        """The public line."""
        return (
            f"沿用 {row.taken_count} 项（模板共 {row.template_count} 项），"
            f"新增 {row.added_count} 项，未涉及 {row.dropped_count} 项"
        )

    @admin.display(description="与模板的差异")
    def difference_link(self, row: CatalogInheritance) -> str:
        """The way to the difference."""
        url = reverse("admin:catalog_cataloginheritance_difference", args=[row.pk])
        label = f"{row.agency.label}：{row.field.name}"
        return format_html('<a href="{}">查看<span class="visually-hidden">：{}</span></a>', url, label)

    def get_urls(self) -> Any:
        """With the difference and the end."""
        wrap = self.admin_site.admin_view
        return [
            path(
                "<int:pk>/difference/",
                wrap(self.difference_view),
                name="catalog_cataloginheritance_difference",
            ),
            path("<int:pk>/stop/", wrap(self.stop_view), name="catalog_cataloginheritance_stop"),
            *super().get_urls(),
        ]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """There is nothing to edit: the row's page is the difference."""
        row = self.object_for_act(request, object_id, lambda found: self.has_view_permission(request, found))
        return HttpResponseRedirect(reverse("admin:catalog_cataloginheritance_difference", args=[row.pk]))

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        """Let one or many agencies follow a template: all of them, or none."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = FollowForm(request.POST or None, error_class=ErrorList)
        if request.method == "POST" and form.is_valid():
            chosen = form.cleaned_data
            try:
                services.follow_templates(by=staff(request), **chosen)
            except services.NotAllowed as refusal:
                show_refusal(form, refusal)
            else:
                done = f"{len(chosen['agencies'])} 个单位开始沿用「{chosen['field']}」的模板。"
                self.message_user(request, done, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:catalog_cataloginheritance_changelist"))
        back = reverse("admin:catalog_cataloginheritance_changelist")
        return self._page(
            request,
            "admin/agencies/act.html",
            title="沿用县级模板",
            explanation="模板里在用的事项复制到各单位的目录，编码各自另发。以后模板调整，没有改过的事项跟着变；"
            "各单位改过的保留原文，并显示差异。",
            button="开始沿用",
            form=form,
            original="新增",
            back_url=back,
        )

    def difference_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Added, dropped, changed against the template; whoever may sets an item back or leaves it out."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        row = get_object_or_404(self.get_queryset(request).select_related("agency", "field", "source"), pk=pk)
        if request.method == "POST":
            return HttpResponseRedirect(self._act(request, row) or request.path)
        directly = rules.can_change_directly(request.user) and rules.covers(request.user, row.agency)
        return self._page(
            request,
            "admin/catalog/cataloginheritance/difference.html",
            title=f"{row.agency.label}：{row.field.name}，与模板的差异",
            row=row,
            found=difference(row),
            directly=directly,
            proposes=not directly and rules.can_propose(request.user, row.agency),
            may_stop=rules.can_stop_inheritance(request.user),
        )

    def _act(self, request: HttpRequest, row: CatalogInheritance) -> str | None:
        """Do it, or propose it; where to go then."""
        drops = request.POST.get("act") == "drop"
        act = services.drop_item if drops else services.take_up_again
        value = request.POST.get("item", "")
        items = Item.objects.in_scope_of(request.user).filter(agency=row.agency_id, field=row.field_id)
        item: Item = get_object_or_404(
            items.select_related("agency", "field", "template__field"),
            pk=value if value.isascii() and value.isdigit() and len(value) < 19 else 0,
        )
        if not rules.can_change_directly(request.user):
            return self._propose(request, item, drops)
        try:
            done: Item = act(item=item, by=staff(request))
        except services.NotAllowed as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
        else:
            words = "已列为未涉及" if done.retired_on else "已恢复为模板的内容"
            self.message_user(request, f"「{done.name}」{words}。", messages.SUCCESS)
        return None

    def _propose(self, request: HttpRequest, item: Item, drops: bool) -> str | None:
        """An agency proposes what the office does at once; the address of the proposal."""
        user = staff(request)
        what, reason = ("未涉及", "本单位未涉及") if drops else ("重新沿用", "本单位涉及，重新沿用县级模板")
        try:
            adjustment = services.propose(
                agency=item.agency,
                title=f"{what}：{item.name}",
                reason=reason,
                lines=[services.line_retiring(item) if drops else services.line_taking_up(item)],
                by=user,
            )
        except services.NotAllowed as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return None
        self.message_user(
            request, f"已提出调整「{adjustment}」。目录还没有变：批准后写入。", messages.SUCCESS
        )
        return reverse("admin:catalog_adjustment_change", args=[adjustment.pk])

    def stop_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """停止沿用."""
        row = get_object_or_404(self.get_queryset(request), pk=pk)
        if not rules.can_stop_inheritance(request.user):
            raise PermissionDenied
        if request.method == "POST":
            services.stop_following(inheritance=row, by=staff(request))
            self.message_user(request, f"「{row.agency.label}」已停止沿用，现有事项保留。", messages.SUCCESS)
            return HttpResponseRedirect(reverse("admin:catalog_cataloginheritance_changelist"))
        return self._page(
            request,
            "admin/agencies/act.html",
            title=f"停止沿用：{row}",
            explanation="现有事项保留，成为这个单位自己的目录；以后模板调整，不再跟着变。",
            button="停止沿用",
            form=forms.Form(),
            original=row,
            back_url=reverse("admin:catalog_cataloginheritance_difference", args=[row.pk]),
        )

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        shared = {**self.admin_site.each_context(request), "opts": self.opts, "media": self.media}
        return TemplateResponse(request, template, {**shared, **context})
